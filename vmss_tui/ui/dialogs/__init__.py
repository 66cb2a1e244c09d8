"""Dialogs: modal screens that ask a question, edit values, or show a text."""

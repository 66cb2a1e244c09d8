"""Widgets of the screens around the instance views."""

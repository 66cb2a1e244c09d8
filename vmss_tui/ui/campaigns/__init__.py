"""The screens of campaigns."""

"""Screens that stay in order where keys and answers come when something else is on top.

Over a slow line several keys arrive in one piece, and Textual hands each to whatever is on top by
the time it is looked up: a screen may have no widgets yet, and the key that opens or leaves one
may come twice. Azure's answers come when they come: none may put its question under a finger
that was about to answer another.
"""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen, Screen

Result = TypeVar("Result")
Answer = TypeVar("Answer")


class Layer(Screen[Result], Generic[Result]):
    """One of the screens that stand before each other."""

    def put_up(
        self,
        dialog: "Layer[Answer]",
        answered: Callable[[Answer | None], Any] | None = None,
    ) -> None:
        """Puts a dialog before this screen, unless another has come in between. What was said
        until then goes: it would hide words of the dialog."""
        if self.is_active:
            self.app.clear_notifications()
            self.app.push_screen(dialog, answered)
        else:
            words = "What was asked for came while something else was open: ask again"
            self.app.notify(words, severity="warning", markup=False, timeout=6)

    def dismiss(self, result: Result | None = None) -> AwaitComplete:
        """Back to the screen below, once, and never together with that. What stands before this
        screen by now is closed with it: an answer of Azure may end a form that shows a list."""
        if self not in self.app.screen_stack:
            return AwaitComplete()
        while self.app.screen is not self:
            self.app.screen.dismiss()
        return super().dismiss(result)


class Dialog(ModalScreen[Result], Layer[Result], Generic[Result]):
    """Stands before another screen. Keys that come before its widgets do nothing."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """May an action run now?"""
        return super().check_action(action, parameters) if self.is_mounted else False

"""Base classes of screens that may be opened over each other.

Over a slow line several keys arrive at once, and Textual delivers each to the screen that is on
top when it is processed: a screen may have no widgets yet, and the key that opens or closes one
may come twice. Replies of Azure come at any time: none may open a question while the operator is
answering another.
"""

from collections.abc import Callable, Collection
from typing import Any, ClassVar, Generic, TypeVar

from rich.console import RenderableType
from textual.await_complete import AwaitComplete
from textual.content import Content
from textual.renderables.background_screen import BackgroundScreen
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from vmss_tui.ui.dialogs.dialog_frame import DialogFrame
from vmss_tui.ui.dialogs.lit_cells import LitBackground, cells_on

Result = TypeVar("Result")
Answer = TypeVar("Answer")
Callback = Callable[[Answer | None], Any]
DROPPED_KEYS = "Keys typed before this was shown were ignored."


def open_over(
    screen: Screen[Any], dialog: Screen[Answer], callback: Callback[Answer] | None
) -> None:
    """Opens a dialog over `screen`, unless another one is open there already. Notifications are
    cleared: they would cover text of the dialog."""
    if screen.is_active:
        screen.app.clear_notifications()
        screen.app.push_screen(dialog, callback)
    else:
        text = "Not opened, because something else was open: try again"
        screen.app.notify(text, severity="warning", markup=False, timeout=6)


def close_screens_over(screen: Screen[Any]) -> bool:
    """Closes what is open over `screen`; False where `screen` itself is closed already."""
    if screen not in screen.app.screen_stack:
        return False
    while screen.app.screen is not screen:
        screen.app.screen.dismiss()
    return True


class Layer(Screen[Result], Generic[Result]):
    """A screen that fills the terminal."""

    def open_dialog(self, dialog: Screen[Answer], callback: Callback[Answer] | None = None) -> None:
        """Opens a dialog over this screen; `callback` gets its result."""
        open_over(self, dialog, callback)

    def dismiss(self, result: Result | None = None) -> AwaitComplete:
        """Closes this screen, once, together with what is open over it."""
        return super().dismiss(result) if close_screens_over(self) else AwaitComplete()


class Dialog(ModalScreen[Result], Generic[Result]):
    """A screen over another one. Keys that arrive before its widgets exist are ignored."""

    needs_quiet: ClassVar[bool] = True
    """A key answers it, so it takes none but Escape before it can have been read (`KeyGuard`). Its
    hints of keys have the class `key-hint`, and are shown once keys are taken."""
    lit_ids: Collection[str] = ()
    """Ids of the instances that the dialog is about: their cells are not dimmed behind it."""

    def render(self) -> RenderableType:
        """The screen behind, dimmed except for the cells in question."""
        background = super().render()
        if isinstance(background, BackgroundScreen):
            regions = cells_on(background.screen, self.lit_ids)
            return LitBackground(background, regions) if regions else background
        return background

    def open_dialog(self, dialog: Screen[Answer], callback: Callback[Answer] | None = None) -> None:
        """Opens another dialog over this one; `callback` gets its result."""
        open_over(self, dialog, callback)

    def dismiss(self, result: Result | None = None) -> AwaitComplete:
        """Closes this dialog, once, together with what is open over it: a reply of Azure may
        close a form over which a list is open."""
        return super().dismiss(result) if close_screens_over(self) else AwaitComplete()

    def show_keys(self, *, accepted: bool, dropped: bool = False) -> None:
        """Shows the hints of keys once keys are accepted; notes keys that were dropped before."""
        self.set_class(not accepted, "-waiting")
        for frame in self.query(DialogFrame):
            frame.update_keys()
        for hint in self.query(".key-hint").results(Static) if dropped else ():
            if isinstance(keys := hint.content, Content):
                hint.update(Content("\n").join([keys, Content(DROPPED_KEYS)]))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether a key binding's action may run."""
        return super().check_action(action, parameters) if self.is_mounted else False

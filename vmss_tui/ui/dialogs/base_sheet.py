"""The base of dialogs that only show something and scroll it."""

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from vmss_tui.ui.commands.screen import STYLESHEETS
from vmss_tui.ui.layers import Dialog


class SheetScreen(Dialog[None]):
    """Scrolls one of its widgets by keys until it is closed."""

    CSS_PATH = STYLESHEETS
    needs_quiet: ClassVar[bool] = False

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "close", "close", show=False),
        Binding("j,down", "scroll(1)", "down", show=False),
        Binding("k,up", "scroll(-1)", "up", show=False),
        Binding("space,pagedown", "page(1)", "page down", show=False),
        Binding("b,pageup", "page(-1)", "page up", show=False),
        Binding("g,home", "end(-1)", "first", show=False),
        Binding("G,end", "end(1)", "last", show=False),
    ]

    @property
    def scroll_target(self) -> Widget:
        """The widget that the keys scroll."""
        raise NotImplementedError

    def on_mount(self) -> None:
        """Focuses the scrolled widget."""
        self.scroll_target.focus()

    def action_close(self) -> None:
        """Closes the dialog."""
        self.dismiss(None)

    def action_scroll(self, lines: int) -> None:
        """Scrolls by lines."""
        self.scroll_target.scroll_relative(y=lines, animate=False)

    def action_page(self, pages: int) -> None:
        """Scrolls by pages."""
        self.scroll_target.scroll_relative(y=pages * self.scroll_target.size.height, animate=False)

    def action_end(self, which: int) -> None:
        """Scrolls to the beginning (-1) or the end (1)."""
        bottom = self.scroll_target.max_scroll_y
        self.scroll_target.scroll_to(y=0 if which < 0 else bottom, animate=False)

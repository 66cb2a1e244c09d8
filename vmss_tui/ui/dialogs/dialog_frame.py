"""The frame of dialogs: a title and a corner text in the upper edge, keys in the lower edge."""

from typing import cast

from textual.containers import Vertical
from textual.content import Content
from textual.style import Style
from textual.widget import Widget

from vmss_tui.text import cell
from vmss_tui.ui.drawing.glyphs import Glyphs
from vmss_tui.ui.session import HasSession

_EMPTY = Content("")
_LINES = {"round": "─", "heavy": "━", "ascii": "-"}
"""Border type -> character of its upper edge."""
_EDGE_COLUMNS = 8
"""Columns of the upper edge that neither title nor corner takes."""
_SMALL_WIDTH, _SMALL_HEIGHT = 100, 30
"""Size of the screen below which a dialog leaves nothing free beside it, or above its text."""


def key_hints(*hints: tuple[str, str]) -> Content:
    """Keys with what they do: `enter review   esc cancel`."""
    parts = [Content.assemble((key, "bold $key"), (f" {text}", "$quiet")) for key, text in hints]
    return Content("  ").join(parts)


class DialogFrame(Vertical):
    """A titled frame around the widgets of a dialog; a red one where something is lost."""

    def __init__(
        self,
        *children: Widget,
        title: str,
        corner: Content = _EMPTY,
        keys: Content = _EMPTY,
        is_danger: bool = False,
        classes: str = "sheet",
    ) -> None:
        super().__init__(*children, classes=classes)
        self._heading, self._corner, self._keys = title, corner, keys
        # The first frame may be drawn before the size is known.
        self.border_title = Content.assemble(self._title)
        self.set_class(is_danger, "-danger")

    def on_mount(self) -> None:
        """Draws the edges in the glyph set of the session."""
        appearance = cast(HasSession, self.app).session.appearance
        self.set_class(appearance.glyphs is Glyphs.ASCII, "-ascii")
        self.set_keys(self._keys)

    def on_resize(self) -> None:
        """Uses the whole of a small screen; places the corner at the end of the upper edge."""
        width, height = self.app.size
        self.set_class(width < _SMALL_WIDTH, "-full")
        self.set_class(height < _SMALL_HEIGHT, "-flat")
        self._draw_title()

    def set_title(self, title: str) -> None:
        """Shows another title."""
        self._heading = title
        self._draw_title()

    def set_corner(self, corner: Content) -> None:
        """Shows another text at the right end of the upper edge."""
        self._corner = corner
        self._draw_title()

    def set_keys(self, keys: Content) -> None:
        """Shows the keys in the lower edge, once the screen takes keys."""
        self._keys = keys
        is_waiting = self.screen.has_class("-waiting")
        self.border_subtitle = Content.assemble("" if is_waiting else keys)

    def update_keys(self) -> None:
        """Shows or hides the keys, after the screen has begun or ceased to wait."""
        self.set_keys(self._keys)

    @property
    def _title(self) -> Content:
        return Content.styled(cell(self._heading, 200), "bold $foreground")

    def _draw_title(self) -> None:
        title = self._title
        corner, room = self._corner, self.outer_size.width - _EDGE_COLUMNS
        gap = room - title.cell_length - corner.cell_length
        if corner.plain and gap > 0:
            kind, colour = self.styles.border_top
            line = (_LINES.get(kind, "─") * gap, Style(foreground=colour))
            title = Content.assemble(title, " ", line, " ", corner)
        self.border_title = Content.assemble(title)

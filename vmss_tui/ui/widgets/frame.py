"""A frame around widgets: a title in its upper edge, keys and a note in its lower edge.

╭─ Title ───────────── corner ─╮
│ content                      │
╰─ keys ──────────────── note ─╯
"""

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.content import Content
from textual.widget import Widget

from vmss_tui.ui.drawing.glyphs import Appearance, Glyphs
from vmss_tui.ui.drawing.static_text import ComputedText, StaticText

_EMPTY = Content("")
_ROUND, _HEAVY, _ASCII = "╭╮╰╯─│", "┏┓┗┛━┃", "++++-|"
_PLAIN_THEMES = ("vmss-16", "vmss-mono")
"""Themes in which colour alone does not show the focus: the focused frame is heavy."""


class Frame(Widget):
    """Widgets with a frame. `-at-work` and `-danger` are CSS classes that colour the edges.

    `corner` changes often: it is a small widget of its own, so that a change sends few bytes.
    """

    def __init__(
        self,
        children: Sequence[Widget],
        appearance: Appearance,
        *,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._children_inside, self._appearance = children, appearance
        self._title = self._keys = self._note = _EMPTY
        self._top = ComputedText(self._top_edge, classes="frame-edge frame-top")
        self._bottom = ComputedText(self._bottom_edge, classes="frame-edge frame-bottom")
        self._corner = StaticText(classes="frame-corner")
        self._sides = [
            ComputedText(self._side, classes=f"frame-side frame-{side}")
            for side in ("left", "right")
        ]

    def compose(self) -> ComposeResult:
        """The sides, the edges on top of them, and the widgets inside."""
        yield from self._sides
        yield self._top
        yield self._bottom
        yield self._corner
        yield from self._children_inside

    def set_title(self, title: Content) -> None:
        """Shows a title at the left of the upper edge."""
        self._title = title
        self._top.update_content()

    def set_corner(self, corner: Content) -> None:
        """Shows counts or keys at the right of the upper edge."""
        self._corner.set_content(Content.assemble(" ", corner, " ") if corner.plain else corner)

    def set_keys(self, keys: Content, note: Content = _EMPTY) -> None:
        """Shows keys at the left and a note at the right of the lower edge."""
        self._keys, self._note = keys, note
        self._bottom.update_content()

    def on_descendant_focus(self) -> None:
        """Draws the edges of a focused frame."""
        self._draw_edges()

    def on_descendant_blur(self) -> None:
        """Draws the edges of a frame without the focus."""
        self._draw_edges()

    def on_resize(self) -> None:
        """Draws the sides in the new height."""
        self._draw_edges()

    def _draw_edges(self) -> None:
        for part in (*self._sides, self._top, self._bottom):
            part.update_content()

    @property
    def _characters(self) -> str:
        if self._appearance.glyphs is Glyphs.ASCII:
            return _ASCII
        is_heavy = self.has_focus_within and self.app.theme in _PLAIN_THEMES
        return _HEAVY if is_heavy else _ROUND

    def _side(self, width: int) -> Content:
        return Content("\n".join([self._characters[5]] * max(1, self.size.height)))

    def _top_edge(self, width: int) -> Content:
        return self._edge(width, self._characters[0], self._characters[1], self._title, _EMPTY)

    def _bottom_edge(self, width: int) -> Content:
        return self._edge(width, self._characters[2], self._characters[3], self._keys, self._note)

    def _edge(self, width: int, first: str, last: str, left: Content, right: Content) -> Content:
        line = self._characters[4]
        room = width - 8 - right.cell_length
        if left.cell_length > room:
            left = left.truncate(max(0, room), ellipsis=True)
        head = Content.assemble(first, line, " ", left, " ") if left.plain else Content(first)
        tail = Content.assemble(" ", right, " ", line, last) if right.plain else Content(last)
        middle = max(0, width - head.cell_length - tail.cell_length)
        return Content.assemble(head, line * middle, tail)

"""A frame around widgets: a title in its upper edge, keys and a note in its lower edge.

╭─ Title ───────────── corner ─╮
│ content                      │
╰─ keys ──────────────── note ─╯
"""

from collections.abc import Callable, Sequence

from textual.app import ComposeResult
from textual.content import Content
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from vmss_tui.ui.drawing.cached_lines import blank_lines
from vmss_tui.ui.drawing.fixed_lines import FixedLines
from vmss_tui.ui.drawing.glyphs import Appearance, Glyphs
from vmss_tui.ui.drawing.static_text import ComputedText, same_content

_EMPTY = Content("")
_ROUND, _HEAVY, _ASCII = "╭╮╰╯─│", "┏┓┗┛━┃", "-----|"
_PLAIN_THEMES = ("vmss-16", "vmss-mono")
"""Themes in which colour alone does not show the focus: the focused frame is heavy."""
_STEP = 8
"""The texts at the right are padded to a multiple, so that few changes move their beginning."""
_GAP = "  "


def key_hint(key: str, label: str) -> Content:
    """A key and what it does, as in the edges of frames and in the footer."""
    return Content.assemble((key, "bold $key"), (f" {label}" if label else "", "$quiet"))


def _same_texts(first: Sequence[Content], second: Sequence[Content]) -> bool:
    return len(first) == len(second) and all(map(same_content, first, second))


class _Edge(FixedLines):
    """The upper or lower edge: texts at its left and at its right."""

    def __init__(self, characters: Callable[[], str], corners: tuple[int, int], side: str) -> None:
        super().__init__(classes=f"frame-edge frame-{side}")
        self._characters, self._corners = characters, corners
        self._left: tuple[Content, ...] = ()
        self._right: tuple[Content, ...] = ()
        self._end_width = 0

    def on_resize(self) -> None:
        """Draws both ends for another width."""
        self.draw()

    def cuts(self, width: int) -> list[int]:
        """Where the text at the right begins, and the end."""
        return [max(0, width - self._end_width), width]

    def show(
        self,
        left: Sequence[Content] | None = None,
        right: Sequence[Content] | None = None,
    ) -> None:
        """Takes parts at the left, of which the last are left out where they do not fit, and
        texts at the right, of which the first that fits is shown. None keeps those before."""
        before = self._left, self._right
        self._left = self._left if left is None else tuple(left)
        self._right = self._right if right is None else tuple(right)
        if not all(map(_same_texts, before, (self._left, self._right))):
            self.draw()

    def draw(self) -> None:
        """Draws both ends for the present width."""
        if not self.size.width:
            return
        width, least = self.size.width, self._left[0].cell_length + 6 if self._left else 4
        fitting = (text for text in self._right if text.cell_length + 4 + least <= width)
        text, line = next(fitting, _EMPTY), self._characters()[4]
        last = self._characters()[self._corners[1]]
        if text.plain:
            padding = line * (-(text.cell_length + 4) % _STEP)
            if text.cell_length + 4 + len(padding) + least > width:
                padding = ""
            end = Content.assemble(padding, " ", text, f" {line}{last}")
        else:
            end = Content(line + last)
        self._end_width = end.cell_length
        self.set_content(Content.assemble(self._start(max(0, width - end.cell_length)), end))

    def _start(self, width: int) -> Content:
        first, line = self._characters()[self._corners[0]], self._characters()[4]
        parts = list(self._left)
        while len(parts) > 1 and Content(_GAP).join(parts).cell_length + 4 > width:
            parts.pop()
        text = Content(_GAP).join(parts)
        if text.cell_length + 4 > width:
            text = text.truncate(max(0, width - 4), ellipsis=True)
        head = Content.assemble(first, line, " ", text, " ") if text.plain else Content(first)
        return Content.assemble(head, line * max(0, width - head.cell_length))


class Frame(Widget):
    """Widgets with a frame. `-at-work` and `-danger` are CSS classes that colour the edges."""

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
        self._top = _Edge(lambda: self._characters, (0, 1), "top")
        self._bottom = _Edge(lambda: self._characters, (2, 3), "bottom")
        self._sides = [
            ComputedText(self._side, classes=f"frame-side frame-{side}")
            for side in ("left", "right")
        ]

    def compose(self) -> ComposeResult:
        """The sides, the edges on top of them, and the widgets inside."""
        yield from self._sides
        yield self._top
        yield self._bottom
        yield from self._children_inside

    def render_lines(self, crop: Region) -> list[Strip]:
        """Only the background: what it shows are its widgets."""
        return blank_lines(self, crop)

    def set_title(self, title: Content, *others: Content) -> None:
        """Shows a title at the left of the upper edge, and other texts as far as they fit."""
        self._top.show(left=(title, *others))

    def set_top(self, title: Content, corner: Content) -> None:
        """Shows a title and one text at the right of the upper edge, drawn once."""
        self._top.show(left=(title,), right=(corner,) if corner.plain else ())

    def set_corner(self, *corners: Content) -> None:
        """Shows counts or keys at the right of the upper edge: the first text that fits."""
        self._top.show(right=[text for text in corners if text.plain])

    def set_keys(self, keys: Content | Sequence[Content], note: Content | None = None) -> None:
        """Shows keys at the left of the lower edge, as many as fit, and a note at its right."""
        hints = [keys] if isinstance(keys, Content) else keys
        self._bottom.show(left=[hint for hint in hints if hint.plain])
        if note is not None:
            self.set_note(note)

    def set_note(self, *notes: Content) -> None:
        """Shows a note at the right of the lower edge: the first text that fits."""
        self._bottom.show(right=[note for note in notes if note.plain])

    def on_descendant_focus(self) -> None:
        """Draws the edges of a focused frame."""
        self._draw_edges()

    def on_descendant_blur(self) -> None:
        """Draws the edges of a frame without the focus."""
        self._draw_edges()

    def on_resize(self) -> None:
        """Draws the sides in the new height."""
        self._draw_edges()

    def notify_style_update(self) -> None:
        """Draws the edges of another theme."""
        super().notify_style_update()
        if self.is_mounted:
            self.call_later(self._draw_edges)

    def _draw_edges(self) -> None:
        # By a class of the edges: `:focus-within` would style everything inside again.
        for part in (*self._sides, self._top, self._bottom):
            part.set_class(self.has_focus_within, "-focused")
        for side in self._sides:
            side.update_content()
        self._top.draw()
        self._bottom.draw()

    @property
    def _characters(self) -> str:
        if self._appearance.glyphs is Glyphs.ASCII:
            return _ASCII
        is_heavy = self.has_focus_within and self.app.theme in _PLAIN_THEMES
        return _HEAVY if is_heavy else _ROUND

    def _side(self, width: int) -> Content:
        return Content("\n".join([self._characters[5]] * max(1, self.size.height)))

"""Lines with texts at both ends, and headings. Pure."""

from textual.content import Content

from vmss_tui.ui.drawing.glyphs import Appearance


def heading(title: str, note: str, width: int, appearance: Appearance) -> Content:
    """A line with a title at the left and a note at the right."""
    line = "-" if appearance.sign("left") == "-" else "─"
    tail = f" {note} {line}" if note and width > len(title) + len(note) + 10 else ""
    middle = max(0, width - len(title) - 3 - len(tail))
    return Content.assemble(
        (f"{line} ", "$line"), (title, "$quiet"), (f" {line * middle}", "$line"), (tail, "$quiet")
    )


def justify(left: Content, right: Content, width: int) -> Content:
    """Two texts at both ends of a line; the left one is shortened where they do not fit."""
    available = width - right.cell_length - (1 if right.plain else 0)
    if left.cell_length > available:
        left = left.truncate(max(0, available), ellipsis=True)
    return Content.assemble(left, " " * max(0, width - left.cell_length - right.cell_length), right)

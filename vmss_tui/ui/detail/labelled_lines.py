"""Labels with wrapped texts, and causes of a failure, as lines. Pure."""

from collections.abc import Iterable, Iterator

from textual.content import Content

from vmss_tui.fleet.causes.cause import Cause
from vmss_tui.text import cell
from vmss_tui.ui.drawing.glyphs import Appearance

_LABEL = 12
_WIDEST_TEXT = 120
"""Columns of a text at most: longer lines are hard to read."""


def labelled_lines(
    label: str, text: Content, width: int, *, label_width: int = _LABEL
) -> Iterator[Content]:
    """`Means       the kernel stopped …`, which goes on below itself."""
    room = max(10, min(width - label_width, _WIDEST_TEXT))
    for line in text.wrap(room) if text.cell_length > room else [text]:
        yield Content.assemble((f"{label:<{label_width}}", "$quiet"), line)
        label = ""


def cause_lines(
    causes: Iterable[Cause], appearance: Appearance, width: int, *, maximum: int = 3
) -> Iterator[Content]:
    """Each cause with the line that shows it, what it means and what helps."""
    for number, cause in enumerate(causes):
        if number == maximum:
            return
        quote = Content.assemble(
            (f"{appearance.sign('problem')} ", "$tone-failed"), (cell(cause.quote, 300), "bold")
        )
        yield from labelled_lines("Cause", quote, width)
        yield from labelled_lines("Means", Content(cause.meaning), width)
        yield from labelled_lines("Helps", Content(cause.help), width)

"""Parts of Markdown for reports of runs and campaigns. Pure.

Texts from outside become code spans, so that they cannot become markup.
"""

from collections.abc import Iterable, Iterator, Sequence

from vmss_tui.text import cell, redact


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The lines of a table; cells are Markdown already."""
    yield f"| {' | '.join(headings)} |"
    yield "|" + "---|" * len(headings)
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""


def code_span(text: str) -> str:
    """A code span, whose text can neither end the span nor a table cell."""
    safe = cell(redact(text), 1000).replace("`", "'").replace("|", "¦")
    return f"`{safe}`" if safe else ""


def safe_name(text: str) -> str:
    """The name of a run or campaign, reduced to characters without a meaning in Markdown."""
    return "".join(c if c.isalnum() or c in "-_." else "?" for c in text)

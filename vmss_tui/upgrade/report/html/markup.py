"""HTML that is assembled from elements: every text is escaped unless it is `Markup` already.

Texts from outside are cleaned and redacted first; they become neither elements nor attributes.
"""

from collections.abc import Iterable
from html import escape
from typing import TypeAlias

from vmss_tui.text import clean, redact

_VOID = frozenset({"meta", "br"})


class Markup(str):
    """HTML made by this module."""

    __slots__ = ()


Child: TypeAlias = "str | Markup | Iterable[Child] | None"
"""What an element may contain."""


def text(untrusted: str) -> Markup:
    """A text from outside, as text."""
    return Markup(escape(clean(redact(untrusted))))


def command_text(line: str) -> Markup:
    """A command line, which was redacted before it was quoted and must not change afterwards."""
    return Markup(escape(line))


def join(children: Iterable[Child]) -> Markup:
    """The children one after another; texts are escaped, None is left out."""
    return Markup("".join(_render(child) for child in children))


def _render(child: Child) -> str:
    if child is None:
        return ""
    if isinstance(child, Markup):
        return child
    return text(child) if isinstance(child, str) else join(child)


def tag(name: str, /, *children: Child, **attributes: str) -> Markup:
    """An element. An attribute's trailing underscore is dropped, as in `class_`; empty attributes
    are left out."""
    pairs = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(clean(redact(value)))}"'
        for key, value in attributes.items()
        if value
    )
    if name in _VOID:
        return Markup(f"<{name}{pairs}>")
    return Markup(f"<{name}{pairs}>{join(children)}</{name}>")


def table(headings: Iterable[Child], rows: Iterable[Iterable[Child]], class_: str = "") -> Markup:
    """A table that can be scrolled sideways where the page is narrow."""
    head = tag("tr", [tag("th", heading) for heading in headings])
    body = [tag("tr", [tag("td", part, class_=_cell_class(part)) for part in row]) for row in rows]
    element = tag("table", tag("thead", head), tag("tbody", body), class_=class_)
    return tag("div", element, class_="scroll")


def _cell_class(part: Child) -> str:
    """Short texts, such as times, stay on one line."""
    return "num" if isinstance(part, str) and not isinstance(part, Markup) and len(part) < 9 else ""


def facts(pairs: Iterable[tuple[str, Child]]) -> Markup:
    """A list of labels with their texts; a label without a text is left out."""
    parts = [(tag("dt", label), tag("dd", value)) for label, value in pairs if value]
    return tag("dl", parts)

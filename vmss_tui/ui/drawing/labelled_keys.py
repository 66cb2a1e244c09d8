"""Keys with what they do, as text for the edge of a frame. Pure."""

from collections.abc import Callable, Iterable

from textual.content import Content


def labelled_keys(entries: Iterable[tuple[str, str]], key: Callable[[str], str]) -> Content:
    """`p pause  A abort` for pairs of command id and label; `key` is the key of a command id. A
    command without a key is left out."""
    return Content("  ").join(
        Content.assemble((key(command), "bold $key"), (f" {label}", "$quiet"))
        for command, label in entries
        if key(command)
    )

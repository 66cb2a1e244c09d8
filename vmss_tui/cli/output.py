"""What is printed: data on stdout, progress and questions on stderr; colour on a terminal only.

Everything printed passes `text.clean` and `text.redact`; nothing is ever read as markup.
"""

import io
import locale
import os
import sys
import unicodedata
from collections.abc import Container, Iterable, Sequence
from typing import Any, Literal, TextIO

import click

from vmss_tui import text

_plainly = False


def plainly(plain: bool) -> None:
    """From now on in plain characters; where they need not be, in all that the streams take."""
    global _plainly
    _plainly = plain or not (_takes_all(sys.stdout) and _takes_all(sys.stderr))
    if _plainly and isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def drawn(line: str) -> str:
    """The line, with our own dots and arrows in characters that can be shown."""
    return text.plain(line) if _plainly else line


def _takes_all(stream: TextIO) -> bool:
    """A pipe may be read anywhere; a terminal shows what this machine's language has."""
    encodings = [stream.encoding or "utf-8", *([locale.getencoding()] if stream.isatty() else [])]
    return all(each.lower().replace("-", "") == "utf8" for each in encodings)


def out(line: str = "") -> None:
    """A line of data, and one line only, whatever somebody's words in it would like."""
    click.echo(drawn(text.line(text.redact(line))))


def out_lines(several: str) -> None:
    """Lines of our own making."""
    click.echo(drawn(text.clean(several)))


def out_json(value: Any) -> None:
    """A JSON document, or one line of many."""
    sys.stdout.buffer.write(json_document(value) + b"\n")
    sys.stdout.buffer.flush()


def json_document(value: Any) -> bytes:
    """JSON without secrets. What could steer a terminal stands in a string of it, where an escape
    says the same to a program."""
    import msgspec  # 30 ms, and only JSON needs it

    said = msgspec.json.encode(text.elided(msgspec.to_builtins(value)))
    if said.isascii():
        return said
    return "".join(map(_in_json, said.decode())).encode()


def _in_json(character: str) -> str:
    plain = character.isprintable() and not unicodedata.combining(character)
    return character if plain else text.json_escape(character)


def say(line: str = "") -> None:
    """A line for the person, not for a pipe."""
    click.echo(drawn(text.line(text.redact(line))), err=True)


def progress(line: str) -> None:
    """Says it on a terminal only, on a line of its own that the next one replaces."""
    if sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        click.echo(f"\r\x1b[K{drawn(text.cell(text.redact(line), 79))}", err=True, nl=False)


def table(
    headings: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    numbers: Container[str] = (),
) -> None:
    """Columns on stdout, those in `numbers` to the right.

    In a pipe every cell is whole and there is no colour. On a terminal columns without a word are
    left out, and the last one gives way before the others.
    """
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    tty = sys.stdout.isatty()
    console = Console(markup=False, highlight=False, emoji=False, width=None if tty else 10_000)
    said = [[text.cell(text.redact("" if c is None else str(c))) for c in row] for row in rows]
    shown = [at for at in range(len(headings)) if not tty or any(row[at] for row in said)]
    shown = shown or list(range(len(headings)))
    wide = sum(max(len(line[at]) for line in (headings, *said)) + 3 for at in shown) - 3
    ruled = tty and wide <= console.width
    grid = Table(box=SIMPLE_HEAD if ruled else None, pad_edge=False, show_edge=False)
    for at in shown:
        justify: Literal["left", "right"] = "right" if headings[at] in numbers else "left"
        grid.add_column(headings[at], justify=justify, no_wrap=at != len(headings) - 1)
    for row in said:
        grid.add_row(*(Text(row[at]) for at in shown))
    with console.capture() as captured:
        console.print(grid)
    for line in captured.get().splitlines():
        click.echo(drawn(line.rstrip()))


def moment(iso: str) -> str:
    """A time in UTC: to the minute on a terminal, as it is in a pipe."""
    return f"{iso[:10]} {iso[11:16]}Z" if sys.stdout.isatty() and len(iso) > 16 else iso


def can_ask() -> bool:
    """Is there a person at a terminal who can answer?"""
    return sys.stdin.isatty() and sys.stderr.isatty()

"""Printing: data on stdout, messages, progress and prompts on stderr; colour on a terminal only.

Everything printed passes `text.clean` and `text.redact`, except command lines, whose words did
before they were quoted; nothing is interpreted as markup.
"""

import io
import locale
import os
import sys
import unicodedata
from collections.abc import Container, Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

import click

from vmss_tui import text
from vmss_tui.cli.colour import Coloured, TextColour, has_colour, paint
from vmss_tui.shell import quote_words

_ascii_only = False
_progress = ""
"""The line of progress on the terminal, as written; empty without one."""
_state: str | None = None
"""The container that the operator has named by an option."""


class CommandLine(str):
    """A quoted command line, which is printed as it is: any change could unbalance its quotes."""

    __slots__ = ()


def use_state(url: str | None) -> None:
    """From now on `own_command` names this container, as the operator has."""
    global _state
    _state = url


def own_command(*arguments: str) -> CommandLine:
    """The command line of this program with these arguments, for a person to paste."""
    state = () if _state is None else ("--state", _state)
    return CommandLine(quote_words(("vmss-tui", *arguments, *state)))


def prepare_streams() -> bool:
    """Replaces closed standard streams by the null device, chooses the character set and forgets
    the options of an earlier command line.

    Without the replacement the next file or socket opened would get the descriptor of a closed
    stream, and output would go there. Returns whether stdout was open.
    """
    null = Path(os.devnull)
    stdout_open = sys.stdout is not None
    if sys.stdin is None:
        sys.stdin = null.open(encoding="utf-8")
    if not stdout_open:
        sys.stdout = null.open("w", encoding="utf-8")
    if sys.stderr is None:
        sys.stderr = null.open("w", encoding="utf-8")
    encodings = [stream.encoding or "utf-8" for stream in (sys.stdout, sys.stderr)]
    if sys.stdout.isatty() or sys.stderr.isatty():
        encodings.append(locale.getencoding())
    global _ascii_only, _state
    _ascii_only, _state = False, None
    if any(name.lower().replace("-", "") != "utf8" for name in encodings):
        use_ascii()
    return stdout_open


def use_ascii() -> None:
    """Prints with ASCII characters only from now on."""
    global _ascii_only
    _ascii_only = True
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def displayable(line: str) -> str:
    """The line, with this program's own symbols in ASCII where the stream requires that."""
    return text.replace_symbols(line) if _ascii_only else line


def print_line(*parts: str) -> None:
    """Prints one line of data; line breaks in values from outside are replaced."""
    _echo("".join(_printable(part, has_colour(sys.stdout)) for part in parts))


def _printable(part: str, coloured: bool) -> str:
    if isinstance(part, CommandLine):
        return paint(part, TextColour.STRONG) if coloured else part
    line = displayable(text.single_line(text.redact(part)))
    return paint(line, part.meaning) if coloured and isinstance(part, Coloured) else line


def _echo(line: str, *, err: bool = False) -> None:
    """Prints a line above the line of progress."""
    shown = _progress
    hide_progress()
    click.echo(line, err=err)
    if shown:
        _write_progress(shown)


def print_lines(lines: str) -> None:
    """Prints several lines that this program composed."""
    _echo(displayable(text.clean(lines)))


def write_page(page: str, output: Path | None) -> str:
    """Writes an HTML page to the file, or to the standard output. Returns why it cannot be written;
    empty where it was."""
    if output is None:
        print_lines(page.rstrip("\n"))
        return ""
    try:
        output.write_text(page, "utf-8")
    except OSError as error:
        return f"{output} cannot be written: {error.strerror or error}"
    print_message(f"Report written to {output}")
    return ""


def print_json(value: Any) -> None:
    """Prints a value as one line of JSON."""
    sys.stdout.buffer.write(encode_json(value) + b"\n")
    sys.stdout.buffer.flush()


def encode_json(value: Any) -> bytes:
    """JSON without secrets. Characters that could control a terminal can only be in strings, where
    a JSON escape replaces them."""
    import msgspec  # imported here because it takes 30 ms

    document = msgspec.json.encode(_redact_document(msgspec.to_builtins(value)))
    if document.isascii():
        return document
    return "".join(map(_escape_control_character, document.decode())).encode()


def _redact_document(document: Any) -> Any:
    """Redacts all but the command lines, which are the fields named `az` of a document and of the
    entries of its lists."""
    if not isinstance(document, dict):
        return text.redact_json(document)
    redacted: dict[str, Any] = {}
    for key, value in document.items():
        if key == _COMMANDS_KEY:
            redacted[key] = value
        elif isinstance(value, list | tuple) and not text.is_secret(key):
            redacted[key] = [_redact_document(entry) for entry in value]
        else:
            redacted |= text.redact_json({key: value})
    return redacted


_COMMANDS_KEY = "az"


def _escape_control_character(character: str) -> str:
    harmless = character.isprintable() and not unicodedata.combining(character)
    return character if harmless else text.json_escape(character)


def print_message(*parts: str) -> None:
    """Prints a line for the operator, on stderr."""
    _echo("".join(_printable(part, has_colour(sys.stderr)) for part in parts), err=True)


def show_progress(line: str, meaning: TextColour | None = None) -> None:
    """Shows a line at the bottom of a terminal; the next one replaces it, an empty one removes it.

    Lines that are printed meanwhile appear above it.
    """
    if not shows_progress():
        return
    shown = displayable(text.cell(text.redact(line), max(20, _columns() - 1)))
    if has_colour(sys.stderr):
        shown = paint(shown, meaning)
    if shown != _progress:
        hide_progress()
        _write_progress(shown)


def shows_progress() -> bool:
    """Whether there is a terminal for a line of progress."""
    return sys.stderr.isatty() and os.environ.get("TERM", "") not in ("", "dumb")


def hide_progress() -> None:
    """Removes the line of progress, if there is one."""
    global _progress
    if _progress:
        click.echo("\r\x1b[K", err=True, nl=False)
        _progress = ""


def _write_progress(line: str) -> None:
    global _progress
    _progress = line
    if line:
        click.echo(f"\r\x1b[K{line}", err=True, nl=False)


def _columns() -> int:
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or 80
    except (OSError, ValueError):
        return 80


def _table_cell(value: object) -> str:
    shown = text.cell(text.redact("" if value is None else str(value)))
    return Coloured(shown, value.meaning) if isinstance(value, Coloured) else shown


def print_table(
    headings: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    numbers: Container[str] = (),
) -> None:
    """Prints a table on stdout; columns whose heading is in `numbers` are right-aligned.

    In a pipe no cell is shortened and there is no colour. On a terminal empty columns are left
    out; a table that is too wide has one space between columns instead of two, and its last
    column is wrapped where that is not enough.
    """
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    tty = sys.stdout.isatty()
    colour = has_colour(sys.stdout)
    console = Console(markup=False, highlight=False, emoji=False, width=None if tty else 10_000)
    cells = [[_table_cell(c) for c in row] for row in rows]
    columns = [at for at in range(len(headings)) if not tty or any(row[at] for row in cells)]
    columns = columns or list(range(len(headings)))
    width = sum(max(len(row[at]) for row in (headings, *cells)) + 3 for at in columns) - 3
    has_rule = tty and width <= console.width
    table = Table(box=SIMPLE_HEAD if has_rule else None, pad_edge=False, show_edge=False)
    table.collapse_padding = tty and width - (len(columns) - 1) > console.width
    for at in columns:
        justify: Literal["left", "right"] = "right" if headings[at] in numbers else "left"
        table.add_column(headings[at], justify=justify, no_wrap=at != len(headings) - 1)
    for row in cells:
        table.add_row(
            *(
                Text(part, part.meaning.style)
                if colour and isinstance(part := row[at], Coloured) and part.meaning
                else Text(row[at])
                for at in columns
            )
        )
    with console.capture() as captured:
        console.print(table)
    for line in captured.get().splitlines():
        click.echo(displayable(line.rstrip()))


def timestamp_text(iso: str) -> str:
    """An ISO time in UTC: to the minute on a terminal, unchanged in a pipe."""
    return f"{iso[:10]} {iso[11:16]}Z" if sys.stdout.isatty() and len(iso) > 16 else iso


def can_prompt() -> bool:
    """Whether there is a terminal at which a person can answer a prompt."""
    return sys.stdin.isatty() and sys.stderr.isatty()

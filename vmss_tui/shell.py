"""Command lines for a person to paste into a POSIX shell. Pure; nothing here is executed.

A line is quoted last, after its words were redacted. It is printable ASCII whatever the words
contain, and nothing may change it afterwards: neither `redact`, which could remove a closing quote,
nor `clean`, `cell` or a line break.
"""

import re
import shlex
from collections.abc import Iterator, Sequence

UNQUOTABLE = "# not as a command: a value has characters that cannot be typed"
"""Instead of a line with a word that no shell can pass on: pasted, it does nothing."""
_WORD = re.compile(r"(?:[^ '\"]|'[^']*+'|\"[^\"]*+\")++")
_NOT_LITERAL = frozenset("\\%'\"!`$-")
"""ASCII characters that are written as numbers in the format of `printf`."""


def quote_words(arguments: Sequence[str]) -> str:
    """The words as one line, which a shell splits into exactly these words."""
    try:
        return " ".join(map(_quote_word, arguments))
    except ValueError:
        return UNQUOTABLE


def _quote_word(word: str) -> str:
    if word.isascii() and (word.isprintable() or not word):
        return shlex.quote(word)
    if word.endswith("\n") or "\0" in word:
        raise ValueError("a command substitution cannot produce this word")
    return f"\"$(printf '{''.join(map(_printf_character, word))}')\""


def _printf_character(character: str) -> str:
    if character.isascii() and character.isprintable() and character not in _NOT_LITERAL:
        return character
    return "".join(f"\\{byte:03o}" for byte in character.encode())


def readable_command(line: str) -> str:
    """A stored line as `quote_words` makes it: older versions stored other characters, too."""
    try:
        arguments = shlex.split(line)
        return line if line.isascii() and line.isprintable() else quote_words(arguments)
    except ValueError:
        return UNQUOTABLE


def wrap_command(line: str, width: int) -> Iterator[str]:
    """The line in parts of at most `width` characters where its words allow that.

    It is divided between words, and each part but the last ends with a backslash, so that the
    parts pasted together are the same command.
    """
    if line == UNQUOTABLE:
        yield line
        return
    part = ""
    for match in _WORD.finditer(line):
        if part and len(part) + len(match[0]) + 3 > width:
            yield f"{part} \\"
            part = ""
        part += f" {match[0]}" if part else match[0]
    yield part

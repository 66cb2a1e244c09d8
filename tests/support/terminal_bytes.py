"""What a program wrote to its terminal, taken apart: the driver's own controls, and text.

Anything else is a `forbidden`: an escape that the driver does not send, a control character, or
one that has no picture (bidi, zero width, private use, half a character).
"""

import re
import unicodedata
from collections.abc import Iterator

_OWN = re.compile(
    rb"\x1b\[[0-9;:]*m"  # colours
    rb"|\x1b\[[0-9]+;[0-9]+H|\x1b\[[0-9]*[JK]"  # places
    rb"|\x1b\[\?(?:7|25|1000|1003|1004|1006|1015|1016|1049|2004|2026|2048)[hl]"  # modes
    rb"|\x1b\[\?(?:2026|2048)\$p|\x1b\[>[0-9]+u|\x1b\[<u"  # questions, keyboard
    rb"|\x1b\]22;default\x07"  # the pointer's shape
    rb"|\x1b\[c|\x07"  # a question, the bell
)
_COPY = re.compile(rb"\x1b\]52;c;(?P<said>[A-Za-z0-9+/=]*)\x07")
_NEVER = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_MARKS = 2


def taken_apart(emitted: bytes) -> tuple[str, list[bytes], list[bytes]]:
    """(text, copies as Base64, what is forbidden) of everything that was written."""
    text: list[bytes] = []
    copies: list[bytes] = []
    forbidden: list[bytes] = []
    at = 0
    while at < len(emitted):
        if own := _OWN.match(emitted, at):
            at = own.end()
        elif copy := _COPY.match(emitted, at):
            copies.append(copy["said"])
            at = copy.end()
        elif emitted[at] == 0x1B:
            forbidden.append(emitted[at : at + 24])
            at += 1
        else:
            end = _next_control(emitted, at)
            text.append(emitted[at:end])
            at = end
    words = b"".join(text).decode("utf-8", "backslashreplace")
    forbidden += [f"{ord(found):#x} in {near!a}".encode() for found, near in _unprintable(words)]
    return words, copies, forbidden


def _next_control(emitted: bytes, at: int) -> int:
    found = [where for where in (emitted.find(b"\x1b", at), emitted.find(b"\x07", at)) if where > 0]
    return min(found, default=len(emitted))


def _unprintable(words: str) -> Iterator[tuple[str, str]]:
    """Characters that steer or hide, and towers of combining marks, with what stands near."""
    marks = 0
    for at, character in enumerate(words):
        marks = marks + 1 if unicodedata.combining(character) else 0
        never = unicodedata.category(character) in _NEVER and character not in "\r\n"
        if never or marks > _MARKS:
            yield character, words[max(0, at - 20) : at + 20]


def test_the_parser_finds_what_is_not_the_drivers() -> None:
    """Kept beside it, so that nobody trusts it blindly."""
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
        _, _, forbidden = taken_apart(b"\x1b[1;1Hplain " + bad)
        assert forbidden or b"\\x" in bad or bad == b"\xff"
    assert taken_apart(b"\x1b[?25l\x1b[38;5;1mok \xe2\x97\x8f\r\n\x07")[2] == []

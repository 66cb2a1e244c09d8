"""Fewer bytes for a partial update of the screen, as over an SSH connection.

Textual sets every style from nothing and resets it after each text. Here a style is set as its
difference from the one before, and a blank takes only its background.
"""

import re
from typing import NamedTuple

_RESET = "\x1b[0m"
_TOKEN = re.compile(
    r"\x1b\[(?P<style>[\d;]*)m"
    r"|(?P<move>\n*\x1b\[\d+;\d+H)"
    r"|(?P<other>\x1b\[[^@-~]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b|[\x00-\x1a\x1c-\x1f]+)"
    r"|(?P<text>[^\x00-\x1f]+)"
)
_FOREGROUND, _BACKGROUND = re.compile(r"3[0-8]|9[0-7]"), re.compile(r"4[0-8]|10[0-7]")
_SHOWN_ON_BLANKS = frozenset({"4", "5", "6", "7", "9", "21", "51", "52", "53"})
"""Attributes that show where a character is blank, such as underline and reverse."""
_FOREGROUND, _BACKGROUND = re.compile(r"3[0-8]|9[0-7]"), re.compile(r"4[0-8]|10[0-7]")
_COLOUR_PARTS = {"5": 3, "2": 5}
"""Kind of an extended colour -> how many parameters it takes in all."""


class _Style(NamedTuple):
    """What the terminal has set; colours are their parameters, empty for the default."""

    attributes: frozenset[str] = frozenset()
    foreground: str = ""
    background: str = ""

    def with_codes(self, codes: str) -> "_Style":
        """The style after these parameters of a style sequence."""
        attributes, foreground, background = set(self.attributes), self.foreground, self.background
        parts = codes.split(";")
        at = 0
        while at < len(parts):
            code = parts[at]
            is_extended = code in ("38", "48") and at + 1 < len(parts)
            length = _COLOUR_PARTS.get(parts[at + 1], 1) if is_extended else 1
            colour = ";".join(parts[at : at + length])
            at += length
            if code in ("", "0"):
                attributes, foreground, background = set(), "", ""
            elif _FOREGROUND.fullmatch(code):
                foreground = colour
            elif _BACKGROUND.fullmatch(code):
                background = colour
            else:
                attributes.add(code)
        return _Style(frozenset(attributes), foreground, background)

    def sequence_after(self, before: "_Style") -> str:
        """What changes the terminal from the style `before` to this one."""
        if self == before:
            return ""
        lost, added = before.attributes - self.attributes, self.attributes - before.attributes
        whole = ["0", *sorted(self.attributes), self.foreground, self.background]
        if lost and (lost != {"1"} or "2" in self.attributes):
            return _sequence(whole)
        changes = ["22"] if lost else []
        changes += sorted(added)
        if self.foreground != before.foreground:
            changes.append(self.foreground or "39")
        if self.background != before.background:
            changes.append(self.background or "49")
        return min(_sequence(whole), _sequence(changes), key=len)


def _sequence(codes: list[str]) -> str:
    """A style sequence; without parameters it resets, as `0` alone does."""
    return f"\x1b[{';'.join(code for code in codes if code)}m"


def compact_update(output: str) -> str:
    """The same update in fewer bytes. It starts and ends without a style, as Textual's does."""
    sent, shown, style = [], _Style(), _Style()
    for token in _TOKEN.finditer(output):
        text = token.group()
        match token.lastgroup:
            case "style":
                style = style.with_codes(token["style"])
                continue
            case "move":
                sent.append(text.lstrip("\n"))
                continue
            case "text" if text.isspace() and not (
                _SHOWN_ON_BLANKS & (style.attributes | shown.attributes)
            ):
                needed = shown._replace(background=style.background)
            case _:
                needed = style
        sent += [needed.sequence_after(shown), text]
        shown = needed
    if shown != _Style():
        sent.append(_RESET)
    return "".join(sent)

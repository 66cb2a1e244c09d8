"""Sanitises and redacts text.

Text from Azure, from a configuration file or from the command line is untrusted. `clean` is called
once, where it enters the program; `cell` where it is drawn in a limited space; `redact` before
it is written to a log, a journal or a report.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

_CONTROL_PICTURES = {code: chr(0x2400 + code) for code in range(0x20) if code not in (0x09, 0x0A)}
_CONTROL_PICTURES[0x7F] = "\u2421"
_ESCAPED_CATEGORIES = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_MAX_COMBINING_MARKS = 2
REDACTED = "(redacted)"

_TOKEN_PATTERNS = (
    (re.compile(r"(?i)\bbearer\s+[\w\-.~+/=]+"), "Bearer (redacted)"),
    (re.compile(r"\beyJ[\w\-]{8,}\.[\w\-]+(\.[\w\-]*)?"), "(redacted token)"),
    (
        re.compile(r"(?i)([?&;](?:se|code|[tcsh])|\b(?:sig|skoid|sktid))=[^&\s\"'<>]+"),
        r"\1=(redacted)",
    ),  # `t`, `c`, `s` and `h` are the signature in an operation's URL
    (re.compile(r"(://[^/\s:@\"']*):[^/\s@\"']+@"), r"\1:(redacted)@"),
    (re.compile(r"(?i)(authorization\W+basic\s+)[\w+/=]+"), r"\1(redacted)"),
)
_SECRET_KEY = re.compile(
    r"(?:\\*\")?\b(?:\w*password|protectedSettings|customData|userData|client_?secret|"
    r"access_?token|refresh_?token|accountKey|sasToken|"
    r"shared_?access_?(?:key|signature))(?:\\*\")?\s*[:=]\s*",
    re.IGNORECASE,
)
_SECRET_NAME = re.compile(
    r"\w*(password|secret|token|connectionString)|protectedSettings\w*|customData|userData"
    r"|(storage)?accountKey|sas\w*",
    re.IGNORECASE,
)
"""Keys in Azure's JSON whose values are never shown or stored."""
_STRING = re.compile(r"(\\*\")(?:[^\"\\]|\\.)*?\1", re.DOTALL)
_BARE = re.compile(r"[^\s,;&}\]]+")


def clean(untrusted: str) -> str:
    """Printable text: control characters as pictures, format and bidi characters as escapes.

    Newlines and tabs stay; at most two combining marks after a character do.
    """
    if untrusted.isascii() and untrusted.isprintable():
        return untrusted
    parts: list[str] = []
    marks = 0
    for character in untrusted:
        if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me"):
            marks += 1
            if marks <= _MAX_COMBINING_MARKS:
                parts.append(character)
            continue
        marks = 0
        parts.append(_escape(character))
    return "".join(parts)


def single_line(untrusted: str) -> str:
    """The text on one line, with its spaces: untrusted text cannot start a line of its own."""
    return clean(untrusted.replace("\n", " ").replace("\t", " "))


def cell(untrusted: str, width: int = 200) -> str:
    """One line of at most `width` characters, with single spaces, for a limited space."""
    cleaned = clean(" ".join(untrusted[: width * 8].split()))
    return cleaned if len(cleaned) <= width else cleaned[: max(0, width - 1)] + "…"


_ASCII_SYMBOLS = str.maketrans(
    {"…": ".", "·": "-", "–": "-", "—": "-", "→": ">", "←": "<", "↑": "^", "↓": "v", "’": "'"}
    | dict.fromkeys("│┃▌▎▏▐║▊▉", "|")
    | dict.fromkeys("─━═▁▔▂▃▄▅▆▇▀", "-")
    | dict.fromkeys("█▓", "#")
    | {"░": "."}
)


def capitalize_sentence(text: str) -> str:
    """The text with an upper-case first letter; the rest unchanged."""
    return text[:1].upper() + text[1:]


def replace_symbols(drawn: str) -> str:
    """Replaces frames, arrows and dots by ASCII, for terminals without Unicode.

    Replaces symbols that this program draws, one character by one; other characters stay.
    """
    return drawn if drawn.isascii() else drawn.translate(_ASCII_SYMBOLS)


def redact(text: str) -> str:
    """Removes tokens, signatures and passwords from text that will be stored."""
    for pattern, replacement in _TOKEN_PATTERNS:
        text = pattern.sub(replacement, text)
    parts: list[str] = []
    position = 0
    for key in _SECRET_KEY.finditer(text):
        if key.start() < position:
            continue
        end = _value_end(text, key.end())
        parts += (text[position : key.end()], REDACTED if end > key.end() else "")
        position = end
    return "".join(parts) + text[position:]


def json_escape(character: str) -> str:
    """The character as an ASCII escape in a JSON string."""
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def is_secret(key: str) -> bool:
    """Whether the value of this key in Azure's JSON, or of this tag, is never shown."""
    return _SECRET_NAME.fullmatch(key) is not None


def without_query(url: str) -> str:
    """A URL without its query, which may contain a signature."""
    return url.partition("?")[0]


def redact_arguments(argv: Sequence[str]) -> tuple[str, ...]:
    """A command's arguments with secrets redacted, also the X of `--token X` and `TOKEN=X`."""
    return tuple(_redacted_arguments(argv))


def _redacted_arguments(argv: Sequence[str]) -> Iterator[str]:
    is_secret_value = False
    for argument in argv:
        name, equals, value = argument.partition("=")
        if is_secret_value and not argument.startswith("-"):
            yield REDACTED
        elif value and _is_secret_option(name):
            yield f"{name}{equals}{REDACTED}"
        else:
            yield redact(argument)
        is_secret_value = argument.startswith("-") and not equals and _is_secret_option(argument)


def _is_secret_option(name: str) -> bool:
    return is_secret(name.lstrip("-").replace("-", "_"))


def redact_json(tree: Any) -> Any:
    """A copy of any JSON without the values of secret keys, and with all texts redacted."""
    match tree:
        case dict():
            return {
                key: REDACTED if value and is_secret(key) else redact_json(value)
                for key, value in tree.items()
            }
        case list():
            return [redact_json(value) for value in tree]
        case str():
            return redact(tree)
    return tree


def _value_end(text: str, start: int) -> int:
    """The end of the value that begins at `start`; the end of the text if it is not closed."""
    if text.startswith(REDACTED, start):
        return start + len(REDACTED)
    if text[start : start + 1] in ("{", "["):
        depth, position = 0, start
        while position < len(text):
            depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(text[position], 0)
            string = _STRING.match(text, position)
            position = string.end() if string else position + 1
            if depth == 0:
                return position
        return len(text)
    if string := _STRING.match(text, start):
        return string.end()
    if text[start:].lstrip("\\").startswith('"'):
        return len(text)
    bare = _BARE.match(text, start)
    return bare.end() if bare else start


def _escape(character: str) -> str:
    code = ord(character)
    if character in "\n\t":
        return character
    if code in _CONTROL_PICTURES:
        return _CONTROL_PICTURES[code]
    if unicodedata.category(character) in _ESCAPED_CATEGORIES:
        return f"\\u{code:04X}"
    return character

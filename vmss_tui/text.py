"""What may reach a terminal: the one sanitiser, and redaction.

Everything that comes from Azure, from a configuration file or from the command line is
untrusted. `clean` is called once, where it enters; `cell` where it is drawn in a fixed place;
`redact` before anything is written to a log, a journal or a report.
"""

import re
import unicodedata

_CONTROL_PICTURES = {code: chr(0x2400 + code) for code in range(0x20) if code not in (0x09, 0x0A)}
_CONTROL_PICTURES[0x7F] = "\u2421"
_ESCAPED_CATEGORIES = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_PLAIN = re.compile(r"[\x20-\x7e]*")
_MARKS_KEPT = 2

_SECRETS = (
    (re.compile(r"(?i)\bbearer\s+[\w\-.~+/=]+"), "Bearer (redacted)"),
    (re.compile(r"\beyJ[\w\-]{8,}\.[\w\-]+(\.[\w\-]*)?"), "(redacted token)"),
    (
        re.compile(r"(?i)([?&;]|\b)(sig|se|skoid|sktid|code|client_secret)=[^&\s\"'<>]+"),
        r"\1\2=(redacted)",
    ),
    (
        re.compile(
            r"(?i)(\"?\b(?:\w*password|protectedSettings|customData|userData|client_?secret|"
            r"access_?token|refresh_?token|accountKey|sasToken)\"?\s*[:=]\s*)"
            r"(\"(?:[^\"\\]|\\.)*\"|\{[^{}]*\}|[^\s,;&}]+)"
        ),
        r"\1(redacted)",
    ),
)


def clean(untrusted: str) -> str:
    """Printable text only: controls as pictures, format and bidi characters as escapes.

    Newlines and tabs stay (a cell folds them); at most two combining marks follow a character.
    """
    if _PLAIN.fullmatch(untrusted):
        return untrusted
    out: list[str] = []
    marks = 0
    for character in untrusted:
        if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me"):
            marks += 1
            if marks <= _MARKS_KEPT:
                out.append(character)
            continue
        marks = 0
        out.append(_shown(character))
    return "".join(out)


def cell(untrusted: str, width: int = 200) -> str:
    """One line of at most `width` characters, for a place on the screen."""
    line = clean(" ".join(untrusted[: width * 8].split()))
    return line if len(line) <= width else line[: max(0, width - 1)] + "…"


def redact(text: str) -> str:
    """Takes tokens, signatures and passwords out of text that will be kept."""
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text


def _shown(character: str) -> str:
    code = ord(character)
    if character in "\n\t":
        return character
    if code in _CONTROL_PICTURES:
        return _CONTROL_PICTURES[code]
    if unicodedata.category(character) in _ESCAPED_CATEGORIES:
        return f"\\u{code:04X}"
    return character

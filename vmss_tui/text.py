"""Sanitises and redacts text.

Text from Azure, from a configuration file or from the command line is untrusted. `clean` is called
once, where it enters the program; `cell` where it is drawn in a limited space; `redact` before
it is written to a log, a journal or a report. Each takes a time in proportion to the text.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from heapq import merge
from typing import Any

_CONTROL_PICTURES = {code: chr(0x2400 + code) for code in range(0x20) if code not in (0x09, 0x0A)}
_CONTROL_PICTURES[0x7F] = "\u2421"
_ESCAPED_CATEGORIES = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_MAX_COMBINING_MARKS = 2
REDACTED = "(redacted)"
MAX_TEXT_LENGTH = 1 << 20
"""Characters of a text that are searched for secrets; the rest of a longer one is left out."""
_MAX_SECRET_LENGTH = 16_384
"""Characters of the longest secret that is recognized where a text is cut."""
_MAX_VALUE_LENGTH = 65_536
"""Characters in which the end of a secret value is looked for; without one, all is redacted."""
_MAX_SECRETS = 1_000
"""Secrets that are redacted in one text; what follows the last of them is left out."""

_PATTERNS = (
    r"bearer(?<!\wbearer)\s++(?P<secret>[\w\-.~+/=]++)",
    r"authorization\W++basic\s++(?P<secret>[\w+/=]++)",
    r"[?&;](?:se|code|[tcsh])=(?P<secret>[^&\s\"'<>]++)",
    r"sig(?<!\wsig)=(?P<secret>[^&\s\"'<>]++)",
    r"sk[ot]id(?<!\wsk[ot]id)=(?P<secret>[^&\s\"'<>]++)",
    r"://[^/\s:@\"']*+:(?P<secret>[^/\s@\"']++)@",
    *(
        rf"{key}(?:\\*+[\"'])?+\s*+[:=]\s*+(?=[^\s,;&}}\]])(?P<value>)"
        for key in (
            "password", "protectedsettings", "customdata", "userdata", "client_?secret",
            "access_?token", "refresh_?token", "accountkey", "sastoken",
            "shared_?access_?key", "shared_?access_?signature", "api[-_]?key",
            "subscription[-_]?key", "functions[-_]?key",
        )
    ),
    *(
        rf"{name}(?:\\*+[\"'])?+\s*+[:=][ \t]*+"
        r"(?:(?:bearer|basic|digest|negotiate|token|sharedkey\w*+)\s++)?+"
        r"(?=[^\s,;&}\]])(?P<header>)"
        for name in ("authorization", "cookie")
    ),
)  # fmt: skip
_SECRET_PATTERNS = tuple(map(re.compile, _PATTERNS))
"""Secrets in a text in lower case, and the beginnings of values of secret keys and of headers,
which end with the line. `t`, `c`, `s` and `h` are the signature in an operation's URL. Each begins
with a literal or a set of characters, which the search skips to."""
_WEB_TOKEN = re.compile(
    r"eyJ(?<!\weyJ)(?:(?P<token>[\w\-]{8,}+\.[\w\-]++(?:\.[\w\-]*+)?+)|[\w\-]{8,}+)"
)
"""Matches long words without a dot, too: each is then read once, not from every `eyJ` in it."""
_SECRET_NAME = re.compile(r"protectedsettings\w*+|customdata|userdata|sas\w*+")
_SECRET_ENDINGS = (
    "password", "secret", "token", "connectionstring", "accountkey", "api_key", "apikey",
    "subscription_key", "subscriptionkey", "functions_key", "authorization", "cookie",
)  # fmt: skip
_NAMED_VALUE = re.compile(r"([\w.\-]++)\s*+[:=]\s*+(?=\S)")
_CREDENTIAL_OPTIONS = frozenset({"-u", "-U", "--user", "--proxy-user"})
"""Options with a value of the form `name:password`."""
_STRUCTURE = re.compile(r"\\++\"?+|[\"{}\[\]]")
"""Quotes with the backslashes before them, other backslashes, and brackets."""
_OPENING_QUOTE = re.compile(r"\\*+\"")
_BARE = re.compile(r"[^\s,;&}\]]++")
_HEADER_VALUE = re.compile(r"(?:=\\*+\"[^\"\r\n]*+\"|[^\r\n\"'])*+")


def clean(untrusted: str) -> str:
    """Printable text: control characters as pictures, format and bidi characters as escapes.

    Newlines and tabs stay; at most two combining marks after a character do.
    """
    if untrusted.isascii() and untrusted.isprintable():
        return untrusted
    characters = set(untrusted)
    if marks := set(filter(_is_mark, characters)):
        untrusted = _limit_marks(untrusted, marks)
    escapes = {ord(c): escape for c in characters if (escape := _escape(c)) != c}
    return untrusted.translate(escapes) if escapes else untrusted


def _is_mark(character: str) -> bool:
    return bool(unicodedata.combining(character)) or unicodedata.category(character) in _MARKS


_MARKS = ("Mn", "Me")


def _limit_marks(text: str, marks: Collection[str]) -> str:
    parts: list[str] = []
    count = 0
    for character in text:
        count = count + 1 if character in marks else 0
        if count <= _MAX_COMBINING_MARKS:
            parts.append(character)
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
    """The text with an upper-case first letter, except where it starts with a name with a `/`."""
    return text if "/" in text.partition(" ")[0] else text[:1].upper() + text[1:]


def replace_symbols(drawn: str) -> str:
    """Replaces frames, arrows and dots by ASCII, for terminals without Unicode.

    Replaces symbols that this program draws, one character by one; other characters stay.
    """
    return drawn if drawn.isascii() else drawn.translate(_ASCII_SYMBOLS)


def redact(text: str) -> str:
    """Removes tokens, signatures and passwords from text that will be stored."""
    text = _cut(text, MAX_TEXT_LENGTH)
    lowered = _lower(text)
    matches = [_WEB_TOKEN.finditer(text), *(p.finditer(lowered) for p in _SECRET_PATTERNS)]
    parts: list[str] = []
    position = 0
    for match in merge(*matches, key=_secret_start):
        if position == len(text) or len(parts) == 2 * _MAX_SECRETS:
            return "".join(parts) + (" …" if position < len(text) else "")
        kind, start = match.lastgroup, _secret_start(match)
        if kind == "secret" or kind == "token":
            end = match.end(kind)
        elif kind is None or start < position:
            continue
        else:
            end = _value_end(text, start, is_header=kind == "header")
        if start >= position:
            parts += (text[position:start], "(redacted token)" if kind == "token" else REDACTED)
        position = max(position, end)
    return "".join(parts) + text[position:] if parts else text


def _secret_start(match: re.Match[str]) -> int:
    kind = match.lastgroup
    return match.start() if kind is None or kind == "token" else match.start(kind)


def redact_start(text: str, length: int) -> str:
    """The first `length` characters of the redacted text. Of the rest only so much is read as is
    needed to recognize a secret that begins before."""
    return redact(_cut(text, length + _MAX_SECRET_LENGTH))[:length]


def _cut(text: str, length: int) -> str:
    """The beginning of a text that is longer than `length`, without its last word: that could be
    the beginning of a secret, which cannot be recognized any more."""
    if len(text) <= length:
        return text
    last_start = max(0, length - _MAX_SECRET_LENGTH)
    gap = max(text.rfind(" ", last_start, length), text.rfind("\n", last_start, length))
    return text[: gap if gap >= 0 else last_start]


def _lower(text: str) -> str:
    """The text in lower case, with every character at its place."""
    lowered = text.lower()
    return lowered if len(lowered) == len(text) else text.replace("\u0130", "I").lower()


def json_escape(character: str) -> str:
    """The character as an ASCII escape in a JSON string."""
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def is_secret(key: str) -> bool:
    """Whether the value of this key in Azure's JSON, or of this tag or header, is never shown."""
    name = key.replace("-", "_").lower()
    return name.endswith(_SECRET_ENDINGS) or _SECRET_NAME.fullmatch(name) is not None


def without_query(url: str) -> str:
    """A URL without its query, which may contain a signature."""
    return url.partition("?")[0]


def redact_arguments(argv: Sequence[str]) -> tuple[str, ...]:
    """A command's arguments with secrets redacted: also the X of `--token X`, of `TOKEN=X`, of
    the header `X-Api-Key: X` and of `--user name:X`."""
    return tuple(_redacted_arguments(argv))


def _redacted_arguments(argv: Sequence[str]) -> Iterator[str]:
    previous = ""
    for argument in argv:
        if is_secret(previous.lstrip("-")) and not argument.startswith("-"):
            yield REDACTED
        elif previous in _CREDENTIAL_OPTIONS and ":" in argument:
            yield f"{argument.partition(':')[0]}:{REDACTED}"
        else:
            yield _redacted_argument(argument)
        is_option = argument.startswith("-") and "=" not in argument
        previous = argument if is_option else ""


def _redacted_argument(argument: str) -> str:
    position = 0
    while named := _NAMED_VALUE.match(argument, position):
        position = named.end()
        if is_secret(named[1]):
            return argument[:position] + REDACTED
    return redact(argument)


def redact_json(tree: Any) -> Any:
    """A copy of any JSON without the values of secret keys, and with all texts redacted."""
    match tree:
        case dict():
            return {
                key: REDACTED if value and is_secret(key) else redact_json(value)
                for key, value in tree.items()
            }
        case list() | tuple() if all(isinstance(value, str) for value in tree):
            return list(_redacted_arguments(tree))  # it may be the arguments of a command
        case list() | tuple():
            return [redact_json(value) for value in tree]
        case str():
            return redact(tree)
    return tree


def _value_end(text: str, start: int, *, is_header: bool) -> int:
    """The end of the value that begins at `start`; the end of the text if it is not closed."""
    if text.startswith(REDACTED, start):
        return start + len(REDACTED)
    if text[start] in "{[":
        return _container_end(text, start)
    if opening := _OPENING_QUOTE.match(text, start):
        return _string_end(text, opening)
    if text[start] == "'":
        return text.find("'", start + 1) + 1 or len(text)
    value = (_HEADER_VALUE if is_header else _BARE).match(text, start)
    return value.end() if value else start


def _container_end(text: str, start: int) -> int:
    depth, opening = 0, ""
    for match in _STRUCTURE.finditer(text, start, start + _MAX_VALUE_LENGTH):
        symbol = match[0]
        if symbol[-1] == '"':
            opening = symbol if not opening else "" if _closes(symbol, opening) else opening
        elif not opening and symbol[-1] != "\\":
            depth += 1 if symbol in "{[" else -1
            if depth == 0:
                return match.end()
    return len(text)


def _string_end(text: str, opening: re.Match[str]) -> int:
    end = opening.end()
    for match in _STRUCTURE.finditer(text, end, end + _MAX_VALUE_LENGTH):
        if match[0][-1] == '"' and _closes(match[0], opening[0]):
            return match.end()
    return len(text)


def _closes(quote: str, opening: str) -> bool:
    """Whether the quote ends the string, given both with the backslashes before them. In JSON that
    is quoted itself, each backslash of a value is as long as the opening quote."""
    return len(quote) >= len(opening) and (len(quote) - len(opening)) % (2 * len(opening)) == 0


def _escape(character: str) -> str:
    code = ord(character)
    if character in "\n\t":
        return character
    if code in _CONTROL_PICTURES:
        return _CONTROL_PICTURES[code]
    if unicodedata.category(character) in _ESCAPED_CATEGORIES:
        return f"\\u{code:04X}"
    return character

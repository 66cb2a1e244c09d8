"""Values in a query: paths, texts, numbers, and functions of them, compiled once for all rows.

Known functions: `tolower`, `toupper`, `tostring`, `toint`, `todynamic`, `parse_json`, `split`,
`isempty`, `isnotempty`, `datetime`, `todatetime`, `ago` and `now`.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from vmss_tui.simulator.errors import Json

Row = Json
Expression = Callable[[Row], Any]

_KEY = re.compile(r"[\w$]{1,80}")
_CALL = re.compile(r"(\w{1,30})\s*\((.{0,600})\)(?:\[(\d{1,3})\])?")
_PATH = re.compile(r"[A-Za-z_$][\w.$\[\]'\"]{0,200}")
_AGE = re.compile(r"(\d{1,6})([dhms])")
_SECONDS = {"d": 86_400, "h": 3600, "m": 60, "s": 1}


class InvalidQuery(ValueError):
    """A query outside of this part of the language."""


def compile_expression(text: str, now: datetime) -> Expression:
    """What the expression is in a row; raises `InvalidQuery`. `now` is the time in UTC."""
    text = text.strip()
    if text[:1] in ("'", '"') and text[-1:] == text[:1]:
        literal = text[1:-1]
        return lambda _: literal
    if text.isdecimal() and len(text) < 12:
        number = int(text)
        return lambda _: number
    call = _CALL.fullmatch(text)
    if call is not None:
        value = _compile_call(call[1].lower(), call[2], now)
        return value if call[3] is None else _element(value, int(call[3]))
    if not _PATH.fullmatch(text):
        raise InvalidQuery(f"The expression '{text[:120]}' is not supported.")
    return _path(_KEY.findall(text))


def split_columns(text: str) -> list[str]:
    """The parts between commas that are not in parentheses or quotes."""
    parts, depth, quote = [""], 0, ""
    for letter in text:
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        else:
            depth += (letter == "(") - (letter == ")")
        if letter == "," and not depth and not quote:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts]


def _path(keys: list[str]) -> Expression:
    def value(row: Row) -> Any:
        current: Any = row
        for key in keys:
            if not isinstance(current, dict):
                return None
            current = current.get(key)
        return current

    return value


def _element(values: Expression, index: int) -> Expression:
    def element(row: Row) -> Any:
        items = values(row)
        return items[index] if isinstance(items, list) and index < len(items) else None

    return element


def _compile_call(name: str, argument: str, now: datetime) -> Expression:
    if name in ("now", "ago", "datetime"):
        moment = _constant_time(name, argument.strip(), now)
        return lambda _: moment
    arguments = [compile_expression(part, now) for part in split_columns(argument)]
    first = arguments[0]
    if name == "todatetime":
        return lambda row: _moment(_parsed(str(first(row)).strip("'\" ")))
    if name == "split" and len(arguments) == 2:
        separator = arguments[1]
        return lambda row: _text(first(row)).split(str(separator(row)))
    function = _FUNCTIONS.get(name)
    if function is None or len(arguments) != 1:
        raise InvalidQuery(f"The function '{name}' is not supported.")
    return lambda row: function(first(row))


def _text(value: Any) -> str:
    """Texts unchanged, nothing for null, and JSON for anything else."""
    if isinstance(value, str):
        return value
    return "" if value is None else msgspec.json.encode(value).decode()


_FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "tolower": lambda value: _text(value).lower(),
    "toupper": lambda value: _text(value).upper(),
    "tostring": _text,
    "toint": lambda value: value,
    "todynamic": lambda value: value,
    "parse_json": lambda value: value,
    "isempty": lambda value: not _text(value),
    "isnotempty": lambda value: bool(_text(value)),
}


def _constant_time(name: str, argument: str, now: datetime) -> str:
    if name == "datetime":
        return _moment(_parsed(argument.strip("'\" ")))
    if name == "now":
        return _moment(now)
    age = _AGE.fullmatch(argument)
    if age is None:
        raise InvalidQuery(f"The time span '{argument[:40]}' is not supported.")
    return _moment(now - timedelta(seconds=int(age[1]) * _SECONDS[age[2]]))


def _parsed(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidQuery(f"The time '{text[:60]}' is not valid.") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _moment(moment: datetime) -> str:
    text = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
    return f"{text[:23]}Z"

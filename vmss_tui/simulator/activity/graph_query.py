"""The part of Kusto's language that queries of single resources need.

A query is a table and stages after pipes: `where` with comparisons joined by `and`, `extend`,
`project`, `order by`, `limit`, `take`. Values are paths, texts, numbers, `datetime(…)`, `ago(…)`,
and functions of one value around them, of which `tolower` changes it.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from vmss_tui.simulator.errors import Json

_STAGE = re.compile(r"(?:[^|'\"]|'[^']*'|\"[^\"]*\")+")
_COMPARISON = re.compile(
    r"(.{1,400}?)\s*(==|=~|!=|!~|>=|<=|>|<|\bhas\b|\bcontains\b|\bstartswith\b)\s*(.{1,600})"
)
_CALL = re.compile(r"(\w{1,30})\s*\((.{0,600})\)")
_PATH = re.compile(r"[A-Za-z_$][\w.$\[\]'\"]{0,200}")
_AGE = re.compile(r"(\d{1,6})([dhms])")
_SECONDS = {"d": 86_400, "h": 3600, "m": 60, "s": 1}

Row = Json
Table = Callable[[], list[Row]]


class InvalidQuery(ValueError):
    """A query outside of this part of the language."""


class GraphQuery:
    """One query; `now` is the current time in UTC."""

    def __init__(self, text: str, now: datetime) -> None:
        stages = [stage.strip() for stage in _STAGE.findall(" ".join(text.split()))]
        if not stages or not re.fullmatch(r"\w{1,60}", stages[0]):
            raise InvalidQuery("The query does not begin with a table.")
        self.table, *self._stages = stages
        self._now = now

    def run(self, rows: list[Row]) -> list[Row]:
        """The rows of the table after all stages."""
        stages = {
            "where": self._where,
            "extend": self._extend,
            "project": self._project,
            "order": self._order,
            "sort": self._order,
            "limit": self._limit,
            "take": self._limit,
        }
        for stage in self._stages:
            name, _, rest = stage.partition(" ")
            if name.lower() not in stages:
                raise InvalidQuery(f"The operator '{name[:40]}' is not supported.")
            rows = stages[name.lower()](rows, rest.strip())
        return rows

    def _where(self, rows: list[Row], text: str) -> list[Row]:
        for condition in re.split(r"\s+and\s+", text):
            match = _COMPARISON.fullmatch(condition.strip())
            if match is None:
                raise InvalidQuery(f"The condition '{condition[:120]}' is not supported.")
            rows = [
                row
                for row in rows
                if _compare(self._value(row, match[1]), match[2], self._value(row, match[3]))
            ]
        return rows

    def _extend(self, rows: list[Row], text: str) -> list[Row]:
        columns = _columns(text)
        return [row | {name: self._value(row, value) for name, value in columns} for row in rows]

    def _project(self, rows: list[Row], text: str) -> list[Row]:
        columns = _columns(text)
        return [{name: self._value(row, value) for name, value in columns} for row in rows]

    def _order(self, rows: list[Row], text: str) -> list[Row]:
        for column in reversed(text.removeprefix("by ").split(",")):
            name, _, direction = column.strip().partition(" ")
            rows = sorted(
                rows,
                key=lambda row, path=name: _order_key(self._value(row, path)),  # type: ignore[misc]
                reverse=direction.strip().lower().partition(" ")[0] != "asc",
            )
        return rows

    def _limit(self, rows: list[Row], text: str) -> list[Row]:
        if not text.isdecimal() or len(text) > 6:
            raise InvalidQuery("A limit is a number.")
        return rows[: int(text)]

    def _value(self, row: Row, text: str) -> Any:
        text = text.strip()
        if text[:1] in ("'", '"') and text[-1:] == text[:1]:
            return text[1:-1]
        if text.isdecimal() and len(text) < 12:
            return int(text)
        call = _CALL.fullmatch(text)
        if call is not None:
            return self._call(row, call[1].lower(), call[2])
        if not _PATH.fullmatch(text):
            raise InvalidQuery(f"The expression '{text[:120]}' is not supported.")
        value: Any = row
        for key in re.findall(r"[\w$]+", text):
            value = value.get(key) if isinstance(value, dict) else None
        return value

    def _call(self, row: Row, name: str, argument: str) -> Any:
        if name == "ago":
            age = _AGE.fullmatch(argument.strip())
            if age is None:
                raise InvalidQuery(f"The time span '{argument[:40]}' is not supported.")
            return _moment(self._now - timedelta(seconds=int(age[1]) * _SECONDS[age[2]]))
        if name == "now":
            return _moment(self._now)
        if name in ("datetime", "todatetime"):
            text = argument if name == "datetime" else self._value(row, argument)
            return _moment(_parsed(str(text).strip("'\" ")))
        value = self._value(row, argument)
        if name in ("tolower", "toupper"):
            return str(value or "").lower() if name == "tolower" else str(value or "").upper()
        if name in ("tostring", "toint", "todynamic", "parse_json"):
            return value
        raise InvalidQuery(f"The function '{name}' is not supported.")


def _columns(text: str) -> list[tuple[str, str]]:
    """The columns of `extend` and `project`: names with their expressions."""
    columns = []
    for part in re.split(r",(?![^(]*\))", text):
        name, separator, value = part.partition("=")
        columns.append((name.strip(), (value if separator else name).strip()))
    return columns


def _compare(left: Any, operator: str, right: Any) -> bool:
    if operator in ("=~", "!~"):
        equal = str(left).lower() == str(right).lower()
        return equal is (operator == "=~")
    if operator in ("==", "!="):
        return (left == right) is (operator == "==")
    if operator in ("has", "contains"):
        return str(right).lower() in str(left).lower()
    if operator == "startswith":
        return str(left).lower().startswith(str(right).lower())
    if left is None or right is None:
        return False
    first, second = _order_key(left), _order_key(right)
    if operator in (">=", "<=") and first == second:
        return True
    return first > second if operator[0] == ">" else first < second


def _order_key(value: Any) -> tuple[int, float, str]:
    """Numbers order before texts; times are texts of one format."""
    if isinstance(value, int | float):
        return 0, float(value), ""
    return 1, 0.0, str(value)


def _parsed(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidQuery(f"The time '{text[:60]}' is not valid.") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _moment(moment: datetime) -> str:
    text = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
    return f"{text[:23]}Z"

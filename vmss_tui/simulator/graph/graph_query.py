"""The part of Kusto's language that queries of single tables need.

A query is a table and stages after pipes: `where` with comparisons and `isnotempty(…)` joined by
`and`, `extend`, `project`, `order by`, `limit`, `take`, and `summarize NAME=count() by …`.
"""

import re
from datetime import datetime
from typing import Any

from vmss_tui.simulator.graph.graph_expression import (
    Expression,
    InvalidQuery,
    Row,
    compile_expression,
    split_columns,
)

_STAGE = re.compile(r"(?:[^|'\"]|'[^']*'|\"[^\"]*\")+")
_OPERATOR = re.compile(r"==|=~|!=|!~|>=|<=|>|<| has | contains | startswith ")
_AND = re.compile(r" and ", re.IGNORECASE)
_COUNT = re.compile(r"(?:(\w{1,40})\s*=\s*)?count\(\)\s+by\s+(.+)", re.IGNORECASE)

_KIND = re.compile(r"\| where type =~ '([^']{1,100})'", re.IGNORECASE)
_SET_OF_INSTANCE = "split(tolower(id), '/virtualmachines/')[0]"
_OF_ONE_INSTANCE = re.compile(r"(?<![.\w])(?:id|name|tags|zones)\b|vmId", re.IGNORECASE)
WEIGHT = "(weight)"
"""Column of a row that stands for several; `summarize` counts it so often."""


class GraphQuery:
    """One query; `now` is the current time in UTC."""

    def __init__(self, text: str, now: datetime) -> None:
        stages = [stage.strip() for stage in _STAGE.findall(" ".join(text.split()))]
        if not stages or not stages[0].isidentifier():
            raise InvalidQuery("The query does not begin with a table.")
        self.table, *self._stages = stages
        self._now = now
        kind = _KIND.search(text)
        self.kind = kind[1].lower() if kind else ""
        """The type that it is restricted to; empty for all."""
        own = text.replace(_SET_OF_INSTANCE, "")
        self.counts_alike = "| summarize" in text and not _OF_ONE_INSTANCE.search(own)
        """Whether instances that differ in nothing but their names are only counted."""

    @property
    def has_pages(self) -> bool:
        """Whether further pages of the result can be requested: only of whole resources."""
        names = {stage.partition(" ")[0].lower() for stage in self._stages}
        if names & {"summarize", "limit", "take"}:
            return False
        projections = [stage for stage in self._stages if stage.lower().startswith("project ")]
        return not projections or "id" in dict(_columns(projections[-1].partition(" ")[2]))

    def run(self, rows: list[Row]) -> list[Row]:
        """The rows of the table after all stages."""
        stages = {
            "where": self._where,
            "extend": self._extend,
            "project": self._project,
            "summarize": self._summarize,
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
        for condition in _AND.split(text):
            operator = _OPERATOR.search(condition)
            if operator is None and condition.strip().lower().startswith(("isempty", "isnotempty")):
                is_true = self._compile(condition)
                rows = [row for row in rows if is_true(row)]
                continue
            if operator is None:
                raise InvalidQuery(f"The condition '{condition[:120]}' is not supported.")
            left = self._compile(condition[: operator.start()])
            right = self._compile(condition[operator.end() :])
            name = operator[0].strip()
            rows = [row for row in rows if _compare(left(row), name, right(row))]
        return rows

    def _extend(self, rows: list[Row], text: str) -> list[Row]:
        columns = self._expressions(text)
        return [row | {name: value(row) for name, value in columns} for row in rows]

    def _project(self, rows: list[Row], text: str) -> list[Row]:
        columns = self._expressions(text)
        return [{name: value(row) for name, value in columns} for row in rows]

    def _summarize(self, rows: list[Row], text: str) -> list[Row]:
        match = _COUNT.fullmatch(text)
        if match is None:
            raise InvalidQuery(f"The aggregation '{text[:120]}' is not supported.")
        columns = self._expressions(match[2])
        counts: dict[tuple[Any, ...], int] = {}
        for row in rows:
            key = tuple(value(row) for _, value in columns)
            counts[key] = counts.get(key, 0) + row.get(WEIGHT, 1)
        names = [name for name, _ in columns]
        number = match[1] or "count_"
        return [dict(zip(names, key, strict=True)) | {number: n} for key, n in counts.items()]

    def _order(self, rows: list[Row], text: str) -> list[Row]:
        for column in reversed(text.removeprefix("by ").split(",")):
            name, _, direction = column.strip().partition(" ")
            value = self._compile(name)
            rows = sorted(
                rows,
                key=lambda row, value=value: _order_key(value(row)),  # type: ignore[misc]
                reverse=direction.strip().lower().partition(" ")[0] != "asc",
            )
        return rows

    def _limit(self, rows: list[Row], text: str) -> list[Row]:
        if not text.isdecimal() or len(text) > 6:
            raise InvalidQuery("A limit is a number.")
        return rows[: int(text)]

    def _compile(self, text: str) -> Expression:
        return compile_expression(text, self._now)

    def _expressions(self, text: str) -> list[tuple[str, Expression]]:
        return [(name, self._compile(value)) for name, value in _columns(text)]


def _columns(text: str) -> list[tuple[str, str]]:
    """The columns of `extend` and `project`: names with their expressions."""
    columns = []
    for part in split_columns(text):
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

"""Azure Resource Graph: queries of single tables, and their quota of 15 in five seconds.

Shapes: arg-communitygalleries-objectArray-2025 and doc-resourcechanges-row; the refusal of too many
queries is doc-arg-429-RateLimiting. `TABLES` has one function a table, so that others are added
there.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from vmss_tui.simulator.activity.change_log import change_row
from vmss_tui.simulator.activity.graph_query import GraphQuery, InvalidQuery, Row
from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.exchange import PathParameters, Request, Response, json_response
from vmss_tui.simulator.world.simulated_time import CALENDAR, timestamp
from vmss_tui.simulator.world.world import World

_MOST_ROWS = 1000
_CHANGES_KEPT = 14 * 86_400.0


def _changes(world: World, subscriptions: set[str]) -> list[Row]:
    rows = []
    for change in world.changes.changes:
        _, _, subscription, _, group = change.target_id.split("/")[:5]
        age = world.now - change.at
        if subscription.lower() in subscriptions and world.changes.delay <= age <= _CHANGES_KEPT:
            snapshot = world.random.guid("snapshot", change.target_id.lower())
            rows.append(change_row(change, subscription, group, snapshot))
    return rows


TABLES: dict[str, Callable[[World, set[str]], list[Row]]] = {"resourcechanges": _changes}
"""Table in lower case → its rows in some subscriptions."""


def query_resources(world: World, request: Request, parameters: PathParameters) -> Response:
    """The answer to a query."""
    remaining, reset = world.graph_quota.take(world.now)
    headers = _quota_headers(max(remaining, 0), world.retry_after_seconds(reset))
    if remaining < 0 and world.throttle.enabled:
        return json_response(429, _throttled_body(world), headers)
    body = request.json()
    options: Any = body.get("options") or {}
    subscriptions: Any = body.get("subscriptions") or list(world.subscriptions)
    is_valid = isinstance(options, dict) and isinstance(subscriptions, list)
    try:
        if not is_valid or not isinstance(body.get("query"), str):
            raise InvalidQuery("The query is missing, or its options are not valid.")
        query = GraphQuery(body["query"], CALENDAR.epoch + timedelta(seconds=world.now))
        table = TABLES.get(query.table.lower())
        if table is None:
            raise InvalidQuery(f"The table '{query.table}' is not supported.")
        rows = query.run(table(world, {str(name).lower() for name in subscriptions}))
    except InvalidQuery as error:
        return json_response(400, _invalid_body(str(error)), headers)
    top = options.get("$top", _MOST_ROWS)
    page = rows[: top if isinstance(top, int) and 0 < top <= _MOST_ROWS else _MOST_ROWS]
    data = _as_table(page) if str(options.get("resultFormat")).lower() == "table" else page
    answer: Json = {
        "totalRecords": len(rows),
        "count": len(page),
        "data": data,
        "facets": [],
        "resultTruncated": "true" if len(page) < len(rows) else "false",
    }
    return json_response(200, answer, headers)


def _as_table(rows: list[Row]) -> Json:
    names = list(rows[0]) if rows else []
    columns = [{"name": name, "type": _column_type(rows, name)} for name in names]
    return {"columns": columns, "rows": [[row.get(name) for name in names] for row in rows]}


def _column_type(rows: list[Row], name: str) -> str:
    value = rows[0].get(name)
    return "integer" if isinstance(value, int) else "string" if isinstance(value, str) else "object"


def _quota_headers(remaining: int, seconds: int) -> dict[str, str]:
    return {
        "x-ms-ratelimit-remaining-tenant-resource-requests": str(remaining),
        "x-ms-user-quota-remaining": str(remaining),
        "x-ms-user-quota-resets-after": f"00:00:{min(seconds, 59):02}",
        "x-ms-resource-graph-request-duration": "0:00:00:00.0757912",
    }


def _support_text(world: World) -> str:
    correlation = world.random.guid("graph", world.next_number("graph"))
    return (
        "Please provide below info when asking for support: timestamp = "
        f"{timestamp(world.now)[:27]}Z, correlationId = {correlation}."
    )


def _throttled_body(world: World) -> Json:
    text = (
        "Client application has been throttled and should not attempt to repeat the request until "
        "an amount of time has elapsed. Please see https://aka.ms/resourcegraph-throttling for "
        "help."
    )
    details = [{"code": "RateLimiting", "message": text}]
    return {"error": {"code": "RateLimiting", "message": _support_text(world), "details": details}}


def _invalid_body(reason: str) -> Json:
    details = [
        {
            "code": "InvalidQuery",
            "message": "Query is invalid. Please refer to the documentation "
            "for the Azure Resource Graph service and fix the error before retrying.",
        },
        {"code": "ParserFailure", "message": reason},
    ]
    message = "Please provide below info when asking for support."
    return {"error": {"code": "BadRequest", "message": message, "details": details}}

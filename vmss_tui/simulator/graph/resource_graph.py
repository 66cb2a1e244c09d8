"""Azure Resource Graph: queries of single tables, and their quota of 15 in five seconds.

Shapes: arg-communitygalleries-objectArray-2025 and doc-resourcechanges-row; the refusal of too many
queries is doc-arg-429-RateLimiting. Subscriptions that the caller cannot read have no rows, without
an error. Whole resources are answered in pages by `$skipToken`, aggregated rows are not
("Working with large Azure resource data sets").
"""

import base64
import binascii
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from vmss_tui.simulator.errors import Json, invalid_control
from vmss_tui.simulator.exchange import (
    PathParameters,
    Request,
    Response,
    finite_number,
    json_response,
)
from vmss_tui.simulator.graph.graph_expression import InvalidQuery, Row
from vmss_tui.simulator.graph.graph_index import COLUMNS
from vmss_tui.simulator.graph.graph_query import GraphQuery
from vmss_tui.simulator.graph.graph_tables import TABLES
from vmss_tui.simulator.world.simulated_time import CALENDAR, timestamp
from vmss_tui.simulator.world.world import World

_MOST_ROWS = 1000


def query_resources(world: World, request: Request, parameters: PathParameters) -> Response:
    """The answer to a query."""
    remaining, reset = world.graph_quota.take(world.now)
    headers = _quota_headers(max(remaining, 0), world.retry_after_seconds(reset))
    if remaining < 0 and world.throttle.enabled:
        return json_response(429, _throttled_body(world), headers)
    body = request.json()
    options: Any = body.get("options") or {}
    try:
        if not isinstance(options, dict) or not isinstance(body.get("query"), str):
            raise InvalidQuery("The query is missing, or its options are not valid.")
        query = GraphQuery(body["query"], CALENDAR.epoch + timedelta(seconds=world.now))
        table = TABLES.get(query.table.lower())
        if table is None or query.table.lower() in world.graph.absent_tables:
            raise InvalidQuery(f"The table '{query.table}' is not supported.")
        rows = query.run(table(world, _subscriptions(world, body.get("subscriptions")), query))
        start = _start(options)
    except InvalidQuery as error:
        return json_response(400, _invalid_body(str(error)), headers)
    top = options.get("$top", _MOST_ROWS)
    page = rows[start:][: top if isinstance(top, int) and 0 < top <= _MOST_ROWS else _MOST_ROWS]
    data = _as_table(page) if str(options.get("resultFormat")).lower() == "table" else page
    end = start + len(page)
    answer: Json = {
        "totalRecords": len(rows),
        "count": len(page),
        "data": data,
        "facets": [],
        "resultTruncated": "true" if end < len(rows) else "false",
    }
    if end < len(rows) and query.has_pages:
        answer["$skipToken"] = base64.b64encode(f"rows {end}".encode()).decode()
    return json_response(200, answer, headers)


def set_index(world: World, request: Request, parameters: PathParameters) -> Response:
    """`{"lag":0,"missing":["latestModelApplied"],"absent_tables":["computeresources"]}`, each
    optional: see `GraphIndex`."""
    body, index = request.json(), world.graph
    lag = finite_number(body.get("lag", index.lag))
    missing = _known_names(body.get("missing", []), COLUMNS)
    tables = _known_names(body.get("absent_tables", []), TABLES)
    if lag is None or lag < 0:
        raise invalid_control("lag is a number of seconds, 0 or more")
    if missing is None:
        raise invalid_control(f"missing is a list of some of {', '.join(COLUMNS)}")
    if tables is None:
        raise invalid_control(f"absent_tables is a list of some of {', '.join(TABLES)}")
    index.lag, index.missing = lag, frozenset(missing)
    index.absent_tables = frozenset(table.lower() for table in tables)
    return json_response(200, {"lag": index.lag})


def _known_names(names: object, known: Iterable[str]) -> list[str] | None:
    """The list as it is in `known`, whatever its case; None where it is no list of such names."""
    by_lower = {name.lower(): name for name in known}
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        return None
    canonical = [by_lower.get(name.lower(), "") for name in names]
    return canonical if all(canonical) else None


def _subscriptions(world: World, requested: Any) -> set[str]:
    """Ids in lower case of those that are requested and can be read; None: all."""
    if requested is not None and not isinstance(requested, list):
        raise InvalidQuery("The subscriptions are not a list.")
    names = {str(name).lower() for name in requested or world.subscriptions}
    refusals = world.faults.refusals
    return {
        subscription.lower()
        for subscription, title in world.subscriptions.items()
        if subscription.lower() in names and refusals.of_subscription(subscription, title) is None
    }


def _start(options: Json) -> int:
    """The number of rows that were answered before."""
    token = options.get("$skipToken")
    if token is None:
        skip = options.get("$skip")
        return skip if isinstance(skip, int) and skip > 0 else 0
    try:
        kind, _, number = base64.b64decode(str(token), validate=True).decode().partition(" ")
        if kind == "rows" and number.isdecimal() and len(number) < 9:
            return int(number)
    except (ValueError, binascii.Error):
        pass
    raise InvalidQuery("The skip token is not valid.")


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

"""Azure Monitor's metrics of scale sets ("Metrics - List", REST API, 2018-01-01).

A few platform metrics of `Microsoft.Compute/virtualMachineScaleSets` are known; others are refused.
A value holds for the whole of a requested timespan: the simulator keeps no history.
`POST /_simulator/metrics` `{"scale_set":"rg/name","name":"Percentage CPU","value":92}` sets one;
with null there are no data.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from vmss_tui.simulator.errors import ArmError, Json, invalid_control
from vmss_tui.simulator.exchange import (
    PathParameters,
    Request,
    Response,
    finite_number,
    json_response,
)
from vmss_tui.simulator.guest.metric_values import UNITS
from vmss_tui.simulator.world.world import World

AGGREGATIONS = ("average", "minimum", "maximum", "total", "count")
MAX_POINTS = 1440
"""Minutes of one answer: a day."""
_NAMESPACE = "Microsoft.Compute/virtualMachineScaleSets"


def list_metrics(world: World, request: Request, parameters: PathParameters) -> Response:
    """The requested metric by the minute, oldest first."""
    scale_set = world.find_scale_set(parameters["sub"], parameters["rg"], parameters["set"])
    name = request.query.get("metricnames", "").replace("%2", ",")
    known = {metric.lower(): metric for metric in UNITS}
    if name.lower() not in known:
        valid = ",".join(UNITS)
        message = (
            "Failed to find metric configuration for provider: Microsoft.Compute, resource Type: "
            f"virtualMachineScaleSets, metric: {name}, Valid metrics: {valid}"
        )
        raise ArmError(400, "BadRequest", message)
    name = known[name.lower()]
    aggregation = request.query.get("aggregation", "average").lower()
    if aggregation not in AGGREGATIONS:
        raise ArmError(400, "BadRequest", f"Detected invalid aggregation: {aggregation}")
    start, end = _timespan(request.query.get("timespan", ""))
    resource_id = _resource_id(parameters)
    value = world.metrics.value(scale_set, name)
    points = [
        {"timeStamp": _text(at), **({} if value is None else {aggregation: value})}
        for at in _minutes(start, end)
    ]
    metric: Json = {
        "id": f"{resource_id}/providers/Microsoft.Insights/metrics/{name}",
        "type": "Microsoft.Insights/metrics",
        "name": {"value": name, "localizedValue": name},
        "unit": UNITS[name],
        "timeseries": [{"metadatavalues": [], "data": points}],
        "errorCode": "Success",
    }
    body = {
        "cost": 0,
        "timespan": f"{_text(start)}/{_text(end)}",
        "interval": "PT1M",
        "value": [metric],
        "namespace": _NAMESPACE,
        "resourceregion": scale_set.location,
    }
    return json_response(200, body)


def set_metric(world: World, request: Request, parameters: PathParameters) -> Response:
    """Sets the value of a metric of one scale set."""
    body = request.json()
    metric, value = str(body.get("name", "")), finite_number(body.get("value"))
    if metric.lower() not in map(str.lower, UNITS):
        raise invalid_control(f"name is one of {', '.join(UNITS)}")
    if value is None and body.get("value") is not None:
        raise invalid_control("value is a number, or null for no data")
    group, _, name = str(body.get("scale_set", "")).partition("/")
    for scale_set in world.scale_sets.values():
        if (scale_set.group.lower(), scale_set.name.lower()) == (group.lower(), name.lower()):
            world.metrics.set(scale_set, metric, value)
            return json_response(200, {})
    raise ArmError(404, "ResourceNotFound", f"there is no scale set {group}/{name}")


def _resource_id(parameters: PathParameters) -> str:
    """The id of the scale set in a path, as it was requested."""
    group = f"/subscriptions/{parameters['sub']}/resourceGroups/{parameters['rg']}"
    return f"{group}/providers/{_NAMESPACE}/{parameters['set']}"


def _timespan(text: str) -> tuple[datetime, datetime]:
    first, _, last = text.partition("/")
    try:
        start, end = (datetime.fromisoformat(part).astimezone(UTC) for part in (first, last))
    except ValueError as error:
        raise ArmError(400, "BadRequest", f"Invalid time interval: {text}") from error
    return start, end


def _minutes(start: datetime, end: datetime) -> Iterator[datetime]:
    at = start.replace(second=0, microsecond=0)
    for _ in range(MAX_POINTS):
        if at >= end:
            return
        yield at
        at += timedelta(minutes=1)


def _text(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")

"""Reads one metric of Azure Monitor ("Metrics - List", REST API, 2018-01-01).

Values are listed by the minute, oldest first; the newest minutes may have none yet, and then the
field of the aggregation is absent.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from math import isfinite
from statistics import fmean
from typing import Any

from vmss_tui.arm.resources.listings import read_object
from vmss_tui.arm.translate.statuses import format_time, parse_time
from vmss_tui.arm.transport.send import RequestSender
from vmss_tui.arm.transport.urls import ArmUrls
from vmss_tui.gateway.diagnostics import MetricValue

LAG = timedelta(minutes=1)
"""The local clock may be this much behind Azure's."""
_COMBINATIONS: dict[str, Callable[[list[float]], float]] = {
    "average": fmean,
    "minimum": min,
    "maximum": max,
    "total": sum,
    "count": sum,
}
"""How the values of the minutes become that of the window; each minute of an average weighs the
same."""


def read_metric(
    sender: RequestSender,
    urls: ArmUrls,
    resource_id: str,
    name: str,
    aggregation: str,
    window: float,
    now: datetime,
) -> MetricValue | None:
    """See `Diagnostics.read_metric`."""
    start, end = now - timedelta(seconds=window), now + LAG
    timespan = f"{format_time(start)}/{format_time(end)}"
    tree = read_object(sender, urls.metrics(resource_id, name, aggregation, timespan))
    values = [
        value
        for metric in _objects(tree.get("value"))
        for series in _objects(metric.get("timeseries"))
        for point in _objects(series.get("data"))
        if (value := _point(point, aggregation)) is not None
    ]
    if not values:
        return None
    oldest = datetime.min.replace(tzinfo=UTC)
    newest = max(values, key=lambda value: value.at or oldest)
    combine = _COMBINATIONS.get(aggregation, fmean)
    return MetricValue(combine([value.value for value in values]), newest.at)


def _point(point: dict[str, Any], aggregation: str) -> MetricValue | None:
    number: Any = point.get(aggregation)
    at = point.get("timeStamp")
    if isinstance(number, bool) or not isinstance(number, int | float) or not isfinite(number):
        return None
    return MetricValue(float(number), parse_time(at) if isinstance(at, str) else None)


def _objects(value: object) -> list[dict[str, Any]]:
    """The objects of a list; none where it is no list."""
    items = value if isinstance(value, list) else []
    return [item for item in items if isinstance(item, dict)]

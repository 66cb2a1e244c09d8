"""Values of Azure Monitor over a window."""

from datetime import UTC, datetime

import pytest

from tests.support.canned_gateway import canned_gateway, json_reply

RESOURCE = (
    "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg/providers/"
    "Microsoft.Compute/virtualMachineScaleSets/web"
)


@pytest.mark.parametrize(
    ("aggregation", "expected"),
    [("average", 40.0), ("minimum", 10.0), ("maximum", 90.0), ("total", 120.0), ("count", 120.0)],
)
def test_the_minutes_of_a_window_make_one_value(aggregation: str, expected: float) -> None:
    minutes = [
        {"timeStamp": "2026-01-05T10:01:00Z", aggregation: 20},
        {"timeStamp": "2026-01-05T10:03:00Z", aggregation: 90.0},
        {"timeStamp": "2026-01-05T10:02:00Z", aggregation: 10},
        {"timeStamp": "2026-01-05T10:04:00Z"},
        {"timeStamp": "2026-01-05T10:05:00Z", aggregation: "much"},
    ]
    reply = json_reply({"value": [{"timeseries": [{"data": minutes}]}]})
    value = canned_gateway(reply).diagnostics.read_metric(RESOURCE, "Requests", aggregation, 300.0)
    assert value is not None
    assert value.value == expected
    assert value.at == datetime(2026, 1, 5, 10, 3, tzinfo=UTC), "the newest minute with a value"

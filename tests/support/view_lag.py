"""Views of the simulator that lag behind the truth, and the truth."""

from dataclasses import replace

import pytest

from tests.support.bench import Bench
from vmss_tui.fleet.scale_set import ProvisioningState
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.fleet.snapshot import Snapshot

EVERYWHERE = ("latestModelApplied", "provisioningState", "model", "power", "health")


def let_views_lag(bench: Bench, seconds: float, *parts: str) -> None:
    """From now on these parts of all instance views are so many seconds old."""
    bench.control(
        "POST", "faults", {"instance": "view_lag", "seconds": dict.fromkeys(parts, seconds)}
    )


def instances_down(bench: Bench) -> set[str]:
    """Ids of the instances on which an operation is truly at work."""
    (scale_set,) = bench.control("GET", "world")["scale_sets"]
    return {
        instance["instanceId"]
        for instance in scale_set["instances"]
        if instance["properties"]["provisioningState"] != "Succeeded"
    }


def hide_state_of_the_set(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The set never says that it is being updated."""
    observe = bench.gateway.observe

    def observe_settled(scale_set: ScaleSetId) -> Snapshot:
        reading = observe(scale_set)
        settled = replace(reading.scale_set, provisioning=ProvisioningState.SUCCEEDED)
        return replace(reading, scale_set=settled)

    monkeypatch.setattr(bench.gateway, "observe", observe_settled)

"""Views of the simulator that lag behind the truth, and the truth."""

from tests.support.bench import Bench

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

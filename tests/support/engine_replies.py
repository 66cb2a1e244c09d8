"""How the harness answers a write, and how it spoils a reading."""

from dataclasses import replace

from vmss_tui.fleet.snapshot import Snapshot

RETRY_AFTER = {"busy": 30.0, "throttled": 10.0, "no": None}
"""Retry-After of a reply that refuses, in seconds."""
LANDS_AFTER = {"never": None, "late": 20.0, "very late": 75.0, "after all": 130.0}
"""Seconds after which a request whose reply is lost takes effect; None: it never arrives."""
LOST = (*LANDS_AFTER, "lost")


def spoil(snapshot: Snapshot, kind: str, earlier: Snapshot | None) -> Snapshot:
    """The reading as it arrives: `torn` and `hollow` ones are incomplete, one that is `behind` has
    the instances of an `earlier` one, where there is any."""
    if kind == "behind" and earlier:
        return replace(snapshot, instances=earlier.instances)
    if kind == "torn":
        half = snapshot.instances[: len(snapshot.instances) // 2]
        return replace(snapshot, instances=half, complete=False)
    return replace(snapshot, instances=()) if kind == "hollow" else snapshot

"""What viewers are shown: the newest snapshot, how things stand, and the file a worker leaves.

The file is for looking at, instead of asking Azure: what a model could hold of secrets is left
out, and no character in it can steer the terminal of somebody who opens it with `less`.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import msgspec

from vmss_tui import text
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.gateway import Budget
from vmss_tui.gateway.failures import Condition
from vmss_tui.runtime.storage.state_folder import write_private

_UNPLAIN = re.compile(r"[^\x20-\x7e]")


@dataclass(frozen=True, slots=True)
class LatestView:
    """What a screen is shown: the newest snapshot there is, and how things stand."""

    snapshot: Snapshot | None
    condition: Condition = Condition.LOOKING
    words: str = ""
    retry_at: datetime | None = None
    """UTC of the next attempt, while one is waited for."""
    budget: Budget | None = None
    interval: float = 6.0
    """Seconds (of the wall) between two readings, when all is well."""
    source: str = "azure"
    """`azure`, or `run` where a worker's reading is shown."""


def leave(path: Path, view: LatestView) -> None:
    """Replaces the file; raises OSError. Not durable: the next reading comes soon."""
    write_private(path, encoded(view), durable=False)


def newest(path: Path) -> LatestView | None:
    """What was left there; None where there is nothing that can be read."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=LatestView)
    except (OSError, msgspec.MsgspecError):
        return None


def encoded(view: LatestView) -> bytes:
    """JSON in ASCII, without secrets. What is not plain can only stand in a string of it, where
    an escape says the same."""
    snapshot = view.snapshot
    if snapshot is not None:
        bare = replace(snapshot.scale_set, raw=text.elided(snapshot.scale_set.raw))
        view = replace(view, snapshot=replace(snapshot, scale_set=bare))
    data = msgspec.json.encode(view).decode()
    return _UNPLAIN.sub(lambda found: text.json_escape(found[0]), data).encode()

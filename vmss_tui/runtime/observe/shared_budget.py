"""The read requests of one subscription and region, shared by all runs of this user on this host.

Azure counts reads per scale set, which `rate_budget` does for each process, and per subscription
and region: the workers of a campaign draw on one such bucket together. A file in the state folder
has the level of each. Source: "Compute throttling limits" (HighCostGetVMScaleSet, GetVMScaleSet and
GetVMScaleSetVM, SubscriptionMaximum).
"""

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

import msgspec

from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.runtime.storage.state_folder import (
    blocking_lock,
    ensure_private_folder,
    write_private,
)

_RESERVE = 0.2
"""Share of each bucket that runs leave to screens, commands and other hosts."""


class ReadKind(StrEnum):
    """What a request reads; each kind has a bucket."""

    LIST = "list"
    """A page of instances."""
    MODEL = "model"
    """A scale set without its instances."""
    INSTANCE = "instance"


_LIMITS: Mapping[ReadKind, tuple[float, float]] = {
    ReadKind.LIST: (1080.0, 360.0),
    ReadKind.MODEL: (2400.0, 800.0),
    ReadKind.INSTANCE: (6000.0, 2000.0),
}
"""Burst, and refill per minute."""


_LOCK_SECONDS = 1.0
"""Real seconds within which another process has updated the file."""


class _Level(msgspec.Struct):
    """Requests that were left at a time, in run seconds."""

    left: float
    at: float


class SharedBudget:
    """The buckets of one endpoint. All times are run seconds of one clock, which the processes
    share: that of the machine, or that of the demo at this endpoint."""

    def __init__(self, state_folder: Path, endpoint: str) -> None:
        self._state_folder, self._endpoint = state_folder, endpoint

    def reserve(
        self, scale_set: ScaleSetId, region: str, draws: Mapping[ReadKind, int], now: float
    ) -> float:
        """Takes all these requests and returns 0; or takes none, and returns the seconds until they
        are allowed. A file that cannot be used or locked limits nothing: Azure does."""
        with suppress(OSError):
            folder = ensure_private_folder(self._state_folder / "budgets")
            key = f"{self._endpoint} {scale_set.subscription_id} {region}".lower()
            path = folder / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.json"
            with blocking_lock(path.with_suffix(".lock"), _LOCK_SECONDS):
                levels = _read_levels(path)
                refilled = {kind: _refill(kind, levels.get(kind), now) for kind in draws}
                if wait := max(_seconds_until(kind, refilled[kind], draws[kind]) for kind in draws):
                    return wait
                for kind, count in draws.items():
                    levels[kind] = _Level(refilled[kind] - count, now)
                write_private(path, msgspec.json.encode(levels), durable=False)
        return 0.0


def _read_levels(path: Path) -> dict[ReadKind, _Level]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[ReadKind, _Level])
    except (OSError, msgspec.MsgspecError):
        return {}


def _refill(kind: ReadKind, level: _Level | None, now: float) -> float:
    """The requests that are left now; all of them after a restart of the machine, whose clock
    starts from zero."""
    burst, per_minute = _LIMITS[kind]
    if level is None or level.at > now + 60.0:
        return burst
    return min(burst, level.left + max(0.0, now - level.at) * per_minute / 60)


def _seconds_until(kind: ReadKind, left: float, count: int) -> float:
    """0 where the requests are allowed; more than the bucket ever has are allowed when it is
    full."""
    burst, per_minute = _LIMITS[kind]
    required = min(burst, count + _RESERVE * burst)
    return max(0.0, required - left) * 60 / per_minute

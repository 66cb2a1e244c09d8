"""How many instances a run upgrades a minute, and when. Pure.

Measured on the run's clock, by the times at which its instances became upgraded.
"""

from collections.abc import Iterable

from vmss_tui.upgrade.run.run import Run, Stage

RECENT_SECONDS = 600.0
"""The rate is that of the last ten minutes."""
_MIN_SECONDS = 30.0
"""Run seconds after the first request before a rate is known."""


def upgrade_times(run: Run) -> tuple[float, ...]:
    """When each upgraded instance was complete, in order."""
    return tuple(
        sorted(
            member.since
            for member in run.targets
            if member.stage is Stage.UPGRADED and member.since is not None
        )
    )


def work_began(run: Run) -> float | None:
    """When the first instance was requested; None before that."""
    requests = (m.requested_at for m in run.targets if m.requested_at is not None)
    return min(requests, default=None)


def count_in_parts(times: Iterable[float], start: float, end: float, parts: int) -> tuple[int, ...]:
    """How many of the times are in each of `parts` equal parts of the time from `start` to `end`;
    those outside of it are not counted. All 0 where `end` is not after `start`."""
    counts = [0] * max(0, parts)
    if counts and end > start:
        length = (end - start) / parts
        for at in times:
            if start <= at <= end:
                counts[min(parts - 1, int((at - start) / length))] += 1
    return tuple(counts)


def upgrades_over_time(run: Run, t: float, columns: int) -> tuple[int, ...]:
    """Upgraded instances in each of `columns` equal parts of the time from the first request until
    `t`; nothing before that request."""
    began = work_began(run)
    if began is None or columns < 1:
        return ()
    return count_in_parts(upgrade_times(run), began, max(t, began + 1.0), columns)


def upgrades_per_minute(run: Run, t: float) -> float | None:
    """The rate of the last ten minutes; of the whole run after its end. None where too little is
    known."""
    began, times = work_began(run), upgrade_times(run)
    if began is None or not times:
        return None
    since = began if run.ended else max(began, t - RECENT_SECONDS)
    seconds = (times[-1] if run.ended else t) - since
    if seconds < _MIN_SECONDS:
        return None
    return 60 * sum(at >= since for at in times) / seconds

"""Which time is drawn in which column. Pure; times are seconds on the clock of the run."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise

from msgspec import Struct

from vmss_tui.upgrade.report.timeline.forecast import expected_end
from vmss_tui.upgrade.report.timeline.timeline import Timeline

_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400)
"""Seconds of a column."""
_ZOOMS = 3
"""Magnified scales at most."""
_TEXT_SHARE = 0.24
"""Part of the columns that is kept free at the right of a whole run, for times and reasons."""
_LABEL_DISTANCE = 10
"""Columns between two times on the axis, at least."""
_LABEL_WIDTH = 6
"""Columns of a time on the axis with its tick."""
_TICK_STEPS = (
    1, 2, 5, 10, 30, 60, 120, 180, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400,
)  # fmt: skip
"""Seconds between two times on the axis."""


class TimeScale(Struct, frozen=True):
    """`columns` columns of `seconds` each, from the time `start`."""

    start: float
    seconds: float
    columns: int

    @property
    def end(self) -> float:
        """The time after the last column."""
        return self.start + self.seconds * self.columns

    def column(self, t: float) -> int:
        """The column of a time; outside of the range for a time that is not drawn."""
        return int((t - self.start) // self.seconds)

    def columns_of(self, seconds: float) -> int:
        """The columns of a duration, rounded."""
        return round(seconds / self.seconds)

    def ticks(
        self, clock_at: Callable[[float], datetime | None], zone: tzinfo | None
    ) -> Iterator[tuple[int, datetime]]:
        """(column, time of day) of each label of the axis, at round times in a time zone: whole
        minutes, or whole 5, 10, 15 or 30 minutes and so on; less than a minute apart where the
        whole scale is a few minutes. `clock_at` is the clock of a time of the run, which need not
        run as fast."""
        clocks = [clock_at(self.start + column * self.seconds) for column in range(self.columns)]
        known = [at for at in clocks if at is not None]
        if len(known) < len(clocks) or not known:
            return
        offset = (known[0].astimezone(zone).utcoffset() or timedelta()).total_seconds()
        seconds = [at.timestamp() + offset for at in known]
        ticks: list[tuple[int, float]] = []
        for step in _TICK_STEPS:
            if seconds[-1] - seconds[0] > step * len(seconds):
                continue  # more than one in a column
            ticks = [
                (column, tick)
                for column, (start, end) in enumerate(pairwise(seconds[: -_LABEL_WIDTH + 1]))
                if start <= (tick := -(-start // step) * step) < end
            ]
            # The clock need not run evenly: the first step with room for all of its times.
            if all(b[0] - a[0] >= _LABEL_DISTANCE for a, b in pairwise(ticks)):
                break
        for column, tick in ticks:
            yield column, datetime.fromtimestamp(tick - offset, UTC)


def choose_scale(
    timeline: Timeline, columns: int, now: float, zoom: int, focus: float | None
) -> TimeScale:
    """The scale for a zoom level, which are cyclic: 0 is the whole run, each further one has about
    half the time in a column. `focus` is a time that a magnified scale shows, else now.

    A magnified scale begins at a multiple of a quarter of its length, so that it rarely moves.
    """
    columns = max(10, columns)
    end = max(now, timeline.end, expected_end(timeline, now) or 0.0, 30.0)
    whole = end / max(1.0, columns * (1 - _TEXT_SHARE))
    magnified = [step for step in _STEPS if step <= 0.6 * whole][: -_ZOOMS - 1 : -1]
    level = zoom % (len(magnified) + 1)
    if level == 0:
        # Any number of seconds: a step would leave up to half of the columns empty.
        tidy = max(1.0, whole if whole < 10 else -(-whole // 5) * 5)
        return TimeScale(0.0, tidy, columns)
    seconds = magnified[level - 1]
    part = max(1, columns // 4) * seconds
    middle = now if focus is None else focus
    start = max(0.0, (middle - 1.5 * part) // part * part)
    return TimeScale(start, seconds, columns)

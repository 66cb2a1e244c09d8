"""The line of progress that stays below the events of a run."""

from collections.abc import Iterator
from datetime import datetime

from vmss_tui.upgrade.report.sentences import duration_text, progress_text
from vmss_tui.upgrade.report.verdict_text import remaining_bake, verdict_status
from vmss_tui.upgrade.run.progress import instances_in_progress, remaining_pause
from vmss_tui.upgrade.run.run import Run


def progress_line(run: Run, t: float, now: datetime, ends_at: datetime | None) -> str:
    """`Upgrading 40 % · 40 upgraded, 60 remaining · batch 3 of 5: 20 for 54 s · ETA 14:05 UTC (in
    12 min)`. `t` is on the run's clock; `ends_at` is None where no estimate is possible yet."""
    if run.plan is None:
        return "Starting …"
    return " · ".join(_parts(run, t, now, ends_at))


def _parts(run: Run, t: float, now: datetime, ends_at: datetime | None) -> Iterator[str]:
    share = 100 * run.settled_targets // max(1, len(run.targets))
    yield f"{run.status_label} {share} %"
    yield progress_text(run)
    if run.open_batch is not None and run.plan is not None:
        planned = len(run.plan.batches)
        number = run.open_batch.number
        of_planned = f" of {planned}" if number <= planned and not run.reverting else ""
        pending = instances_in_progress(run, t)
        for_time = f": {len(pending)} for {duration_text(pending[0].seconds)}" if pending else ""
        yield f"{run.batch_label(number)}{of_planned}{for_time}"
    elif pause := remaining_pause(run, t):
        yield f"next batch in {duration_text(pause)}"
    if bake := remaining_bake(run, t):
        yield f"bake time: {duration_text(bake)} left"
    if run.samples and not run.reverting:
        yield f"verdict: {verdict_status(run)}"
    if ends_at is not None:
        left = duration_text(max(0.0, (ends_at - now).total_seconds()))
        yield f"ETA {ends_at:%H:%M} UTC (in {left})"

"""The table of `runs`."""

from collections.abc import Iterable, Iterator

from vmss_tui.cli.colour import Coloured, TextColour
from vmss_tui.cli.output import timestamp_text
from vmss_tui.cli.run_colours import PHASE_COLOURS
from vmss_tui.runtime.storage.run_records import RunSummary

RUN_COUNTS = frozenset({"DONE", "FAILED"})
"""Columns that contain counts."""
_COLUMNS = ("RUN", "SCALE SET", "STATUS", "DONE", "FAILED", "STARTED", "WORKER", "")
_Row = tuple[str | Coloured, ...]


def run_table(summaries: Iterable[RunSummary]) -> tuple[tuple[str, ...], Iterator[_Row]]:
    """The column titles, and a row for each run; `DONE` counts what is upgraded or put back."""
    return _COLUMNS, map(_row, summaries)


def _row(run: RunSummary) -> _Row:
    status_colour = TextColour.FAILED if run.lacks_worker else PHASE_COLOURS[run.phase]
    return (
        run.name,
        run.scale_set.short,
        Coloured(run.status, status_colour),
        f"{run.upgraded}/{run.total}",
        Coloured(str(run.failed or ""), TextColour.FAILED),
        timestamp_text(run.started_at),
        _worker(run),
        run.damage or run.worker_failure or run.message,
    )


def _worker(run: RunSummary) -> Coloured:
    if run.is_live:
        return Coloured(f"live, {run.owner}", TextColour.MOVING)
    return Coloured("not running" if run.lacks_worker else "", TextColour.FAILED)

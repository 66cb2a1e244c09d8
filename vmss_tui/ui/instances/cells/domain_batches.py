"""What a run does in each domain: its batches, and whether they are complete. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from vmss_tui.fleet.domains import RowKey
from vmss_tui.upgrade.run.run import OPEN_STAGES, Phase, Run, Stage


class BatchProgress(StrEnum):
    """How far a batch is; the value is the name of its sign in `SIGNS`."""

    COMPLETE = "complete"
    OPEN = "live"
    WAITING = "waiting"
    FAILED = "problem"
    """Over, with an instance that failed."""


class DomainBatches(NamedTuple):
    """The batches of one domain that a label names."""

    numbers: tuple[int, ...]
    progress: BatchProgress

    def text(self, width: int) -> str:
        """`batch 1, 2`, or `batch 1-4`, or `4 batches`: the longest that fits in the columns."""
        first, last, count = self.numbers[0], self.numbers[-1], len(self.numbers)
        listed = ", ".join(map(str, self.numbers))
        texts = [f"batch {listed}"]
        if count > 1 and last - first == count - 1:
            texts.append(f"batch {first}-{last}")
        texts += [f"{count} batches", str(first)] if count > 1 else [str(first)]
        return next((text for text in texts if len(text) <= width), "")


def domain_batches(run: Run, row_keys: Mapping[str, RowKey]) -> dict[RowKey, DomainBatches]:
    """The batches of each domain: the open one, else those that failed, else those that
    wait, else the complete ones."""
    if run.plan is None:
        return {}
    by_domain: dict[RowKey, dict[BatchProgress, list[int]]] = {}
    for number, batch in enumerate(run.plan.batches, 1):
        progress = _progress(run, batch.instance_ids)
        for key in dict.fromkeys(row_keys[i] for i in batch.instance_ids if i in row_keys):
            by_domain.setdefault(key, {}).setdefault(progress, []).append(number)
    order = (
        BatchProgress.OPEN,
        BatchProgress.FAILED,
        BatchProgress.WAITING,
        BatchProgress.COMPLETE,
    )
    return {
        key: next(DomainBatches(tuple(progress[p]), p) for p in order if p in progress)
        for key, progress in by_domain.items()
    }


def _progress(run: Run, instance_ids: tuple[str, ...]) -> BatchProgress:
    open_ids = run.open_batch.instance_ids if run.open_batch else ()
    stages = {run.members[i].stage for i in instance_ids if i in run.members}
    if not set(open_ids).isdisjoint(instance_ids) or stages & OPEN_STAGES:
        return BatchProgress.WAITING if run.phase is Phase.CANCELLED else BatchProgress.OPEN
    if Stage.FAILED in stages:
        return BatchProgress.FAILED
    return BatchProgress.WAITING if Stage.WAITING in stages else BatchProgress.COMPLETE

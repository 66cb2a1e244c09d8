"""Engines that are wrong on purpose about which instances a batch may hold, and when it is sent."""

from collections.abc import Callable, Sequence

import pytest
from msgspec.structs import replace

from tests.support.engine_operations import OperatorWork
from vmss_tui.fleet.scale_set import Instance
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.engine import candidates, next_batch, settle_batch
from vmss_tui.upgrade.engine import step as engine
from vmss_tui.upgrade.engine.observation import Moment, Reading
from vmss_tui.upgrade.plan.plan import Batch, Plan
from vmss_tui.upgrade.run import fold
from vmss_tui.upgrade.run.run import OPEN_STAGES, OpenBatch, Run, Stage

Patch = pytest.MonkeyPatch
Mutant = Callable[[Patch], None]


def no_budget(patch: Patch) -> None:
    patch.setattr(next_batch, "select_within_budget", lambda plan, reading, present: present)


def counts_the_sick_as_serving(patch: Patch) -> None:
    patch.setattr(next_batch, "count_unavailable", lambda plan, instances: 0)


def mixed_domains(patch: Patch) -> None:
    def both(run: Run, plan: Plan, batch: Batch, chosen: list[Instance], r: Reading) -> ev.AnyEvent:
        there = r.snapshot.by_id
        more = [there[i] for i, m in run.members.items() if m.stage is Stage.WAITING and i in there]
        return intent(run, plan, batch, more[: len(chosen) + 1])

    intent = next_batch._batch_intent
    sort = candidates.find_candidates
    seen: list[Reading] = []

    def sorting(run: Run, plan: Plan, batch: Batch, reading: Reading) -> candidates.Candidates:
        seen[:] = [reading]
        return sort(run, plan, batch, reading)

    patch.setattr(next_batch, "find_candidates", sorting)
    patch.setattr(
        next_batch, "_batch_intent", lambda r, p, b, chosen: both(r, p, b, chosen, seen[0])
    )


def ignores_drift(patch: Patch) -> None:
    patch.setattr(engine, "check_model_drift", lambda run, reading: None)


def forgets_the_open_batch_after_a_crash(patch: Patch) -> None:
    patch.setattr(
        fold, "_apply_worker_started", lambda run: replace(_forgotten(run), barrier_seq=run.seq)
    )


def _forgotten(run: Run) -> Run:
    members = {
        i: replace(m, stage=Stage.WAITING, attempts=0) if m.stage in OPEN_STAGES else m
        for i, m in run.members.items()
    }
    return replace(run, members=members, open_batch=None)


def trusts_the_operations_success(patch: Patch) -> None:
    honest = settle_batch.settle_batch

    def trusting(run: Run, batch: OpenBatch, reading: Reading) -> tuple[ev.AnyEvent, ...]:
        if reading.operation_status != "Succeeded":
            return honest(run, batch, reading)
        ids = tuple(i for i in batch.instance_ids if run.members[i].stage in OPEN_STAGES)
        settled = ev.BatchSettled(
            number=batch.number, upgraded=len(batch.instance_ids), failed=0, gone=0
        )
        return (ev.InstancesUpgraded(instance_ids=ids), settled)

    patch.setattr(engine, "settle_batch", trusting)


def does_not_wait_for_the_operation(patch: Patch) -> None:
    patch.setattr(settle_batch._Settlement, "operation_in_progress", property(lambda self: False))


def expands_the_plan(patch: Patch) -> None:
    honest = next_batch.next_batch

    def greedy(run: Run, reading: Reading, now: Moment) -> tuple[ev.AnyEvent, ...]:
        events = honest(run, reading, now)
        if events and isinstance(last := events[-1], ev.BatchIntent):
            others = tuple(i for i in reading.snapshot.by_id if i not in run.members)
            ids = (*last.instance_ids, *others)
            changed = {f: getattr(last, f) for f in last.__struct_fields__} | {"instance_ids": ids}
            return (*events[:-1], ev.BatchIntent(**changed))
        return events

    patch.setattr(engine, "next_batch", greedy)


def does_not_skip_current_or_protected(patch: Patch) -> None:
    patch.setattr(candidates, "_skip_reason", lambda run, plan, instance, reading: "")
    patch.setattr(candidates, "_is_upgradable", lambda run, plan, instance: True)


def asks_what_is_at_work(patch: Patch) -> None:
    patch.setattr(candidates, "_is_upgradable", lambda run, plan, instance: True)
    patch.setattr(next_batch, "_late_work", lambda run, reading: [])
    patch.setattr(next_batch, "detect_foreign_work", lambda run, reading: None)


def blindly_repeats_a_lost_request(patch: Patch) -> None:
    def again(self: settle_batch._Settlement, member: object) -> None:
        if not self._answered:
            self._add(ev.InstancesReopened, member)  # type: ignore[arg-type]

    patch.setattr(settle_batch._Settlement, "_record_not_started", again)


def looks_too_shortly_after_a_lost_answer(patch: Patch) -> None:
    honest = fold._apply_batch_event

    def hasty(run: Run, event: ev.AnyEvent) -> Run:
        """As if the window began with the request."""
        after = honest(run, event)
        if not isinstance(event, ev.BatchUnknown):
            return after
        return replace(after, barrier_at=0.0, members=run.members)

    patch.setattr(fold, "_apply_batch_event", hasty)


def repeats_although_a_mate_moved(patch: Patch) -> None:
    patch.setattr(settle_batch, "proves_acceptance", lambda plan, instance_id, seen: False)


def looks_for_others_only_between_batches(patch: Patch) -> None:
    patch.setattr(
        engine,
        "_follow_batch",
        lambda run, batch, reading: settle_batch.settle_batch(run, batch, reading),
    )


def looks_for_own_operations_only_at_its_start(patch: Patch) -> None:
    def at_start(self: OperatorWork, window: float, journal: Sequence[ev.Record]) -> float:
        started = max(r.t for r in journal if isinstance(r.body, ev.WorkerStarted))
        last = max((t for t in self.sent_at if t <= started), default=-window)
        return max(0.0, last + window - self.world.t)

    patch.setattr(OperatorWork, "seconds_to_wait", at_start)

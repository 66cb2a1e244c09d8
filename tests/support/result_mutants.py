"""Engines that are wrong on purpose about results, other writers and intents."""

from msgspec.structs import replace

from tests.support.batch_mutants import Patch
from tests.support.engine_harness import EngineHarness
from vmss_tui.fleet.scale_set import Instance, ProvisioningState, ScaleSet
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.engine import (
    candidates,
    finish,
    instance_status,
    interference,
    late_effects,
    next_batch,
    pin_model,
    revert,
    settle_batch,
)
from vmss_tui.upgrade.engine import step as engine
from vmss_tui.upgrade.engine.instance_status import InstanceStatus
from vmss_tui.upgrade.engine.observation import Moment, Reading
from vmss_tui.upgrade.engine.revert import RetryPreview
from vmss_tui.upgrade.plan.plan import Batch, ModelEdit, Plan
from vmss_tui.upgrade.run import fold, fold_control
from vmss_tui.upgrade.run.run import Phase, Run


def takes_a_new_failure_for_an_old_one(patch: Patch) -> None:
    honest = next_batch._batch_intent

    def forgiving(run: Run, plan: Plan, batch: Batch, chosen: list[Instance]) -> ev.BatchIntent:
        intent = honest(run, plan, batch, chosen)
        return replace(intent, failed=intent.instance_ids)

    patch.setattr(next_batch, "_batch_intent", forgiving)


def settles_an_empty_batch(patch: Patch) -> None:
    def gone(self: settle_batch._Settlement, member: object) -> None:
        self._add(ev.InstancesGone, member)  # type: ignore[arg-type]

    patch.setattr(settle_batch._Settlement, "record_missing", gone)
    patch.setattr(engine, "_is_decisive", lambda run, reading: reading.snapshot.complete)


def decides_on_incomplete_readings(patch: Patch) -> None:
    patch.setattr(engine, "_is_decisive", lambda run, reading: reading.begun_seq >= run.barrier_seq)


def decides_on_readings_from_before_the_answer(patch: Patch) -> None:
    patch.setattr(engine, "_is_decisive", lambda run, reading: reading.snapshot.complete)
    patch.setattr(Reading, "is_fresh", lambda self, now: True)


def counts_failed_as_done(patch: Patch) -> None:
    honest = instance_status.classify_instance

    def rosy(run: Run, instance: Instance) -> InstanceStatus:
        seen = honest(run, instance)
        return InstanceStatus.READY if seen is InstanceStatus.FAILED else seen

    patch.setattr(settle_batch, "classify_instance", rosy)


def takes_the_first_stale_success_for_done(patch: Patch) -> None:
    def rosy(run: Run, instance: Instance) -> InstanceStatus:
        done = instance.provisioning is ProvisioningState.SUCCEEDED
        return InstanceStatus.READY if done else InstanceStatus.IN_PROGRESS

    patch.setattr(settle_batch, "classify_instance", rosy)


def goes_on_over_failures(patch: Patch) -> None:
    patch.setattr(engine, "check_failures", lambda run: None)


def does_not_wait_for_lasting_health(patch: Patch) -> None:
    honest = fold._apply_worker_started
    patch.setattr(
        fold, "_apply_worker_started", lambda run: replace(honest(run), members=run.members)
    )


def ignores_others_at_work(patch: Patch) -> None:
    patch.setattr(next_batch, "detect_foreign_work", lambda run, reading: None)


def ignores_a_rolling_upgrade_of_azures_own(patch: Patch) -> None:
    patch.setattr(engine, "check_rolling_upgrade", lambda run, reading, now, due: due)


def takes_no_answer_for_no_rolling_upgrade(patch: Patch) -> None:
    honest = interference.check_rolling_upgrade

    def hasty(
        run: Run, reading: Reading, now: Moment, due: tuple[ev.AnyEvent, ...]
    ) -> tuple[ev.AnyEvent, ...] | None:
        unread = reading.observation is not None and reading.observation.failure
        return due if unread else honest(run, reading, now, due)

    patch.setattr(engine, "check_rolling_upgrade", hasty)


def looks_for_a_rolling_upgrade_only_once(patch: Patch) -> None:
    patch.setattr(interference, "_is_usable", lambda run, look, now: True)


def skips_what_a_lost_request_did(patch: Patch) -> None:
    patch.setattr(engine, "detect_late_effects", lambda run, reading: ())


def takes_another_machine_for_the_planned_one(patch: Patch) -> None:
    for module in (next_batch, finish, settle_batch):
        patch.setattr(module, "planned_instances", lambda run, reading: reading.snapshot.by_id)


def sends_after_an_abort(patch: Patch) -> None:
    honest = engine.step

    def deaf(run: Run, reading: Reading | None, now: Moment) -> engine.Decision:
        aborted = run.phase is Phase.CANCELLED
        going = replace(run, phase=Phase.ROLLING_FORWARD) if aborted else run
        return honest(going, reading, now)

    patch.setattr(engine, "step", deaf)


def sends_while_paused(patch: Patch) -> None:
    honest = engine.step

    def deaf(run: Run, reading: Reading | None, now: Moment) -> engine.Decision:
        paused = run.phase is Phase.PAUSED
        going = replace(run, phase=Phase.ROLLING_FORWARD) if paused else run
        return honest(going, reading, now)

    patch.setattr(engine, "step", deaf)


def is_done_without_a_last_look(patch: Patch) -> None:
    patch.setattr(finish, "_is_unhealthy", lambda instance: False)


def asks_before_the_journal_knows(patch: Patch) -> None:
    append = EngineHarness.append

    def late(self: EngineHarness, event: ev.AnyEvent) -> None:
        if isinstance(event, ev.BatchIntent):
            self.send_batch(event)
        append(self, event)

    patch.setattr(EngineHarness, "append", late)


def waits_for_ever_after_a_refusal(patch: Patch) -> None:
    patch.setattr(next_batch, "_must_wait", lambda run, now: run.retry_at is not None)


def puts_back_what_it_never_changed(patch: Patch) -> None:
    patch.setattr(revert, "changed_ids", lambda run: tuple(run.members))


def puts_back_over_a_strangers_model(patch: Patch) -> None:
    honest = pin_model._target_edit

    def goal(run: Run, plan: Plan, scale_set: ScaleSet) -> tuple[ModelEdit | None, bool]:
        edit, unchanged = honest(run, plan, scale_set)
        return edit, unchanged or run.reverting

    patch.setattr(pin_model, "_target_edit", goal)


def turns_back_while_azure_is_at_work(patch: Patch) -> None:
    def hasty(run: Run, reading: Reading) -> tuple[ev.AnyEvent, ...]:
        return (ev.RevertStarted(instance_ids=revert.changed_ids(run)),)

    patch.setattr(engine, "start_revert", hasty)


def retries_everyone(patch: Patch) -> None:
    patch.setattr(engine, "preview_retry", lambda run: RetryPreview(tuple(run.members), 0))


def asks_without_the_gate(patch: Patch) -> None:
    honest = fold_control._apply_gate_event

    def open_gate(run: Run, event: ev.GateStarted | ev.GatePassed | ev.GateFailed) -> Run:
        no = isinstance(event, ev.GateFailed)
        return honest(run, ev.GatePassed(number=event.number) if no else event)

    patch.setattr(fold_control, "_apply_gate_event", open_gate)


def trusts_the_flag_over_what_is_seen(patch: Patch) -> None:
    patch.setattr(instance_status, "_contradicting_members", lambda run, reading: frozenset())
    for module in (candidates, late_effects):
        patch.setattr(module, "is_proven_current", lambda run, instance, scale_set: True)


def counts_no_late_success(patch: Patch) -> None:
    patch.setattr(engine, "detect_late_successes", lambda run, reading: ())


def completes_over_what_it_skipped(patch: Patch) -> None:
    patch.setattr(finish, "_is_unfinished", lambda run, instance: False)

"""Engines that are wrong on purpose about the verdict, bake time and quarantine."""

from msgspec.structs import replace

from tests.support.batch_mutants import Patch
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.engine import bake, finish, quarantine
from vmss_tui.upgrade.engine import step as engine
from vmss_tui.upgrade.engine.observation import Moment, Reading
from vmss_tui.upgrade.plan.plan import Plan
from vmss_tui.upgrade.plan.verdict import SampleResult, Verdict
from vmss_tui.upgrade.run import fold, fold_control, fold_verdict
from vmss_tui.upgrade.run.checks import TakenSample
from vmss_tui.upgrade.run.run import Member, Run, Stage


def completes_before_its_bake_is_over(patch: Patch) -> None:
    def begun(run: Run, plan: Plan) -> float | None:
        return run.bake_at

    for module in (bake, finish):
        patch.setattr(module, "bake_end", begun)


def counts_the_time_without_a_worker(patch: Patch) -> None:
    patch.setattr(fold, "keep_bake", lambda run, gap: run)


def bakes_only_once(patch: Patch) -> None:
    for module, name in ((fold, "_apply_batch_event"), (fold_control, "resume_verdict")):
        honest = getattr(module, name)
        patch.setattr(
            module,
            name,
            lambda run, *event, honest=honest: replace(honest(run, *event), bake_at=run.bake_at),
        )


def goes_on_over_a_failed_verdict(patch: Patch) -> None:
    patch.setattr(engine, "check_verdict", lambda run: ())


def halts_where_it_should_revert(patch: Patch) -> None:
    patch.setattr(bake, "revert_unavailable_reason", lambda run: "not now")


def reverts_while_paused(patch: Patch) -> None:
    honest = bake.check_verdict

    def hasty(run: Run) -> tuple[ev.AnyEvent, ...]:
        return honest(replace(run, phase=run.active_phase))

    patch.setattr(engine, "check_verdict", hasty)


def counts_inconclusive_samples_as_successes(patch: Patch) -> None:
    honest = fold_verdict.apply_verdict_event

    def rosy(run: Run, event: ev.BakeStarted | ev.VerdictSampled) -> Run:
        if isinstance(event, ev.VerdictSampled) and event.result is SampleResult.INCONCLUSIVE:
            event = ev.VerdictSampled(result=SampleResult.SUCCESS)
        return honest(run, event)

    patch.setattr(fold, "apply_verdict_event", rosy)


def is_content_with_any_sample(patch: Patch) -> None:
    def content(taken: TakenSample, verdict: Verdict, at: float) -> bool:
        return True

    patch.setattr(bake, "_is_recent_success", content)


def protects_what_did_not_fail(patch: Patch) -> None:
    def upgraded(member: Member) -> bool:
        return member.stage is Stage.UPGRADED

    patch.setattr(quarantine, "_is_failed", upgraded)


def takes_an_answer_for_the_protection(patch: Patch) -> None:
    honest = quarantine.next_quarantine

    def trusting(run: Run, reading: Reading, now: Moment) -> tuple[ev.AnyEvent, ...]:
        for instance_id, entry in run.quarantine.items():
            if entry.outcome is ev.QuarantineOutcome.ACCEPTED:
                outcome = ev.QuarantineOutcome.PROTECTED
                return (ev.QuarantineEnded(instance_id=instance_id, outcome=outcome),)
        return honest(run, reading, now)

    patch.setattr(engine, "next_quarantine", trusting)


def completes_before_a_protection_can_show(patch: Patch) -> None:
    patch.setattr(finish, "awaits_protection", lambda run, reading: False)

"""Applies samples of the verdict, the bake time and the quarantine. Part of `fold`."""

from msgspec.structs import replace

from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.plan.verdict import MAX_SAMPLES, Inconclusive, SampleResult
from vmss_tui.upgrade.run.checks import Quarantine, TakenSample
from vmss_tui.upgrade.run.run import Phase, Run


def apply_verdict_event(run: Run, event: ev.BakeStarted | ev.VerdictSampled) -> Run:
    """The run after a sample, or at the beginning of its bake time."""
    if isinstance(event, ev.BakeStarted):
        return replace(run, bake_at=run.t, sample_waived=False)
    taken = TakenSample(run.seq, run.t, event.sample)
    samples = (*run.samples, taken)[-2 * MAX_SAMPLES :]
    verdict = run.plan.policy.verdict if run.plan else None
    pauses = (
        event.result is SampleResult.INCONCLUSIVE
        and verdict is not None
        and verdict.inconclusive is Inconclusive.PAUSE
        and run.phase is Phase.ROLLING_FORWARD
    )
    reason = (event.message or "no reason given") if pauses else run.inconclusive
    return replace(run, samples=samples, inconclusive=reason)


def apply_quarantine_event(run: Run, event: ev.QuarantineIntent | ev.QuarantineEnded) -> Run:
    """The run after a request to protect a failed instance, or its answer."""
    entry = run.quarantine.get(event.instance_id, Quarantine())
    if isinstance(event, ev.QuarantineIntent):
        changed = replace(entry, attempts=event.attempt, requested_at=run.t, outcome=None)
    else:
        unsent = event.outcome is ev.QuarantineOutcome.UNSENT
        attempts = max(0, entry.attempts - unsent)
        changed = replace(entry, outcome=event.outcome, message=event.message, attempts=attempts)
    barrier = replace(run, barrier_seq=run.seq, barrier_at=run.t)
    return replace(barrier, quarantine={**run.quarantine, event.instance_id: changed})


def resume_verdict(run: Run) -> Run:
    """After an operator resumed. What failed the verdict, or was inconclusive, is accepted; after a
    halt, in which nothing was sampled, the bake time begins again."""
    accepted = run.reason in ("verdict", "inconclusive")
    return replace(
        run,
        inconclusive="",
        judged_seq=run.seq if accepted else run.judged_seq,
        sample_waived=run.reason == "inconclusive" and run.bake_at is not None,
        bake_at=None if run.ended else run.bake_at,
    )


def keep_bake(run: Run, gap: float) -> Run:
    """The time without a worker is no part of the bake time."""
    return run if run.bake_at is None else replace(run, bake_at=run.bake_at + gap)

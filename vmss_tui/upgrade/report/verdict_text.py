"""Texts about the verdict, its samples and the bake time. Pure."""

from vmss_tui.fleet.phrases import pluralize
from vmss_tui.shell import quote_words
from vmss_tui.text import redact, redact_arguments
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.engine.bake import bake_end, judge_run
from vmss_tui.upgrade.plan.durations import format_seconds
from vmss_tui.upgrade.plan.policy import Policy
from vmss_tui.upgrade.plan.verdict import (
    Inconclusive,
    OnFailure,
    Sample,
    Verdict,
)
from vmss_tui.upgrade.run.run import Run


def verdict_title(verdict: Verdict) -> str:
    """The check without secrets: its command line, its address, or its metric."""
    if verdict.command:
        return quote_words(redact_arguments(verdict.command))
    return redact(verdict.url) if verdict.url else str(verdict.metric)


def verdict_rule(verdict: Verdict) -> str:
    """`sampled every 1m; 2 failures of the last 3 samples halt the run; an inconclusive sample
    pauses it`."""
    plural = "s" * (verdict.failures == 1)
    reverts = verdict.on_failure is OnFailure.REVERT
    effect = f"roll{plural} back at once" if reverts else f"halt{plural} the run"
    unclear = (
        "an inconclusive sample pauses it"
        if verdict.inconclusive is Inconclusive.PAUSE
        else "inconclusive samples are ignored"
    )
    every = f"sampled every {format_seconds(verdict.every)}"
    return f"{every}; {verdict.window_text} {effect}; {unclear}"


def bake_text(policy: Policy) -> str:
    """`10m of observation after the last batch`; empty without a bake time."""
    if not policy.bake:
        return ""
    return f"{format_seconds(policy.bake)} of observation after the last batch"


def quarantine_text(policy: Policy) -> str:
    """`failed instances are protected …`; empty without a quarantine."""
    if not policy.quarantine:
        return ""
    limit = pluralize(policy.max_new_failures, "failure", "failures")
    return f"failed instances are protected from scale-set actions; the run halts at {limit}"


def sample_text(sample: Sample) -> str:
    """`failure: Percentage CPU is 92 (errors 12)`."""
    result, message = str(sample.result), sample.message
    extra = ", ".join(
        f"{name} {number:g}" for name, number in sample.numbers.items() if name not in message
    )
    detail = f"{message} ({extra})" if message and extra else message or extra
    return f"{result}: {detail}" if detail else result


def describe_verdict_event(event: ev.AnyEvent) -> str:
    """The sentence of an event about the verdict, bake time or quarantine; else empty."""
    match event:
        case ev.VerdictSampled():
            return f"verdict sample: {sample_text(event.sample)}"
        case ev.BakeStarted(seconds=seconds) if seconds:
            return f"bake time started: {format_seconds(seconds)}"
        case ev.BakeStarted():
            return "all batches complete: waiting for a sample of the verdict"
        case ev.QuarantineIntent(instance_id=instance_id):
            return f"quarantine of failed instance {instance_id}: protection requested"
        case ev.QuarantineEnded():
            return _quarantine_sentence(event)
    return ""


_QUARANTINE_RESULTS = {
    ev.QuarantineOutcome.ACCEPTED: "accepted, no reading shows it yet",
    ev.QuarantineOutcome.NOT_SHOWN: "not confirmed",
    ev.QuarantineOutcome.REFUSED: "refused",
}


def _quarantine_sentence(event: ev.QuarantineEnded) -> str:
    if event.outcome is ev.QuarantineOutcome.PROTECTED:
        detail = f" ({event.message})" if event.message else ""
        return f"{event.instance_id} quarantined: protected from scale-set actions{detail}"
    result = _QUARANTINE_RESULTS.get(event.outcome, "not confirmed yet")
    detail = f": {event.message}" if event.message else ""
    return f"quarantine of {event.instance_id} {result}{detail}"


def remaining_bake(run: Run, t: float) -> float | None:
    """Seconds left of the bake time at `t` on the run's clock; None where it has not begun or the
    run has ended."""
    end = bake_end(run, run.plan) if run.plan and not run.ended else None
    return None if end is None else max(0.0, end - t)


def verdict_status(run: Run) -> str:
    """`0 of 3 failed, newest success: HTTP 200`; empty without a sample."""
    verdict = run.plan.policy.verdict if run.plan else None
    if verdict is None or not run.samples:
        return ""
    judgement = judge_run(run, verdict)
    newest = sample_text(run.samples[-1].sample)
    if not judgement.samples:
        return newest
    return f"{judgement.failures} of {judgement.samples} failed, newest {newest}"

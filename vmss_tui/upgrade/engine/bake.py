"""The verdict and the bake time: what a failed check does, and when a run may end. Pure.

The samples are in the journal; nothing waits for one before a batch is sent. A run is complete
once its bake time is over and, with a verdict, a recent sample is a success. While it rolls back,
neither applies: the previous model is not what they judge.
"""

from vmss_tui.fleet.phrases import pluralize
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.engine.revert import revert_unavailable_reason
from vmss_tui.upgrade.events.control import VERDICT
from vmss_tui.upgrade.plan.plan import Plan
from vmss_tui.upgrade.plan.verdict import (
    Judgement,
    OnFailure,
    SampleResult,
    Verdict,
    judge,
)
from vmss_tui.upgrade.run.checks import TakenSample
from vmss_tui.upgrade.run.run import Phase, Run

RECENT_FACTOR = 2.0
"""A sample counts at the end for so many times the interval between two."""


def judge_run(run: Run, verdict: Verdict) -> Judgement:
    """The judgement over the samples since the last resume that accepted them."""
    return judge([s.sample.result for s in run.samples if s.seq > run.judged_seq], verdict)


def next_sample_at(run: Run) -> float | None:
    """The run's clock at which the next sample is due; None where none is taken."""
    verdict = run.plan.policy.verdict if run.plan else None
    if verdict is None or run.ended or not run.batches_sent or run.reverting or run.revert_pending:
        return None
    if not run.samples:
        return 0.0
    newest = run.samples[-1].began_at
    if run.bake_at is not None and newest < run.bake_at:
        return run.bake_at
    return newest + verdict.every


def check_verdict(run: Run) -> tuple[ev.AnyEvent, ...]:
    """A halt, or the start of a revert, where the verdict has failed; a pause after an inconclusive
    sample. A run that is paused sends nothing by itself, so it halts."""
    plan = run.plan
    verdict = plan.policy.verdict if plan else None
    if verdict is None or run.reverting or run.revert_pending:
        return ()
    judgement = judge_run(run, verdict)
    if not judgement.failed:
        if run.inconclusive and run.phase is not Phase.PAUSED:
            message = f"a sample of the verdict is inconclusive: {run.inconclusive}"
            return (ev.Paused(reason="inconclusive", message=message),)
        return ()
    message = _failure_message(run, judgement)
    if verdict.on_failure is OnFailure.HALT:
        return (_verdict_halt(message, ""),)
    if run.phase is Phase.PAUSED:
        return (_verdict_halt(message, "not rolled back, because the run is paused"),)
    if reason := revert_unavailable_reason(run):
        return (_verdict_halt(message, f"not rolled back: {reason}"),)
    return (ev.RevertRequested(by=VERDICT, message=message),)


def _failure_message(run: Run, judgement: Judgement) -> str:
    failures = [s.sample for s in run.samples if s.sample.result is SampleResult.FAILURE]
    reason = f": {failures[-1].message}" if failures and failures[-1].message else ""
    if judgement.samples == 1:
        return f"verdict failed{reason}"
    samples = pluralize(judgement.samples, "sample", "samples")
    return f"verdict failed: {judgement.failures} of the last {samples} failed{reason}"


def _verdict_halt(message: str, addition: str) -> ev.Halted:
    return ev.Halted(
        reason="verdict",
        message=f"{message}; {addition}" if addition else message,
        safe_next="find out what fails; then abort, revert (where the run edited the model), or "
        "resume, which accepts these samples",
    )


def bake_end(run: Run, plan: Plan) -> float | None:
    """The run's clock at which the bake time is over; None where it has not begun."""
    return None if run.bake_at is None else run.bake_at + plan.policy.bake


def bake_event(run: Run, plan: Plan, at: float) -> tuple[ev.AnyEvent, ...] | None:
    """What comes before the end of a run that is otherwise complete, by a reading begun at `at`:
    None where it may end, empty while it has to wait."""
    if run.reverting or not run.batches_sent or not (plan.policy.bake or plan.policy.verdict):
        return None
    end = bake_end(run, plan)
    if end is None:
        return (ev.BakeStarted(seconds=plan.policy.bake),)
    if at < end or _waits_for_operator(run):
        return ()
    verdict = plan.policy.verdict
    if verdict is None or run.sample_waived:
        return None
    since = [s for s in run.samples if run.bake_at is not None and s.began_at >= run.bake_at]
    conclusive = [s for s in since if s.sample.result is not SampleResult.INCONCLUSIVE]
    if since and not conclusive and run.phase is not Phase.PAUSED:
        message = f"no sample since the last batch is conclusive: {since[-1].sample.message}"
        return (ev.Paused(reason="inconclusive", message=message),)
    return None if conclusive and _is_recent_success(conclusive[-1], verdict, at) else ()


def _waits_for_operator(run: Run) -> bool:
    return run.phase is Phase.PAUSED and run.reason == "inconclusive"


def _is_recent_success(taken: TakenSample, verdict: Verdict, at: float) -> bool:
    recent = at - taken.t <= RECENT_FACTOR * verdict.every
    return recent and taken.sample.result is SampleResult.SUCCESS

"""Rules 16 to 18 of a run: its bake time, the verdict of its samples, and the quarantine.

They count the samples in the journal by themselves, and know nothing of the engine's state.
"""

from tests.support.engine_evidence import Evidence, check
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.engine.bake import next_sample_at
from vmss_tui.upgrade.engine.instance_status import planned_instances
from vmss_tui.upgrade.engine.observation import Reading
from vmss_tui.upgrade.engine.step import Decision
from vmss_tui.upgrade.events.control import VERDICT
from vmss_tui.upgrade.plan.verdict import Inconclusive, OnFailure, SampleResult
from vmss_tui.upgrade.run.run import Run


class VerdictRules:
    """Takes samples, and checks what the engine makes of them."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence, self._world = evidence, evidence.world
        self._policy = evidence.policy
        self.next_results: list[SampleResult] = []
        """Of the samples to come; without any they are a success."""
        self.next_protection = "yes"
        """The answer to the next write that protects: yes, no, lost, landed, or ignored (accepted,
        without an effect)."""
        self._requested_at: dict[str, float] = {}
        """Failed instance -> when its protection was requested, while nothing has shown it."""
        self._counted: list[SampleResult] = []
        """Conclusive results since an operator accepted the earlier ones."""
        self._since_settle: list[tuple[float, SampleResult]] = []
        self._failed: set[str] = set()
        """Instances that the run declared failed, whether or not an operator accepted it."""
        self._is_open = False
        """An inconclusive sample that must pause the run has not been resumed."""
        self._waived = False
        self._stop_reason = ""
        self._down = 0.0
        """Seconds since the last settle in which no worker observed the run."""

    def next_sample(self, run: Run) -> ev.VerdictSampled | None:
        """The sample that ends now."""
        due = next_sample_at(run)
        if due is None or self._world.t < due:
            return None
        result = self.next_results.pop(0) if self.next_results else SampleResult.SUCCESS
        return ev.VerdictSampled(result=result, message=f"probe says {result}")

    def add_downtime(self, seconds: float) -> None:
        """No worker observes the run for so long."""
        self._down += seconds

    @property
    def has_failed(self) -> bool:
        """Whether the failures among the last samples fail the verdict."""
        verdict = self._policy.verdict
        if verdict is None:
            return False
        window = self._counted[-verdict.samples :]
        return window.count(SampleResult.FAILURE) >= verdict.failures

    def add_event(self, event: ev.AnyEvent, run: Run) -> None:
        """Notes an event before it is applied to the run."""
        self._note_failures(event)
        match event:
            case ev.VerdictSampled(result=result):
                self._add_sample(result)
            case ev.Halted(reason=reason) | ev.Paused(reason=reason):
                self._stop_reason = reason
            case ev.Resumed() | ev.RetryRequested() | ev.RevertRequested():
                if self._stop_reason in ("verdict", "inconclusive"):
                    self._counted = []
                    self._waived = self._stop_reason == "inconclusive"
                self._is_open, self._stop_reason = False, ""
            case ev.BatchSettled() | ev.LateEffectDetected():
                self._since_settle, self._waived, self._down = [], False, 0.0

    def _note_failures(self, event: ev.AnyEvent) -> None:
        match event:
            case ev.InstancesFailed(instance_ids=ids):
                self._failed |= set(ids)
            case ev.LateEffectDetected(instance_ids=ids) | ev.RetryRequested(instance_ids=ids):
                self._failed -= set(ids)
                for i in ids:
                    self._requested_at.pop(i, None)

    def _add_sample(self, result: SampleResult) -> None:
        self._since_settle.append((self._world.t, result))
        if result is not SampleResult.INCONCLUSIVE:
            self._counted.append(result)
            return
        verdict, evidence = self._policy.verdict, self._evidence
        pauses = verdict is not None and verdict.inconclusive is Inconclusive.PAUSE
        self._is_open = self._is_open or (pauses and evidence.may_send)

    def protect(self, intent: ev.QuarantineIntent) -> ev.QuarantineEnded:
        """The answer to the write that protects a failed instance, which may be lost."""
        world, i = self._world, intent.instance_id
        answer, self.next_protection = self.next_protection, "yes"
        if i in world.machines:
            world.machines[i].protected = answer in ("yes", "landed")
        outcome = {
            "yes": ev.QuarantineOutcome.ACCEPTED,
            "ignored": ev.QuarantineOutcome.ACCEPTED,
            "no": ev.QuarantineOutcome.REFUSED,
        }.get(answer, ev.QuarantineOutcome.UNKNOWN)
        self._requested_at.pop(i, None)
        if outcome is not ev.QuarantineOutcome.REFUSED:
            self._requested_at[i] = world.t
        return ev.QuarantineEnded(instance_id=i, outcome=outcome, message=answer)

    def _check_quarantine(self, instance_id: str, attempt: int) -> None:
        evidence, policy = self._evidence, self._policy
        check(18, policy.quarantine, "a quarantine that was not asked for")
        check(8, evidence.may_send, "a quarantine while held or ended")
        check(18, instance_id in evidence.touched, f"{instance_id} is not one that it upgraded")
        check(18, instance_id in self._failed, f"{instance_id} has not failed")
        check(18, attempt <= 2, "at most two attempts")

    def _check_protected(self, ended: ev.QuarantineEnded, reading: Reading | None) -> None:
        self._requested_at.pop(ended.instance_id, None)
        if ended.outcome is not ev.QuarantineOutcome.PROTECTED:
            return
        instance = reading.snapshot.by_id.get(ended.instance_id) if reading else None
        shown = instance is not None and instance.protected_from_actions
        check(18, bool(shown), f"{ended.instance_id} is protected, and no reading shows it")

    def _check_none_requested(self, run: Run, reading: Reading | None) -> None:
        present = planned_instances(run, reading) if reading else {}
        for i, at in self._requested_at.items():
            waited = self._world.t - at >= self._policy.settle_window
            check(18, waited or i not in present, f"complete before a reading can protect {i}")

    def check_decision(self, decision: Decision, run: Run, reading: Reading | None) -> None:
        """Checks the events of a decision; `run` is the run before it."""
        forward = not (run.reverting or run.revert_pending)
        if forward and self.has_failed and not run.ended:
            self._check_failure(decision, run)
        for event in decision.events:
            match event:
                case ev.BatchIntent() if forward:
                    check(17, not self.has_failed, "a batch after the verdict failed")
                    check(17, not self._is_open, "a batch after an inconclusive sample")
                case ev.RevertRequested(by=by):
                    check(17, by == VERDICT and self.has_failed, "a revert that no one requested")
                    check(8, self._evidence.may_send, "a revert while held")
                case ev.QuarantineIntent(instance_id=i, attempt=attempt):
                    self._check_quarantine(i, attempt)
                case ev.QuarantineEnded():
                    self._check_protected(event, reading)
                case ev.Completed() if forward and run.batches_sent:
                    self._check_completed()
                    self._check_none_requested(run, reading)

    def _check_failure(self, decision: Decision, run: Run) -> None:
        first = decision.events[0] if decision.events else None
        ends = isinstance(first, ev.Halted | ev.RevertRequested)
        check(17, ends, "the verdict has failed, and the run goes on")
        verdict = self._policy.verdict
        at_once = verdict is not None and verdict.on_failure is OnFailure.REVERT
        if at_once and self._evidence.may_send and self._evidence.edit_to:
            halted = isinstance(first, ev.Halted) and first.reason == "verdict"
            check(17, not halted, "the plan says that a failed verdict reverts at once")

    def _check_completed(self) -> None:
        baked = self._world.t - self._evidence.last_settle - self._down
        check(16, baked >= self._policy.bake, f"complete after {baked} s, before its bake is over")
        verdict = self._policy.verdict
        if verdict is None or self._waived:
            return
        conclusive = [r for r in self._since_settle if r[1] is not SampleResult.INCONCLUSIVE]
        check(16, bool(conclusive), "complete without a sample since the last batch")
        at, result = conclusive[-1]
        check(16, result is SampleResult.SUCCESS, "complete over a sample that failed")
        age = self._world.t - at
        check(16, age <= 2 * verdict.every + 15.0, f"complete by a sample {age} s old")

"""Builds the report of a run from its journal; the run need not have ended. Pure."""

from collections.abc import Iterable, Sequence

from vmss_tui.text import without_query
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.plan.policy import without_secrets
from vmss_tui.upgrade.report.az_commands import command_for_event
from vmss_tui.upgrade.report.explanation import Explanation, explain
from vmss_tui.upgrade.report.report import (
    AzureRequest,
    Failure,
    InstanceResult,
    Report,
    ReportContext,
    TimelineEntry,
)
from vmss_tui.upgrade.report.sentences import describe_event, describe_unapplied
from vmss_tui.upgrade.run.fold import fold
from vmss_tui.upgrade.run.progress import unobserved_text
from vmss_tui.upgrade.run.run import OPEN_STAGES, Run, Stage

_TIMELINE_EVENTS = (
    ev.WorkerStarted,
    ev.CheckpointReached,
    ev.Paused,
    ev.Resumed,
    ev.WaitEnded,
    ev.Aborted,
    ev.TakenOver,
    ev.IntentHandled,
    ev.RetryRequested,
    ev.RevertRequested,
    ev.RevertStarted,
    ev.LateEffectDetected,
    ev.RollingUpgradeUnknown,
    ev.GatePassed,
    ev.GateFailed,
    ev.Halted,
    ev.Completed,
)
_FINAL_STAGES: dict[type[ev.AnyEvent], Stage] = {
    ev.InstancesUpgraded: Stage.UPGRADED,
    ev.InstancesFailed: Stage.FAILED,
    ev.InstancesGone: Stage.GONE,
    ev.InstancesSkipped: Stage.SKIPPED,
}


def build_report(
    name: str, records: Sequence[ev.Record], context: ReportContext | None = None, damage: str = ""
) -> Report | None:
    """The report of these records; None where they contain no plan."""
    run = fold(records)
    if run.plan is None:
        return None
    plan, builder = run.plan, _ReportBuilder(run)
    for record in records:
        builder.add(record)
    return Report(
        run=name,
        scale_set=plan.scale_set.resource_id,
        context=context or ReportContext(),
        by=run.by,
        assumed_yes=builder.assumed_yes,
        started_at=run.started_at,
        changed_at=run.changed_at,
        seconds=run.t,
        phase=run.phase,
        reason=run.reason,
        message=run.message or describe_unapplied(run),
        planned=run.total,
        upgraded=0 if run.reverting else run.count(Stage.UPGRADED),
        rolled_back=run.count(Stage.UPGRADED) if run.reverting else 0,
        failed=run.count(Stage.FAILED),
        gone=run.count(Stage.GONE),
        skipped=run.count(Stage.SKIPPED),
        open=run.count(*OPEN_STAGES),
        open_note=unobserved_text(run),
        waiting=run.count(Stage.WAITING),
        image=builder.image,
        policy=without_secrets(plan.policy),
        edit=plan.edit.lines if plan.edit else (),
        batches=plan.batches,
        left_out=plan.left_out,
        cautions=plan.cautions,
        requests=tuple(builder.requests),
        instances=tuple(builder.instance_results()),
        failures=tuple(builder.failures),
        timeline=tuple(builder.timeline),
        workers=run.workers,
        explanations=tuple(builder.explanations.values()),
        damage=damage,
    )


class _ReportBuilder:
    """Collects the parts of a report from the records, one by one."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self.requests: list[AzureRequest] = []
        self.failures: list[Failure] = []
        self.timeline: list[TimelineEntry] = []
        self.explanations: dict[int, Explanation] = {}
        """By the number of the event that each explains; a newer one replaces an earlier one."""
        self.image = ""
        self.assumed_yes = False
        self._reverts = False
        self._results = {
            i: InstanceResult(instance_id=i, row=m.row) for i, m in run.members.items()
        }
        self._requested_t: dict[str, float] = {}
        self._sent_t: list[float] = []
        self._late_request: int | None = None
        """Index of the request with a lost reply whose late effect is being followed."""

    def add(self, record: ev.Record) -> None:
        """Adds the next record of the journal."""
        event = record.body
        match event:
            case ev.PlanConfirmed(assumed_yes=assumed):
                self.assumed_yes = assumed
            case ev.ModelPinned(image=image):
                self.image = image
            case ev.ModelIntent() | ev.BatchIntent():
                self._add_request(record, event)
            case ev.LateEffectDetected(instance_ids=ids):
                self._add_late_effect(ids)
            case ev.RevertStarted():
                self._reverts = True
            case ev.InstancesFailed(instance_ids=ids, message=message):
                self.failures.append(Failure(at=record.at, instance_ids=ids, message=message))
            case ev.EvidenceRecorded(about=about):
                self.explanations[about] = explain(event, record.at)
            case _:
                self._add_reply(record)
        if type(event) in _FINAL_STAGES and isinstance(event, ev.InstanceEvent):
            self._finish_instances(record, event.instance_ids, getattr(event, "message", ""))
        if isinstance(event, _TIMELINE_EVENTS):
            output = getattr(event, "output", "")
            kind = str(event.__struct_config__.tag)
            message = describe_event(record, self._run)
            self.timeline.append(
                TimelineEntry(at=record.at, kind=kind, message=message, output=output)
            )

    def instance_results(self) -> Iterable[InstanceResult]:
        """The results of all planned instances, with their present stages."""
        for result in self._results.values():
            stage = self._run.members[result.instance_id].stage
            is_rolled_back = self._run.reverting and stage is Stage.UPGRADED
            result.outcome = Stage.ROLLED_BACK if is_rolled_back else stage
            yield result

    def _add_request(self, record: ev.Record, event: ev.ModelIntent | ev.BatchIntent) -> None:
        plan = self._run.plan
        command = command_for_event(plan.scale_set, event) if plan else ""
        self._sent_t.append(record.t)
        request_id = event.client_request_id
        ids: tuple[str, ...] = ()
        if isinstance(event, ev.ModelIntent):
            kind, number, row = "model", event.attempt, ""
        else:
            kind, number, row, ids = "batch", event.number, event.row, event.instance_ids
        self.requests.append(
            AzureRequest(
                at=record.at,
                kind=kind,
                number=number,
                row=row,
                instance_ids=ids,
                az=command,
                client_request_id=request_id,
                reverts=self._reverts,
                label=self._run.batch_label(number) if kind == "batch" else "",
            )
        )
        for result in self._known_results(ids):
            result.requested_at, result.ended_at = record.at, ""
            result.seconds, result.message = None, ""
            result.batches = (*result.batches, number)
            self._requested_t[result.instance_id] = record.t

    def _add_reply(self, record: ev.Record) -> None:
        if not self.requests:
            return
        request = self.requests[-1]
        match record.body:
            case ev.BatchAccepted(operation=operation, correlation_id=correlation):
                request.answer = "accepted"
                request.operation = without_query(operation or request.operation)
                request.correlation_id = correlation or request.correlation_id
            case ev.ModelAccepted(operation=operation):
                request.answer, request.operation = "accepted", without_query(operation or "")
            case ev.BatchRefused(message=message) | ev.ModelRefused(message=message):
                request.answer, request.message = "refused", message
            case ev.BatchUnknown(message=message) | ev.ModelUnknown(message=message):
                request.answer, request.message = "unknown", message
            case ev.OperationEnded(message=message) if message:
                request.message = message
            case ev.BatchSettled() as settled:
                self._settle_request(record, settled)

    def _add_late_effect(self, ids: Sequence[str]) -> None:
        """Assigns the next settled batch to the last request with any of these instances."""
        for index, request in reversed(list(enumerate(self.requests))):
            if request.answer != "refused" and not set(ids).isdisjoint(request.instance_ids):
                self._late_request = index
                return

    def _settle_request(self, record: ev.Record, settled: ev.BatchSettled) -> None:
        late, self._late_request = self._late_request, None
        is_late = late is not None
        index = len(self.requests) - 1 if late is None else late
        request = self.requests[index]
        request.settled_at, request.seconds = record.at, record.t - self._sent_t[index]
        ended = settled.upgraded + settled.failed + settled.gone
        request.reopened = max(0, request.reopened - ended) if is_late else settled.reopened
        request.upgraded = settled.upgraded + request.upgraded * is_late
        request.failed = settled.failed + request.failed * is_late
        request.gone = settled.gone + request.gone * is_late

    def _finish_instances(self, record: ev.Record, ids: Sequence[str], message: str) -> None:
        for result in self._known_results(ids):
            result.ended_at, result.message = record.at, message
            if result.instance_id in self._requested_t:
                result.seconds = record.t - self._requested_t[result.instance_id]

    def _known_results(self, ids: Iterable[str]) -> Iterable[InstanceResult]:
        return (self._results[i] for i in ids if i in self._results)

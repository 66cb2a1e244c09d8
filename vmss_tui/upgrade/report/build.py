"""Turns a journal into its report. Pure: a run that is still at work has one too."""

from collections.abc import Iterable, Sequence

from msgspec import structs

from vmss_tui.text import arguments, unsigned
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.events.base import InstanceEvent
from vmss_tui.upgrade.report import az_commands as az
from vmss_tui.upgrade.report.report import Act, Failure, Fate, Report, Said, Where
from vmss_tui.upgrade.report.sentences import sentence
from vmss_tui.upgrade.run.fold import fold
from vmss_tui.upgrade.run.run import Run, Stage

_TURNS = (
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
_ENDS: dict[type[ev.AnyEvent], Stage] = {
    ev.InstancesUpgraded: Stage.UPGRADED,
    ev.InstancesFailed: Stage.FAILED,
    ev.InstancesGone: Stage.GONE,
    ev.InstancesSkipped: Stage.SKIPPED,
}


def report(
    name: str, records: Sequence[ev.Record], where: Where | None = None, damage: str = ""
) -> Report | None:
    """The report of these records; None where they do not even tell a plan."""
    run = fold(records)
    if run.plan is None:
        return None
    plan, told = run.plan, _Telling(run)
    for record in records:
        told.hear(record)
    return Report(
        run=name,
        scale_set=plan.scale_set.resource_id,
        where=where or Where(),
        by=run.by,
        assumed_yes=told.assumed_yes,
        started_at=run.started_at,
        changed_at=run.changed_at,
        seconds=run.t,
        phase=run.phase,
        reason=run.reason,
        message=run.message,
        planned=run.total,
        upgraded=run.count(Stage.UPGRADED),
        failed=run.count(Stage.FAILED),
        gone=run.count(Stage.GONE),
        skipped=run.count(Stage.SKIPPED),
        open=run.count(Stage.REQUESTED, Stage.PROVISIONED, Stage.READY),
        waiting=run.count(Stage.WAITING),
        image=told.image,
        policy=structs.replace(plan.policy, gate=arguments(plan.policy.gate)),
        edit=plan.edit.lines if plan.edit else (),
        batches=plan.batches,
        left_out=plan.left_out,
        cautions=plan.cautions,
        acts=tuple(told.acts),
        instances=tuple(told.fated()),
        failures=tuple(told.failures),
        turns=tuple(told.turns),
        workers=run.workers,
        damage=damage,
    )


class _Telling:
    """Hears the records one by one and keeps what a report needs of them."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self.acts: list[Act] = []
        self.failures: list[Failure] = []
        self.turns: list[Said] = []
        self.image = ""
        self.assumed_yes = False
        self._fates = {i: Fate(instance_id=i, row=m.row) for i, m in run.members.items()}
        self._asked: dict[str, float] = {}
        self._acts_t: list[float] = []
        self._followed: int | None = None
        """Which of the acts is followed once more, its lost request having landed."""

    def hear(self, record: ev.Record) -> None:
        """Takes one record in."""
        event = record.body
        match event:
            case ev.PlanConfirmed(assumed_yes=assumed):
                self.assumed_yes = assumed
            case ev.ModelPinned(image=image):
                self.image = image
            case ev.ModelIntent() | ev.BatchIntent():
                self._asks(record, event)
            case ev.LateEffectDetected(instance_ids=ids):
                self._lands(ids)
            case ev.InstancesFailed(instance_ids=ids, message=words):
                self.failures.append(Failure(at=record.at, instance_ids=ids, words=words))
            case _:
                self._answer(record)
        if type(event) in _ENDS and isinstance(event, InstanceEvent):
            self._ended(record, event.instance_ids, getattr(event, "message", ""))
        if isinstance(event, _TURNS):
            output = getattr(event, "output", "")
            kind = str(event.__struct_config__.tag)
            words = sentence(record)
            self.turns.append(Said(at=record.at, kind=kind, words=words, output=output))

    def fated(self) -> Iterable[Fate]:
        """What became of each, where the run stands now."""
        for fate in self._fates.values():
            fate.outcome = self._run.members[fate.instance_id].stage
            yield fate

    def _asks(self, record: ev.Record, event: ev.ModelIntent | ev.BatchIntent) -> None:
        plan = self._run.plan
        line = az.line(plan.scale_set, event) if plan else ""
        self._acts_t.append(record.t)
        request = event.client_request_id
        ids: tuple[str, ...] = ()
        if isinstance(event, ev.ModelIntent):
            kind, number, row = "model", event.attempt, ""
        else:
            kind, number, row, ids = "batch", event.number, event.row, event.instance_ids
        self.acts.append(
            Act(
                at=record.at,
                kind=kind,
                number=number,
                row=row,
                instance_ids=ids,
                az=line,
                client_request_id=request,
            )
        )
        for fate in self._known(ids):
            fate.asked_at, fate.ended_at, fate.seconds, fate.words = record.at, "", None, ""
            fate.batches = (*fate.batches, number)
            self._asked[fate.instance_id] = record.t

    def _answer(self, record: ev.Record) -> None:
        if not self.acts:
            return
        act = self.acts[-1]
        match record.body:
            case ev.BatchAccepted(operation=operation, correlation_id=correlation):
                act.answer, act.operation = "accepted", unsigned(operation or act.operation)
                act.correlation_id = correlation or act.correlation_id
            case ev.ModelAccepted(operation=operation):
                act.answer, act.operation = "accepted", unsigned(operation or "")
            case ev.BatchRefused(message=words) | ev.ModelRefused(message=words):
                act.answer, act.words = "refused", words
            case ev.BatchUnknown(message=words) | ev.ModelUnknown(message=words):
                act.answer, act.words = "unknown", words
            case ev.OperationEnded(message=words) if words:
                act.words = words
            case ev.BatchSettled() as settled:
                self._settles(record, settled)

    def _lands(self, ids: Sequence[str]) -> None:
        """What settles next belongs to the last request that named these."""
        for at, act in reversed(list(enumerate(self.acts))):
            if act.answer != "refused" and not set(ids).isdisjoint(act.instance_ids):
                self._followed = at
                return

    def _settles(self, record: ev.Record, settled: ev.BatchSettled) -> None:
        at, again = len(self.acts) - 1, self._followed is not None
        at, self._followed = (at if self._followed is None else self._followed), None
        act = self.acts[at]
        act.settled_at, act.seconds = record.at, record.t - self._acts_t[at]
        ended = settled.upgraded + settled.failed + settled.gone
        act.reopened = max(0, act.reopened - ended) if again else settled.reopened
        act.upgraded = settled.upgraded + act.upgraded * again
        act.failed = settled.failed + act.failed * again
        act.gone = settled.gone + act.gone * again

    def _ended(self, record: ev.Record, ids: Sequence[str], words: str) -> None:
        for fate in self._known(ids):
            fate.ended_at, fate.words = record.at, words
            if fate.instance_id in self._asked:
                fate.seconds = record.t - self._asked[fate.instance_id]

    def _known(self, ids: Iterable[str]) -> Iterable[Fate]:
        return (self._fates[i] for i in ids if i in self._fates)

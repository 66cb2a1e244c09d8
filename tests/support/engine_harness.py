"""Runs the engine in a world in memory, as the worker does, and checks every move.

Each cycle waits, reads, decides, writes the journal and sends. The harness injects the faults:
replies that are lost or refused, readings that are wrong, crashes after any record.
"""

from dataclasses import dataclass, field

from msgspec import structs

from tests.support.engine_edit import model_edit, written_version
from tests.support.engine_evidence import Evidence, RuleBroken, check
from tests.support.engine_monotonicity import check_worse_readings
from tests.support.engine_operations import OperatorWork, follows_batch
from tests.support.engine_replies import LANDS_AFTER, LOST, RETRY_AFTER, spoil
from tests.support.engine_rules import EngineRules
from tests.support.engine_verdict import VerdictRules
from tests.support.engine_world import EPOCH, World
from vmss_tui.fleet.azure_maintenance import RollingCode
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.engine import step as engine
from vmss_tui.upgrade.engine.observation import Moment, Observation, Reading
from vmss_tui.upgrade.plan.plan import Plan
from vmss_tui.upgrade.plan.plan_builder import make_plan
from vmss_tui.upgrade.plan.policy import Policy
from vmss_tui.upgrade.plan.selection import Selection
from vmss_tui.upgrade.run import fold
from vmss_tui.upgrade.run.run import Phase, Run


class WorkerCrash(Exception):
    """The worker dies here."""


@dataclass
class EngineHarness:
    """A worker and its journal, in a world."""

    world: World
    policy: Policy = field(default_factory=Policy)
    selection: Selection = field(default_factory=Selection)
    edit_to: str | None = None
    """The image version that the run writes into the model before it upgrades."""
    actor: str = "run"
    """The name of this run in the world, which may have several."""

    def __post_init__(self) -> None:
        snapshot = self.world.snapshot()
        self.plan: Plan = make_plan(
            snapshot,
            self.selection,
            self.policy,
            edit=model_edit(self.world, self.edit_to) if self.edit_to else None,
            touches_model=self.edit_to is not None,
        )
        self.evidence = Evidence(self.world, self.plan, self.policy, self.edit_to, self.actor)
        self.rules = EngineRules(self.evidence)
        self.verdict = VerdictRules(self.evidence)
        self.journal: list[ev.Record] = []
        self.run = Run()
        self.next_reply = "yes"
        """The reply to the next write: yes, busy, throttled, no, lost, or a key of LANDS_AFTER."""
        self.next_gate_result = "yes"
        self.next_operation_status: str | None = None
        """What the operation of the next batch reports instead of its true status."""
        self.rolling_reply = "plain"
        """How Azure replies to the request for its own rolling upgrade: plain, slow, lost,
        slow and lost, forbidden."""
        self.rolling_observation: Observation | None = None
        self.crash_after: int | None = None
        """Records until the worker crashes."""
        self.crash_in_flight = False
        """Crash while the next write is on its way."""
        self.crashes = 0
        self._snapshot_before_post: Snapshot | None = None
        self.operator = OperatorWork(self.world, self.evidence.operator)
        self.append(ev.PlanConfirmed(plan=self.plan, by=f"ana/{self.actor}"))
        self.append(ev.WorkerStarted(pid=1, host="here"))

    @property
    def requested(self) -> bool:
        """Has an upgrade been requested?"""
        return bool(self.evidence.requests)

    def cycle(self, gap: float = 6.0, *, reading: str = "whole", late: float = 0.0) -> None:
        """One turn of the worker. `reading`: whole, lost, torn, behind, hollow."""
        self.world.advance(gap)
        result = self._read(reading)
        self.world.advance(late)
        try:
            if sample := self.verdict.next_sample(self.run):
                self.append(sample)
            self._decide(result)
        except WorkerCrash:
            self.crash()

    def send_intent(self, want: ev.IntentKind) -> None:
        """An intent of a person, read between two turns."""
        event = engine.event_for_intent(self.run, ev.Intent(kind=want, by="ana"))
        if event is not None:
            try:
                self.append(event)
            except WorkerCrash:
                self.crash()

    def crash(self) -> None:
        """Everything is lost but the journal; another worker continues from it."""
        self.crash_after, self.crash_in_flight = None, False
        self.evidence.end_crash()
        run = fold.fold(self.journal)
        check(12, run == self.run, "the run read back is the run that was interrupted")
        self.run = run
        self.crashes += 1
        self.append(ev.WorkerStarted(pid=2, host="here", resumed=True))

    def append(self, event: ev.AnyEvent) -> None:
        """Writes an event to the journal, then applies it. A crash may come right after."""
        self.verdict.add_event(event, self.run)
        self.evidence.add_event(event, self.run)
        at = f"{EPOCH.isoformat()}+{self.world.t}"
        record = ev.Record(seq=self.run.seq + 1, at=at, t=self.world.t, body=event)
        self.journal.append(record)
        self.run = fold.apply(self.run, record)
        self.rules.check_journal(self.run, len(self.journal))
        if self.crash_after is not None:
            self.crash_after -= 1
            if self.crash_after <= 0:
                raise WorkerCrash

    def _read(self, kind: str) -> Reading | None:
        begun_seq, begun_t = self.run.seq, self.world.t
        batch = self.run.open_batch
        status = ""
        if batch and batch.operation and not batch.operation_status:
            status = self.world.poll(batch.operation)
        snapshot = self.world.snapshot(begun=begun_t)
        updating_since = self.operator.updating_since(snapshot, self.run)
        self.evidence.copy_world(snapshot)
        lags = begun_t - self.evidence.last_post_ended < 15
        snapshot = spoil(snapshot, kind, self._snapshot_before_post if lags else None)
        self.world.advance(0.5)
        if kind == "lost":
            return None
        if kind in ("whole", "behind"):
            self.evidence.add_snapshot(snapshot, begun_t)
        return Reading(
            snapshot,
            begun_seq,
            begun_t,
            status,
            updating_since=updating_since,
            observation=self.rolling_observation,
        )

    def observe_rolling(self) -> Observation:
        """Reads Azure's own rolling upgrade; what is true of it goes into the evidence."""
        seq, world = self.run.seq, self.world
        self.evidence.copy_rolling()
        if "slow" in self.rolling_reply:
            world.advance(60.0)
        lost, forbidden = "lost" in self.rolling_reply, self.rolling_reply == "forbidden"
        self.evidence.add_rolling_reply(lost=lost)
        self.rolling_observation = Observation(
            None if lost or forbidden else world.rolling,
            seq,
            world.t,
            failure="no answer" * lost + "no right" * forbidden,
            permanent=forbidden,
        )
        return self.rolling_observation

    def _decide(self, reading: Reading | None) -> None:
        before, now = self.run, Moment(self.world.t, self.world.t)
        decision = engine.step(self.run, reading, now)
        if decision.needs_observation and reading is not None:
            reading = structs.replace(reading, observation=self.observe_rolling())
            now = Moment(self.world.t, self.world.t)
            decision = engine.step(self.run, reading, now)
        if reading is not None:
            check_worse_readings(self.run, decision, reading, now, len(self.journal))
        self.verdict.check_decision(decision, self.run, reading)
        self.evidence.rolling_forbidden = self.rolling_reply == "forbidden"
        for event in decision.events:
            self.rules.check_event(event, self.run, reading, now)
            self.append(event)
        if reading is not None and follows_batch(before, reading):
            self.rules.check_others(before, self.run, reading)
        match decision.command:
            case ev.BatchIntent() as intent:
                self._snapshot_before_post = reading.snapshot if reading else None
                self.send_batch(intent)
            case ev.ModelIntent() as intent:
                self._send_edit(intent)
            case ev.QuarantineIntent() as aside:
                self.append(self.verdict.protect(aside))
            case ev.GateStarted() as gate:
                self._run_gate(gate)

    def _run_gate(self, gate: ev.GateStarted) -> None:
        """The operator's command: it takes a while and ends with `next_gate_result`."""
        self.evidence.gates.append(gate)
        self.world.advance(15.0)
        result, self.next_gate_result = self.next_gate_result, "yes"
        if result == "no":
            self.append(ev.GateFailed(number=gate.number, message="exit code 1"))
            return
        self.append(ev.GatePassed(number=gate.number))
        self.evidence.passed_gate = set(gate.instance_ids)

    def _check_intended(self, intent: ev.AnyEvent) -> None:
        intended = bool(self.journal) and self.journal[-1].body == intent
        check(12, intended, "the intent is in the journal before anything is sent")

    def send_batch(self, intent: ev.BatchIntent) -> None:
        """Sends one POST and writes its reply, which is `next_reply`, to the journal."""
        reply, self.next_reply = self.next_reply, "yes"
        self._check_intended(intent)
        ids, number, world = intent.instance_ids, intent.number, self.world
        if wait := self.operator.seconds_to_wait(self.policy.settle_window, self.journal):
            refused = ev.BatchRefused(number=number, code="TooLate", message="", retry_after=wait)
            self.append(structs.replace(refused, parked=True))
            return
        self.rules.check_sent(ids)
        reply = "busy" if self.operator.has_conflict(ids, self.actor) else reply
        if reply in RETRY_AFTER:
            world.refuse(ids)
            after, text = RETRY_AFTER[reply], f"Azure said {reply}"
            self.append(ev.BatchRefused(number=number, code="X", message=text, retry_after=after))
            return
        if absent := tuple(i for i in ids if i not in world.machines):
            world.refuse(ids)
            self.append(
                ev.BatchRefused(number=number, code="InvalidParameter", message="", gone=absent)
            )
            return
        name = world.upgrade(ids, LANDS_AFTER.get(reply, 0.0), self.actor)
        requests = self.evidence.add_requests(ids)
        if self.crash_in_flight:
            for request in requests:
                request.lost_at = -1.0
            raise WorkerCrash
        if reply in LOST:
            world.advance(30.0)  # a read timeout
            for request in requests:
                request.lost_at = world.t
            self.append(ev.BatchUnknown(number=number, message="read timed out"))
        else:
            if self.next_operation_status is not None:
                world.operations[name].reported = self.next_operation_status
                self.next_operation_status = None
            self.append(ev.BatchAccepted(number=number, operation=name))
        self.evidence.last_post_ended = world.t

    def _send_edit(self, intent: ev.ModelIntent) -> None:
        reply, self.next_reply = self.next_reply, "yes"
        self._check_intended(intent)
        evidence, world = self.evidence, self.world
        check(8, evidence.may_send, "no edit while held or ended")
        self.rules.check_no_rolling_upgrade()
        version = written_version(intent.body)
        expected = evidence.first_version if evidence.reverting else self.edit_to
        check(6, version == expected, f"{version} is not the model to write")
        own = world.version in (evidence.first_version, self.edit_to)
        check(6, own, "over a stranger's model")
        if reply in RETRY_AFTER:
            self.append(ev.ModelRefused(code="X", message=reply, retry_after=RETRY_AFTER[reply]))
            return
        unchanged = reply == "never" or not world.patch(version, intent.if_match)
        if not unchanged:
            evidence.digest = f"digest-{version}"
        if self.crash_in_flight:
            raise WorkerCrash
        if reply in LOST:
            self.append(ev.ModelUnknown(message="read timed out"))
        elif unchanged:
            self.append(ev.ModelRefused(code="PreconditionFailed", message="", retry_after=0.0))
        else:
            self.append(ev.ModelAccepted())

    def clear_faults(self) -> None:
        """From now on Azure replies, operations report the truth and no worker crashes."""
        self.next_reply, self.crash_after, self.crash_in_flight = "yes", None, False
        self.next_operation_status, self.next_gate_result = None, "yes"
        self.rolling_reply = "plain"
        if self.world.rolling is not None:
            self.world.rolls(RollingCode.COMPLETED)
        for operation in self.world.operations.values():
            operation.reported = None

    def finish(self, turns: int = 400, gap: float = 20.0) -> Phase:
        """Continues without faults, resuming where the run waits for a person, until it ends."""
        self.clear_faults()
        for _ in range(turns):
            if self.run.ended:
                return self.run.phase
            if self.run.phase is Phase.PAUSED:
                self.send_intent(ev.IntentKind.RESUME)
            self.cycle(gap)
        raise RuleBroken(f"liveness: the run never ends: {self.run.phase} {self.run.message}")

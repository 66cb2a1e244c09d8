"""Does for the engine what the runner does, against a `World`, and holds every move to the rules.

The rules are those of the run's contract (numbers in the messages). They are checked against
what the world really did and what the readings really showed; the engine's own book-keeping is
only used where a rule is about it (what it *declared* failed, gone, skipped or done).
"""

from dataclasses import dataclass, field, replace
from math import floor

from tests.support.engine_world import EPOCH, Machine, World, altered
from vmss_tui.fleet.azure_maintenance import RollingCode
from vmss_tui.fleet.scale_set import Health, Instance, PolicyMode, PowerState, ProvisioningState
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.engine import step as engine
from vmss_tui.upgrade.engine.observation import Moment, Observation, Reading
from vmss_tui.upgrade.plan.plan import ModelEdit, Plan, make_plan
from vmss_tui.upgrade.plan.policy import Policy
from vmss_tui.upgrade.plan.selection import Selection
from vmss_tui.upgrade.run import fold as folding
from vmss_tui.upgrade.run.run import OPEN_STAGES, Phase, Run, Stage

IMAGE_BODY = ("properties", "virtualMachineProfile", "storageProfile", "imageReference")


class Broken(AssertionError):
    """A rule was broken; the message begins with its number."""


class Crash(Exception):
    """The worker dies here."""


@dataclass
class Asked:
    """What the rig knows of one request for one instance."""

    at: float
    mates: tuple[str, ...]
    lost_at: float | None = None
    """When its answer was given up; None while Azure said yes."""
    had_failed: bool = False
    """Failed in the reading before: seen failed once more, nothing shows that it arrived."""


@dataclass
class Rig:
    """A worker and its journal, in a world."""

    world: World
    policy: Policy = field(default_factory=Policy)
    selection: Selection = field(default_factory=Selection)
    edit_to: str | None = None

    def __post_init__(self) -> None:
        self.first_version = self.world.version
        snapshot = self.world.snapshot()
        self.plan: Plan = make_plan(
            snapshot,
            self.selection,
            self.policy,
            edit=self._edit() if self.edit_to else None,
            touches_model=self.edit_to is not None,
        )
        serving = [m for m in self.world.machines.values() if m.power is PowerState.RUNNING]
        share = self.policy.max_unhealthy_instance_percent.percent or 0
        self.budget = max(1, floor(len(serving) * share / 100))
        self.sick_before = {m.instance_id for m in serving if not self.world.serves(m)}
        self.stopped_before = {
            i for i, m in self.world.machines.items() if m.power is not PowerState.RUNNING
        }
        self.digest = None if self.edit_to else self.plan.model_digest
        self.journal: list[ev.Record] = []
        self.run = Run()
        self.asked: dict[str, list[Asked]] = {}
        self.seen_at_work: dict[str, float] = {}
        self.well_since: dict[str, float] = {}
        self.last_post_ended = -1.0
        self.last_settle = -1.0
        self.may_send = True
        self.failures: set[str] = set()
        self.halted_over: set[str] = set()
        self.truth: dict[str, Machine] = {}
        self.serving: dict[str, bool] = {}
        self.before_post: Snapshot | None = None
        self.answer = "yes"
        self.crash_after: int | None = None
        self.crash_in_flight = False
        self.operation_lie: str | None = None
        self.crashes = 0
        self.at_plan = set(snapshot.by_id)
        self.touched: set[str] = set()
        """Instances that an intent named, refused ones apart: they may have been changed."""
        self.touched_before: set[str] = set()
        self.turned = False
        self.gate_says = "yes"
        self.look_is = "plain"
        """How Azure answers after its own rolling upgrade: plain, slow, lost, slow and lost,
        forbidden."""
        self.look: Observation | None = None
        self.looked_at, self.saw_rolling = -1.0, False
        self.unread_since: float | None = None
        self.let_through: set[str] = set()
        self.gates: list[ev.GateStarted] = []
        self.append(ev.PlanConfirmed(plan=self.plan, by="ana"))
        self.append(ev.WorkerStarted(pid=1, host="here"))

    def _edit(self) -> ModelEdit:
        there = _image_body(self.edit_to or "")
        return ModelEdit(
            body=there, undo=_image_body(self.world.version), if_match=f'"{self.world.etag}"'
        )

    # One turn of the runner's loop

    def cycle(self, gap: float = 6.0, *, reading: str = "whole", late: float = 0.0) -> None:
        """Waits, reads, decides, journals, sends. `reading`: whole, lost, torn, behind, hollow."""
        self.world.advance(gap)
        found = self._read(reading)
        self.world.advance(late)
        try:
            self._decide(found)
        except Crash:
            self.crash()

    def wish(self, want: ev.IntentKind) -> None:
        """A person's wish, heard between two turns."""
        event = engine.decide(self.run, ev.Intent(want=want, by="ana"))
        if event is not None:
            try:
                self.append(event)
            except Crash:
                self.crash()

    def crash(self) -> None:
        """Everything is lost but the journal; another worker takes it up."""
        self.crash_after, self.crash_in_flight = None, False
        for history in self.asked.values():
            for asked in history:
                if asked.at == self.last_post_ended and asked.lost_at == -1.0:
                    asked.lost_at = self.world.t
        kept = folding.fold(self.journal)
        _rule(12, kept == self.run, "the run read back is the run that was interrupted")
        self.run = kept
        self.well_since.clear()
        self.crashes += 1
        self.append(ev.WorkerStarted(pid=2, host="here", resumed=True))

    def append(self, event: ev.Event) -> None:
        """To the journal first, then true. A crash may come right after."""
        self._witness(event)
        at = f"{EPOCH.isoformat()}+{self.world.t}"
        record = ev.Record(seq=self.run.seq + 1, at=at, t=self.world.t, body=event)
        self.journal.append(record)
        self.run = folding.apply(self.run, record)
        self._whole()
        if self.crash_after is not None:
            self.crash_after -= 1
            if self.crash_after <= 0:
                raise Crash

    def _read(self, kind: str) -> Reading | None:
        begun_seq, begun_t = self.run.seq, self.world.t
        batch = self.run.open_batch
        status = ""
        if batch and batch.operation and not batch.operation_status:
            status = self.world.poll(batch.operation)
        snapshot = self.world.snapshot()
        snapshot = replace(snapshot, begun=begun_t, ended=begun_t + 0.5)
        self.truth = {i: replace(m) for i, m in self.world.machines.items()}
        self.serving = {i: self.world.serves(m) for i, m in self.world.machines.items()}
        if kind == "behind" and self.before_post and begun_t - self.last_post_ended < 15:
            snapshot = replace(snapshot, instances=self.before_post.instances)
        if kind == "torn":
            half = snapshot.instances[: len(snapshot.instances) // 2]
            snapshot = replace(snapshot, instances=half, complete=False)
        if kind == "hollow":
            snapshot = replace(snapshot, instances=())
        self.world.advance(0.5)
        if kind == "lost":
            return None
        if kind in ("whole", "behind"):
            self._see(snapshot, begun_t)
        return Reading(snapshot, begun_seq, begun_t, status, look=self.look)

    def _look(self) -> Observation:
        """What Azure says of its own rolling upgrade, and the truth of that moment."""
        seq, world = self.run.seq, self.world
        self.looked_at = world.t
        self.saw_rolling = world.rolling is not None and world.rolling.active is True
        if "slow" in self.look_is:
            world.advance(60.0)
        lost, no = "lost" in self.look_is, self.look_is == "forbidden"
        if not lost:
            self.unread_since = None
        elif self.unread_since is None:
            self.unread_since = world.t
        self.look = Observation(
            None if lost or no else world.rolling,
            seq,
            world.t,
            unread="no answer" * lost + "no right" * no,
            for_good=no,
        )
        return self.look

    def _see(self, snapshot: Snapshot, at: float) -> None:
        for instance in snapshot.instances:
            if self._looks_well(instance):
                self.well_since.setdefault(instance.instance_id, at)
            else:
                self.well_since.pop(instance.instance_id, None)
            if instance.instance_id not in self._planned():
                continue  # another machine by the same id
            moving = instance.provisioning is ProvisioningState.UPDATING
            if moving or instance.latest_model_applied:
                self.seen_at_work[instance.instance_id] = at
        for gone in self.well_since.keys() - snapshot.by_id.keys():
            del self.well_since[gone]

    def _looks_well(self, instance: Instance) -> bool:
        if instance.provisioning is not ProvisioningState.SUCCEEDED:
            return False
        if instance.latest_model_applied is None:
            if instance.instance_id not in self.seen_at_work:
                return False
        elif not instance.latest_model_applied:
            return False
        if instance.power is not PowerState.RUNNING:
            return instance.power is self.plan.powers.get(instance.instance_id)
        return instance.health is Health.HEALTHY or not self.world.has_health

    def _decide(self, reading: Reading | None) -> None:
        now = Moment(self.world.t, self.world.t)
        decision = engine.step(self.run, reading, now)
        if decision.wants_look and reading is not None:
            reading = replace(reading, look=self._look())
            now = Moment(self.world.t, self.world.t)
            decision = engine.step(self.run, reading, now)
        if reading is not None:
            self._worse_is_not_bolder(decision, reading, now)
        for event in decision.events:
            self._judge(event, reading, now)
            self.append(event)
        match decision.command:
            case ev.BatchIntent() as intent:
                self.before_post = reading.snapshot if reading else None
                self.send(intent)
            case ev.ModelIntent() as intent:
                self._send_edit(intent)
            case ev.GateStarted() as gate:
                self._ask_gate(gate)

    def _ask_gate(self, gate: ev.GateStarted) -> None:
        """The operator's command: takes a while, and says what `self.gate_says`."""
        self.gates.append(gate)
        self.world.advance(15.0)
        said, self.gate_says = self.gate_says, "yes"
        if said == "no":
            self.append(ev.GateFailed(number=gate.number, words="exit code 1"))
            return
        self.append(ev.GatePassed(number=gate.number))
        self.let_through = set(gate.instance_ids)

    # What is sent

    def send(self, intent: ev.BatchIntent) -> None:
        """One POST, and the answer into the journal. The kind of answer is `self.answer`."""
        answer, self.answer = self.answer, "yes"
        _rule(12, self._intended(intent), "the intent is in the journal before anything is sent")
        ids, number, world = intent.instance_ids, intent.number, self.world
        if answer in ("busy", "throttled", "no"):
            world.refuse(ids)
            wait = {"busy": 30.0, "throttled": 10.0, "no": None}[answer]
            words = f"Azure said {answer}"
            self.append(ev.BatchRefused(number=number, code="X", words=words, retry_after=wait))
            return
        if absent := tuple(i for i in ids if i not in world.machines):
            world.refuse(ids)
            self.append(
                ev.BatchRefused(number=number, code="InvalidParameter", words="", gone=absent)
            )
            return
        lands = {"never": None, "late": 20.0, "very late": 75.0, "after all": 130.0}.get(
            answer, 0.0
        )
        name = world.upgrade(ids, lands)
        lost = answer in ("never", "late", "very late", "after all", "lost")
        failed = {i for i in ids if self.truth[i].state is ProvisioningState.FAILED}
        asked = [Asked(world.t, ids, had_failed=i in failed) for i in ids]
        for instance_id, entry in zip(ids, asked, strict=True):
            self.asked.setdefault(instance_id, []).append(entry)
        self.last_post_ended = world.t
        if self.crash_in_flight:
            for entry in asked:
                entry.lost_at = -1.0
            raise Crash
        if lost:
            world.advance(30.0)  # a read timeout
            for entry in asked:
                entry.lost_at = world.t
            self.append(ev.BatchUnknown(number=number, words="read timed out"))
        else:
            if self.operation_lie is not None:
                world.operations[name].lie, self.operation_lie = self.operation_lie, None
            self.append(ev.BatchAccepted(number=number, operation=name))
        self.last_post_ended = world.t

    def _send_edit(self, intent: ev.ModelIntent) -> None:
        answer, self.answer = self.answer, "yes"
        _rule(12, self._intended(intent), "the intent is in the journal before anything is sent")
        _rule(8, self.may_send, "no edit while held or ended")
        self._judge_alone()
        world = self.world
        version = str(_leaf(intent.body))
        wanted = self.first_version if self.turned else self.edit_to
        _rule(6, version == wanted, f"{version} is not the model to write")
        _rule(6, world.version in (self.first_version, self.edit_to), "over a stranger's model")
        if answer in ("busy", "throttled", "no"):
            wait = {"busy": 30.0, "throttled": 10.0, "no": None}[answer]
            self.append(ev.ModelRefused(code="X", words=answer, retry_after=wait))
            return
        changed = answer == "never" or not world.patch(version, intent.if_match)
        if not changed:
            self.digest = f"digest-{version}"
        if self.crash_in_flight:
            raise Crash
        if answer in ("never", "late", "very late", "after all", "lost"):
            self.append(ev.ModelUnknown(words="read timed out"))
        elif changed:
            self.append(ev.ModelRefused(code="PreconditionFailed", words="", retry_after=0.0))
        else:
            self.append(ev.ModelAccepted())

    def _intended(self, intent: ev.Event) -> bool:
        return bool(self.journal) and self.journal[-1].body == intent

    # The rules

    def _judge(self, event: ev.Event, reading: Reading | None, now: Moment) -> None:
        """Holds one event to the rules, before it is journaled."""
        match event:
            case ev.BatchIntent():
                _rule(4, reading is not None, "a POST needs a reading")
                if reading is not None:
                    self._judge_post(event, reading, now)
            case ev.InstancesUpgraded(instance_ids=ids):
                for i in ids:
                    since = self.well_since.get(i)
                    long = since is not None and self.world.t - since >= (
                        self.policy.min_healthy_time
                    )
                    _rule(5, long, f"{i} is upgraded only when seen well for min_healthy_time")
            case ev.InstancesGone(instance_ids=ids) if reading is not None:
                there = set(ids) & reading.snapshot.by_id.keys() & self._planned()
                _rule(10, not there, f"{there} are gone though they are there")
                _rule(5, not set(ids) & self._planned(), "what is there is not gone")
            case ev.InstancesSkipped(instance_ids=ids):
                for i in ids:
                    self._judge_skip(i)
            case ev.BatchSettled():
                self._judge_settle(event, reading)
            case ev.ModelPinned(digest=digest) if self.turned:
                _rule(6, digest == self.plan.model_digest, "back to the model that was before")
                self.digest = digest
            case ev.TurnedBack(instance_ids=ids):
                working = [i for i in ids if i in self.truth and self.truth[i].actor == "run"]
                late = {i for i in working if self.run.members[i].stage not in OPEN_STAGES}
                _rule(5, set(working) <= late, f"turned while {working} are at work")
            case ev.Completed():
                self._judge_completed(event)
            case _:
                pass

    def _planned(self) -> set[str]:
        """Ids that still name the machines that they named when the plan was made."""
        return {i for i, machine in self.truth.items() if machine.born == 0}

    def _judge_skip(self, instance_id: str) -> None:
        left = self.truth[instance_id]
        left_alone = left.protected or left.power is not PowerState.RUNNING
        current = left.version == self.world.version
        _rule(2, left_alone or current, f"{instance_id} is skipped for no reason")
        ours = not self.turned and self.world.effects.get(instance_id, 0) > 0
        _rule(13, left_alone or not ours, f"{instance_id} is skipped though this run upgraded it")

    def _judge_post(self, intent: ev.BatchIntent, reading: Reading, now: Moment) -> None:
        ids, snapshot = intent.instance_ids, reading.snapshot
        _rule(8, self.may_send, "no POST while held, halted or ended")
        _rule(1, bool(ids) and "*" not in ids, "explicit ids")
        _rule(1, snapshot.complete and set(ids) <= snapshot.by_id.keys(), "ids of the reading")
        _rule(1, len(set(ids)) == len(ids), "each id once")
        _rule(2, set(ids) <= set(self.plan.instance_ids), "only what was planned")
        for i in ids:
            seen = self.truth[i]
            _rule(2, seen.born == 0, f"{i} is another machine than was planned")
            _rule(2, not seen.protected, f"{i} is protected")
            again = i in self.touched and seen.state is ProvisioningState.FAILED
            _rule(2, seen.version != self.world.version or again, f"{i} is current")
        _rule(3, len({self.truth[i].row for i in ids}) == 1, "one row a batch")
        self._judge_budget(ids)
        age = now.real - snapshot.ended
        _rule(4, age <= max(5.0, 2 * (snapshot.ended - snapshot.begun)), "a fresh reading")
        _rule(4, reading.begun_t >= self.last_post_ended, "a reading begun after the last POST")
        _rule(4, reading.begun_t >= self.last_settle, "a reading begun after the last settle")
        declared = {i for i, m in self.run.members.items() if m.stage is Stage.FAILED}
        for i, other in self.truth.items():
            at_work = other.actor == "run"
            _rule(5, not at_work or i in declared, f"{i} is still being upgraded")
        if self.policy.gate:
            _rule(8, set(ids) <= self.let_through, "only what the gate let through")
        stranger = self.turned and not set(ids) <= self.touched
        _rule(2, not stranger, "only what this run changed is put back")
        _rule(6, snapshot.scale_set.model_digest == self.digest, "the confirmed model")
        _rule(6, snapshot.scale_set.policy_mode is PolicyMode.MANUAL, "nobody else upgrades")
        foreign = [
            i
            for i, m in self.truth.items()
            if m.actor == "foreign"
            and _updating(m)
            and i not in declared
            and i in self.at_plan & self._planned()
        ]
        _rule(10, not foreign, f"somebody works on {foreign}")
        self._judge_alone()
        _rule(8, len(self.failures) < self.policy.max_new_failures, "the failure budget")
        for i in ids:
            self._judge_again(i, intent)

    def _judge_alone(self) -> None:
        """Azure was asked whether it rolls an upgrade of its own, after the last answer, and it
        did not; or it could not be asked, for as long as one looks after a lost answer."""
        asked_since = max(self.last_post_ended, self.last_settle)
        age = self.world.t - self.looked_at
        _rule(10, self.looked_at >= asked_since and age <= 180.0, "looked for a rolling upgrade")
        if self.saw_rolling and self.look_is != "forbidden":
            unread = self.unread_since
            tried = unread is not None and self.world.t - unread >= self.policy.settle_window
            _rule(10, tried, "Azure rolls an upgrade of its own")
        self.unread_since = None

    def _judge_budget(self, ids: tuple[str, ...]) -> None:
        out = sum(
            not serves
            for i, serves in self.serving.items()
            if not (i in self.stopped_before and self.truth[i].power is not PowerState.RUNNING)
        )
        taken = sum(self.serving[i] for i in ids)
        _rule(4, taken == 0 or out + taken <= self.budget, f"{out}+{taken} out of {self.budget}")

    def _judge_again(self, instance_id: str, intent: ev.BatchIntent) -> None:
        history = self.asked.get(instance_id, [])
        _rule(7, intent.attempt <= 2, "at most two attempts")
        _rule(7, len(history) <= 1, f"{instance_id} was asked twice already")
        for first in history:
            lost = first.lost_at
            _rule(7, lost is not None, f"{instance_id} was accepted and is asked again")
            waited = lost is not None and self.world.t - lost >= self.policy.settle_window
            _rule(7, waited, f"{instance_id} is asked again too soon")
            state = self.truth[instance_id].state
            as_before = first.had_failed and state is ProvisioningState.FAILED
            settled = state is ProvisioningState.SUCCEEDED or as_before
            _rule(7, settled, f"{instance_id} is asked again though not settled")
            proof = [m for m in first.mates if self._moved_by(m, first)]
            _rule(7, not proof, f"{instance_id} is asked again though {proof} moved")

    def _moved_by(self, instance_id: str, first: Asked) -> bool:
        """Was it seen at work since, and not asked once more by itself meanwhile?"""
        last = self.asked.get(instance_id, [first])[-1]
        return last.at <= first.at <= self.seen_at_work.get(instance_id, -1.0)

    def _judge_settle(self, event: ev.BatchSettled, reading: Reading | None) -> None:
        batch = self.run.open_batch
        _rule(5, batch is not None, "only an open batch settles")
        if batch is None:
            return
        total = event.upgraded + event.failed + event.gone + event.reopened
        _rule(13, total == len(batch.instance_ids), "a batch's counts add up")
        still = [i for i in batch.instance_ids if self.run.members[i].stage in OPEN_STAGES]
        _rule(5, not still, f"{still} are open")
        running = reading is not None and reading.operation_status == "InProgress"
        young = self.world.t - batch.asked_at < self.policy.batch_deadline
        _rule(5, not (running and young), "the operation is known to be at work")

    def _judge_completed(self, event: ev.Completed) -> None:
        if self.policy.gate and self.run.batches_sent:
            last = self.gates[-1] if self.gates else None
            _rule(8, last is not None and not last.instance_ids, "the gate is asked after the last")
        total = event.upgraded + event.failed + event.gone + event.skipped
        _rule(13, total == len(self.plan.instance_ids), "the counts add up to the plan")
        for i, member in self.run.members.items():
            _rule(13, member.stage not in OPEN_STAGES, f"{i} is open")
            _rule(13, member.stage is not Stage.WAITING, f"{i} waits")
            if member.stage is Stage.UPGRADED:
                there = self.truth.get(i)
                _rule(13, i in self._planned(), f"{i} is another machine than was upgraded")
                fine = there is not None and there.version == self.world.version
                if there is not None and there.power is PowerState.RUNNING:
                    fine = fine and not (there.sick and self.world.has_health)
                _rule(13, fine, f"{i} counts as upgraded")

    def _witness(self, event: ev.Event) -> None:
        """Keeps what the rules need to know of the journal."""
        match event:
            case ev.Paused() | ev.CheckpointReached() | ev.Completed() | ev.Aborted():
                self.may_send = False
            case ev.Halted(instance_ids=ids, reason=reason, safe_next=safe):
                _rule(8, bool(reason and safe), "a halt says why, and what is safe to do next")
                self.may_send, self.halted_over = False, set(ids)
            case ev.Resumed():
                self.let_through = set()
                self.unread_since = None
                self.may_send = True
                self.failures -= self.halted_over
                self.halted_over = set()
            case ev.Retried(instance_ids=ids):
                failed = {i for i, m in self.run.members.items() if m.stage is Stage.FAILED}
                _rule(2, set(ids) <= failed, "only failed ones are retried")
                self.may_send = True
                self.failures -= self.halted_over | set(ids)
                self._asked_anew(ids)
            case ev.RevertAsked():
                self.may_send = True
                self.halted_over = set()
            case ev.TurnedBack(instance_ids=ids):
                self.turned = True
                self.digest = None
                self.failures = set()
                self._asked_anew(ids)
            case ev.InstancesFailed(instance_ids=ids):
                self.failures |= set(ids) - self.sick_before
            case ev.BatchIntent(instance_ids=ids):
                self.touched_before = set(self.touched)
                self.touched |= set(ids)
            case ev.BatchRefused():
                self.touched = self.touched_before
            case ev.BatchSettled():
                self.last_settle = self.world.t
                self.let_through = set()
            case ev.WorkerStarted():
                self.let_through = set()
                self.unread_since = None
            case _:
                pass

    def _asked_anew(self, ids: tuple[str, ...]) -> None:
        for i in ids:
            self.asked.pop(i, None)
            self.seen_at_work.pop(i, None)
            self.well_since.pop(i, None)

    def _whole(self) -> None:
        """Rule 12: every prefix of the journal is a valid run."""
        run, batch = self.run, self.run.open_batch
        there = set(batch.instance_ids) if batch else set()
        still = {i for i, m in run.members.items() if m.stage in OPEN_STAGES}
        _rule(12, still <= there, "an open member is in the open batch")
        _rule(12, run.seq == len(self.journal), "seq counts the journal")
        _rule(12, set(run.members) == set(self.plan.instance_ids), "members are the plan's")

    def _worse_is_not_bolder(
        self, decision: engine.Decision, reading: Reading, now: Moment
    ) -> None:
        """Rule 14: an older, incomplete or sicker reading asks nothing that this one would not."""
        snapshot = reading.snapshot
        asked = self._asked_in_the_end(decision, reading, now)
        torn = replace(snapshot, complete=False)
        _rule(14, not self._would(torn, reading, now), "an incomplete reading asks nothing")
        old = replace(snapshot, begun=snapshot.begun - 99, ended=snapshot.ended - 99)
        _rule(14, not self._would(old, reading, now), "an old reading asks nothing")
        if not snapshot.instances:
            return
        victim = snapshot.instances[len(self.journal) % len(snapshot.instances)]
        for worse in (
            altered(victim, health=Health.UNKNOWN),
            victim
            if victim.provisioning is ProvisioningState.UPDATING
            else altered(victim, provisioning=ProvisioningState.UNKNOWN),
            altered(victim, power=PowerState.UNKNOWN),
            altered(victim, latest_model_applied=None),
        ):
            others = tuple(worse if i is victim else i for i in snapshot.instances)
            would = self._would(replace(snapshot, instances=others), reading, now)
            free = {i.instance_id for i in others if not i.available}
            _rule(14, would <= asked | free, f"a worse reading asks {would - asked}")

    def _asked_in_the_end(
        self, decision: engine.Decision, reading: Reading, now: Moment
    ) -> set[str]:
        """What this very reading leads to, once those that fall out have fallen out."""
        run = self.run
        while decision.events and all(
            isinstance(event, ev.InstancesSkipped | ev.InstancesGone) for event in decision.events
        ):
            for event in decision.events:
                run = folding.apply(run, ev.Record(seq=run.seq, at="", t=run.t, body=event))
            decision = engine.step(run, reading, now)
        command = decision.command
        return set(command.instance_ids) if isinstance(command, ev.BatchIntent) else set()

    def _would(self, snapshot: Snapshot, reading: Reading, now: Moment) -> set[str]:
        command = engine.step(self.run, replace(reading, snapshot=snapshot), now).command
        return set(command.instance_ids) if isinstance(command, ev.BatchIntent) else set()

    # To the end

    def heal(self) -> None:
        """The world behaves from now on."""
        self.answer, self.crash_after, self.crash_in_flight = "yes", None, False
        self.operation_lie, self.gate_says, self.look_is = None, "yes", "plain"
        if self.world.rolling is not None:
            self.world.rolls(RollingCode.COMPLETED)
        for operation in self.world.operations.values():
            operation.lie = None

    def finish(self, turns: int = 400, gap: float = 20.0) -> Phase:
        """Drives on, letting go what waits for a person, until the run has ended."""
        self.heal()
        for _ in range(turns):
            if self.run.ended:
                return self.run.phase
            if self.run.phase is Phase.PAUSED:
                self.wish(ev.IntentKind.RESUME)
            self.cycle(gap)
        raise Broken(f"liveness: the run never ends: {self.run.phase} {self.run.message}")


def _image_body(version: str) -> dict[str, object]:
    body: dict[str, object] = {"version": version}
    for key in reversed(IMAGE_BODY):
        body = {key: body}
    return body


def _leaf(body: object) -> object:
    while isinstance(body, dict):
        (body,) = body.values()
    return body


def _updating(machine: Machine) -> bool:
    return machine.state is ProvisioningState.UPDATING


def _rule(number: int, holds: bool, words: str) -> None:
    if not holds:
        raise Broken(f"rule {number}: {words}")

"""What really happened in a run of the engine: the facts against which its rules are checked.

The facts come from the world, from the readings, and from the events in the journal. The run's own
state is used only where a rule is about what the engine declared.
"""

from dataclasses import dataclass
from math import floor

from tests.support.engine_machine import Machine
from tests.support.engine_world import World
from vmss_tui.fleet.scale_set import Health, Instance, PowerState, ProvisioningState
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.plan.plan import Plan
from vmss_tui.upgrade.plan.policy import Policy
from vmss_tui.upgrade.run.run import Run, Stage


class RuleBroken(AssertionError):
    """A rule was broken; the message begins with its number."""


def check(number: int, holds: bool, message: str) -> None:
    """Raises `RuleBroken` where a rule does not hold."""
    if not holds:
        raise RuleBroken(f"rule {number}: {message}")


@dataclass
class UpgradeRequest:
    """One request for one instance."""

    at: float
    batch_ids: tuple[str, ...]
    lost_at: float | None = None
    """When its reply was given up; None while Azure accepted it; -1 until the crash is over."""
    had_failed: bool = False
    """Failed in the reading before: seen failed once more, nothing shows that it arrived."""


class Evidence:
    """The facts of one run. Times are seconds of the world."""

    def __init__(
        self, world: World, plan: Plan, policy: Policy, edit_to: str | None, actor: str = "run"
    ) -> None:
        self.world, self.plan, self.policy, self.edit_to = world, plan, policy, edit_to
        self.actor = actor
        """The name of this run in the world."""
        self.operator = f"operator of {actor}"
        """Who does the operations alongside it."""
        self.first_version = world.version
        serving = [m for m in world.machines.values() if m.power is PowerState.RUNNING]
        limit = policy.max_unhealthy_instance_percent
        self.budget = limit.count or max(1, floor(len(serving) * (limit.percent or 0) / 100))
        self.unhealthy_before = {m.instance_id for m in serving if not world.serves(m)}
        self.stopped_before = {
            i for i, m in world.machines.items() if m.power is not PowerState.RUNNING
        }
        self.at_plan = set(world.machines)
        self.digest = None if edit_to else plan.model_digest
        """The model that the run may upgrade to; None until it is known."""
        self.reverting = False
        self.may_send = True
        self.machines: dict[str, Machine] = {}
        """The machines as they were at the last reading, whatever it showed of them."""
        self.views: dict[str, Instance] = {}
        """Their views at that moment, which lag behind where the world's do."""
        self.seen_actors: dict[str, str] = {}
        """Who works on them, where their views show it already."""
        self.requests: dict[str, list[UpgradeRequest]] = {}
        self.seen_at_work: dict[str, float] = {}
        self.healthy_since: dict[str, float] = {}
        self.last_post_ended = -1.0
        self.last_settle = -1.0
        self.failures: set[str] = set()
        self.halted_over: set[str] = set()
        self.touched: set[str] = set()
        """Instances that an intent named and that may have been changed: not the refused ones."""
        self.touched_before: set[str] = set()
        self.rolling_read_at, self.saw_rolling = -1.0, False
        self.rolling_unread_since: float | None = None
        self.rolling_forbidden = False
        self.gates: list[ev.GateStarted] = []
        self.passed_gate: set[str] = set()

    def planned_ids(self) -> set[str]:
        """Ids that still name the machines that they named when the plan was made."""
        return {i for i, machine in self.machines.items() if machine.generation == 0}

    # From the world

    def copy_world(self, snapshot: Snapshot) -> None:
        """Copies the machines as they are at a reading, and their views."""
        world = self.world
        self.machines = {i: machine.copy() for i, machine in world.machines.items()}
        self.views = snapshot.by_id
        seen = self.machines
        if world.lags.get("state"):
            seen = {i: world.seen(m, "state").machine for i, m in world.machines.items()}
        self.seen_actors = {i: machine.actor for i, machine in seen.items() if machine.actor}

    def copy_rolling(self) -> None:
        """Copies what is true of Azure's own rolling upgrade when the run requests it."""
        rolling = self.world.rolling
        self.rolling_read_at = self.world.t
        self.saw_rolling = rolling is not None and rolling.active is True

    def add_rolling_reply(self, *, lost: bool) -> None:
        """Notes since when no request for the rolling upgrade has had a reply."""
        if not lost:
            self.rolling_unread_since = None
        elif self.rolling_unread_since is None:
            self.rolling_unread_since = self.world.t

    def add_requests(self, ids: tuple[str, ...]) -> list[UpgradeRequest]:
        """Adds one request for each instance of a batch that was sent."""
        failed = {i for i in ids if self.views[i].provisioning is ProvisioningState.FAILED}
        requests = [UpgradeRequest(self.world.t, ids, had_failed=i in failed) for i in ids]
        for instance_id, request in zip(ids, requests, strict=True):
            self.requests.setdefault(instance_id, []).append(request)
        self.last_post_ended = self.world.t
        return requests

    # From the readings

    def add_snapshot(self, snapshot: Snapshot, at: float) -> None:
        """Notes since when instances are seen healthy, and when they were seen at work."""
        planned_ids = self.planned_ids()
        for instance in snapshot.instances:
            if self._is_upgraded(instance):
                self.healthy_since.setdefault(instance.instance_id, at)
            else:
                self.healthy_since.pop(instance.instance_id, None)
            if instance.instance_id not in planned_ids:
                continue  # another machine by the same id
            moving = instance.provisioning is ProvisioningState.UPDATING
            if moving or (instance.latest_model_applied and self.has_model_image(instance)):
                self.seen_at_work[instance.instance_id] = at
        for gone in self.healthy_since.keys() - snapshot.by_id.keys():
            del self.healthy_since[gone]

    def has_model_image(self, instance: Instance) -> bool:
        """Whether its image is the model's, whatever its flag says."""
        image = instance.image
        return image is not None and (image.exact_version or image.version) == self.world.version

    def _is_upgraded(self, instance: Instance) -> bool:
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

    # From the journal

    def add_event(self, event: ev.AnyEvent, run: Run) -> None:
        """Notes an event before it is applied to the run."""
        match event:
            case ev.Paused() | ev.CheckpointReached() | ev.Completed() | ev.Aborted():
                self.may_send = False
            case ev.Halted(instance_ids=ids, reason=reason, safe_next=safe):
                check(8, bool(reason and safe), "a halt says why, and what is safe to do next")
                self.may_send, self.halted_over = False, set(ids)
            case ev.Resumed():
                self._start_again()
                self.may_send = True
                self.failures -= self.halted_over
                self.halted_over = set()
            case ev.RetryRequested(instance_ids=ids):
                failed = {i for i, m in run.members.items() if m.stage is Stage.FAILED}
                check(2, set(ids) <= failed, "only failed ones are retried")
                self.may_send = True
                self.failures -= self.halted_over | set(ids)
                self._forget_requests(ids)
            case ev.RevertRequested():
                self.may_send = True
                self.halted_over = set()
            case ev.RevertStarted(instance_ids=ids):
                self.reverting = True
                self.digest = None
                self.failures = set()
                self._forget_requests(ids)
            case ev.LateEffectDetected() | ev.InstancesFailed():
                self._add_failures(event)
            case ev.BatchIntent(instance_ids=ids):
                self.touched_before = set(self.touched)
                self.touched |= set(ids)
            case ev.BatchRefused():
                self.touched = self.touched_before
            case ev.BatchSettled():
                self.last_settle = self.world.t
                self.passed_gate = set()
            case ev.WorkerStarted():
                self._start_again()
            case _:
                pass

    def _add_failures(self, event: ev.LateEffectDetected | ev.InstancesFailed) -> None:
        if isinstance(event, ev.InstancesFailed):
            self.failures |= set(event.instance_ids) - self.unhealthy_before
        else:
            self.failures -= set(event.instance_ids)

    def _start_again(self) -> None:
        self.passed_gate = set()
        self.rolling_unread_since = None

    def _forget_requests(self, ids: tuple[str, ...]) -> None:
        for i in ids:
            self.requests.pop(i, None)
            self.seen_at_work.pop(i, None)
            self.healthy_since.pop(i, None)

    def end_crash(self) -> None:
        """A request that was in flight when the worker crashed counts as lost from now on."""
        for requests in self.requests.values():
            for request in requests:
                if request.at == self.last_post_ended and request.lost_at == -1.0:
                    request.lost_at = self.world.t
        self.healthy_since.clear()

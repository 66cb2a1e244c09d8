"""A fault of the fault table: what goes wrong, when, and how the run must then end."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from tests.support.bench import Bench
from vmss_tui.simulator.scenarios.spec import ScaleSetSpec, Scenario
from vmss_tui.upgrade.plan.plan import Plan
from vmss_tui.upgrade.run.run import Run, Stage

Injection = Callable[[Bench], None]
COMPLETED = "completed"
COMPLETED_WITH_FAILURES = "completed with failures"
WAITS = "waits"
"""Neither ended nor paused: the run continues by itself once the fault is over."""
WEB = ScaleSetSpec("web-rg", "web-vmss", 25)
"""Five domains of five, one of them up to date: a run over two domains has two batches of four."""


class FaultMoment(Enum):
    """The moment at which a fault is injected; the values are parts of test ids."""

    AT_ONCE = "after the plan was confirmed, before the worker looks"
    AT_POST = "between the reading and the first batch's request"
    BATCH_OPEN = "while Azure works on the first batch"
    BETWEEN = "when the first batch has settled and the second is not yet asked for"

    def is_now(self, run: Run) -> bool:
        """Is a run at this moment? Called before each of its waits."""
        if self is FaultMoment.BATCH_OPEN:
            return run.open_batch is not None and run.open_batch.answered
        return self is FaultMoment.BETWEEN and run.settled_at is not None


class Upgraded(Enum):
    """Which of the planned instances the run upgrades, each of them once."""

    EVERYTHING = 2
    FIRST_BATCH = 1
    NOTHING = 0

    def of(self, plan: Plan) -> set[str]:
        """The ids of these instances."""
        return {i for batch in plan.batches[: self.value] for i in batch.instance_ids}


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One fault, and the expected end of the run."""

    name: str
    inject: Injection
    moment: FaultMoment = FaultMoment.AT_ONCE
    ends: str = COMPLETED
    """`completed`, `completed with failures`, `waits`, or the reason of the halt or the pause."""
    upgraded: Upgraded = Upgraded.EVERYTHING
    without: tuple[str, ...] = ()
    """Ids that are left out of `upgraded`."""
    posts: int = 2
    """Requests for an upgrade, whatever their reply."""
    patches: int = 0
    """Model edits of the run that arrived; where there are any, the run has an edit."""
    message: str = ""
    """A regular expression for the message or the events of the run."""
    stages: dict[Stage, int] = field(default_factory=dict)
    """How many members end failed, gone or skipped."""
    seconds_between_posts: tuple[float, float] | None = None
    """Run seconds, from and to, between the first two requests for an upgrade."""
    world: ScaleSetSpec = WEB
    reads_often: bool = False
    """The worker reads as often as a set of one page allows; else as one of several pages."""
    pages: int = 100
    """Instances in one page of the list."""
    limit: float = 2400.0
    """Run seconds after which a run that goes on counts as waiting."""

    def scenario(self) -> Scenario:
        """The simulated scale set of the run."""
        return Scenario("faults", "A small fleet", "", self.name, (self.world,))


def on(path: str, method: str, action: dict[str, Any], **more: Any) -> Injection:
    """A reply that is wrong `times` times, from the `nth` on."""
    return lambda bench: bench.fault(path, action, method=method, **more)


def on_post(times: int | None = 1, **action: Any) -> Injection:
    """A fault of the request for an upgrade."""
    return on("/manualupgrade$", "POST", action, times=times)


def on_patch(times: int | None = 1, **action: Any) -> Injection:
    """A fault of the model edit."""
    return on("/virtualMachineScaleSets/[^/]+$", "PATCH", action, times=times)


def on_list(times: int | None = 1, **action: Any) -> Injection:
    """A fault of the list of instances."""
    return on("/virtualMachines$", "GET", action, times=times)


def on_model(times: int | None = 1, **action: Any) -> Injection:
    """A fault of the request that reads the scale set."""
    return on("/virtualMachineScaleSets/[^/]+$", "GET", action, times=times)


def on_operation(times: int | None = None, **action: Any) -> Injection:
    """A fault of the requests that poll an operation; of all of them without `times`."""
    return on("/operations/", "GET", action, times=times)


def all_of(*injections: Injection) -> Injection:
    """Several faults at once."""

    def inject(bench: Bench) -> None:
        for part in injections:
            part(bench)

    return inject


def error(code: str, message: str) -> dict[str, Any]:
    """An ARM error body."""
    return {"error": {"code": code, "message": message}}


def plan_of(bench: Bench) -> Plan:
    """The confirmed plan of the run."""
    return bench.started_runs[0].manifest.plan


def first_batch(bench: Bench) -> tuple[str, ...]:
    """The first batch's ids."""
    return plan_of(bench).batches[0].instance_ids


def second_batch(bench: Bench) -> tuple[str, ...]:
    """The second batch's ids."""
    return plan_of(bench).batches[1].instance_ids


FIRST = ("0", "5", "15", "20")


def in_instances(kind: str, **more: object) -> Injection:
    """A fault of instances: of all of them or of those in `instance_ids`."""
    return lambda bench: bench.control("POST", "faults", {"instance": kind} | more)


def update_instances(ids: Iterable[int], **changes: object) -> Injection:
    """Changes the state of instances from now on."""

    def inject(bench: Bench) -> None:
        world = bench.simulator.world
        with world.lock:
            world.tick()
            (scale_set,) = world.scale_sets.values()
            for number in ids:
                scale_set.instances[str(number)].update_state(world.now, **changes)

    return inject

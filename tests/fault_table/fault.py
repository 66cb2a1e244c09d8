"""A fault of the fault table: what goes wrong, when, and how the run must then end."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from tests.support.bench import Bench
from vmss_tui.simulator.scenarios.spec import ScaleSetSpec, Scenario
from vmss_tui.upgrade.plan.plan import Plan
from vmss_tui.upgrade.run.run import Run, Stage

Strike = Callable[[Bench], None]
COMPLETED = "completed"
WAITS = "waits"
"""Neither over nor held: it goes on by itself once what is wrong has passed."""
WEB = ScaleSetSpec("web-rg", "web-vmss", 25)
"""Five domains of five, of which one is current: a run over two domains is two batches of four."""


class When(Enum):
    """The moment at which a fault strikes."""

    AT_ONCE = "after the plan was confirmed, before the worker looks"
    AT_POST = "between the reading and the first batch's request"
    BATCH_OPEN = "while Azure works on the first batch"
    BETWEEN = "when the first batch has settled and the second is not yet asked for"

    def has_come(self, run: Run) -> bool:
        """Is it this moment of a run, before it waits?"""
        if self is When.BATCH_OPEN:
            return run.open_batch is not None and run.open_batch.answered
        return self is When.BETWEEN and run.settled_at is not None


class Done(Enum):
    """Which of the planned instances the run upgrades, each of them once."""

    EVERYTHING = 2
    FIRST_BATCH = 1
    NOTHING = 0

    def of(self, plan: Plan) -> set[str]:
        """Their ids."""
        return {i for batch in plan.batches[: self.value] for i in batch.instance_ids}


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A row."""

    name: str
    strike: Strike
    when: When = When.AT_ONCE
    ends: str = COMPLETED
    """`completed`, `waits`, or the reason of the halt or the pause."""
    done: Done = Done.EVERYTHING
    without: tuple[str, ...] = ()
    """Ids that are left out of `done`."""
    posts: int = 2
    """Upgrades that were asked for, however they were answered."""
    patches: int = 0
    """Model edits of the run that arrived; a row with any runs with an edit."""
    message: str = ""
    """A regular expression found in what a person is told."""
    stages: dict[Stage, int] = field(default_factory=dict)
    """How many members end in a stage, where it is more than upgraded or waiting."""
    apart: tuple[float, float] | None = None
    """Run seconds, from and to, between the first two requests for an upgrade."""
    world: ScaleSetSpec = WEB
    pages: int = 100
    """Instances in a page of the list."""
    limit: float = 2400.0
    """Run seconds after which a run that goes on counts as waiting."""

    def scenario(self) -> Scenario:
        """The world it strikes."""
        return Scenario("faults", "A small fleet", "", self.name, (self.world,))


def on(path: str, method: str, action: dict[str, Any], **more: Any) -> Strike:
    """An answer that goes wrong `times` times, from the `nth` on."""
    return lambda bench: bench.fault(path, action, method=method, **more)


def on_post(times: int | None = 1, **action: Any) -> Strike:
    """Strikes the request for an upgrade."""
    return on("/manualupgrade$", "POST", action, times=times)


def on_patch(times: int | None = 1, **action: Any) -> Strike:
    """Strikes the model edit."""
    return on("/virtualMachineScaleSets/[^/]+$", "PATCH", action, times=times)


def on_list(times: int | None = 1, **action: Any) -> Strike:
    """Strikes the list of instances."""
    return on("/virtualMachines$", "GET", action, times=times)


def on_model(times: int | None = 1, **action: Any) -> Strike:
    """Strikes the reading of the set."""
    return on("/virtualMachineScaleSets/[^/]+$", "GET", action, times=times)


def on_operation(times: int | None = None, **action: Any) -> Strike:
    """Strikes what is asked after an operation; always, unless told otherwise."""
    return on("/operations/", "GET", action, times=times)


def all_of(*strikes: Strike) -> Strike:
    """Several at once."""

    def strike(bench: Bench) -> None:
        for part in strikes:
            part(bench)

    return strike


def error(code: str, message: str) -> dict[str, Any]:
    """An ARM error body."""
    return {"error": {"code": code, "message": message}}


def plan_of(bench: Bench) -> Plan:
    """What was confirmed."""
    return bench.started_runs[0].manifest.plan


def first(bench: Bench) -> tuple[str, ...]:
    """The first batch's ids."""
    return plan_of(bench).batches[0].instance_ids


def second(bench: Bench) -> tuple[str, ...]:
    """The second batch's."""
    return plan_of(bench).batches[1].instance_ids


FIRST = ("0", "5", "15", "20")


def in_instances(kind: str, **more: object) -> Strike:
    """A fault in instances, in all of them or in those named."""
    return lambda bench: bench.control("POST", "faults", {"instance": kind} | more)


def update_instances(ids: Iterable[int], **changes: object) -> Strike:
    """From now on these are so."""

    def strike(bench: Bench) -> None:
        world = bench.simulator.world
        with world.lock:
            world.tick()
            (scale_set,) = world.scale_sets.values()
            for number in ids:
                scale_set.instances[str(number)].update_state(world.now, **changes)

    return strike

"""Faults of membership: instances that are deleted, replaced, protected, stopped or added."""

from collections.abc import Iterable

from tests.fault_table import altered_replies
from tests.fault_table.altered_replies import Json
from tests.fault_table.fault import (
    FIRST,
    Done,
    Fault,
    Strike,
    When,
    all_of,
    first,
    in_instances,
    plan_of,
    second,
    update_instances,
)
from tests.support.bench import Bench
from tests.support.simulator_client import SimulatorClient
from vmss_tui.upgrade.run.run import Stage

TWO = ("1", "6")
"""Of the second batch."""


def _capacity(more: int) -> Strike:
    """What autoscale does."""

    def strike(bench: Bench) -> None:
        (scale_set,) = bench.simulator.world.scale_sets.values()
        bench.edit(**{"sku.capacity": scale_set.state.capacity + more})

    return strike


def _act(action: str, ids_of: object) -> Strike:
    """Somebody acts on instances of the first or the second batch, the first two of it."""

    def strike(bench: Bench) -> None:
        assert callable(ids_of)
        caller = SimulatorClient(bench.simulator)
        assert caller.post(f"/{action}", list(ids_of(bench)[:2])).status_code < 300

    return strike


def _two_minutes(bench: Bench) -> None:
    """Pass before this run looks again."""
    bench.control("POST", "clock", {})
    bench.simulator.clock.advance(120.0)


def _protected(bench: Bench) -> None:
    ids = [int(i) for i in second(bench)[:2]]
    update_instances(ids, protection={"protectFromScaleSetActions": True})(bench)


def _all_but_planned_gone(bench: Bench) -> None:
    planned = set(plan_of(bench).instance_ids)
    (scale_set,) = bench.simulator.world.scale_sets.values()
    others = [i for i in scale_set.instances if i not in planned]
    assert SimulatorClient(bench.simulator).post("/delete", others).status_code < 300


def _all_gone(bench: Bench) -> None:
    (scale_set,) = bench.simulator.world.scale_sets.values()
    assert (
        SimulatorClient(bench.simulator).post("/delete", list(scale_set.instances)).status_code
        < 300
    )


def _another(instance: Json) -> None:
    """The id is a new machine's now, which nobody has asked anything of."""
    properties = instance["properties"]
    properties["vmId"] = f"ffffffff-0000-4000-8000-{instance['instanceId']:0>12}"
    properties["timeCreated"] = "2026-11-22T12:00:00.1234567+00:00"
    properties["latestModelApplied"] = False


def _presence() -> Iterable[Fault]:
    yield Fault(
        name="two members deleted in mid operation",
        when=When.BATCH_OPEN,
        strike=_act("delete", first),
        stages={Stage.GONE: 2},
    )
    yield Fault(
        name="two members deleted before their batch",
        when=When.BETWEEN,
        strike=_act("delete", second),
        done=Done.EVERYTHING,
        without=TWO,
        stages={Stage.GONE: 2},
    )
    yield Fault(
        name="two upgraded members deleted",
        when=When.BETWEEN,
        strike=_act("delete", first),
        posts=3,
        stages={Stage.GONE: 2},
    )
    yield Fault(
        name="ids given to other machines in mid operation",
        when=When.BATCH_OPEN,
        strike=altered_replies.instances(_another, FIRST[:2]),
        stages={Stage.GONE: 2},
    )
    yield Fault(
        name="ids given to other machines before their batch",
        when=When.BETWEEN,
        strike=altered_replies.instances(_another, TWO),
        without=TWO,
        stages={Stage.GONE: 2},
    )
    yield Fault(
        name="upgraded ids given to other machines",
        when=When.BETWEEN,
        strike=altered_replies.instances(_another, FIRST[:2]),
        stages={Stage.GONE: 2},
    )
    for mark, value in (("vmId", "f" * 8), ("timeCreated", "2026-11-22T12:00:00+00:00")):
        yield Fault(
            name=f"another {mark} than in the plan, and else the same machine",
            strike=altered_replies.instances(altered_replies.says(value, "properties", mark)),
        )
    yield Fault(
        name="every instance deleted",
        when=When.BATCH_OPEN,
        strike=_all_gone,
        done=Done.FIRST_BATCH,
        posts=1,
        stages={Stage.GONE: 8},
    )
    yield Fault(
        name="every other instance deleted",
        when=When.BATCH_OPEN,
        strike=_all_but_planned_gone,
        posts=5,  # 20 % of the eight that are left is one
    )
    for when in (When.BATCH_OPEN, When.BETWEEN):  # what is not there yet does not serve
        name = f"scaled out {when.value}"
        yield Fault(name=name, when=when, strike=_capacity(+3), posts=3)
    yield Fault(
        name="protected before their batch",
        when=When.BETWEEN,
        strike=_protected,
        without=TWO,
        stages={Stage.SKIPPED: 2},
    )
    yield Fault(
        name="deallocated before their batch",
        when=When.BETWEEN,
        strike=all_of(_act("deallocate", second), _two_minutes),
        without=TWO,
        stages={Stage.SKIPPED: 2},
    )
    yield Fault(
        name="in the middle of deallocation before their batch",
        when=When.BETWEEN,
        strike=_act("deallocate", second),
        ends="foreign",
        done=Done.FIRST_BATCH,
        posts=1,
    )
    yield Fault(
        name="deallocated in mid operation",
        when=When.BATCH_OPEN,
        strike=_act("deallocate", first),
        ends="failure",
        done=Done.FIRST_BATCH,
        posts=1,
        stages={Stage.FAILED: 2},
    )
    yield Fault(
        name="evicted before their batch",
        when=When.BETWEEN,
        strike=all_of(
            in_instances("eviction", scale_set="web-rg/web-vmss", instance_ids=TWO), _two_minutes
        ),
        without=TWO,
        stages={Stage.SKIPPED: 2},
    )


FAULTS = tuple(_presence())

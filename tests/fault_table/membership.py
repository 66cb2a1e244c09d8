"""Faults of membership: instances that are deleted, replaced, protected, stopped or added."""

from collections.abc import Iterable

from tests.fault_table import altered_replies
from tests.fault_table.altered_replies import Json
from tests.fault_table.fault import (
    COMPLETED_WITH_FAILURES,
    FIRST,
    Fault,
    FaultMoment,
    Injection,
    Upgraded,
    all_of,
    first_batch,
    in_instances,
    plan_of,
    second_batch,
    update_instances,
)
from tests.support.bench import Bench
from tests.support.simulator_client import SimulatorClient
from vmss_tui.upgrade.run.run import Stage

TWO = ("1", "6")
"""Two instances of the second batch."""


def change_capacity(more: int) -> Injection:
    """Changes the capacity, as autoscale does."""

    def inject(bench: Bench) -> None:
        (scale_set,) = bench.simulator.world.scale_sets.values()
        bench.edit(**{"sku.capacity": scale_set.state.capacity + more})

    return inject


def act_on(action: str, ids_of: object) -> Injection:
    """Another operator sends an action for the first two instances of a batch."""

    def inject(bench: Bench) -> None:
        assert callable(ids_of)
        caller = SimulatorClient(bench.simulator)
        assert caller.post(f"/{action}", list(ids_of(bench)[:2])).status_code < 300

    return inject


def wait_two_minutes(bench: Bench) -> None:
    """Lets two minutes pass before the next reading."""
    bench.control("POST", "clock", {})
    bench.simulator.clock.advance(120.0)


def protect_second(bench: Bench) -> None:
    ids = [int(i) for i in second_batch(bench)[:2]]
    update_instances(ids, protection={"protectFromScaleSetActions": True})(bench)


def delete_unplanned(bench: Bench) -> None:
    planned = set(plan_of(bench).instance_ids)
    (scale_set,) = bench.simulator.world.scale_sets.values()
    others = [i for i in scale_set.instances if i not in planned]
    assert SimulatorClient(bench.simulator).post("/delete", others).status_code < 300


def delete_all(bench: Bench) -> None:
    (scale_set,) = bench.simulator.world.scale_sets.values()
    assert (
        SimulatorClient(bench.simulator).post("/delete", list(scale_set.instances)).status_code
        < 300
    )


def other_machine(instance: Json) -> None:
    """Another machine has the id now; no request ever named it."""
    properties = instance["properties"]
    properties["vmId"] = f"ffffffff-0000-4000-8000-{instance['instanceId']:0>12}"
    properties["timeCreated"] = "2026-11-22T12:00:00.1234567+00:00"
    properties["latestModelApplied"] = False


def membership_faults() -> Iterable[Fault]:
    yield Fault(
        name="two members deleted in mid operation",
        moment=FaultMoment.BATCH_OPEN,
        inject=act_on("delete", first_batch),
        stages={Stage.GONE: 2},
    )
    yield Fault(
        name="two members deleted before their batch",
        moment=FaultMoment.BETWEEN,
        inject=act_on("delete", second_batch),
        upgraded=Upgraded.EVERYTHING,
        without=TWO,
        stages={Stage.GONE: 2},
    )
    yield Fault(
        name="two upgraded members deleted",
        moment=FaultMoment.BETWEEN,
        inject=act_on("delete", first_batch),
        stages={Stage.GONE: 2},
    )
    yield Fault(
        name="ids given to other machines in mid operation",
        moment=FaultMoment.BATCH_OPEN,
        inject=altered_replies.alter_instances(other_machine, FIRST[:2]),
        stages={Stage.GONE: 2},
    )
    yield Fault(
        name="ids given to other machines before their batch",
        moment=FaultMoment.BETWEEN,
        inject=altered_replies.alter_instances(other_machine, TWO),
        without=TWO,
        stages={Stage.GONE: 2},
    )
    yield Fault(
        name="upgraded ids given to other machines",
        moment=FaultMoment.BETWEEN,
        inject=altered_replies.alter_instances(other_machine, FIRST[:2]),
        stages={Stage.GONE: 2},
    )
    for field, value in (("vmId", "f" * 8), ("timeCreated", "2026-11-22T12:00:00+00:00")):
        yield Fault(
            name=f"another {field} than in the plan, and else the same machine",
            inject=altered_replies.alter_instances(
                altered_replies.with_value(value, "properties", field)
            ),
        )
    yield Fault(
        name="every instance deleted",
        moment=FaultMoment.BATCH_OPEN,
        inject=delete_all,
        upgraded=Upgraded.FIRST_BATCH,
        posts=1,
        stages={Stage.GONE: 8},
    )
    yield Fault(
        name="every other instance deleted",
        moment=FaultMoment.BATCH_OPEN,
        inject=delete_unplanned,
        posts=5,  # 20 % of the eight that are left is one
    )
    for when in (
        FaultMoment.BATCH_OPEN,
        FaultMoment.BETWEEN,
    ):  # what is not there yet does not serve
        name = f"scaled out {when.value}"
        yield Fault(name=name, moment=when, inject=change_capacity(+3), posts=3, reads_often=True)
    yield Fault(
        name="protected before their batch",
        moment=FaultMoment.BETWEEN,
        inject=protect_second,
        ends=COMPLETED_WITH_FAILURES,
        without=TWO,
        stages={Stage.SKIPPED: 2},
    )
    yield Fault(
        name="deallocated before their batch",
        moment=FaultMoment.BETWEEN,
        inject=all_of(act_on("deallocate", second_batch), wait_two_minutes),
        ends=COMPLETED_WITH_FAILURES,
        without=TWO,
        stages={Stage.SKIPPED: 2},
    )
    yield Fault(
        name="in the middle of deallocation before their batch",
        moment=FaultMoment.BETWEEN,
        inject=act_on("deallocate", second_batch),
        ends="foreign",
        upgraded=Upgraded.FIRST_BATCH,
        posts=1,
    )
    yield Fault(
        name="deallocated in mid operation",
        moment=FaultMoment.BATCH_OPEN,
        inject=act_on("deallocate", first_batch),
        ends="failure",
        upgraded=Upgraded.FIRST_BATCH,
        posts=1,
        stages={Stage.FAILED: 2},
    )
    yield Fault(
        name="evicted before their batch",
        moment=FaultMoment.BETWEEN,
        inject=all_of(
            in_instances("eviction", scale_set="web-rg/web-vmss", instance_ids=TWO),
            wait_two_minutes,
        ),
        ends=COMPLETED_WITH_FAILURES,
        without=TWO,
        stages={Stage.SKIPPED: 2},
    )


FAULTS = tuple(membership_faults())

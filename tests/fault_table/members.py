"""The instances: sick, flapping, silent, taken away, held fast."""

from collections.abc import Iterable
from dataclasses import replace

from tests.conftest import Bench
from tests.fault_table import (
    WEB,
    Done,
    Fault,
    Strike,
    When,
    all_of,
    first,
    on_post,
    plan_of,
    second,
    twisting,
)
from tests.fault_table.twisting import Json
from tests.support.simulator_client import Caller
from vmss_tui.upgrade.run.run import Stage

ALL_FAILED = {Stage.FAILED: 4}
FIRST = ("0", "5", "15", "20")
TWO = ("1", "6")
"""Of the second batch."""


def in_instances(kind: str, **more: object) -> Strike:
    """A fault in instances, in all of them or in those named."""
    return lambda bench: bench.control("POST", "faults", {"instance": kind} | more)


def _become(ids: Iterable[int], **changes: object) -> Strike:
    """From now on these are so."""

    def strike(bench: Bench) -> None:
        world = bench.simulator.world
        with world.lock:
            world.tick()
            (scale_set,) = world.scale_sets.values()
            for number in ids:
                scale_set.instances[str(number)].become(world.now, **changes)

    return strike


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
        caller = Caller(bench.simulator)
        assert caller.post(f"/{action}", list(ids_of(bench)[:2])).status_code < 300

    return strike


def _two_minutes(bench: Bench) -> None:
    """Pass before this run looks again."""
    bench.control("POST", "clock", {})
    bench.simulator.clock.advance(120.0)


def _no_stale_health(bench: Bench) -> None:
    bench.simulator.world.stale_health = False


def _protected(bench: Bench) -> None:
    ids = [int(i) for i in second(bench)[:2]]
    _become(ids, protection={"protectFromScaleSetActions": True})(bench)


def _all_but_planned_gone(bench: Bench) -> None:
    planned = set(plan_of(bench).instance_ids)
    (scale_set,) = bench.simulator.world.scale_sets.values()
    others = [i for i in scale_set.instances if i not in planned]
    assert Caller(bench.simulator).post("/delete", others).status_code < 300


def _all_gone(bench: Bench) -> None:
    (scale_set,) = bench.simulator.world.scale_sets.values()
    assert Caller(bench.simulator).post("/delete", list(scale_set.instances)).status_code < 300


def _sick(name: str, strike: Strike, words: str = "not healthy within") -> Fault:
    return Fault(
        name=name,
        strike=strike,
        ends="failure",
        done=Done.FIRST_BATCH,
        posts=1,
        words=words,
        stages=ALL_FAILED,
    )


def _health() -> Iterable[Fault]:
    yield _sick("never healthy", in_instances("never_healthy"))
    yield _sick("health reported as unknown", twisting.instances(twisting.health("unknown"), FIRST))
    yield _sick(
        "health initializing for ever", twisting.instances(twisting.health("initializing"), FIRST)
    )
    yield _sick(
        "health never reported after the upgrade",
        twisting.instances(twisting.without("properties", "instanceView", "vmHealth"), FIRST),
        "health not reported",
    )
    yield _sick("flapping faster than it may", in_instances("flap", period=7), "batch deadline")
    yield Fault(
        name="flapping slowly",
        strike=in_instances("flap", period=25),
        ends="budget",
        done=Done.FIRST_BATCH,
        posts=1,
        words="upgraded instances are unhealthy",
    )
    yield Fault(
        name="one never healthy of four",
        strike=in_instances("never_healthy", instance_ids=["15"]),
        ends="failure",
        done=Done.FIRST_BATCH,
        posts=1,
        stages={Stage.FAILED: 1},
    )
    yield Fault(name="health of old instances not reported", strike=_no_stale_health)
    yield Fault(
        name="five others sick from the start",
        strike=lambda _bench: None,
        world=replace(WEB, states={n: {"health": "unhealthy"} for n in (2, 3, 4, 7, 8)}),
        ends="budget",
        done=Done.NOTHING,
        posts=0,
        words="no further instance",
    )
    yield Fault(
        name="three others sick from the start",
        strike=lambda _bench: None,
        world=replace(WEB, states={n: {"health": "unhealthy"} for n in (2, 3, 4)}),
        posts=4,
    )
    yield Fault(
        name="five others sick in the middle",
        when=When.BETWEEN,
        strike=_become((2, 3, 4, 7, 8), health="unhealthy"),
        ends="budget",
        done=Done.FIRST_BATCH,
        posts=1,
        words="no further instance",
    )
    yield Fault(
        name="upgraded ones sick afterwards",
        when=When.BETWEEN,
        strike=lambda bench: _become(map(int, first(bench)), health="unhealthy")(bench),
        ends="budget",
        done=Done.FIRST_BATCH,
        posts=1,
        words="upgraded instances are unhealthy",
    )


def _provisioning() -> Iterable[Fault]:
    yield _sick(
        "extension fails", in_instances("extension_failure"), "failure when processing extension"
    )
    yield _sick("boot fails", in_instances("boot_failure"), "did not finish in the allotted time")
    yield _sick(
        "no host for it",
        twisting.instances(_allocation_failed, FIRST),
        "AllocationFailed.*do not have sufficient capacity",
    )
    yield Fault(name="everything late by half a minute", strike=in_instances("lag", period=30))
    yield Fault(
        name="everything late by two minutes and the answer lost",
        strike=all_of(in_instances("lag", period=120), on_post(drop_after=True)),
        posts=4,
    )


def _another(each: Json) -> None:
    """The id is a new machine's now, which nobody has asked anything of."""
    properties = each["properties"]
    properties["vmId"] = f"ffffffff-0000-4000-8000-{each['instanceId']:0>12}"
    properties["timeCreated"] = "2026-11-22T12:00:00.1234567+00:00"
    properties["latestModelApplied"] = False


def _allocation_failed(each: Json) -> None:
    """An upgraded instance that found no host again, as Azure words it."""
    properties = each["properties"]
    if properties["latestModelApplied"]:
        properties["provisioningState"] = "Failed"
        words = "Allocation failed. We do not have sufficient capacity for the requested VM size."
        line = {"code": "ProvisioningState/failed/AllocationFailed", "message": words}
        properties["instanceView"]["statuses"] = [line]


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
        strike=twisting.instances(_another, FIRST[:2]),
        stages={Stage.GONE: 2},
    )
    yield Fault(
        name="ids given to other machines before their batch",
        when=When.BETWEEN,
        strike=twisting.instances(_another, TWO),
        without=TWO,
        stages={Stage.GONE: 2},
    )
    yield Fault(
        name="upgraded ids given to other machines",
        when=When.BETWEEN,
        strike=twisting.instances(_another, FIRST[:2]),
        stages={Stage.GONE: 2},
    )
    for mark, value in (("vmId", "f" * 8), ("timeCreated", "2026-11-22T12:00:00+00:00")):
        yield Fault(
            name=f"another {mark} than in the plan, and else the same machine",
            strike=twisting.instances(twisting.says(value, "properties", mark)),
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


FAULTS = (*_health(), *_provisioning(), *_presence())

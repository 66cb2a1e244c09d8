"""Other operators: who writes the model, switches the policy, upgrades instances, meanwhile."""

from collections.abc import Iterable

from tests.fault_table.fault import Done, Fault, Strike, When, first, second
from tests.support.bench import Bench
from tests.support.simulator_client import SimulatorClient
from vmss_tui.upgrade.run.run import Stage

IMAGE = "properties.virtualMachineProfile.storageProfile.imageReference.version"
OLDER = "22.04.202512010"


def _writes(**changes: object) -> Strike:
    """A write in the portal."""
    return lambda bench: bench.edit(**changes)


def _upgrades(*ids: str) -> Strike:
    def strike(bench: Bench) -> None:
        assert SimulatorClient(bench.simulator).post("/manualupgrade", list(ids)).status_code < 300

    return strike


def _restarts_second(bench: Bench) -> None:
    assert (
        SimulatorClient(bench.simulator).post("/restart", list(second(bench)[:1])).status_code < 300
    )


def _upgrades_second(bench: Bench) -> None:
    """And that is over by the time that this run looks again."""
    _upgrades(*second(bench))(bench)
    bench.simulator.clock.advance(120.0)


def _restarts_first(bench: Bench) -> None:
    """Before this run's request arrives, so that Azure refuses it as a conflict."""
    assert (
        SimulatorClient(bench.simulator).post("/restart", list(first(bench)[:1])).status_code < 300
    )


def _upgrades_by_the_service(bench: Bench) -> None:
    caller = SimulatorClient(bench.simulator)
    answer = caller.send("POST", f"{caller.set_path}/extensionRollingUpgrade")
    assert answer.status_code < 300, answer.text
    bench.simulator.clock.advance(15.0)


def _drift(name: str, when: When, strike: Strike, words: str = "") -> Fault:
    begun = when is not When.AT_ONCE
    return Fault(
        name=name,
        when=when,
        strike=strike,
        ends="drift",
        done=Done.FIRST_BATCH if begun else Done.NOTHING,
        posts=1 if begun else 0,
        message=words,
    )


def _foreign(name: str, strike: Strike) -> Fault:
    return Fault(
        name=name,
        when=When.BETWEEN,
        strike=strike,
        ends="foreign",
        done=Done.FIRST_BATCH,
        posts=1,
        message="somebody else",
    )


def _models() -> Iterable[Fault]:
    image = _writes(**{IMAGE: OLDER})
    yield _drift("model written before the worker looks", When.AT_ONCE, image, OLDER)
    yield _drift("model written in mid operation", When.BATCH_OPEN, image, OLDER)
    yield _drift("model written between batches", When.BETWEEN, image, OLDER)
    size = _writes(**{"sku.name": "Standard_D8s_v5"})
    yield _drift("vm size written between batches", When.BETWEEN, size)
    for mode in ("Automatic", "Rolling"):
        switched = _writes(**{"properties.upgradePolicy.mode": mode})
        yield _drift(f"policy switched to {mode} between batches", When.BETWEEN, switched, mode)
    yield Fault(
        name="policy switched before the worker looks",
        strike=_writes(**{"properties.upgradePolicy.mode": "Automatic"}),
        ends="refused",
        done=Done.NOTHING,
        posts=0,
        message="Automatic",
    )
    yield Fault(
        name="tags written between batches",
        when=When.BETWEEN,
        strike=_writes(tags={"ticket": "OPS-4711"}),
    )


def _instances() -> Iterable[Fault]:
    yield _foreign("others upgraded by somebody", _upgrades("2", "7", "12"))
    yield _foreign("the next ones restarted by somebody", _restarts_second)
    yield _foreign("a rolling upgrade of the service at work", _upgrades_by_the_service)
    yield Fault(
        name="the next ones upgraded by somebody",
        when=When.BETWEEN,
        strike=_upgrades_second,
        done=Done.FIRST_BATCH,
        posts=1,
        stages={Stage.SKIPPED: 4},
    )
    yield Fault(
        name="one restarted just before it is asked",
        when=When.AT_POST,
        strike=_restarts_first,
        posts=3,
    )


FAULTS = (*_models(), *_instances())

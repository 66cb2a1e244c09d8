"""Other operators who write the model, switch the policy or upgrade instances during a run."""

from collections.abc import Iterable

from tests.fault_table.fault import (
    Fault,
    FaultMoment,
    Injection,
    Upgraded,
    first_batch,
    second_batch,
)
from tests.support.bench import Bench
from tests.support.simulator_client import SimulatorClient
from vmss_tui.upgrade.run.run import Stage

IMAGE = "properties.virtualMachineProfile.storageProfile.imageReference.version"
OLDER = "22.04.202512010"


def write_model(**changes: object) -> Injection:
    """A write of the model in the portal."""
    return lambda bench: bench.edit(**changes)


def upgrade_instances(*ids: str) -> Injection:
    def inject(bench: Bench) -> None:
        assert SimulatorClient(bench.simulator).post("/manualupgrade", list(ids)).status_code < 300

    return inject


def restart_second_batch(bench: Bench) -> None:
    assert (
        SimulatorClient(bench.simulator).post("/restart", list(second_batch(bench)[:1])).status_code
        < 300
    )


def upgrade_second_batch(bench: Bench) -> None:
    """The upgrade has ended by the next reading of this run."""
    upgrade_instances(*second_batch(bench))(bench)
    bench.simulator.clock.advance(120.0)


def restart_first_batch(bench: Bench) -> None:
    """Before this run's request arrives, so that Azure refuses it as a conflict."""
    assert (
        SimulatorClient(bench.simulator).post("/restart", list(first_batch(bench)[:1])).status_code
        < 300
    )


def start_rolling_upgrade(bench: Bench) -> None:
    client = SimulatorClient(bench.simulator)
    response = client.send("POST", f"{client.set_path}/extensionRollingUpgrade")
    assert response.status_code < 300, response.text
    bench.simulator.clock.advance(15.0)


def drift_fault(name: str, moment: FaultMoment, inject: Injection, message: str = "") -> Fault:
    started = moment is not FaultMoment.AT_ONCE
    return Fault(
        name=name,
        moment=moment,
        inject=inject,
        ends="drift",
        upgraded=Upgraded.FIRST_BATCH if started else Upgraded.NOTHING,
        posts=1 if started else 0,
        message=message,
    )


def interference_fault(name: str, inject: Injection) -> Fault:
    return Fault(
        name=name,
        moment=FaultMoment.BETWEEN,
        inject=inject,
        ends="foreign",
        upgraded=Upgraded.FIRST_BATCH,
        posts=1,
        message="being updated outside this run",
    )


def model_faults() -> Iterable[Fault]:
    image = write_model(**{IMAGE: OLDER})
    yield drift_fault("model written before the worker looks", FaultMoment.AT_ONCE, image, OLDER)
    yield drift_fault("model written in mid operation", FaultMoment.BATCH_OPEN, image, OLDER)
    yield drift_fault("model written between batches", FaultMoment.BETWEEN, image, OLDER)
    size = write_model(**{"sku.name": "Standard_D8s_v5"})
    yield drift_fault("vm size written between batches", FaultMoment.BETWEEN, size)
    for mode in ("Automatic", "Rolling"):
        switched = write_model(**{"properties.upgradePolicy.mode": mode})
        yield drift_fault(
            f"policy switched to {mode} between batches", FaultMoment.BETWEEN, switched, mode
        )
    yield Fault(
        name="policy switched before the worker looks",
        inject=write_model(**{"properties.upgradePolicy.mode": "Automatic"}),
        ends="refused",
        upgraded=Upgraded.NOTHING,
        posts=0,
        message="Automatic",
    )
    yield Fault(
        name="tags written between batches",
        moment=FaultMoment.BETWEEN,
        inject=write_model(tags={"ticket": "OPS-4711"}),
    )


def instance_faults() -> Iterable[Fault]:
    yield interference_fault("others upgraded by somebody", upgrade_instances("2", "7", "12"))
    yield interference_fault("the next ones restarted by somebody", restart_second_batch)
    yield interference_fault("a rolling upgrade of the service at work", start_rolling_upgrade)
    yield Fault(
        name="the next ones upgraded by somebody",
        moment=FaultMoment.BETWEEN,
        inject=upgrade_second_batch,
        upgraded=Upgraded.FIRST_BATCH,
        posts=1,
        stages={Stage.SKIPPED: 4},
    )
    yield Fault(
        name="one restarted just before it is asked",
        moment=FaultMoment.AT_POST,
        inject=restart_first_batch,
        posts=3,
    )


FAULTS = (*model_faults(), *instance_faults())

"""Faults of health and provisioning: instances that flap, fail, are late or never healthy."""

from collections.abc import Iterable
from dataclasses import replace

from tests.fault_table import altered_replies
from tests.fault_table.altered_replies import Json
from tests.fault_table.fault import (
    FIRST,
    WEB,
    Fault,
    FaultMoment,
    Injection,
    Upgraded,
    all_of,
    first_batch,
    in_instances,
    on_post,
    update_instances,
)
from tests.support.bench import Bench
from vmss_tui.upgrade.run.run import Stage

ALL_FAILED = {Stage.FAILED: 4}


def stop_outdated_health(bench: Bench) -> None:
    bench.simulator.world.outdated_report_health = False


def unhealthy_fault(
    name: str,
    inject: Injection,
    message: str = "did not become healthy within",
    *,
    reads_often: bool = False,
) -> Fault:
    return Fault(
        name=name,
        inject=inject,
        ends="failure",
        upgraded=Upgraded.FIRST_BATCH,
        posts=1,
        message=message,
        stages=ALL_FAILED,
        reads_often=reads_often,
    )


def health_faults() -> Iterable[Fault]:
    yield unhealthy_fault("never healthy", in_instances("never_healthy"))
    yield unhealthy_fault(
        "health reported as unknown",
        altered_replies.alter_instances(altered_replies.with_health("unknown"), FIRST),
    )
    yield unhealthy_fault(
        "health initializing for ever",
        altered_replies.alter_instances(altered_replies.with_health("initializing"), FIRST),
    )
    yield unhealthy_fault(
        "health never reported after the upgrade",
        altered_replies.alter_instances(
            altered_replies.without("properties", "instanceView", "vmHealth"), FIRST
        ),
        "health not reported",
    )
    yield unhealthy_fault(
        "flapping faster than it may",
        in_instances("flap", period=7),
        "not complete within the batch timeout",
        reads_often=True,
    )
    yield Fault(
        name="flapping slowly",
        inject=in_instances("flap", period=25),
        ends="budget",
        upgraded=Upgraded.FIRST_BATCH,
        posts=1,
        message="upgraded instances are unhealthy",
        reads_often=True,
    )
    yield Fault(
        name="one never healthy of four",
        inject=in_instances("never_healthy", instance_ids=["15"]),
        ends="failure",
        upgraded=Upgraded.FIRST_BATCH,
        posts=1,
        stages={Stage.FAILED: 1},
    )
    yield Fault(name="health of old instances not reported", inject=stop_outdated_health)
    yield Fault(
        name="five others sick from the start",
        inject=lambda _bench: None,
        world=replace(WEB, states={n: {"health": "unhealthy"} for n in (2, 3, 4, 7, 8)}),
        ends="budget",
        upgraded=Upgraded.NOTHING,
        posts=0,
        message="no further instance",
    )
    yield Fault(
        name="three others sick from the start",
        inject=lambda _bench: None,
        world=replace(WEB, states={n: {"health": "unhealthy"} for n in (2, 3, 4)}),
        posts=4,
    )
    yield Fault(
        name="five others sick in the middle",
        moment=FaultMoment.BETWEEN,
        inject=update_instances((2, 3, 4, 7, 8), health="unhealthy"),
        ends="budget",
        upgraded=Upgraded.FIRST_BATCH,
        posts=1,
        message="no further instance",
    )
    yield Fault(
        name="upgraded ones sick afterwards",
        moment=FaultMoment.BETWEEN,
        inject=lambda bench: update_instances(map(int, first_batch(bench)), health="unhealthy")(
            bench
        ),
        ends="budget",
        upgraded=Upgraded.FIRST_BATCH,
        posts=1,
        message="upgraded instances are unhealthy",
    )


def provisioning_faults() -> Iterable[Fault]:
    yield unhealthy_fault(
        "extension fails", in_instances("extension_failure"), "failure when processing extension"
    )
    yield unhealthy_fault(
        "boot fails", in_instances("boot_failure"), "did not finish in the allotted time"
    )
    yield unhealthy_fault(
        "no host for it",
        altered_replies.alter_instances(_allocation_failed, FIRST),
        "AllocationFailed.*do not have sufficient capacity",
    )
    yield Fault(name="everything late by half a minute", inject=in_instances("lag", period=30))
    yield Fault(
        name="everything late by two minutes and the answer lost",
        inject=all_of(in_instances("lag", period=120), on_post(drop_after=True)),
    )


def _allocation_failed(instance: Json) -> None:
    """An upgraded instance for which Azure found no host, with Azure's own message."""
    properties = instance["properties"]
    if properties["latestModelApplied"]:
        properties["provisioningState"] = "Failed"
        message = "Allocation failed. We do not have sufficient capacity for the requested VM size."
        line = {"code": "ProvisioningState/failed/AllocationFailed", "message": message}
        properties["instanceView"]["statuses"] = [line]


FAULTS = (*health_faults(), *provisioning_faults())

"""Snapshots of fixed fleets: a scale set of 100 instances, one of 1,000, and their parts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import structs

from vmss_tui.fleet.image import Image, ImageKind
from vmss_tui.fleet.scale_set import (
    Health,
    Instance,
    PolicyMode,
    PowerState,
    ProvisioningState,
    ScaleSet,
    Status,
)
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.gateway import AzureContext, ListBudget
from vmss_tui.gateway.failures import Condition
from vmss_tui.runtime.storage.latest_view import LatestView

NOON = datetime(2025, 11, 14, 12, 4, 31, tzinfo=UTC)

SUBSCRIPTION = "5ca1ab1e-0000-4000-8000-00000000c0de"

OLD, NEW, NEWEST = "22.04.202510010", "22.04.202511010", "22.04.202512030"

JAMMY = Image(ImageKind.PLATFORM, "Canonical", "0001-com-ubuntu-server-jammy", "22_04-lts-gen2")

CONTEXT = AzureContext(
    "https://management.azure.com",
    tenant_id="72f988bf-86f1-41af-91ab-2d7cd011db47",
    principal="ops@contoso.example",
)


def scale_set(name: str = "web-vmss", capacity: int = 100, **changes: Any) -> ScaleSet:
    """A Uniform scale set of Ubuntu VMs in eastus, with the Manual upgrade policy."""
    reference = {
        "publisher": JAMMY.publisher,
        "offer": JAMMY.offer,
        "sku": JAMMY.sku,
        "version": NEW,
    }
    model = ScaleSet(
        id=ScaleSetId(SUBSCRIPTION, f"{name.partition('-')[0]}-rg", name),
        location="eastus",
        policy_mode=PolicyMode.MANUAL,
        capacity=capacity,
        vm_size="Standard_D4s_v5",
        image=structs.replace(JAMMY, version=NEW),
        etag='"7"',
        provisioning=ProvisioningState.SUCCEEDED,
        has_health_source=True,
        model_digest="d1",
        raw={
            "sku": {"name": "Standard_D4s_v5", "tier": "Standard", "capacity": capacity},
            "properties": {
                "upgradePolicy": {"mode": "Manual"},
                "virtualMachineProfile": {"storageProfile": {"imageReference": reference}},
            },
        },
    )
    return replace(model, **changes)


def instance(number: int, *, current: bool, domain: int, fault: int, **changes: Any) -> Instance:
    """A healthy running VM."""
    vm = Instance(
        instance_id=str(number),
        name=f"web-vmss_{number}",
        provisioning=ProvisioningState.SUCCEEDED,
        power=PowerState.RUNNING,
        health=Health.HEALTHY,
        latest_model_applied=current,
        update_domain=domain,
        fault_domain=fault,
        image=structs.replace(
            JAMMY, version=NEW if current else OLD, exact_version=NEW if current else OLD
        ),
        vm_size="Standard_D4s_v5",
        computer_name=f"web{number:06d}",
        os_name="ubuntu",
        os_version="22.04",
        changed_at=NOON - timedelta(hours=1 + number % 40),
    )
    return structs.replace(vm, **changes)


_EXCEPTIONS: dict[int, dict[str, Any]] = {
    14: {"health": Health.UNHEALTHY, "health_at": NOON - timedelta(minutes=20)},
    37: {
        "provisioning": ProvisioningState.FAILED,
        "statuses": (
            Status(
                "ProvisioningState/failed/VMExtensionProvisioningError",
                "Error",
                "Provisioning failed",
                "VM has reported a failure when processing extension 'AppHealth'.",
            ),
        ),
    },
    58: {"power": PowerState.DEALLOCATED, "health": None},
    63: {"power": PowerState.STOPPED, "health": None},
    71: {"protected_from_actions": True},
}


def web(count: int = 100, *, diagonal: bool = True, odd: bool = True) -> Snapshot:
    """Five update domains of twenty instances, four of them up to date in each. `diagonal`: fault
    domain = update domain; `odd`: some have a problem, are stopped or are protected."""
    return Snapshot(
        scale_set(capacity=count),
        tuple(
            instance(
                n,
                current=n // 5 < count // 25,
                domain=n % 5,
                fault=n % 5 if diagonal else n // 5 % 5,
                **(_EXCEPTIONS.get(n, {}) if odd else {}),
            )
            for n in range(count)
        ),
        taken_at=NOON,
    )


def thousand() -> Snapshot:
    """Ten placement groups of a hundred, update domains spread over fault domains."""
    instances = []
    for n in range(1000):
        group, place = divmod(n, 100)
        exceptions = _EXCEPTIONS.get(n % 211, {}) if n % 3 == 0 else {}
        vm = instance(
            n, current=group < 3 or (group == 3 and place % 5 == 0), domain=place % 5,
            fault=place // 5 % 5, **exceptions,
        )  # fmt: skip
        instances.append(
            structs.replace(vm, placement_group=f"{group:x}c0ffee0-0000-4000-8000-000000000000")
        )
    model = scale_set("shop-vmss", 1000)
    return Snapshot(model, tuple(instances), taken_at=NOON, pages=10)


def view(snapshot: Snapshot | None, **changes: Any) -> LatestView:
    """A fresh report of the watcher; `changes` replace its fields."""
    return structs.replace(
        LatestView(snapshot, Condition.FRESH, budget=ListBudget(27, 30), interval=6.0), **changes
    )


def set_at_latest() -> Snapshot:
    """A model at `latest`: instances with the latest model and without, on old and new images."""
    image = structs.replace(JAMMY, version="latest")
    runs = ((True, "9.10"), (True, "9.9"), (False, "9.9"), (False, "9.10"), (True, None))
    return Snapshot(
        scale_set(image=image),
        tuple(
            instance(
                n, current=current, domain=n, fault=n, image=structs.replace(image, exact_version=v)
            )
            for n, (current, v) in enumerate(runs)
        ),
        NOON,
    )

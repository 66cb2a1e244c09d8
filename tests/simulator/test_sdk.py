"""The SDK's own typed client performs every operation against the simulator.

Not ours: its models, its pollers, its paging, its exceptions. Its waits move the simulated time
instead of passing, so every long-running operation is followed to its end at once.
"""

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from azure.core import MatchConditions
from azure.core.credentials import AccessToken
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
)
from azure.core.pipeline import PipelineRequest
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.core.pipeline.transport._requests_basic import RequestsTransport
from azure.mgmt.compute import ComputeManagementClient, operations
from azure.mgmt.compute import models as typed

from vmss_tui.simulator.server import Simulator

NEWEST = "22.04.202601010"
JAMMY = ("eastus", "Canonical", "0001-com-ubuntu-server-jammy")


class WaitingMovesTime(RequestsTransport):
    """Lets the simulated time pass where the SDK would sleep."""

    def __init__(self, simulator: Simulator) -> None:
        super().__init__()
        self.simulator = simulator

    def sleep(self, duration: float) -> None:
        """Of pollers and of retries."""
        self.simulator.clock.advance(duration)


class AnyToken(SansIOHTTPPolicy[Any, Any]):
    """Signs requests over plain http, which the SDK's own policy refuses to."""

    def __init__(self, header: str = "Bearer any") -> None:
        self.header = header

    def on_request(self, request: PipelineRequest[Any]) -> None:
        """Before it is sent."""
        request.http_request.headers["Authorization"] = self.header


class NoCredential:
    """Asked by nobody."""

    def get_token(self, *scopes: str, **kwargs: Any) -> AccessToken:
        """Never called."""
        raise AssertionError(scopes)


class Azure:
    """The SDK's client of one scenario, and the names in it."""

    def __init__(self, scenario: str, **options: Any) -> None:
        self.header = options.pop("header", "Bearer any")
        self.simulator = Simulator(scenario, **{"speed": 0, "page_size": 30, **options})
        self.simulator.start()
        self.client = ComputeManagementClient(
            NoCredential(),
            self.simulator.subscription_id,
            base_url=self.simulator.endpoint,
            authentication_policy=AnyToken(self.header),
            transport=WaitingMovesTime(self.simulator),
            polling_interval=5,
        )
        group, _, name = self.simulator.scale_sets[0].partition("/")
        self.here = (group, name)
        self.sets = self.client.virtual_machine_scale_sets
        self.vms = self.client.virtual_machine_scale_set_vms
        self.rolling = self.client.virtual_machine_scale_set_rolling_upgrades
        self.machines = self.client.virtual_machines

    def close(self) -> None:
        self.client.close()
        self.simulator.stop()

    def instances(self) -> dict[str, Any]:
        listed = self.vms.list(*self.here, expand="instanceView")
        return {str(each.instance_id): each for each in listed}

    def machine(self, name: str = "spot-vmss") -> str:
        stubs = self.vms.list(self.here[0], name)
        return str(next(iter(stubs)).name)

    def image(self, version: str) -> Any:
        reference = typed.ImageReference(version=version)
        storage = typed.VirtualMachineScaleSetUpdateStorageProfile(image_reference=reference)
        profile = typed.VirtualMachineScaleSetUpdateVMProfile(storage_profile=storage)
        properties = typed.VirtualMachineScaleSetUpdateProperties(virtual_machine_profile=profile)
        return typed.VirtualMachineScaleSetUpdate(properties=properties)


Opening = Callable[..., Azure]


@pytest.fixture
def opening() -> Iterator[Opening]:
    """Opens clients of scenarios."""
    open_: list[Azure] = []

    def make(scenario: str = "web-100", **options: Any) -> Azure:
        open_.append(Azure(scenario, **options))
        return open_[-1]

    yield make
    for each in open_:
        each.close()


TWO = typed.VirtualMachineScaleSetVMInstanceIDs(instance_ids=["1", "2"])
REQUIRED = typed.VirtualMachineScaleSetVMInstanceRequiredIDs(instance_ids=["1", "2"])
REPAIRS = typed.OrchestrationServiceStateInput(service_name="AutomaticRepairs", action="Suspend")
COMMAND = typed.RunCommandInput(command_id="RunShellScript", script=["uptime"])
GALLERY = ("images-rg", "contoso")

Operation = Callable[[Azure], Any]

SETS: dict[str, Operation] = {
    "list_all": lambda a: next(iter(a.sets.list_all())).name,
    "list_by_location": lambda a: next(iter(a.sets.list_by_location("eastus"))).name,
    "list": lambda a: next(iter(a.sets.list("web-rg"))).name,
    "get": lambda a: a.sets.get(*a.here).etag,
    "get_instance_view": lambda a: a.sets.get_instance_view(*a.here).virtual_machine,
    "list_skus": lambda a: next(iter(a.sets.list_skus(*a.here))).sku,
    "begin_create_or_update": lambda a: (
        a.sets.begin_create_or_update("web-rg", "new-vmss", a.sets.get(*a.here))
        .result()
        .provisioning_state
        == "Succeeded"
    ),
    "begin_update": lambda a: a.sets.begin_update(*a.here, a.image(NEWEST)).result().etag,
    "begin_delete": lambda a: a.sets.begin_delete(*a.here).result() is None,
    "begin_update_instances": lambda a: (
        a.sets.begin_update_instances(*a.here, REQUIRED).result() is None
    ),
    "begin_reimage": lambda a: a.sets.begin_reimage(*a.here).result() is None,
    "begin_reimage_all": lambda a: a.sets.begin_reimage_all(*a.here, TWO).result() is None,
    "begin_start": lambda a: a.sets.begin_start(*a.here, TWO).result() is None,
    "begin_restart": lambda a: a.sets.begin_restart(*a.here).result() is None,
    "begin_redeploy": lambda a: a.sets.begin_redeploy(*a.here, TWO).result() is None,
    "begin_perform_maintenance": lambda a: (
        a.sets.begin_perform_maintenance(*a.here, TWO).result() is None
    ),
    "begin_power_off": lambda a: (
        a.sets.begin_power_off(*a.here, TWO, skip_shutdown=False).result() is None
    ),
    "begin_deallocate": lambda a: a.sets.begin_deallocate(*a.here, TWO).result() is None,
    "begin_delete_instances": lambda a: (
        a.sets.begin_delete_instances(*a.here, REQUIRED).result() is None
    ),
    "begin_reapply": lambda a: a.sets.begin_reapply(*a.here).result() is None,
    "begin_scale_out": lambda a: (
        a.sets.begin_scale_out(
            "zone-rg", "zone-vmss", typed.VMScaleSetScaleOutInput(capacity=2)
        ).result()
        is None
    ),
    "begin_set_orchestration_service_state": lambda a: (
        a.sets.begin_set_orchestration_service_state(*a.here, REPAIRS).result() is None
    ),
    "begin_approve_rolling_upgrade": lambda a: (
        a.sets.begin_approve_rolling_upgrade(*a.here).result() is None
    ),
    "force_recovery_service_fabric_platform_update_domain_walk": lambda a: (
        a.sets.force_recovery_service_fabric_platform_update_domain_walk(
            *a.here, platform_update_domain=1
        ).walk_performed
    ),
    "get_os_upgrade_history": lambda a: list(a.sets.get_os_upgrade_history(*a.here)) == [],
}
VMS: dict[str, Operation] = {
    "list": lambda a: len(a.instances()) == 100,
    "get": lambda a: a.vms.get(*a.here, "1", expand="instanceView").instance_view.statuses,
    "get_instance_view": lambda a: a.vms.get_instance_view(*a.here, "1").vm_health,
    "begin_update": lambda a: (
        a.vms.begin_update(*a.here, "1", a.vms.get(*a.here, "1")).result().instance_id
    ),
    "begin_delete": lambda a: a.vms.begin_delete(*a.here, "1").result() is None,
    "begin_start": lambda a: a.vms.begin_start(*a.here, "1").result() is None,
    "begin_restart": lambda a: a.vms.begin_restart(*a.here, "1").result() is None,
    "begin_power_off": lambda a: a.vms.begin_power_off(*a.here, "1").result() is None,
    "begin_deallocate": lambda a: a.vms.begin_deallocate(*a.here, "1").result() is None,
    "begin_reimage": lambda a: a.vms.begin_reimage(*a.here, "1").result() is None,
    "begin_reimage_all": lambda a: a.vms.begin_reimage_all(*a.here, "1").result() is None,
    "begin_redeploy": lambda a: a.vms.begin_redeploy(*a.here, "1").result() is None,
    "begin_perform_maintenance": lambda a: (
        a.vms.begin_perform_maintenance(*a.here, "1").result() is None
    ),
    "begin_approve_rolling_upgrade": lambda a: (
        a.vms.begin_approve_rolling_upgrade(*a.here, "1").result() is None
    ),
    "begin_run_command": lambda a: a.vms.begin_run_command(*a.here, "1", COMMAND).result() or True,
    "retrieve_boot_diagnostics_data": lambda a: (
        a.vms.retrieve_boot_diagnostics_data(*a.here, "1").serial_console_log_blob_uri
    ),
    "simulate_eviction": lambda a: (
        a.vms.simulate_eviction("flex-rg", "spot-vmss", a.machine()) is None
    ),
}
ROLLING: dict[str, Operation] = {
    "begin_start_os_upgrade": lambda a: a.rolling.begin_start_os_upgrade(*a.here).result() is None,
    "begin_start_extension_upgrade": lambda a: (
        a.rolling.begin_start_extension_upgrade(*a.here).result() is None
    ),
    "begin_cancel": lambda a: (
        a.rolling.begin_start_os_upgrade(*a.here, polling=False)
        and a.rolling.begin_cancel(*a.here).result() is None
    ),
    "get_latest": lambda a: (
        a.rolling.begin_start_os_upgrade(*a.here).result()
        or a.rolling.get_latest(*a.here).running_status.code == "Completed"
    ),
}
MACHINES: dict[str, Operation] = {
    "list": lambda a: (
        len(
            list(
                a.machines.list(
                    "flex-rg",
                    filter=f"'virtualMachineScaleSet/id' eq '{a.sets.get(*a.here).id}'",
                    expand="instanceView",
                )
            )
        )
        == 24
    ),
    "list_all": lambda a: len(list(a.machines.list_all(status_only="true"))) == 30,
    "get": lambda a: (
        a.machines.get("flex-rg", a.machine(), expand="instanceView").instance_view.statuses
    ),
    "instance_view": lambda a: a.machines.instance_view("flex-rg", a.machine()).vm_agent,
    "begin_delete": lambda a: a.machines.begin_delete("flex-rg", a.machine()).result() is None,
    "begin_start": lambda a: a.machines.begin_start("flex-rg", a.machine()).result() is None,
    "begin_restart": lambda a: a.machines.begin_restart("flex-rg", a.machine()).result() is None,
    "begin_power_off": lambda a: (
        a.machines.begin_power_off("flex-rg", a.machine()).result() is None
    ),
    "begin_deallocate": lambda a: (
        a.machines.begin_deallocate("flex-rg", a.machine()).result() is None
    ),
    "begin_reimage": lambda a: a.machines.begin_reimage("flex-rg", a.machine()).result() is None,
    "begin_redeploy": lambda a: a.machines.begin_redeploy("flex-rg", a.machine()).result() is None,
    "begin_reapply": lambda a: a.machines.begin_reapply("flex-rg", a.machine()).result() is None,
    "begin_perform_maintenance": lambda a: (
        a.machines.begin_perform_maintenance("flex-rg", a.machine()).result() is None
    ),
    "simulate_eviction": lambda a: a.machines.simulate_eviction("flex-rg", a.machine()) is None,
}
PICTURES: dict[str, Operation] = {
    "virtual_machine_images.list_publishers": lambda a: (
        a.client.virtual_machine_images.list_publishers("eastus")[0].name
    ),
    "virtual_machine_images.list_offers": lambda a: (
        a.client.virtual_machine_images.list_offers(*JAMMY[:2])[0].name
    ),
    "virtual_machine_images.list_skus": lambda a: (
        a.client.virtual_machine_images.list_skus(*JAMMY)[0].name
    ),
    "virtual_machine_images.list": lambda a: (
        a.client.virtual_machine_images.list(*JAMMY, "22_04-lts-gen2", top=1, orderby="name desc")[
            0
        ].name
        == NEWEST
    ),
    "virtual_machine_images.list_with_properties": lambda a: (
        a.client.virtual_machine_images.list_with_properties(
            *JAMMY, "22_04-lts-gen2", expand="Properties"
        )[0].image_deprecation_status.image_state
        == "Deprecated"
    ),
    "virtual_machine_images.get": lambda a: (
        a.client.virtual_machine_images.get(
            *JAMMY, "22_04-lts-gen2", NEWEST
        ).os_disk_image.operating_system
    ),
    "images.list": lambda a: len(list(a.client.images.list())) == 3,
    "images.list_by_resource_group": lambda a: (
        len(list(a.client.images.list_by_resource_group("images-rg"))) == 3
    ),
    "images.get": lambda a: a.client.images.get("images-rg", "web-2026-10").storage_profile,
    "images.begin_create_or_update": lambda a: (
        a.client.images.begin_create_or_update(
            "images-rg", "web-2026-12", typed.Image(location="eastus")
        )
        .result()
        .provisioning_state
        == "Succeeded"
    ),
    "galleries.list": lambda a: len(list(a.client.galleries.list())) == 1,
    "galleries.list_by_resource_group": lambda a: (
        next(iter(a.client.galleries.list_by_resource_group("images-rg"))).name
    ),
    "galleries.get": lambda a: a.client.galleries.get(*GALLERY).identifier.unique_name,
    "gallery_images.list_by_gallery": lambda a: (
        next(iter(a.client.gallery_images.list_by_gallery(*GALLERY))).os_type == "Windows"
    ),
    "gallery_images.get": lambda a: (
        a.client.gallery_images.get(*GALLERY, "web-windows").identifier.offer
    ),
    "gallery_image_versions.list_by_gallery_image": lambda a: (
        len(list(a.client.gallery_image_versions.list_by_gallery_image(*GALLERY, "web-windows")))
        == 6
    ),
    "gallery_image_versions.get": lambda a: (
        a.client.gallery_image_versions.get(*GALLERY, "web-windows", "2.10.0")
        .publishing_profile.target_regions[0]
        .name
        == "East US"
    ),
    "resource_skus.list": lambda a: (
        next(iter(a.client.resource_skus.list(filter="location eq 'eastus'"))).capabilities
    ),
    "usage.list": lambda a: next(iter(a.client.usage.list("eastus"))).current_value > 0,
}
NOT_OF_THE_TABLE = {
    "convert_to_single_placement_group",
    "begin_migrate_vm_availability_zone",
    "begin_attach_detach_data_disks",
}
"""Operations of the groups that the fact sheet's table does not have."""

SCENARIO = {
    "begin_scale_out": "zonal",
    "simulate_eviction": "flexible",
    **dict.fromkeys((f"images.{each}" for each in ("list", "get")), "custom-image"),
    "images.list_by_resource_group": "custom-image",
    "images.begin_create_or_update": "custom-image",
    **{name: "windows-gallery" for name in PICTURES if name.startswith("galler")},
}
ALL = [
    *(("sets", name, call, SCENARIO.get(name, "web-100")) for name, call in SETS.items()),
    *(("vms", name, call, SCENARIO.get(name, "web-100")) for name, call in VMS.items()),
    *(("rolling", name, call, "rolling-policy") for name, call in ROLLING.items()),
    *(("machines", name, call, "flexible") for name, call in MACHINES.items()),
    *(("images", name, call, SCENARIO.get(name, "web-100")) for name, call in PICTURES.items()),
]


@pytest.mark.parametrize(
    ("call", "scenario"),
    [pytest.param(call, scenario, id=f"{group}-{name}") for group, name, call, scenario in ALL],
)
def test_an_operation_of_the_sdk_is_performed(
    opening: Opening, call: Operation, scenario: str
) -> None:
    assert call(opening(scenario))


def test_every_operation_of_the_scale_set_groups_is_among_them() -> None:
    groups = (
        (operations.VirtualMachineScaleSetsOperations, SETS),
        (operations.VirtualMachineScaleSetVMsOperations, VMS),
        (operations.VirtualMachineScaleSetRollingUpgradesOperations, ROLLING),
    )
    for group, performed in groups:
        methods = {
            name
            for name, member in inspect.getmembers(group, inspect.isfunction)
            if not name.startswith("_")
        }
        assert methods - NOT_OF_THE_TABLE == performed.keys()
    print(f"{len(ALL)} operations of the SDK performed")  # noqa: T201


def test_the_sdk_carries_a_whole_upgrade_through(opening: Opening) -> None:
    azure = opening()
    azure.sets.begin_update(*azure.here, azure.image(NEWEST)).result()
    before = azure.instances()
    assert not any(each.latest_model_applied for each in before.values())
    for domain in range(5):
        ids = [
            key
            for key, each in before.items()
            if each.instance_view.platform_update_domain == domain
        ]
        batch = typed.VirtualMachineScaleSetVMInstanceRequiredIDs(instance_ids=ids)
        azure.sets.begin_update_instances(*azure.here, batch).result()
    azure.simulator.clock.advance(60)
    for each in azure.instances().values():
        assert each.latest_model_applied
        assert each.storage_profile.image_reference.exact_version == NEWEST
        assert each.instance_view.vm_health.status.code == "HealthState/healthy"


def test_refusals_become_the_right_exceptions(opening: Opening) -> None:
    azure = opening()
    with pytest.raises(ResourceNotFoundError) as missing:
        azure.sets.get("web-rg", "none")
    assert missing.value.error is not None
    assert missing.value.error.code == "ResourceNotFound"
    with pytest.raises(ResourceNotFoundError):
        azure.vms.get(*azure.here, "777")
    with pytest.raises(ResourceExistsError) as nothing:
        azure.rolling.begin_cancel(*azure.here)
    assert nothing.value.error is not None
    assert nothing.value.error.code == "OperationNotAllowed"
    with pytest.raises(ResourceModifiedError) as moved:
        azure.sets.begin_update(
            *azure.here,
            azure.image(NEWEST),
            etag='"1"',
            match_condition=MatchConditions.IfNotModified,
        )
    assert moved.value.status_code == 412
    with pytest.raises(HttpResponseError) as stale:
        azure.sets.begin_restart(*azure.here, {"instanceIds": ["777"]})
    assert stale.value.status_code == 400
    assert stale.value.error is not None
    assert stale.value.error.target == "instanceIds"


def test_a_failed_operation_is_an_exception_of_its_poller(opening: Opening) -> None:
    azure = opening()
    azure.simulator.world.faults.add({"instance": "boot_failure"})
    azure.sets.begin_update(*azure.here, azure.image(NEWEST)).result()
    with pytest.raises(HttpResponseError) as failed:
        azure.sets.begin_update_instances(*azure.here, REQUIRED).result()
    assert failed.value.error is not None
    assert failed.value.error.code == "OSProvisioningTimedOut"


def test_too_many_reads_are_refused_and_served_after_the_wait(opening: Opening) -> None:
    azure = opening()
    for _ in range(36):
        azure.sets.get(*azure.here)
    with pytest.raises(HttpResponseError) as throttled:
        azure.sets.get(*azure.here, retry_total=0)
    assert throttled.value.status_code == 429
    assert throttled.value.error is not None
    assert throttled.value.error.code == "OperationNotAllowed"
    assert azure.sets.get(*azure.here).name == "web-vmss"


def test_a_request_that_is_not_signed_is_not_authenticated(opening: Opening) -> None:
    with pytest.raises(ClientAuthenticationError):
        opening(header="").sets.get("web-rg", "web-vmss")

"""One call of every simulated SDK operation; the result is true if it succeeded."""

from azure.mgmt.compute import models

from tests.simulator.handlers.sdk_client import Operation
from tests.simulator.handlers.sdk_image_operations import IMAGE_OPERATIONS
from tests.support.simulator_client import NEWEST

TWO_INSTANCES = models.VirtualMachineScaleSetVMInstanceIDs(instance_ids=["1", "2"])
REQUIRED_INSTANCES = models.VirtualMachineScaleSetVMInstanceRequiredIDs(instance_ids=["1", "2"])
SUSPENDED_REPAIRS = models.OrchestrationServiceStateInput(
    service_name="AutomaticRepairs", action="Suspend"
)
RUN_COMMAND = models.RunCommandInput(command_id="RunShellScript", script=["uptime"])

SCALE_SET_OPERATIONS: dict[str, Operation] = {
    "list_all": lambda client: next(iter(client.sets.list_all())).name,
    "list_by_location": lambda client: next(iter(client.sets.list_by_location("eastus"))).name,
    "list": lambda client: next(iter(client.sets.list("web-rg"))).name,
    "get": lambda client: client.sets.get(*client.names).etag,
    "get_instance_view": lambda client: (
        client.sets.get_instance_view(*client.names).virtual_machine
    ),
    "list_skus": lambda client: next(iter(client.sets.list_skus(*client.names))).sku,
    "begin_create_or_update": lambda client: (
        client.sets.begin_create_or_update("web-rg", "new-vmss", client.sets.get(*client.names))
        .result()
        .provisioning_state
        == "Succeeded"
    ),
    "begin_update": lambda client: (
        client.sets.begin_update(*client.names, client.image(NEWEST)).result().etag
    ),
    "begin_delete": lambda client: client.sets.begin_delete(*client.names).result() is None,
    "begin_update_instances": lambda client: (
        client.sets.begin_update_instances(*client.names, REQUIRED_INSTANCES).result() is None
    ),
    "begin_reimage": lambda client: client.sets.begin_reimage(*client.names).result() is None,
    "begin_reimage_all": lambda client: (
        client.sets.begin_reimage_all(*client.names, TWO_INSTANCES).result() is None
    ),
    "begin_start": lambda client: (
        client.sets.begin_start(*client.names, TWO_INSTANCES).result() is None
    ),
    "begin_restart": lambda client: client.sets.begin_restart(*client.names).result() is None,
    "begin_redeploy": lambda client: (
        client.sets.begin_redeploy(*client.names, TWO_INSTANCES).result() is None
    ),
    "begin_perform_maintenance": lambda client: (
        client.sets.begin_perform_maintenance(*client.names, TWO_INSTANCES).result() is None
    ),
    "begin_power_off": lambda client: (
        client.sets.begin_power_off(*client.names, TWO_INSTANCES, skip_shutdown=False).result()
        is None
    ),
    "begin_deallocate": lambda client: (
        client.sets.begin_deallocate(*client.names, TWO_INSTANCES).result() is None
    ),
    "begin_delete_instances": lambda client: (
        client.sets.begin_delete_instances(*client.names, REQUIRED_INSTANCES).result() is None
    ),
    "begin_reapply": lambda client: client.sets.begin_reapply(*client.names).result() is None,
    "begin_scale_out": lambda client: (
        client.sets.begin_scale_out(
            "zone-rg", "zone-vmss", models.VMScaleSetScaleOutInput(capacity=2)
        ).result()
        is None
    ),
    "begin_set_orchestration_service_state": lambda client: (
        client.sets.begin_set_orchestration_service_state(*client.names, SUSPENDED_REPAIRS).result()
        is None
    ),
    "begin_approve_rolling_upgrade": lambda client: (
        client.sets.begin_approve_rolling_upgrade(*client.names).result() is None
    ),
    "force_recovery_service_fabric_platform_update_domain_walk": lambda client: (
        client.sets.force_recovery_service_fabric_platform_update_domain_walk(
            *client.names, platform_update_domain=1
        ).walk_performed
    ),
    "get_os_upgrade_history": lambda client: (
        list(client.sets.get_os_upgrade_history(*client.names)) == []
    ),
}
INSTANCE_OPERATIONS: dict[str, Operation] = {
    "list": lambda client: len(client.instances()) == 100,
    "get": lambda client: (
        client.vms.get(*client.names, "1", expand="instanceView").instance_view.statuses
    ),
    "get_instance_view": lambda client: client.vms.get_instance_view(*client.names, "1").vm_health,
    "begin_update": lambda client: (
        client.vms.begin_update(*client.names, "1", client.vms.get(*client.names, "1"))
        .result()
        .instance_id
    ),
    "begin_delete": lambda client: client.vms.begin_delete(*client.names, "1").result() is None,
    "begin_start": lambda client: client.vms.begin_start(*client.names, "1").result() is None,
    "begin_restart": lambda client: client.vms.begin_restart(*client.names, "1").result() is None,
    "begin_power_off": lambda client: (
        client.vms.begin_power_off(*client.names, "1").result() is None
    ),
    "begin_deallocate": lambda client: (
        client.vms.begin_deallocate(*client.names, "1").result() is None
    ),
    "begin_reimage": lambda client: client.vms.begin_reimage(*client.names, "1").result() is None,
    "begin_reimage_all": lambda client: (
        client.vms.begin_reimage_all(*client.names, "1").result() is None
    ),
    "begin_redeploy": lambda client: client.vms.begin_redeploy(*client.names, "1").result() is None,
    "begin_perform_maintenance": lambda client: (
        client.vms.begin_perform_maintenance(*client.names, "1").result() is None
    ),
    "begin_approve_rolling_upgrade": lambda client: (
        client.vms.begin_approve_rolling_upgrade(*client.names, "1").result() is None
    ),
    "begin_run_command": lambda client: (
        client.vms.begin_run_command(*client.names, "1", RUN_COMMAND).result().value[0].message
    ),
    "retrieve_boot_diagnostics_data": lambda client: (
        client.vms.retrieve_boot_diagnostics_data(*client.names, "1").serial_console_log_blob_uri
    ),
    "simulate_eviction": lambda client: (
        client.vms.simulate_eviction("flex-rg", "spot-vmss", client.machine()) is None
    ),
}
ROLLING_UPGRADE_OPERATIONS: dict[str, Operation] = {
    "begin_start_os_upgrade": lambda client: (
        client.rolling.begin_start_os_upgrade(*client.names).result() is None
    ),
    "begin_start_extension_upgrade": lambda client: (
        client.rolling.begin_start_extension_upgrade(*client.names).result() is None
    ),
    "begin_cancel": lambda client: (
        client.rolling.begin_start_os_upgrade(*client.names, polling=False)
        and client.rolling.begin_cancel(*client.names).result() is None
    ),
    "get_latest": lambda client: (
        client.rolling.begin_start_os_upgrade(*client.names).result()
        or client.rolling.get_latest(*client.names).running_status.code == "Completed"
    ),
}
MACHINE_OPERATIONS: dict[str, Operation] = {
    "list": lambda client: (
        len(
            list(
                client.machines.list(
                    "flex-rg",
                    filter=f"'virtualMachineScaleSet/id' eq '{client.sets.get(*client.names).id}'",
                    expand="instanceView",
                )
            )
        )
        == 24
    ),
    "list_all": lambda client: len(list(client.machines.list_all(status_only="true"))) == 30,
    "get": lambda client: (
        client.machines.get(
            "flex-rg", client.machine(), expand="instanceView"
        ).instance_view.statuses
    ),
    "instance_view": lambda client: (
        client.machines.instance_view("flex-rg", client.machine()).vm_agent
    ),
    "begin_delete": lambda client: (
        client.machines.begin_delete("flex-rg", client.machine()).result() is None
    ),
    "begin_start": lambda client: (
        client.machines.begin_start("flex-rg", client.machine()).result() is None
    ),
    "begin_restart": lambda client: (
        client.machines.begin_restart("flex-rg", client.machine()).result() is None
    ),
    "begin_power_off": lambda client: (
        client.machines.begin_power_off("flex-rg", client.machine()).result() is None
    ),
    "begin_deallocate": lambda client: (
        client.machines.begin_deallocate("flex-rg", client.machine()).result() is None
    ),
    "begin_reimage": lambda client: (
        client.machines.begin_reimage("flex-rg", client.machine()).result() is None
    ),
    "begin_redeploy": lambda client: (
        client.machines.begin_redeploy("flex-rg", client.machine()).result() is None
    ),
    "begin_reapply": lambda client: (
        client.machines.begin_reapply("flex-rg", client.machine()).result() is None
    ),
    "begin_perform_maintenance": lambda client: (
        client.machines.begin_perform_maintenance("flex-rg", client.machine()).result() is None
    ),
    "simulate_eviction": lambda client: (
        client.machines.simulate_eviction("flex-rg", client.machine()) is None
    ),
}
NOT_SIMULATED = {
    "convert_to_single_placement_group",
    "begin_migrate_vm_availability_zone",
    "begin_attach_detach_data_disks",
}
"""Operations of the scale set groups that the simulator does not implement."""

SCENARIOS = {
    "begin_scale_out": "zonal",
    "simulate_eviction": "flexible",
    **dict.fromkeys((f"images.{name}" for name in ("list", "get")), "custom-image"),
    "images.list_by_resource_group": "custom-image",
    "images.begin_create_or_update": "custom-image",
    **{name: "windows-gallery" for name in IMAGE_OPERATIONS if name.startswith("galler")},
}
ALL_OPERATIONS = [
    *(
        ("sets", name, call, SCENARIOS.get(name, "web-100"))
        for name, call in SCALE_SET_OPERATIONS.items()
    ),
    *(
        ("vms", name, call, SCENARIOS.get(name, "web-100"))
        for name, call in INSTANCE_OPERATIONS.items()
    ),
    *(
        ("rolling", name, call, "rolling-policy")
        for name, call in ROLLING_UPGRADE_OPERATIONS.items()
    ),
    *(("machines", name, call, "flexible") for name, call in MACHINE_OPERATIONS.items()),
    *(
        ("images", name, call, SCENARIOS.get(name, "web-100"))
        for name, call in IMAGE_OPERATIONS.items()
    ),
]

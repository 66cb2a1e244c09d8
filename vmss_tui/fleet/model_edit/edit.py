"""A requested edit of the model, as it was typed, and the error for an invalid one."""

from msgspec import Struct, structs

from vmss_tui.errors import ExitCode, VmssError


class InvalidEdit(VmssError, ValueError):
    """The edit is not valid; the message says which values are allowed in `field`."""

    exit_code = ExitCode.USAGE

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class Edit(Struct, frozen=True):
    """The requested values of a model. None leaves a field unchanged."""

    image_version: str | None = None
    image_sku: str | None = None
    image_offer: str | None = None
    image_publisher: str | None = None
    image_id: str | None = None
    image_uri: str | None = None
    vm_size: str | None = None
    capacity: int | None = None
    policy_mode: str | None = None
    max_batch_instance_percent: str | None = None
    """This and all fields below are text; `upgrade_settings` has the values allowed."""
    max_unhealthy_instance_percent: str | None = None
    max_unhealthy_upgraded_instance_percent: str | None = None
    pause_time_between_batches: str | None = None
    prioritize_unhealthy_instances: str | None = None
    enable_cross_zone_upgrade: str | None = None
    max_surge: str | None = None
    rollback_failed_instances: str | None = None
    automatic_os_upgrade: str | None = None
    automatic_os_rollback: str | None = None
    automatic_repairs: str | None = None
    repairs_grace_period: str | None = None
    repair_action: str | None = None

    def __bool__(self) -> bool:
        return any(getattr(self, field.name) is not None for field in structs.fields(self))

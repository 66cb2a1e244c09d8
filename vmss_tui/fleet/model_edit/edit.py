"""What somebody wants of a model, as it was typed, and the refusal of what cannot be."""

from dataclasses import dataclass, fields

from vmss_tui.errors import ExitCode, VmssError


class InvalidEdit(VmssError, ValueError):
    """The edit cannot be right; the message names the field and says what would be."""

    exit_code = ExitCode.USAGE

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field = field


@dataclass(frozen=True, slots=True)
class Edit:
    """What somebody wants of the model. None leaves a field as it is."""

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
    """This and all below as text; `fleet.upgrade_settings` knows what each may be."""
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
        return any(getattr(self, field.name) is not None for field in fields(self))

"""Actions on Azure-managed maintenance (rolling upgrades, repairs), and when they apply. Pure.

Sources: "Virtual Machine Scale Set Rolling Upgrades" (REST: start OS upgrade, start extension
upgrade, cancel), "Configure rolling upgrades", "Automatic instance repairs".
"""

from enum import StrEnum

from msgspec import Struct, field

from vmss_tui.fleet.azure_maintenance import RepairsService, RepairsState, RollingUpgrade
from vmss_tui.fleet.image import ImageKind
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.upgrade.report.az_commands import az_line


class MaintenanceAction(StrEnum):
    """An action that can be requested; the value is its name in the log of writes."""

    START_OS = "start-os-upgrade"
    START_EXTENSIONS = "start-extension-upgrade"
    CANCEL = "cancel-rolling-upgrade"
    SUSPEND_REPAIRS = "suspend-repairs"
    RESUME_REPAIRS = "resume-repairs"

    @property
    def starts_rolling_upgrade(self) -> bool:
        """Whether it starts one of Azure's rolling upgrades."""
        return self in (MaintenanceAction.START_OS, MaintenanceAction.START_EXTENSIONS)

    @property
    def concerns_repairs(self) -> bool:
        """Whether it concerns automatic repairs."""
        return self in (MaintenanceAction.SUSPEND_REPAIRS, MaintenanceAction.RESUME_REPAIRS)


class MaintenanceState(Struct, frozen=True):
    """What was read right before the request."""

    scale_set: ScaleSet
    rolling_upgrade: RollingUpgrade | None = None
    """Azure's latest rolling upgrade; None where none ever ran."""
    repairs: RepairsService = field(default_factory=RepairsService)
    newest_version: str = ""
    """The newest version of the model's image in the catalogue; empty where it was not read."""


def unavailable_reason(action: MaintenanceAction, state: MaintenanceState) -> str:
    """Why the action does not apply; empty where it does."""
    if action.starts_rolling_upgrade:
        return _start_unavailable_reason(action, state)
    if action is MaintenanceAction.CANCEL:
        return _cancel_unavailable_reason(state.rolling_upgrade)
    scale_set, repairs_state = state.scale_set, state.repairs.state
    if not scale_set.automatic_repairs:
        return f"automatic repairs are off in the model of {scale_set.id.short}"
    if action is MaintenanceAction.SUSPEND_REPAIRS and repairs_state is RepairsState.SUSPENDED:
        return f"automatic repairs of {scale_set.id.short} are suspended already"
    if action is MaintenanceAction.RESUME_REPAIRS and repairs_state is RepairsState.RUNNING:
        return f"automatic repairs of {scale_set.id.short} are running already"
    return ""


def rolling_upgrade_text(latest: RollingUpgrade) -> str:
    """`RollingForward: 8 done, 2 at work, 0 to come, 0 failed`."""
    return f"{latest.raw_code or latest.code}: {latest.counts_text}"


def az_command(action: MaintenanceAction, scale_set: ScaleSetId) -> str:
    """The `az` command with the same effect."""
    group, name = ("-g", scale_set.resource_group), ("-n", scale_set.name)
    vmss_name = ("--vmss-name", scale_set.name)
    service_name = ("--service-name", "AutomaticRepairs")
    service = ("set-orchestration-service-state", *group, *name, *service_name, "--action")
    arguments: tuple[str, ...] = {
        MaintenanceAction.START_OS: ("rolling-upgrade", "start", *group, *name),
        MaintenanceAction.START_EXTENSIONS: ("extension", "upgrade", *group, *vmss_name),
        MaintenanceAction.CANCEL: ("rolling-upgrade", "cancel", *group, *name),
        MaintenanceAction.SUSPEND_REPAIRS: (*service, "Suspend"),
        MaintenanceAction.RESUME_REPAIRS: (*service, "Resume"),
    }[action]
    return az_line("vmss", *arguments)


def _start_unavailable_reason(action: MaintenanceAction, state: MaintenanceState) -> str:
    latest, image = state.rolling_upgrade, state.scale_set.image
    if latest is not None and latest.active:
        return (
            f"Azure's rolling upgrade is in progress already ({rolling_upgrade_text(latest)}): "
            "let it complete, or cancel it first"
        )
    if latest is not None and latest.active is None:
        return (
            "the status of Azure's rolling upgrade is unknown "
            f"({latest.raw_code or 'not reported'}): no other one is started"
        )
    if action is MaintenanceAction.START_OS and (image is None or image.kind in _WITHOUT_VERSIONS):
        kind = image.kind if image else "none"
        return (
            f"the model's image is {kind}: Azure's OS upgrade goes to the newest version of an "
            "image, and this image has no versions"
        )
    return ""


def _cancel_unavailable_reason(latest: RollingUpgrade | None) -> str:
    if latest is None:
        return "Azure has no rolling upgrade to cancel: none was ever started"
    if latest.active is False:
        return f"Azure has no rolling upgrade to cancel: the latest is {latest.code}"
    return ""


_WITHOUT_VERSIONS = (ImageKind.MANAGED, ImageKind.VHD)

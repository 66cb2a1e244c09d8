"""What can be asked of Azure's own upkeep of a set, and why it makes no sense now. Pure.

Azure's rolling upgrade and automatic repairs are Azure's: it chooses instances, order and time.
Sources: "Virtual Machine Scale Set Rolling Upgrades" (REST: start OS upgrade, start extension
upgrade, cancel), "Configure rolling upgrades", "Automatic instance repairs".
"""

import shlex
from dataclasses import dataclass, field
from enum import StrEnum

from vmss_tui.fleet.image import ImageKind
from vmss_tui.fleet.repairs import RepairsService, RepairsState
from vmss_tui.fleet.rolling_upgrade import RollingUpgrade
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.fleet.scale_set_id import ScaleSetId


class Act(StrEnum):
    """What can be asked; the value is the verb that the log of writes keeps."""

    START_OS = "start-os-upgrade"
    START_EXTENSIONS = "start-extension-upgrade"
    CANCEL = "cancel-rolling-upgrade"
    SUSPEND_REPAIRS = "suspend-repairs"
    RESUME_REPAIRS = "resume-repairs"

    @property
    def starts(self) -> bool:
        """Begins a rolling upgrade of Azure's."""
        return self in (Act.START_OS, Act.START_EXTENSIONS)

    @property
    def repairs(self) -> bool:
        """Concerns automatic repairs."""
        return self in (Act.SUSPEND_REPAIRS, Act.RESUME_REPAIRS)


@dataclass(frozen=True, slots=True)
class Standing:
    """What was read right before asking."""

    scale_set: ScaleSet
    latest: RollingUpgrade | None = None
    """Azure's latest rolling upgrade."""
    service: RepairsService = field(default_factory=RepairsService)
    newest: str = ""
    """The newest version of the model's image that can be seen; empty where none was read."""


def refusal(act: Act, standing: Standing) -> str:
    """Why it makes no sense to ask; empty where it does."""
    if act.starts:
        return _no_start(act, standing)
    if act is Act.CANCEL:
        return _no_cancel(standing.latest)
    scale_set, state = standing.scale_set, standing.service.state
    if not scale_set.automatic_repairs:
        return f"automatic repairs are off in the model of {scale_set.id.short}"
    if act is Act.SUSPEND_REPAIRS and state is RepairsState.SUSPENDED:
        return f"automatic repairs of {scale_set.id.short} are suspended already"
    if act is Act.RESUME_REPAIRS and state is RepairsState.RUNNING:
        return f"automatic repairs of {scale_set.id.short} are running already"
    return ""


def at_work(latest: RollingUpgrade) -> str:
    """`RollingForward: 8 done, 2 at work, 0 to come, 0 failed`."""
    return f"{latest.said or latest.code}: {latest.counts}"


def az_line(act: Act, scale_set: ScaleSetId) -> str:
    """The command of the az CLI that asks the same."""
    group, name = ("-g", scale_set.resource_group), ("-n", scale_set.name)
    named = ("--service-name", "AutomaticRepairs")
    service = ("set-orchestration-service-state", *group, *name, *named, "--action")
    words: tuple[str, ...] = {
        Act.START_OS: ("rolling-upgrade", "start", *group, *name),
        Act.START_EXTENSIONS: ("extension", "upgrade", *group, "--vmss-name", scale_set.name),
        Act.CANCEL: ("rolling-upgrade", "cancel", *group, *name),
        Act.SUSPEND_REPAIRS: (*service, "Suspend"),
        Act.RESUME_REPAIRS: (*service, "Resume"),
    }[act]
    return shlex.join(("az", "vmss", *words))


def _no_start(act: Act, standing: Standing) -> str:
    latest, image = standing.latest, standing.scale_set.image
    if latest is not None and latest.active:
        return (
            f"Azure's rolling upgrade is at work already ({at_work(latest)}): let it end, or "
            "cancel it first"
        )
    if latest is not None and latest.active is None:
        return (
            f"what Azure says of its rolling upgrade is not known ({latest.said or 'nothing'}): "
            "nothing is started beside it"
        )
    if act is Act.START_OS and (image is None or image.kind in _WITHOUT_VERSIONS):
        kind = image.kind if image else "none"
        return (
            f"the model's image is {kind}: Azure's OS upgrade goes to the newest version of an "
            "image, and that has no versions"
        )
    return ""


def _no_cancel(latest: RollingUpgrade | None) -> str:
    if latest is None:
        return "there is no rolling upgrade of Azure's to cancel: none ever ran"
    if latest.active is False:
        return f"there is no rolling upgrade of Azure's to cancel: the latest is {latest.code}"
    return ""


_WITHOUT_VERSIONS = (ImageKind.MANAGED, ImageKind.VHD)

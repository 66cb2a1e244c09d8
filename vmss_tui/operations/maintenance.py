"""What asking Azure for upkeep of its own would do, in honest words, to be agreed to. Pure.

Sources: "Virtual Machine Scale Set Rolling Upgrades" (REST: start OS upgrade, start extension
upgrade, cancel), "Configure rolling upgrades", "Automatic instance repairs".
"""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from vmss_tui.fleet.azure_maintenance import RepairsService, RepairsState, RollingUpgrade
from vmss_tui.fleet.image import ImageKind
from vmss_tui.fleet.model_edit.upgrade_settings import parse_duration, value_at
from vmss_tui.fleet.scale_set import Orchestration, ScaleSet
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
    return f"{latest.raw_code or latest.code}: {latest.counts_text}"


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
            f"what Azure says of its rolling upgrade is not known ({latest.raw_code or 'nothing'}): "
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


@dataclass(frozen=True, slots=True)
class Prospect:
    """What an act would do, to be shown and agreed to."""

    act: Act
    standing: Standing
    title: str
    verb: str
    sentences: tuple[str, ...]
    cautions: tuple[str, ...]
    az: str
    """What somebody would type instead."""

    @property
    def scale_set(self) -> ScaleSetId:
        """Where."""
        return self.standing.scale_set.id

    @property
    def typed(self) -> bool:
        """Wants the set's name typed: more than one batch, none of them ours to stop."""
        return self.act.starts


def prospect(act: Act, standing: Standing) -> Prospect:
    """What would happen."""
    title, verb = _TITLES[act]
    return Prospect(
        act=act,
        standing=standing,
        title=title,
        verb=verb,
        sentences=_SENTENCES[act](standing),
        cautions=_cautions(act, standing),
        az=az_line(act, standing.scale_set.id),
    )


def limits(scale_set: ScaleSet) -> str:
    """Azure's own limits for its rolling upgrades, as the set has them or by default."""
    path = "properties.upgradePolicy.rollingUpgradePolicy"
    found = value_at(scale_set.raw, path)
    policy: Mapping[str, object] = found if isinstance(found, Mapping) else {}
    pause = parse_duration(str(policy.get("pauseTimeBetweenBatches", "PT0S"))) or 0
    return (
        f"{policy.get('maxBatchInstancePercent', 20)}% of the instances at a time, {pause:g} s "
        f"between batches; it ends where more than "
        f"{policy.get('maxUnhealthyInstancePercent', 20)}% of all, or "
        f"{policy.get('maxUnhealthyUpgradedInstancePercent', 20)}% of the upgraded ones, are "
        "unhealthy"
    )


def _os(standing: Standing) -> tuple[str, ...]:
    seen = f" ({standing.newest} is the newest that can be seen)" if standing.newest else ""
    return (
        f"Azure itself replaces OS disks, batch after batch: {limits(standing.scale_set)}.",
        "It goes to the newest version of the model's image that is available"
        f"{seen}; instances that run it already are left alone.",
        _AZURES,
    )


def _extensions(standing: Standing) -> tuple[str, ...]:
    return (
        "Azure itself moves all extensions of the instances to their newest versions, batch "
        f"after batch: {limits(standing.scale_set)}.",
        "Instances that have the newest already are left alone. Every recorded one took ten "
        "minutes, however little there was to do.",
        _AZURES,
    )


def _cancel(standing: Standing) -> tuple[str, ...]:
    latest = standing.latest
    now = f" It stands at {at_work(latest)}." if latest is not None else ""
    again = "Any later edit of the model, even an empty one, starts it again."
    if standing.scale_set.automatic_os_upgrade:
        again += " Automatic OS upgrades are on, too: Azure may start another by itself."
    return (
        f"Azure begins no further batch; one that is at work may still end.{now}",
        "Nothing is rolled back: what was upgraded stays so, and the rest stays as it is.",
        again,
    )


def _suspend(standing: Standing) -> tuple[str, ...]:
    return (
        "Azure no longer replaces, restarts or reimages instances that report unhealthy, until "
        "repairs are resumed. A repair that is at work goes on.",
        "The model keeps the setting: this pauses the service only.",
    )


def _resume(standing: Standing) -> tuple[str, ...]:
    raw = standing.scale_set.raw
    action = value_at(raw, "properties.automaticRepairsPolicy.repairAction") or "Replace"
    grace = value_at(raw, "properties.automaticRepairsPolicy.gracePeriod")
    seconds = parse_duration(grace) if isinstance(grace, str) else None
    minutes = f"{seconds / 60:g} minutes" if seconds is not None else "the grace period"
    return (
        f"Azure again acts by itself ({action}) on every instance that reports unhealthy for "
        f"longer than {minutes}, beginning with those that do now.",
    )


def _cautions(act: Act, standing: Standing) -> tuple[str, ...]:
    scale_set, image = standing.scale_set, standing.scale_set.image
    found = []
    if act.starts and not scale_set.has_health_source:
        found.append(
            "the model has no health signal: Azure refuses, or cannot tell a bad batch from a "
            "good one"
        )
    if act is Act.START_OS and image is not None:
        if not image.follows_latest and image.version:
            found.append(
                f"the model names version {image.version} and not latest: Azure documents only "
                "that it goes to the latest one"
            )
        if image.kind is not ImageKind.PLATFORM:
            found.append(f"the image is {image.kind}: Azure documents this for platform images")
        if scale_set.orchestration is Orchestration.FLEXIBLE:
            found.append("Azure's pages disagree on OS upgrades of Flexible sets: it may refuse")
    if act.starts and scale_set.owner:
        found.append(f"{scale_set.owner} runs this set")
    return tuple(found)


_AZURES = (
    "Azure chooses the batches and their order: limits, canary, checkpoints and gates of this "
    "program do not apply, it cannot be paused, and it goes on when you leave."
)


_TITLES = {
    Act.START_OS: ("Start Azure's rolling upgrade of the OS", "start it"),
    Act.START_EXTENSIONS: ("Start Azure's rolling upgrade of extensions", "start it"),
    Act.CANCEL: ("Cancel Azure's rolling upgrade", "cancel it"),
    Act.SUSPEND_REPAIRS: ("Suspend automatic repairs", "suspend them"),
    Act.RESUME_REPAIRS: ("Resume automatic repairs", "resume them"),
}
_SENTENCES = {
    Act.START_OS: _os,
    Act.START_EXTENSIONS: _extensions,
    Act.CANCEL: _cancel,
    Act.SUSPEND_REPAIRS: _suspend,
    Act.RESUME_REPAIRS: _resume,
}

"""What asking Azure for upkeep of its own would do, in honest words, to be agreed to. Pure.

Sources: "Virtual Machine Scale Set Rolling Upgrades" (REST: start OS upgrade, start extension
upgrade, cancel), "Configure rolling upgrades", "Automatic instance repairs".
"""

from collections.abc import Mapping
from dataclasses import dataclass

from vmss_tui.fleet.image import ImageKind
from vmss_tui.fleet.scale_set import Orchestration, ScaleSet
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.fleet.upgrade_settings import at, seconds_of
from vmss_tui.upgrade.upkeep import Act, Standing, at_work, az_line


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
    found = at(scale_set.raw, path)
    policy: Mapping[str, object] = found if isinstance(found, Mapping) else {}
    pause = seconds_of(str(policy.get("pauseTimeBetweenBatches", "PT0S"))) or 0
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
    action = at(raw, "properties.automaticRepairsPolicy.repairAction") or "Replace"
    grace = at(raw, "properties.automaticRepairsPolicy.gracePeriod")
    seconds = seconds_of(grace) if isinstance(grace, str) else None
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

"""What an action on Azure-managed maintenance would do, for the operator to confirm. Pure.

Sources: "Virtual Machine Scale Set Rolling Upgrades" (REST: start OS upgrade, start extension
upgrade, cancel), "Configure rolling upgrades", "Automatic instance repairs".
"""

from collections.abc import Mapping

from msgspec import Struct

from vmss_tui.fleet.image import ImageKind
from vmss_tui.fleet.model_edit.rolling_policy import rolling_policy_sentences
from vmss_tui.fleet.model_edit.upgrade_settings import parse_duration, value_at
from vmss_tui.fleet.scale_set import Orchestration, ScaleSet
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.operations.maintenance import (
    MaintenanceAction,
    MaintenanceState,
    az_command,
    rolling_upgrade_text,
)


class MaintenancePreview(Struct, frozen=True):
    """What an action would do, for a confirmation."""

    action: MaintenanceAction
    state: MaintenanceState
    title: str
    confirm_label: str
    """The action in the confirming answer: `start it`."""
    sentences: tuple[str, ...]
    cautions: tuple[str, ...]
    az: str
    """The `az` command with the same effect."""

    @property
    def scale_set(self) -> ScaleSetId:
        """The scale set of the action."""
        return self.state.scale_set.id

    @property
    def needs_typed_name(self) -> bool:
        """Whether the operator has to type the name of the scale set: Azure upgrades several
        batches that this program cannot stop."""
        return self.action.starts_rolling_upgrade


def build_preview(action: MaintenanceAction, state: MaintenanceState) -> MaintenancePreview:
    """The preview of an action in the present state."""
    title, confirm_label = _TITLES[action]
    return MaintenancePreview(
        action=action,
        state=state,
        title=title,
        confirm_label=confirm_label,
        sentences=_SENTENCES[action](state),
        cautions=_cautions(action, state),
        az=az_command(action, state.scale_set.id),
    )


def rolling_limits_text(scale_set: ScaleSet) -> str:
    """Azure's limits for its rolling upgrades, from the model or Azure's defaults."""
    path = "properties.upgradePolicy.rollingUpgradePolicy"
    value = value_at(scale_set.raw, path)
    policy: Mapping[str, object] = value if isinstance(value, Mapping) else {}
    pause = parse_duration(str(policy.get("pauseTimeBetweenBatches", "PT0S"))) or 0
    return (
        f"{policy.get('maxBatchInstancePercent', 20)}% of the instances at a time, {pause:g} s "
        f"between batches; it stops when more than "
        f"{policy.get('maxUnhealthyInstancePercent', 20)}% of all, or "
        f"{policy.get('maxUnhealthyUpgradedInstancePercent', 20)}% of the upgraded ones, are "
        "unhealthy"
    )


def _os_upgrade_sentences(state: MaintenanceState) -> tuple[str, ...]:
    newest = f" (newest known: {state.newest_version})" if state.newest_version else ""
    return (
        f"Azure replaces OS disks, batch by batch: {rolling_limits_text(state.scale_set)}.",
        "It installs the newest available version of the model's image"
        f"{newest}; instances that run it already are skipped.",
        *rolling_policy_sentences(state.scale_set),
        "Started manually, it does not roll back failed OS disks: automatic rollback belongs to "
        "automatic OS upgrades.",
        _AZURE_DECIDES,
    )


def _extension_upgrade_sentences(state: MaintenanceState) -> tuple[str, ...]:
    return (
        "Azure upgrades all extensions of the instances to their newest versions, batch "
        f"by batch: {rolling_limits_text(state.scale_set)}.",
        "Instances that have the newest already are skipped. Observed upgrades took ten "
        "minutes, even with little to do.",
        *rolling_policy_sentences(state.scale_set),
        _AZURE_DECIDES,
    )


def _cancel_sentences(state: MaintenanceState) -> tuple[str, ...]:
    latest = state.rolling_upgrade
    progress = f" Now: {rolling_upgrade_text(latest)}." if latest is not None else ""
    restart = "Any later edit of the model, even an empty one, starts it again."
    if state.scale_set.automatic_os_upgrade:
        restart += " Automatic OS upgrades are on, too: Azure may start another one by itself."
    return (
        f"Azure starts no further batch; a batch in progress may still complete.{progress}",
        "Nothing is rolled back: upgraded instances stay upgraded, the others stay outdated.",
        restart,
    )


def _suspend_sentences(state: MaintenanceState) -> tuple[str, ...]:
    return (
        "Azure no longer replaces, restarts or reimages instances that report unhealthy, until "
        "repairs are resumed. A repair in progress continues.",
        "The setting in the model is kept: only the service is suspended.",
    )


def _resume_sentences(state: MaintenanceState) -> tuple[str, ...]:
    raw = state.scale_set.raw
    action = value_at(raw, "properties.automaticRepairsPolicy.repairAction") or "Replace"
    grace = value_at(raw, "properties.automaticRepairsPolicy.gracePeriod")
    seconds = parse_duration(grace) if isinstance(grace, str) else None
    minutes = f"{seconds / 60:g} minutes" if seconds is not None else "the grace period"
    return (
        f"Azure again repairs ({action}) every instance that reports unhealthy for "
        f"longer than {minutes}, including those that are unhealthy now.",
    )


def _cautions(action: MaintenanceAction, state: MaintenanceState) -> tuple[str, ...]:
    scale_set, image = state.scale_set, state.scale_set.image
    cautions = []
    if action.starts_rolling_upgrade and not scale_set.has_health_source:
        cautions.append(
            "the model has no health probe: Azure refuses, or cannot recognise a faulty batch"
        )
    if action is MaintenanceAction.START_OS and image is not None:
        if not image.follows_latest and image.version:
            cautions.append(
                f"the model names version {image.version} and not latest: Azure documents only "
                "upgrades to the latest one"
            )
        if image.kind is not ImageKind.PLATFORM:
            cautions.append(f"the image is {image.kind}: Azure documents this for platform images")
        if scale_set.orchestration is Orchestration.FLEXIBLE:
            cautions.append(
                "Azure's documentation is unclear on OS upgrades of Flexible scale sets: it "
                "may refuse"
            )
    if action.starts_rolling_upgrade and scale_set.owner:
        cautions.append(f"this scale set is managed by {scale_set.owner}")
    return tuple(cautions)


_AZURE_DECIDES = (
    "Azure chooses the batches and their order: limits, canary, checkpoints and gate commands "
    "of this "
    "program do not apply, it cannot be paused, and it continues when you leave."
)


_TITLES = {
    MaintenanceAction.START_OS: ("Start Azure's rolling upgrade of the OS", "start it"),
    MaintenanceAction.START_EXTENSIONS: ("Start Azure's rolling upgrade of extensions", "start it"),
    MaintenanceAction.CANCEL: ("Cancel Azure's rolling upgrade", "cancel it"),
    MaintenanceAction.SUSPEND_REPAIRS: ("Suspend automatic repairs", "suspend them"),
    MaintenanceAction.RESUME_REPAIRS: ("Resume automatic repairs", "resume them"),
}
_SENTENCES = {
    MaintenanceAction.START_OS: _os_upgrade_sentences,
    MaintenanceAction.START_EXTENSIONS: _extension_upgrade_sentences,
    MaintenanceAction.CANCEL: _cancel_sentences,
    MaintenanceAction.SUSPEND_REPAIRS: _suspend_sentences,
    MaintenanceAction.RESUME_REPAIRS: _resume_sentences,
}

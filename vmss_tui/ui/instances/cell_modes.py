"""Cell modes (state, power, health …) and the cell style of an instance in each. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property

from vmss_tui.fleet.image import version_key
from vmss_tui.fleet.scale_set import Health, Instance, PowerState, ProvisioningState, State
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.text import cell
from vmss_tui.ui.drawing.glyphs import CellStyle, Tone
from vmss_tui.upgrade.plan.latest_image import newest_known_version

UNKNOWN = CellStyle("unknown", "?", "?", Tone.UNKNOWN)
_OLDER_TONES = (Tone.OUTDATED, Tone.UNHEALTHY, Tone.UNKNOWN, Tone.OFF, Tone.GONE)
_Key = tuple[str, bool]


class ImageVersionStyles:
    """A cell style for each image version in a snapshot."""

    def __init__(self, snapshot: Snapshot, newest: str = "") -> None:
        """`newest` is the newest version in the image catalogue; empty where it is not known."""
        image = snapshot.scale_set.image
        self._follows_latest = image is not None and image.follows_latest
        if self._follows_latest:
            self._model_version = newest_known_version(snapshot, newest)
        else:
            self._model_version = image.version if image else ""
        self.styles = self._build_styles(snapshot)
        """All styles, in the order of the legend."""

    def style_of(self, instance: Instance) -> CellStyle:
        """The style of an instance's version; unknown where Azure does not report it."""
        return self.styles.get(self._key(instance), UNKNOWN)

    def _key(self, instance: Instance) -> _Key:
        version = _version_of(instance, exact=self._follows_latest)
        is_outdated = self._follows_latest and instance.latest_model_applied is False
        return version, is_outdated and version != self._model_version

    def _build_styles(self, snapshot: Snapshot) -> dict[_Key, CellStyle]:
        keys = {self._key(instance) for instance in snapshot.instances}
        other_versions = {version for version, _ in keys} - {"", self._model_version}
        remark = "latest" if self._follows_latest else "model"
        name = f"{cell(self._model_version, 24)} ({remark})"
        styles = {(self._model_version, False): CellStyle(name, "●", "*", Tone.GOOD)}
        for number, version in enumerate(sorted(other_versions, key=version_key, reverse=True)):
            letter = chr(ord("a") + min(number, 25))
            tone = _OLDER_TONES[min(number, len(_OLDER_TONES) - 1)]
            for is_outdated in (False, True):
                if (version, is_outdated) in keys:
                    glyph = letter.upper() if is_outdated else letter
                    suffix = ""
                    if self._follows_latest:
                        suffix = ", outdated" if is_outdated else ", not the latest"
                    styles[version, is_outdated] = CellStyle(
                        f"{cell(version, 24)}{suffix}", glyph, glyph, tone
                    )
        return styles


def _version_of(instance: Instance, *, exact: bool) -> str:
    """The version of an instance; with `exact`, only if Azure reports the exact version."""
    if instance.image is None:
        return ""
    return (instance.image.exact_version or "") if exact else instance.image.running_version


class CellMode(StrEnum):
    """What the cells show, in the order in which `m` switches."""

    STATE = "state"
    POWER = "power"
    HEALTH = "health"
    MODEL = "model"
    IMAGE_VERSION = "image version"
    PROVISIONING = "provisioning"
    SINCE_CHANGE = "time since change"

    @classmethod
    def from_setting(cls, setting: str) -> "CellMode":
        """The mode of a value in the settings, such as `image-version`."""
        return cls(setting.replace("-", " "))

    @property
    def setting_name(self) -> str:
        """The value of the mode in the settings."""
        return self.value.replace(" ", "-")

    @property
    def label(self) -> str:
        """What a person reads: `power state`, `last change`."""
        return _LABELS.get(self.value, self.value)

    def next(self) -> "CellMode":
        """The mode after this one, cyclically."""
        modes = list(CellMode)
        return modes[(modes.index(self) + 1) % len(modes)]


_LABELS = {
    "power": "power state", "provisioning": "provisioning state", "time since change": "last change"
}  # fmt: skip

PROTECTED = CellStyle("latest model, protected", "◆", "P", Tone.GOOD)
_PROTECTED_OUTDATED = CellStyle("outdated, protected", "◇", "p", Tone.OUTDATED)
MAINTENANCE = CellStyle("latest model, Azure maintenance planned", "◷", "M", Tone.GOOD)
_MAINTENANCE_OUTDATED = CellStyle("outdated, Azure maintenance planned", "◶", "m", Tone.OUTDATED)

STATES = {
    State.CURRENT: CellStyle("latest model", "●", "o", Tone.GOOD),
    State.STALE: CellStyle("outdated", "·", ".", Tone.OUTDATED),
    State.UPDATING: CellStyle("upgrading", "◐", "~", Tone.MOVING),
    State.STARTING: CellStyle("starting", "◓", "^", Tone.MOVING),
    State.STOPPING: CellStyle("stopping", "◒", "v", Tone.MOVING),
    State.DEALLOCATING: CellStyle("deallocating", "▽", ",", Tone.MOVING),
    State.STOPPED: CellStyle("stopped", "■", "=", Tone.OFF),
    State.DEALLOCATED: CellStyle("deallocated", "□", "_", Tone.GONE),
    State.UNHEALTHY: CellStyle("unhealthy", "✚", "+", Tone.UNHEALTHY),
    State.FAILED: CellStyle("failed", "✖", "X", Tone.FAILED),
    State.UNKNOWN: UNKNOWN,
    State.UNDETERMINED: CellStyle("model unknown", "◌", ":", Tone.UNKNOWN),
}
_POWER_STYLES = {
    PowerState.RUNNING: CellStyle("running", "●", "o", Tone.GOOD),
    PowerState.STARTING: STATES[State.STARTING],
    PowerState.STOPPING: STATES[State.STOPPING],
    PowerState.STOPPED: STATES[State.STOPPED],
    PowerState.DEALLOCATING: STATES[State.DEALLOCATING],
    PowerState.DEALLOCATED: STATES[State.DEALLOCATED],
    PowerState.UNKNOWN: UNKNOWN,
}
_HEALTH_STYLES = {
    Health.HEALTHY: CellStyle("healthy", "●", "o", Tone.GOOD),
    Health.UNHEALTHY: STATES[State.UNHEALTHY],
    Health.INITIALIZING: CellStyle("initializing", "◐", "~", Tone.MOVING),
    Health.UNKNOWN: CellStyle("health unknown", "?", "?", Tone.UNHEALTHY),
    None: CellStyle("no health probe", "·", "-", Tone.GONE),
}
_PROVISIONING_STYLES = {
    ProvisioningState.SUCCEEDED: CellStyle("succeeded", "●", "o", Tone.GOOD),
    ProvisioningState.CREATING: CellStyle("creating", "◓", "^", Tone.MOVING),
    ProvisioningState.UPDATING: STATES[State.UPDATING],
    ProvisioningState.DELETING: CellStyle("deleting", "◒", "v", Tone.MOVING),
    ProvisioningState.FAILED: STATES[State.FAILED],
    ProvisioningState.UNKNOWN: UNKNOWN,
}
_AGE_STYLES = (
    (timedelta(minutes=5), CellStyle("last 5 minutes", "●", "@", Tone.MOVING)),
    (timedelta(hours=1), CellStyle("last hour", "◕", "O", Tone.OUTDATED)),
    (timedelta(days=1), CellStyle("last day", "◑", "o", Tone.GOOD)),
    (timedelta(days=7), CellStyle("last week", "○", ".", Tone.OFF)),
)
_OLDER = CellStyle("earlier", "·", "-", Tone.GONE)
_NO_TIME = CellStyle("unknown or in progress", "?", "?", Tone.UNKNOWN)


class StyledCells:
    """The cell styles of a snapshot's instances in one cell mode, and the legend."""

    def __init__(self, snapshot: Snapshot, cell_mode: CellMode, newest: str = "") -> None:
        """`newest` is the newest version of the model's image; empty where it is not known."""
        self.cell_mode = cell_mode
        self._snapshot, self._newest = snapshot, newest
        style_of = self._style_function()
        self.styles = {i.instance_id: style_of(i) for i in snapshot.instances}
        self.counts = Counter(self.styles.values())

    def legend(self) -> list[tuple[CellStyle, int]]:
        """The styles in use with their counts, in the order of the cell mode."""
        order: dict[CellStyle, int] = {}
        by_version = self.cell_mode is CellMode.IMAGE_VERSION
        versions = self._versions.styles.values() if by_version else ()
        for number, style in enumerate(_legend_order(self.cell_mode, versions)):
            order.setdefault(style, number)
        return sorted(self.counts.items(), key=lambda item: order.get(item[0], len(order)))

    @cached_property
    def _versions(self) -> ImageVersionStyles:
        return ImageVersionStyles(self._snapshot, self._newest)

    def _style_function(self) -> Callable[[Instance], CellStyle]:
        match self.cell_mode:
            case CellMode.STATE:
                return _state_style
            case CellMode.POWER:
                return lambda instance: _POWER_STYLES[instance.power]
            case CellMode.HEALTH:
                return lambda instance: _HEALTH_STYLES[instance.health]
            case CellMode.MODEL:
                return _model_style
            case CellMode.IMAGE_VERSION:
                return self._versions.style_of
            case CellMode.PROVISIONING:
                return lambda instance: _PROVISIONING_STYLES[instance.provisioning]
            case CellMode.SINCE_CHANGE:
                # The time of a demo passes faster than that of this machine.
                newest = self._snapshot.changed_at or self._snapshot.taken_at
                now = max(self._snapshot.taken_at, newest)
                return lambda instance: _age_style(instance, now)


def _state_style(instance: Instance) -> CellStyle:
    """Protection and planned maintenance are shown for instances without a problem only; they never
    hide a problem, and maintenance hides protection."""
    state = instance.state
    if instance.maintenance_window and state is State.CURRENT:
        return MAINTENANCE
    if instance.maintenance_window and state is State.STALE:
        return _MAINTENANCE_OUTDATED
    if instance.protected_from_actions and state is State.CURRENT:
        return PROTECTED
    if instance.protected_from_actions and state is State.STALE:
        return _PROTECTED_OUTDATED
    return STATES[state]


def _model_style(instance: Instance) -> CellStyle:
    if instance.latest_model_applied is None:
        return UNKNOWN
    return STATES[State.CURRENT if instance.latest_model_applied else State.STALE]


def _age_style(instance: Instance, now: datetime) -> CellStyle:
    if instance.changed_at is None:
        return _NO_TIME
    age = now - instance.changed_at
    return next((style for limit, style in _AGE_STYLES if age <= limit), _OLDER)


def _legend_order(cell_mode: CellMode, versions: Iterable[CellStyle]) -> list[CellStyle]:
    match cell_mode:
        case CellMode.STATE:
            first = (STATES[State.CURRENT], STATES[State.STALE])
            marks = (PROTECTED, _PROTECTED_OUTDATED, MAINTENANCE, _MAINTENANCE_OUTDATED)
            return [*first, *(STATES[state] for state in State), *marks]
        case CellMode.POWER:
            return list(_POWER_STYLES.values())
        case CellMode.HEALTH:
            return list(_HEALTH_STYLES.values())
        case CellMode.IMAGE_VERSION:
            return [*versions, UNKNOWN]
        case CellMode.PROVISIONING:
            return list(_PROVISIONING_STYLES.values())
        case CellMode.SINCE_CHANGE:
            return [*(style for _, style in _AGE_STYLES), _OLDER, _NO_TIME]
        case CellMode.MODEL:
            return [STATES[State.CURRENT], STATES[State.STALE], UNKNOWN]

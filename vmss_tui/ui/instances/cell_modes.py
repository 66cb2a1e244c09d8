"""What a cell can mean: state, power, health and so on, each as a swatch. Pure."""

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
from vmss_tui.upgrade.plan.latest_image import newest_known

UNKNOWN = CellStyle("unknown", "?", "?", Tone.UNKNOWN)
_OLDER_TONES = (Tone.OUTDATED, Tone.UNHEALTHY, Tone.UNKNOWN, Tone.OFF, Tone.GONE)
_Key = tuple[str, bool]


class VersionSwatches:
    """One snapshot's versions, each with its swatch."""

    def __init__(self, snapshot: Snapshot, newest: str = "") -> None:
        """`newest` is what the catalogue says, where somebody has asked it."""
        image = snapshot.scale_set.image
        self._split = image is not None and image.follows_latest
        wanted = newest_known(snapshot, newest) if self._split else image.version if image else ""
        self._wanted = wanted
        self.order = self._swatches(snapshot)
        """Every swatch that there is, in the order of the legend."""

    def of(self, instance: Instance) -> CellStyle:
        """The swatch of what it runs; unknown where Azure does not say it."""
        return self.order.get(self._key(instance), UNKNOWN)

    def _key(self, instance: Instance) -> _Key:
        version = _version(instance, exact=self._split)
        stale = self._split and instance.latest_model_applied is False
        return version, stale and version != self._wanted

    def _swatches(self, snapshot: Snapshot) -> dict[_Key, CellStyle]:
        found = {self._key(instance) for instance in snapshot.instances}
        others = {version for version, _ in found} - {"", self._wanted}
        told = "newest" if self._split else "model"
        name = f"{cell(self._wanted, 24)} ({told})"
        swatches = {(self._wanted, False): CellStyle(name, "●", "*", Tone.GOOD)}
        for at, version in enumerate(sorted(others, key=version_key, reverse=True)):
            letter = chr(ord("a") + min(at, 25))
            tone = _OLDER_TONES[min(at, len(_OLDER_TONES) - 1)]
            for stale in (False, True):
                if (version, stale) in found:
                    mine = letter.upper() if stale else letter
                    words = (" stale" if stale else " behind") if self._split else ""
                    swatches[version, stale] = CellStyle(
                        f"{cell(version, 24)}{words}", mine, mine, tone
                    )
        return swatches


def _version(instance: Instance, *, exact: bool) -> str:
    """What it runs; where `latest` is written everywhere only the exact version says it."""
    if instance.image is None:
        return ""
    return (instance.image.exact_version or "") if exact else instance.image.running_version


class CellMode(StrEnum):
    """What the cells of the heatmap say, in the order that `m` takes."""

    STATE = "state"
    POWER = "power"
    HEALTH = "health"
    MODEL = "model"
    IMAGE_VERSION = "image version"
    PROVISIONING = "provisioning"
    SINCE_CHANGE = "time since change"

    @classmethod
    def set_to(cls, setting: str) -> "CellMode":
        """As the settings spell it: `image-version`."""
        return cls(setting.replace("-", " "))

    @property
    def setting(self) -> str:
        """Its name in the settings."""
        return self.value.replace(" ", "-")

    def next(self) -> "CellMode":
        """The one after it, round and round."""
        every = list(CellMode)
        return every[(every.index(self) + 1) % len(every)]


PROTECTED = CellStyle("protected", "◆", "P", Tone.GOOD)
_PROTECTED_STALE = CellStyle("protected", "◇", "p", Tone.OUTDATED)

STATES = {
    State.CURRENT: CellStyle("current", "●", "o", Tone.GOOD),
    State.STALE: CellStyle("stale", "○", ".", Tone.OUTDATED),
    State.UPDATING: CellStyle("updating", "◐", "~", Tone.MOVING),
    State.STARTING: CellStyle("starting", "◓", "^", Tone.MOVING),
    State.STOPPING: CellStyle("stopping", "◒", "v", Tone.MOVING),
    State.DEALLOCATING: CellStyle("deallocating", "▽", ",", Tone.MOVING),
    State.STOPPED: CellStyle("stopped", "■", "=", Tone.OFF),
    State.DEALLOCATED: CellStyle("deallocated", "□", "_", Tone.GONE),
    State.UNHEALTHY: CellStyle("unhealthy", "✚", "+", Tone.UNHEALTHY),
    State.FAILED: CellStyle("failed", "✖", "X", Tone.FAILED),
    State.UNKNOWN: UNKNOWN,
}
_POWERS = {
    PowerState.RUNNING: CellStyle("running", "●", "o", Tone.GOOD),
    PowerState.STARTING: STATES[State.STARTING],
    PowerState.STOPPING: STATES[State.STOPPING],
    PowerState.STOPPED: STATES[State.STOPPED],
    PowerState.DEALLOCATING: STATES[State.DEALLOCATING],
    PowerState.DEALLOCATED: STATES[State.DEALLOCATED],
    PowerState.UNKNOWN: UNKNOWN,
}
_HEALTHS = {
    Health.HEALTHY: CellStyle("healthy", "●", "o", Tone.GOOD),
    Health.UNHEALTHY: STATES[State.UNHEALTHY],
    Health.INITIALIZING: CellStyle("initializing", "◐", "~", Tone.MOVING),
    Health.UNKNOWN: CellStyle("reported unknown", "?", "?", Tone.UNHEALTHY),
    None: CellStyle("no signal", "·", "-", Tone.GONE),
}
_PROVISIONINGS = {
    ProvisioningState.SUCCEEDED: CellStyle("succeeded", "●", "o", Tone.GOOD),
    ProvisioningState.CREATING: CellStyle("creating", "◓", "^", Tone.MOVING),
    ProvisioningState.UPDATING: STATES[State.UPDATING],
    ProvisioningState.DELETING: CellStyle("deleting", "◒", "v", Tone.MOVING),
    ProvisioningState.FAILED: STATES[State.FAILED],
    ProvisioningState.UNKNOWN: UNKNOWN,
}
_AGES = (
    (timedelta(minutes=5), CellStyle("5 minutes", "●", "@", Tone.MOVING)),
    (timedelta(hours=1), CellStyle("an hour", "◕", "O", Tone.OUTDATED)),
    (timedelta(days=1), CellStyle("a day", "◑", "o", Tone.GOOD)),
    (timedelta(days=7), CellStyle("a week", "○", ".", Tone.OFF)),
)
_OLDER = CellStyle("longer", "·", "-", Tone.GONE)
_NO_TIME = CellStyle("not known or moving", "?", "?", Tone.UNKNOWN)


class Scene:
    """One snapshot under one meaning: the swatch of each instance, and the legend."""

    def __init__(self, snapshot: Snapshot, meaning: CellMode, newest: str = "") -> None:
        """`newest` is the newest version of the model's image, where it is known."""
        self.meaning = meaning
        self._snapshot, self._newest = snapshot, newest
        swatch_of = self._swatch_of()
        self.swatches = {i.instance_id: swatch_of(i) for i in snapshot.instances}
        self.counts = Counter(self.swatches.values())

    def legend(self) -> list[tuple[CellStyle, int]]:
        """The swatches in sight with their counts, in the meaning's own order."""
        order: dict[CellStyle, int] = {}
        by_version = self.meaning is CellMode.IMAGE_VERSION
        versions = self._versions.order.values() if by_version else ()
        for at, swatch in enumerate(_order(self.meaning, versions)):
            order.setdefault(swatch, at)
        return sorted(self.counts.items(), key=lambda item: order.get(item[0], len(order)))

    @cached_property
    def _versions(self) -> VersionSwatches:
        return VersionSwatches(self._snapshot, self._newest)

    def _swatch_of(self) -> Callable[[Instance], CellStyle]:
        match self.meaning:
            case CellMode.STATE:
                return _state
            case CellMode.POWER:
                return lambda instance: _POWERS[instance.power]
            case CellMode.HEALTH:
                return lambda instance: _HEALTHS[instance.health]
            case CellMode.MODEL:
                return _model
            case CellMode.IMAGE_VERSION:
                return self._versions.of
            case CellMode.PROVISIONING:
                return lambda instance: _PROVISIONINGS[instance.provisioning]
            case CellMode.SINCE_CHANGE:
                return lambda instance: _age(instance, self._snapshot.taken_at)


def _state(instance: Instance) -> CellStyle:
    """Protection is a mark on top of what is well; it never hides a problem."""
    state = instance.state
    if instance.protected_from_actions and state is State.CURRENT:
        return PROTECTED
    if instance.protected_from_actions and state is State.STALE:
        return _PROTECTED_STALE
    return STATES[state]


def _model(instance: Instance) -> CellStyle:
    if instance.latest_model_applied is None:
        return UNKNOWN
    return STATES[State.CURRENT if instance.latest_model_applied else State.STALE]


def _age(instance: Instance, now: datetime) -> CellStyle:
    if instance.changed_at is None:
        return _NO_TIME
    age = now - instance.changed_at
    return next((swatch for limit, swatch in _AGES if age <= limit), _OLDER)


def _order(meaning: CellMode, versions: Iterable[CellStyle]) -> list[CellStyle]:
    match meaning:
        case CellMode.STATE:
            well = (STATES[State.CURRENT], STATES[State.STALE])
            return [*well, *(STATES[state] for state in State), PROTECTED, _PROTECTED_STALE]
        case CellMode.POWER:
            return list(_POWERS.values())
        case CellMode.HEALTH:
            return list(_HEALTHS.values())
        case CellMode.IMAGE_VERSION:
            return [*versions, UNKNOWN]
        case CellMode.PROVISIONING:
            return list(_PROVISIONINGS.values())
        case CellMode.SINCE_CHANGE:
            return [*(swatch for _, swatch in _AGES), _OLDER, _NO_TIME]
        case CellMode.MODEL:
            return [STATES[State.CURRENT], STATES[State.STALE], UNKNOWN]

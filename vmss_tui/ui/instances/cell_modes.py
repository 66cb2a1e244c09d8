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
from vmss_tui.ui.drawing.glyphs import Swatch, Tone
from vmss_tui.upgrade.plan.latest_image import newest_known

UNKNOWN = Swatch("unknown", "?", "?", Tone.UNKNOWN)
_OLDER_TONES = (Tone.STALE, Tone.SICK, Tone.UNKNOWN, Tone.OFF, Tone.GONE)
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

    def of(self, instance: Instance) -> Swatch:
        """The swatch of what it runs; unknown where Azure does not say it."""
        return self.order.get(self._key(instance), UNKNOWN)

    def _key(self, instance: Instance) -> _Key:
        version = _version(instance, exact=self._split)
        stale = self._split and instance.latest_model_applied is False
        return version, stale and version != self._wanted

    def _swatches(self, snapshot: Snapshot) -> dict[_Key, Swatch]:
        found = {self._key(instance) for instance in snapshot.instances}
        others = {version for version, _ in found} - {"", self._wanted}
        told = "newest" if self._split else "model"
        name = f"{cell(self._wanted, 24)} ({told})"
        swatches = {(self._wanted, False): Swatch(name, "●", "*", Tone.GOOD)}
        for at, version in enumerate(sorted(others, key=version_key, reverse=True)):
            letter = chr(ord("a") + min(at, 25))
            tone = _OLDER_TONES[min(at, len(_OLDER_TONES) - 1)]
            for stale in (False, True):
                if (version, stale) in found:
                    mine = letter.upper() if stale else letter
                    words = (" stale" if stale else " behind") if self._split else ""
                    swatches[version, stale] = Swatch(
                        f"{cell(version, 24)}{words}", mine, mine, tone
                    )
        return swatches


def _version(instance: Instance, *, exact: bool) -> str:
    """What it runs; where `latest` is written everywhere only the exact version says it."""
    if instance.image is None:
        return ""
    return (instance.image.exact_version or "") if exact else instance.image.running_version


class Meaning(StrEnum):
    """What the cells of the heatmap say, in the order that `m` takes."""

    STATE = "state"
    POWER = "power"
    HEALTH = "health"
    MODEL = "model"
    IMAGE_VERSION = "image version"
    PROVISIONING = "provisioning"
    SINCE_CHANGE = "time since change"

    @classmethod
    def set_to(cls, setting: str) -> "Meaning":
        """As the settings spell it: `image-version`."""
        return cls(setting.replace("-", " "))

    @property
    def setting(self) -> str:
        """Its name in the settings."""
        return self.value.replace(" ", "-")

    def next(self) -> "Meaning":
        """The one after it, round and round."""
        every = list(Meaning)
        return every[(every.index(self) + 1) % len(every)]


PROTECTED = Swatch("protected", "◆", "P", Tone.GOOD)
_PROTECTED_STALE = Swatch("protected", "◇", "p", Tone.STALE)

STATES = {
    State.CURRENT: Swatch("current", "●", "o", Tone.GOOD),
    State.STALE: Swatch("stale", "○", ".", Tone.STALE),
    State.UPDATING: Swatch("updating", "◐", "~", Tone.MOVING),
    State.STARTING: Swatch("starting", "◓", "^", Tone.MOVING),
    State.STOPPING: Swatch("stopping", "◒", "v", Tone.MOVING),
    State.DEALLOCATING: Swatch("deallocating", "▽", ",", Tone.MOVING),
    State.STOPPED: Swatch("stopped", "■", "=", Tone.OFF),
    State.DEALLOCATED: Swatch("deallocated", "□", "_", Tone.GONE),
    State.UNHEALTHY: Swatch("unhealthy", "✚", "+", Tone.SICK),
    State.FAILED: Swatch("failed", "✖", "X", Tone.FAILED),
    State.UNKNOWN: UNKNOWN,
}
_POWERS = {
    PowerState.RUNNING: Swatch("running", "●", "o", Tone.GOOD),
    PowerState.STARTING: STATES[State.STARTING],
    PowerState.STOPPING: STATES[State.STOPPING],
    PowerState.STOPPED: STATES[State.STOPPED],
    PowerState.DEALLOCATING: STATES[State.DEALLOCATING],
    PowerState.DEALLOCATED: STATES[State.DEALLOCATED],
    PowerState.UNKNOWN: UNKNOWN,
}
_HEALTHS = {
    Health.HEALTHY: Swatch("healthy", "●", "o", Tone.GOOD),
    Health.UNHEALTHY: STATES[State.UNHEALTHY],
    Health.INITIALIZING: Swatch("initializing", "◐", "~", Tone.MOVING),
    Health.UNKNOWN: Swatch("reported unknown", "?", "?", Tone.SICK),
    None: Swatch("no signal", "·", "-", Tone.GONE),
}
_PROVISIONINGS = {
    ProvisioningState.SUCCEEDED: Swatch("succeeded", "●", "o", Tone.GOOD),
    ProvisioningState.CREATING: Swatch("creating", "◓", "^", Tone.MOVING),
    ProvisioningState.UPDATING: STATES[State.UPDATING],
    ProvisioningState.DELETING: Swatch("deleting", "◒", "v", Tone.MOVING),
    ProvisioningState.FAILED: STATES[State.FAILED],
    ProvisioningState.UNKNOWN: UNKNOWN,
}
_AGES = (
    (timedelta(minutes=5), Swatch("5 minutes", "●", "@", Tone.MOVING)),
    (timedelta(hours=1), Swatch("an hour", "◕", "O", Tone.STALE)),
    (timedelta(days=1), Swatch("a day", "◑", "o", Tone.GOOD)),
    (timedelta(days=7), Swatch("a week", "○", ".", Tone.OFF)),
)
_OLDER = Swatch("longer", "·", "-", Tone.GONE)
_NO_TIME = Swatch("not known or moving", "?", "?", Tone.UNKNOWN)


class Scene:
    """One snapshot under one meaning: the swatch of each instance, and the legend."""

    def __init__(self, snapshot: Snapshot, meaning: Meaning, newest: str = "") -> None:
        """`newest` is the newest version of the model's image, where it is known."""
        self.meaning = meaning
        self._snapshot, self._newest = snapshot, newest
        swatch_of = self._swatch_of()
        self.swatches = {i.instance_id: swatch_of(i) for i in snapshot.instances}
        self.counts = Counter(self.swatches.values())

    def legend(self) -> list[tuple[Swatch, int]]:
        """The swatches in sight with their counts, in the meaning's own order."""
        order: dict[Swatch, int] = {}
        by_version = self.meaning is Meaning.IMAGE_VERSION
        versions = self._versions.order.values() if by_version else ()
        for at, swatch in enumerate(_order(self.meaning, versions)):
            order.setdefault(swatch, at)
        return sorted(self.counts.items(), key=lambda item: order.get(item[0], len(order)))

    @cached_property
    def _versions(self) -> VersionSwatches:
        return VersionSwatches(self._snapshot, self._newest)

    def _swatch_of(self) -> Callable[[Instance], Swatch]:
        match self.meaning:
            case Meaning.STATE:
                return _state
            case Meaning.POWER:
                return lambda instance: _POWERS[instance.power]
            case Meaning.HEALTH:
                return lambda instance: _HEALTHS[instance.health]
            case Meaning.MODEL:
                return _model
            case Meaning.IMAGE_VERSION:
                return self._versions.of
            case Meaning.PROVISIONING:
                return lambda instance: _PROVISIONINGS[instance.provisioning]
            case Meaning.SINCE_CHANGE:
                return lambda instance: _age(instance, self._snapshot.taken_at)


def _state(instance: Instance) -> Swatch:
    """Protection is a mark on top of what is well; it never hides a problem."""
    state = instance.state
    if instance.protected_from_actions and state is State.CURRENT:
        return PROTECTED
    if instance.protected_from_actions and state is State.STALE:
        return _PROTECTED_STALE
    return STATES[state]


def _model(instance: Instance) -> Swatch:
    if instance.latest_model_applied is None:
        return UNKNOWN
    return STATES[State.CURRENT if instance.latest_model_applied else State.STALE]


def _age(instance: Instance, now: datetime) -> Swatch:
    if instance.changed_at is None:
        return _NO_TIME
    age = now - instance.changed_at
    return next((swatch for limit, swatch in _AGES if age <= limit), _OLDER)


def _order(meaning: Meaning, versions: Iterable[Swatch]) -> list[Swatch]:
    match meaning:
        case Meaning.STATE:
            well = (STATES[State.CURRENT], STATES[State.STALE])
            return [*well, *(STATES[state] for state in State), PROTECTED, _PROTECTED_STALE]
        case Meaning.POWER:
            return list(_POWERS.values())
        case Meaning.HEALTH:
            return list(_HEALTHS.values())
        case Meaning.IMAGE_VERSION:
            return [*versions, UNKNOWN]
        case Meaning.PROVISIONING:
            return list(_PROVISIONINGS.values())
        case Meaning.SINCE_CHANGE:
            return [*(swatch for _, swatch in _AGES), _OLDER, _NO_TIME]
        case Meaning.MODEL:
            return [STATES[State.CURRENT], STATES[State.STALE], UNKNOWN]

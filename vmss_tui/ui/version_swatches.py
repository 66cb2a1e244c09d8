"""The swatches of image versions. Pure.

The model's version is a filled dot; others are lettered, newest first. Where the model says
`latest`, the dot is the newest version known, and what Azure calls current may be behind it: a
small letter is current and behind, a capital one is stale.
"""

from vmss_tui.fleet.image import version_key
from vmss_tui.fleet.scale_set import Instance
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.text import cell
from vmss_tui.ui.look import Swatch, Tone
from vmss_tui.upgrade.latest import newest_known

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

"""config.yaml as frozen settings. Knows no file and nothing of what a setting is used for: the
dashboard's first frame waits for this module, so what reads a file is imported where there is one,
and sections are named tuples, which are made in a tenth of a dataclass's time.

No secret has a place here: whoever signs in does so with azure-identity.
"""

import fnmatch
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import platformdirs

from vmss_tui.config.entry import BadConfig, KeyPath, key_text, place_text

if TYPE_CHECKING:
    from vmss_tui.fleet.scale_set_id import ScaleSetId
    from vmss_tui.upgrade.plan.policy import Policy

__all__ = [
    "AzureSettings",
    "BadConfig",
    "DisplaySettings",
    "HookSettings",
    "PollSettings",
    "Settings",
    "find_path",
    "load",
]


class AzureSettings(NamedTuple):
    """Where Azure is and as whom to speak to it."""

    cloud: str = "public"
    endpoint: str | None = None
    """Of Azure Resource Manager, for cloud custom; None for the cloud's own."""
    authority: str | None = None
    tenant: str = ""
    credential: str = "cli"
    subscriptions: tuple[str, ...] = ()
    """Ids or names; empty means az's default, or all that can be seen."""
    process_timeout: int = 60
    """Seconds that `az` may take to answer."""


class PollSettings(NamedTuple):
    """How often to look."""

    interval: float = 6.0
    """Seconds between two readings at least; a set of many pages is read more seldom."""


class DisplaySettings(NamedTuple):
    """How the dashboard looks."""

    theme: str = "auto"
    glyphs: str = "unicode"
    cell: str = "state"
    """What the cells of the heatmap mean at the start."""


class HookSettings(NamedTuple):
    """Commands of the operator's own; `gate` and its time are part of `Settings.upgrade`."""

    notify: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings, as the file says or by default."""

    azure: AzureSettings = field(default_factory=AzureSettings)
    poll: PollSettings = field(default_factory=PollSettings)
    display: DisplaySettings = field(default_factory=DisplaySettings)
    hooks: HookSettings = field(default_factory=HookSettings)
    keys: Mapping[str, str] = field(default_factory=dict)
    """Command id -> keys; which commands there are is the dashboard's to know."""
    protected: tuple[str, ...] = ()
    """Patterns of `group/name`; what matches is not written to before its name was typed."""
    policy: "Policy | None" = None
    """Where a file asks for another than the careful default."""
    path: Path | None = field(default=None, compare=False)
    """The file they came from."""
    lines: Mapping[KeyPath, int] = field(default_factory=dict, compare=False, repr=False)
    """Where in it each setting stands."""

    @property
    def upgrade(self) -> "Policy":
        """How runs go unless they are told otherwise."""
        from vmss_tui.upgrade.plan.policy import Policy

        return self.policy or Policy()

    def is_protected(self, scale_set: "ScaleSetId") -> bool:
        """Does a pattern name this set? Case does not matter, as in Azure."""
        short = scale_set.short.lower()
        return any(fnmatch.fnmatchcase(short, pattern.lower()) for pattern in self.protected)

    def key_error(self, command_id: str, message: str) -> BadConfig:
        """The error for a line of section `keys`, found wrong by who knows the commands."""
        path = ("keys", command_id)
        place = place_text(self.path or Path("settings"), self.lines.get(path))
        return BadConfig(f"{place}: {key_text(path)} {message}")

    def azure_error(self, message: str) -> BadConfig:
        """The error for settings of section `azure` that contradict each other; `words` begin
        with the key of the one that is told."""
        line = self.lines.get(("azure", message.partition(" ")[0]))
        place = place_text(self.path or Path("settings"), line)
        return BadConfig(f"{place}: {message if line is None else f'azure.{message}'}")


def find_path(option: Path | None = None) -> Path | None:
    """The file to read: `--config`, $VMSS_TUI_CONFIG, the user's own; None where there is none."""
    if option is not None:
        return option
    if variable := os.environ.get("VMSS_TUI_CONFIG"):
        return Path(variable)
    return user_path() if user_path().exists() else None


def user_path() -> Path:
    """Where the user's own file is looked for."""
    return platformdirs.user_config_path("vmss-tui", appauthor=False) / "config.yaml"


def load(path: Path | None) -> Settings:
    """The settings of a file, or the defaults where there is none; raises `BadConfig`."""
    if path is None:
        return Settings()
    from vmss_tui.config.schema import read

    file_settings = read(path)
    return Settings(
        azure=AzureSettings(**file_settings.section("azure")),
        poll=PollSettings(**file_settings.section("poll")),
        display=DisplaySettings(**file_settings.section("display")),
        hooks=HookSettings(notify=file_settings.values.get(("hooks", "notify"), ())),
        keys=file_settings.section("keys"),
        protected=file_settings.values.get(("protected",), ()),
        policy=file_settings.policy,
        path=path,
        lines=file_settings.lines,
    )

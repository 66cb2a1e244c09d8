"""The settings in config.yaml, as frozen values.

The dashboard's first frame waits for this module: the file parser is imported only if there is a
file, and sections are named tuples, which take a tenth of a dataclass's time to create. Settings
contain no secrets: azure-identity signs in.
"""

import fnmatch
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import platformdirs

from vmss_tui.config.entry import ConfigError, KeyPath, key_text, place_text

if TYPE_CHECKING:
    from vmss_tui.fleet.scale_set_id import ScaleSetId
    from vmss_tui.upgrade.plan.policy import Policy

__all__ = [
    "AzureSettings",
    "ConfigError",
    "DisplaySettings",
    "HookSettings",
    "PollSettings",
    "RunSettings",
    "Settings",
    "find_path",
    "load",
]


class AzureSettings(NamedTuple):
    """How to connect to Azure, and with which credential."""

    cloud: str = "public"
    endpoint: str | None = None
    """Azure Resource Manager, for cloud custom; None for the cloud's own endpoint."""
    authority: str | None = None
    tenant: str = ""
    credential: str = "cli"
    subscriptions: tuple[str, ...] = ()
    """Ids or names; empty means az's default, or all visible ones."""
    process_timeout: int = 60
    """Seconds that `az` may take."""
    api_version: str = ""
    """Of Microsoft.Compute; empty: the newest that this program and the cloud know."""


class PollSettings(NamedTuple):
    """How often a scale set is read."""

    interval: float = 6.0
    """Minimum seconds between two reads; a set of many pages is read less often."""


class DisplaySettings(NamedTuple):
    """Appearance of the dashboard."""

    theme: str = "auto"
    glyphs: str = "unicode"
    cell: str = "state"
    """What the cells of the heatmap show at the start."""


class RunSettings(NamedTuple):
    """How long ended runs are kept; `prune` removes the others."""

    keep_days: int = 90
    keep_newest: int = 200


class HookSettings(NamedTuple):
    """Commands to run; `gate` and `gate_timeout` are part of `Settings.upgrade`."""

    notify: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings, from the file or by default."""

    azure: AzureSettings = field(default_factory=AzureSettings)
    poll: PollSettings = field(default_factory=PollSettings)
    display: DisplaySettings = field(default_factory=DisplaySettings)
    hooks: HookSettings = field(default_factory=HookSettings)
    runs: RunSettings = field(default_factory=RunSettings)
    keys: Mapping[str, str] = field(default_factory=dict)
    """Command id -> keys; the ids are checked by the dashboard, which knows the commands."""
    protected: tuple[str, ...] = ()
    """Patterns of `group/name`; writes to a matching set require its name to be typed."""
    state: str = ""
    """URL of the container in which a team keeps its runs; empty: the state folder."""
    policy: "Policy | None" = None
    """The policy in the file; None for the default."""
    path: Path | None = field(default=None, compare=False)
    """The file that was read."""
    lines: Mapping[KeyPath, int] = field(default_factory=dict, compare=False, repr=False)
    """The line of each setting in the file."""

    @property
    def upgrade(self) -> "Policy":
        """The default policy of runs."""
        from vmss_tui.upgrade.plan.policy import Policy

        return self.policy or Policy()

    def is_protected(self, scale_set: "ScaleSetId") -> bool:
        """Whether a pattern matches this set, ignoring case, as Azure does."""
        short = scale_set.short.lower()
        return any(fnmatch.fnmatchcase(short, pattern.lower()) for pattern in self.protected)

    def key_error(self, command_id: str, message: str) -> ConfigError:
        """The error for an invalid line of section `keys`; only the dashboard can check them."""
        path = ("keys", command_id)
        place = place_text(self.path or Path("settings"), self.lines.get(path))
        return ConfigError(f"{place}: {key_text(path)} {message}")

    def azure_error(self, message: str) -> ConfigError:
        """The error for settings of section `azure` that contradict each other.

        `message` begins with the key of one of them.
        """
        line = self.lines.get(("azure", message.partition(" ")[0]))
        place = place_text(self.path or Path("settings"), line)
        return ConfigError(f"{place}: {message if line is None else f'azure.{message}'}")


def find_path(option: Path | None = None) -> Path | None:
    """The file to read: `option`, $VMSS_TUI_CONFIG, or the user's own file if it exists.

    Without a home folder there is no file of the user's own: a relative path is never read.
    """
    if option is not None:
        return option
    if variable := os.environ.get("VMSS_TUI_CONFIG"):
        return Path(variable)
    path = user_path()
    return path if path.is_absolute() and path.exists() else None


def user_path() -> Path:
    """The path of the user's own file; not absolute where there is no home folder."""
    try:
        folder = platformdirs.user_config_path("vmss-tui", appauthor=False)
    except RuntimeError:  # newer versions of platformdirs
        folder = Path("~/.config/vmss-tui")
    return folder / "config.yaml"


def load(path: Path | None) -> Settings:
    """The settings of a file, or the defaults where there is none; raises `ConfigError`."""
    if path is None:
        return Settings()
    from vmss_tui.config.schema import read_settings

    file_settings = read_settings(path)
    return Settings(
        azure=AzureSettings(**file_settings.section("azure")),
        poll=PollSettings(**file_settings.section("poll")),
        display=DisplaySettings(**file_settings.section("display")),
        hooks=HookSettings(notify=file_settings.values.get(("hooks", "notify"), ())),
        runs=RunSettings(**file_settings.section("runs")),
        keys=file_settings.section("keys"),
        protected=file_settings.values.get(("protected",), ()),
        state=file_settings.values.get(("state",)) or "",
        policy=file_settings.policy,
        path=path,
        lines=file_settings.lines,
    )

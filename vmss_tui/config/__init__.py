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

from vmss_tui.config.entry import BadConfig, KeyPath, dotted, shown

if TYPE_CHECKING:
    from vmss_tui.fleet.scale_set_id import ScaleSetId
    from vmss_tui.upgrade.plan.policy import Policy

__all__ = ["Azure", "BadConfig", "Display", "Hooks", "Poll", "Settings", "find", "load"]


class Azure(NamedTuple):
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


class Poll(NamedTuple):
    """How often to look."""

    interval: float = 6.0
    """Seconds between two readings at least; a set of many pages is read more seldom."""


class Display(NamedTuple):
    """How the dashboard looks."""

    theme: str = "auto"
    glyphs: str = "unicode"
    cell: str = "state"
    """What the cells of the heatmap mean at the start."""


class Hooks(NamedTuple):
    """Commands of the operator's own; `gate` and its time are part of `Settings.upgrade`."""

    notify: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings, as the file says or by default."""

    azure: Azure = field(default_factory=Azure)
    poll: Poll = field(default_factory=Poll)
    display: Display = field(default_factory=Display)
    hooks: Hooks = field(default_factory=Hooks)
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

    def bad_key(self, command_id: str, words: str) -> BadConfig:
        """The error for a line of section `keys`, found wrong by who knows the commands."""
        at = ("keys", command_id)
        where = shown(self.path or Path("settings"), self.lines.get(at))
        return BadConfig(f"{where}: {dotted(at)} {words}")

    def bad_azure(self, words: str) -> BadConfig:
        """The error for settings of section `azure` that contradict each other; `words` begin
        with the key of the one that is told."""
        line = self.lines.get(("azure", words.partition(" ")[0]))
        where = shown(self.path or Path("settings"), line)
        return BadConfig(f"{where}: {words if line is None else f'azure.{words}'}")


def find(asked: Path | None = None) -> Path | None:
    """The file to read: `--config`, $VMSS_TUI_CONFIG, the user's own; None where there is none."""
    if asked is not None:
        return asked
    if named := os.environ.get("VMSS_TUI_CONFIG"):
        return Path(named)
    return own_path() if own_path().exists() else None


def own_path() -> Path:
    """Where the user's own file is looked for."""
    return platformdirs.user_config_path("vmss-tui", appauthor=False) / "config.yaml"


def load(path: Path | None) -> Settings:
    """The settings of a file, or the defaults where there is none; raises `BadConfig`."""
    if path is None:
        return Settings()
    from vmss_tui.config.schema import read

    found = read(path)
    return Settings(
        azure=Azure(**found.section("azure")),
        poll=Poll(**found.section("poll")),
        display=Display(**found.section("display")),
        hooks=Hooks(notify=found.values.get(("hooks", "notify"), ())),
        keys=found.section("keys"),
        protected=found.values.get(("protected",), ()),
        policy=found.policy,
        path=path,
        lines=found.lines,
    )

"""config.yaml as frozen settings. Knows what is allowed, and nothing of what it is used for.

Every error is one sentence with file, line, key, what was found and what is allowed. No secret
has a place here: whoever signs in does so with azure-identity.
"""

import difflib
import fnmatch
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import platformdirs

from vmss_tui.config_entry import BadConfig, Entry, KeyPath, dotted, shown
from vmss_tui.config_values import (
    amount_of,
    command,
    flag,
    host,
    key,
    one_of,
    percentages,
    seconds,
    tenant,
    texts,
    url,
    whole,
)
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.upgrade.policy import BadPolicy, Order, Policy, validate

__all__ = ["Azure", "BadConfig", "Display", "Hooks", "Poll", "Settings", "find", "load"]

CLOUDS = ("public", "china", "usgov", "custom")
CREDENTIALS = (
    "cli",
    "default",
    "managed",
    "workload",
    "environment",
    "device-code",
    "browser",
)
THEMES = ("auto", "vmss-dark", "vmss-light", "vmss-16", "vmss-mono")
GLYPHS = ("unicode", "ascii")
CELLS = (
    "state", "power", "health", "model", "image-version", "provisioning", "time-since-change",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Azure:
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


@dataclass(frozen=True, slots=True)
class Poll:
    """How often to look."""

    interval: float = 6.0
    """Seconds between two readings at least; a set of many pages is read more seldom."""


@dataclass(frozen=True, slots=True)
class Display:
    """How the dashboard looks."""

    theme: str = "auto"
    glyphs: str = "unicode"
    cell: str = "state"
    """What the cells of the heatmap mean at the start."""


@dataclass(frozen=True, slots=True)
class Hooks:
    """Commands of the operator's own; `gate` and its time are part of `Settings.upgrade`."""

    notify: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings, as the file says or by default."""

    azure: Azure = Azure()
    poll: Poll = Poll()
    upgrade: Policy = field(default_factory=Policy)
    display: Display = Display()
    hooks: Hooks = Hooks()
    keys: Mapping[str, str] = field(default_factory=dict)
    """Command id -> keys; which commands there are is the dashboard's to know."""
    protected: tuple[str, ...] = ()
    """Patterns of `group/name`; what matches is not written to before its name was typed."""
    path: Path | None = field(default=None, compare=False)
    """The file they came from."""
    lines: Mapping[KeyPath, int] = field(default_factory=dict, compare=False, repr=False)
    """Where in it each setting stands."""

    def is_protected(self, scale_set: ScaleSetId) -> bool:
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
    from vmss_tui.config_file import read  # YAML is slow to import, and often there is no file

    found = read(path)
    values: dict[KeyPath, Any] = {}
    for at, entry in found.items():
        try:
            values[at] = _parser(at, path, entry)(entry.value)
        except BadPolicy as error:
            words = str(error).removeprefix(f"{error.field}: ")
            raise _wrong(path, at, entry, words) from error
        except ValueError as error:
            raise _wrong(path, at, entry, str(error)) from error
    return Settings(
        azure=Azure(**_section(values, "azure")),
        poll=Poll(**_section(values, "poll")),
        upgrade=_policy(path, found, _section(values, "upgrade") | _gate(values)),
        display=Display(**_section(values, "display")),
        hooks=Hooks(notify=values.get(("hooks", "notify"), ())),
        keys=_section(values, "keys"),
        protected=values.get(("protected",), ()),
        path=path,
        lines={at: entry.line for at, entry in found.items()},
    )


def _section(values: Mapping[KeyPath, Any], name: str) -> dict[str, Any]:
    return {at[1]: value for at, value in values.items() if len(at) == 2 and at[0] == name}


def _gate(values: Mapping[KeyPath, Any]) -> dict[str, Any]:
    """What section hooks says of a run's policy."""
    hooks = _section(values, "hooks")
    return {name: hooks[name] for name in ("gate", "gate_timeout") if name in hooks}


def _policy(path: Path, found: Mapping[KeyPath, Entry], values: dict[str, Any]) -> Policy:
    policy = msgspec.structs.replace(Policy(), **values)
    try:
        return validate(policy)
    except BadPolicy as error:
        at = ("upgrade", error.field)
        words = str(error).removeprefix(f"{error.field}: ")
        if at in found:
            raise _wrong(path, at, found[at], words) from error
        raise BadConfig(f"{shown(path)}: {dotted(at)} {words} (by default it is not)") from error


def _wrong(path: Path, at: KeyPath, entry: Entry, words: str) -> BadConfig:
    return BadConfig(f"{shown(path, entry.line)}: {dotted(at)} is {entry.shown}: it {words}")


def _parser(at: KeyPath, path: Path, entry: Entry) -> Callable[[Any], Any]:
    if at in _SCHEMA:
        return _SCHEMA[at]
    if at[0] == "keys" and len(at) == 2:
        return key
    where = shown(path, entry.line)
    sections = sorted({known[0] for known in _SCHEMA} | {"keys"})
    if at[0] not in sections:
        raise BadConfig(
            f"{where}: {dotted(at[:1])} is not a setting{_meant(at[0], sections)}: "
            f"the sections are {', '.join(sections)}"
        )
    keys = [known[1] for known in _SCHEMA if known[0] == at[0] and len(known) == 2]
    if at[0] == "keys":
        raise BadConfig(f"{where}: keys are written one to a line, as COMMAND: KEY")
    if not keys:
        raise BadConfig(f"{where}: {dotted(at[:1])} is a list, without keys of its own")
    if len(at) == 1:
        raise BadConfig(f"{where}: {at[0]} is a section: indent its settings ({', '.join(keys)})")
    if at[:2] in _SCHEMA:
        raise BadConfig(f"{where}: {dotted(at[:2])} is one value, without keys of its own")
    raise BadConfig(
        f"{where}: {dotted(at)} is not a setting{_meant(at[1], keys)}: "
        f"section {at[0]} knows {', '.join(keys)}"
    )


def _meant(word: str, known: list[str]) -> str:
    close = difflib.get_close_matches(word, known, n=1)
    return f" (did you mean {close[0]}?)" if close else ""


_DAY = 86_400.0
_SCHEMA: Mapping[KeyPath, Callable[[Any], Any]] = {
    ("azure", "cloud"): one_of(*CLOUDS),
    ("azure", "endpoint"): url,
    ("azure", "authority"): host,
    ("azure", "tenant"): tenant,
    ("azure", "credential"): one_of(*CREDENTIALS),
    ("azure", "subscriptions"): texts,
    ("azure", "process_timeout"): whole(5, 600),
    ("poll", "interval"): seconds(6, 3600),
    ("display", "theme"): one_of(*THEMES),
    ("display", "glyphs"): one_of(*GLYPHS),
    ("display", "cell"): one_of(*CELLS),
    **{
        ("upgrade", name): amount_of(name)
        for name in (
            "max_batch_instance_percent",
            "max_unhealthy_instance_percent",
            "max_unhealthy_upgraded_instance_percent",
        )
    },
    ("upgrade", "max_new_failures"): whole(1, 1000),
    ("upgrade", "pause_time_between_batches"): seconds(0, _DAY),
    ("upgrade", "prioritize_unhealthy_instances"): flag,
    ("upgrade", "order"): lambda value: Order(one_of(*Order)(value)),
    ("upgrade", "min_healthy_time"): seconds(0, _DAY),
    ("upgrade", "healthy_deadline"): seconds(1, _DAY),
    ("upgrade", "batch_deadline"): seconds(1, 7 * _DAY),
    ("upgrade", "canary"): whole(0, 1000),
    ("upgrade", "checkpoints"): percentages,
    ("upgrade", "skip_not_running"): flag,
    ("hooks", "gate"): command,
    ("hooks", "gate_timeout"): seconds(1, _DAY),
    ("hooks", "notify"): command,
    ("protected",): texts,
}

"""What may stand in config.yaml: every setting with what is allowed, and what is said of others.

Every error is one sentence with file, line, key, what was found and what is allowed.
"""

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from vmss_tui.config import yaml_file as config_file
from vmss_tui.config.entry import BadConfig, Entry, KeyPath, dotted, shown
from vmss_tui.config.parsers import (
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
from vmss_tui.upgrade.plan.policy import BadPolicy, Order, Policy, validate

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
class Found:
    """What a file says, as values."""

    values: Mapping[KeyPath, Any]
    policy: Policy | None
    """None where it is the default."""
    lines: Mapping[KeyPath, int]

    def section(self, name: str) -> dict[str, Any]:
        """The settings of a section by their keys."""
        return {at[1]: value for at, value in self.values.items() if len(at) == 2 and at[0] == name}


def read(path: Path) -> Found:
    """Reads and checks a file; raises `BadConfig`."""
    entries = config_file.read(path)
    values: dict[KeyPath, Any] = {}
    for at, entry in entries.items():
        try:
            values[at] = _parser(at, path, entry)(entry.value)
        except BadPolicy as error:
            words = str(error).removeprefix(f"{error.field}: ")
            raise _wrong(path, at, entry, words) from error
        except ValueError as error:
            raise _wrong(path, at, entry, str(error)) from error
    # The gate is written under hooks, and is part of a run's policy.
    gate = {
        at[1]: value
        for at, value in values.items()
        if at in (("hooks", "gate"), ("hooks", "gate_timeout"))
    }
    of_runs = {at[1]: value for at, value in values.items() if at[0] == "upgrade"}
    lines = {at: entry.line for at, entry in entries.items()}
    return Found(values, _policy(path, entries, of_runs | gate), lines)


def _policy(path: Path, found: Mapping[KeyPath, Entry], values: Mapping[str, Any]) -> Policy | None:
    """None where it is the default."""
    policy = msgspec.structs.replace(Policy(), **values)
    try:
        return validate(policy) if policy != Policy() else None
    except BadPolicy as error:
        at = ("upgrade", error.field)
        words = str(error).removeprefix(f"{error.field}: ")
        if at in found:
            raise _wrong(path, at, found[at], words) from error
        raise BadConfig(f"{shown(path)}: {dotted(at)} {words} (by default it is not)") from error


def _wrong(path: Path, at: KeyPath, entry: Entry, words: str) -> BadConfig:
    return BadConfig(f"{shown(path, entry.line)}: {dotted(at)} is {entry.shown}: it {words}")


def _parser(at: KeyPath, path: Path, entry: Entry) -> Callable[[Any], Any]:
    if at in SCHEMA:
        return SCHEMA[at]
    if at[0] == "keys" and len(at) == 2:
        return key
    where = shown(path, entry.line)
    sections = sorted({known[0] for known in SCHEMA} | {"keys"})
    if at[0] not in sections:
        raise BadConfig(
            f"{where}: {dotted(at[:1])} is not a setting{_meant(at[0], sections)}: "
            f"the sections are {', '.join(sections)}"
        )
    keys = [known[1] for known in SCHEMA if known[0] == at[0] and len(known) == 2]
    if at[0] == "keys":
        raise BadConfig(f"{where}: keys are written one to a line, as COMMAND: KEY")
    if not keys:
        raise BadConfig(f"{where}: {dotted(at[:1])} is a list, without keys of its own")
    if len(at) == 1:
        raise BadConfig(f"{where}: {at[0]} is a section: indent its settings ({', '.join(keys)})")
    if at[:2] in SCHEMA:
        raise BadConfig(f"{where}: {dotted(at[:2])} is one value, without keys of its own")
    raise BadConfig(
        f"{where}: {dotted(at)} is not a setting{_meant(at[1], keys)}: "
        f"section {at[0]} knows {', '.join(keys)}"
    )


def _meant(word: str, known: list[str]) -> str:
    close = difflib.get_close_matches(word, known, n=1)
    return f" (did you mean {close[0]}?)" if close else ""


_DAY = 86_400.0
SCHEMA: Mapping[KeyPath, Callable[[Any], Any]] = {
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

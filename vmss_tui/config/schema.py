"""The settings that config.yaml may contain, their allowed values, and the errors for others.

Every error is one sentence with file, line, key, value and what is allowed.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from vmss_tui import text
from vmss_tui.config.entry import ConfigError, Entry, KeyPath, key_text, place_text
from vmss_tui.config.file_access import program_refusal
from vmss_tui.config.key_errors import closest_name, invalid_value, suggestion
from vmss_tui.config.parsers import (
    amount_parser,
    choice_parser,
    integer_parser,
    parse_api_version,
    parse_command,
    parse_flag,
    parse_host,
    parse_key,
    parse_percentages,
    parse_tenant,
    parse_texts,
    parse_url,
    parse_verdict_check,
    parse_verdict_window,
    seconds_parser,
)
from vmss_tui.config.yaml_file import read_entries
from vmss_tui.upgrade.plan.policy import (
    VERDICT_FIELDS,
    Order,
    Policy,
    PolicyError,
    validate,
    with_fields,
)
from vmss_tui.upgrade.plan.verdict import Inconclusive, OnFailure, Verdict

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


class FileSettings(Struct, frozen=True):
    """The parsed settings of a file."""

    values: Mapping[KeyPath, Any]
    policy: Policy | None
    """None for the default policy."""
    lines: Mapping[KeyPath, int]

    def section(self, name: str) -> dict[str, Any]:
        """The settings of a section by their keys."""
        return {
            path[1]: value
            for path, value in self.values.items()
            if len(path) == 2 and path[0] == name
        }


def read_settings(path: Path) -> FileSettings:
    """Reads and checks a file; raises `ConfigError`."""
    entries = read_entries(path)
    values: dict[KeyPath, Any] = {}
    for key_path, entry in entries.items():
        try:
            values[key_path] = _parser(key_path, path, entry)(entry.value)
        except PolicyError as error:
            message = str(error).removeprefix(f"{error.field}: ")
            raise invalid_value(path, key_path, entry, message) from error
        except ValueError as error:
            raise invalid_value(path, key_path, entry, str(error)) from error
    verdict = values.get(("hooks", "verdict"))
    for key_path, command in (
        (("hooks", "gate"), values.get(("hooks", "gate"), ())),
        (("hooks", "notify"), values.get(("hooks", "notify"), ())),
        (("hooks", "verdict"), verdict.command if verdict else ()),
    ):
        if reason := program_refusal(command):
            message = f"must not name a file that others can change: {text.cell(reason, 1000)}"
            raise invalid_value(path, key_path, entries[key_path], message)
    # In the file gate and verdict belong to hooks; they are part of a run's policy.
    hooks = {
        key_path[1]: value
        for key_path, value in values.items()
        if key_path[0] == "hooks" and key_path[1] != "notify"
    }
    upgrade = {key_path[1]: value for key_path, value in values.items() if key_path[0] == "upgrade"}
    lines = {key_path: entry.line for key_path, entry in entries.items()}
    return FileSettings(values, _policy(path, entries, upgrade | hooks), lines)


def _policy(
    path: Path, entries: Mapping[KeyPath, Entry], values: Mapping[str, Any]
) -> Policy | None:
    """The policy of the file; None for the default."""
    if values.get("verdict") is None:  # defaults may be written down without a verdict
        defaults = {"verdict": None, **_VERDICT_DEFAULTS}
        values = {name: v for name, v in values.items() if defaults.get(name, ...) != v}
    try:
        policy = with_fields(Policy(), dict(values))
        return validate(policy) if policy != Policy() else None
    except PolicyError as error:
        section = "hooks" if ("hooks", error.field) in entries else "upgrade"
        key_path = (section, error.field)
        message = str(error).removeprefix(f"{error.field}: ")
        if key_path in entries:
            raise invalid_value(path, key_path, entries[key_path], message) from error
        raise ConfigError(
            f"{place_text(path)}: {key_text(key_path)} {message} (by default it is not)"
        ) from error


def _parser(key_path: KeyPath, path: Path, entry: Entry) -> Callable[[Any], Any]:
    if key_path in SCHEMA:
        return SCHEMA[key_path]
    if key_path[0] == "keys" and len(key_path) == 2:
        return parse_key
    place = place_text(path, entry.line)
    sections = sorted({schema_path[0] for schema_path in SCHEMA} | {"keys"})
    if key_path[0] not in sections:
        raise ConfigError(
            f"{place}: {key_text(key_path[:1])} is not a setting"
            f"{_section_suggestion(key_path[0], sections)}: the sections are {', '.join(sections)}"
        )
    keys = [
        schema_path[1]
        for schema_path in SCHEMA
        if schema_path[0] == key_path[0] and len(schema_path) == 2
    ]
    if key_path[0] == "keys":
        raise ConfigError(f"{place}: keys are written one to a line, as COMMAND: KEY")
    if not keys:
        kind = "a list" if SCHEMA[key_path[:1]] is parse_texts else "one value"
        raise ConfigError(f"{place}: {key_text(key_path[:1])} is {kind}, without keys of its own")
    if len(key_path) == 1:
        raise ConfigError(
            f"{place}: {key_path[0]} is a section: indent its settings ({', '.join(keys)})"
        )
    if key_path[:2] in SCHEMA:
        raise ConfigError(
            f"{place}: {key_text(key_path[:2])} is one value, without keys of its own"
        )
    raise ConfigError(
        f"{place}: {key_text(key_path)} is not a setting{suggestion(key_path[1], keys)}: "
        f"section {key_path[0]} has {', '.join(keys)}"
    )


def _section_suggestion(name: str, sections: list[str]) -> str:
    """A section, else a setting of one: it may lack its section."""
    places = {path[1]: path[0] for path in SCHEMA if len(path) == 2}
    close = closest_name(name, places)
    setting = f" (did you mean {close} in section {places[close]}?)" if close else ""
    return suggestion(name, sections) or setting


_DAY = 86_400.0
_VERDICT_DEFAULTS: Mapping[str, Any] = {
    **{name: getattr(Verdict(), field) for name, field in VERDICT_FIELDS.items()},
    "verdict_window": (Verdict().failures, Verdict().samples),
}
"""Of `Verdict`, under the names of the settings."""
SCHEMA: Mapping[KeyPath, Callable[[Any], Any]] = {
    ("azure", "cloud"): choice_parser(*CLOUDS),
    ("azure", "endpoint"): parse_url,
    ("azure", "authority"): parse_host,
    ("azure", "tenant"): parse_tenant,
    ("azure", "credential"): choice_parser(*CREDENTIALS),
    ("azure", "subscriptions"): parse_texts,
    ("azure", "process_timeout"): integer_parser(5, 600),
    ("azure", "api_version"): parse_api_version,
    ("poll", "interval"): seconds_parser(6, 3600),
    ("display", "theme"): choice_parser(*THEMES),
    ("display", "glyphs"): choice_parser(*GLYPHS),
    ("display", "cell"): choice_parser(*CELLS),
    **{
        ("upgrade", name): amount_parser(name)
        for name in (
            "max_batch_instance_percent",
            "max_unhealthy_instance_percent",
            "max_unhealthy_upgraded_instance_percent",
        )
    },
    ("upgrade", "max_new_failures"): integer_parser(1, 1000),
    ("upgrade", "pause_time_between_batches"): seconds_parser(0, _DAY),
    ("upgrade", "prioritize_unhealthy_instances"): parse_flag,
    ("upgrade", "order"): lambda value: Order(choice_parser(*Order)(value)),
    ("upgrade", "min_healthy_time"): seconds_parser(0, _DAY),
    ("upgrade", "healthy_deadline"): seconds_parser(1, _DAY),
    ("upgrade", "batch_deadline"): seconds_parser(1, 7 * _DAY),
    ("upgrade", "canary"): integer_parser(0, 1000),
    ("upgrade", "checkpoints"): parse_percentages,
    ("upgrade", "skip_not_running"): parse_flag,
    ("upgrade", "bake"): seconds_parser(0, 7 * _DAY),
    ("upgrade", "quarantine"): parse_flag,
    ("hooks", "gate"): parse_command,
    ("hooks", "gate_timeout"): seconds_parser(1, _DAY),
    ("hooks", "notify"): parse_command,
    ("hooks", "verdict"): parse_verdict_check,
    ("hooks", "verdict_every"): seconds_parser(5, _DAY),
    ("hooks", "verdict_timeout"): seconds_parser(1, 3600),
    ("hooks", "verdict_window"): parse_verdict_window,
    ("hooks", "inconclusive"): lambda value: Inconclusive(choice_parser(*Inconclusive)(value)),
    ("hooks", "on_failure"): lambda value: OnFailure(choice_parser(*OnFailure)(value)),
    ("runs", "keep_days"): integer_parser(1, 3650),
    ("runs", "keep_newest"): integer_parser(1, 100_000),
    ("protected",): parse_texts,
    ("state",): parse_url,
}

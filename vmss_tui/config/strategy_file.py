"""Reads a strategy file: what a campaign changes, where, and in which order.

Every error is one sentence with file, line, key, value and what would be right.
"""

import contextlib
import shutil
from pathlib import Path
from typing import Any

import msgspec

from vmss_tui import text
from vmss_tui.campaign.strategy import CampaignRules, EstateSelection, Strategy, StrategyStage
from vmss_tui.config.entry import ConfigError, Entry, KeyPath, key_text, place_text
from vmss_tui.config.file_access import program_refusal
from vmss_tui.config.key_errors import invalid_value
from vmss_tui.config.strategy_keys import STAGE_RULE, unknown_key, with_policy_keys
from vmss_tui.config.strategy_values import ITEM, POLICY_KEYS, STRATEGY_SCHEMA
from vmss_tui.config.yaml_file import read_entries
from vmss_tui.fleet.image import Image, ImageKind
from vmss_tui.fleet.model_edit.edit import Edit, InvalidEdit
from vmss_tui.fleet.model_edit.image import check_name, storage_body
from vmss_tui.upgrade.plan.durations import format_seconds
from vmss_tui.upgrade.plan.policy import Policy, PolicyError, validate
from vmss_tui.upgrade.plan.verdict import OnFailure, Verdict, VerdictError, validate_verdict

_STAGES: KeyPath = ("stages",)
_ANY_IMAGE = Image(ImageKind.PLATFORM, "publisher", "offer", "sku", "1.0.0")
_COMMANDS: tuple[KeyPath, ...] = (("policy", "gate"), ("verdict", "command"))


def read_strategy(path: Path, defaults: Policy) -> Strategy:
    """Reads and checks a strategy file; raises `ConfigError`.

    `defaults` are the limits that the file does not set. A command whose program is given by a
    relative path is found beside the file, and stored with its absolute path.
    """
    return _Reader(path).strategy(defaults)


class _Reader:
    """The values of one file by their key paths, and their lines."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._entries = read_entries(path, "strategy", (_STAGES,))
        self._values: dict[KeyPath, Any] = {}
        for key_path, entry in self._entries.items():
            if key_path[:-1] != _STAGES or entry.value is not None:
                self._values[key_path] = self._parse(key_path, entry)

    def strategy(self, defaults: Policy) -> Strategy:
        """The strategy; raises `ConfigError` for what is missing or does not fit together."""
        name = self._required(("campaign",), "such as `campaign: ubuntu-2026-01`")
        self._required(("select", "where"), "a filter such as `tag:role=web`, or * for every set")
        verdict = self._verdict()
        by_verdict = verdict.on_failure if verdict else OnFailure.HALT
        return Strategy(
            name=name,
            select=EstateSelection(**self._section("select")),
            change=self._change(),
            policy=self._policy(defaults),
            stages=self._stages(),
            rules=CampaignRules(**self._section("rules")),
            verdict=verdict,
            on_failure=self._values.get(("on_failure",), by_verdict),
        )

    def _parse(self, key_path: KeyPath, entry: Entry) -> Any:
        is_item = len(key_path) > 2 and key_path[:2] in self._entries
        schema_path = (_STAGES[0], ITEM, *key_path[2:]) if is_item else key_path
        parse = STRATEGY_SCHEMA.get(schema_path)
        if parse is None:
            raise unknown_key(self._path, key_path, schema_path, entry)
        try:
            value = parse(entry.value)
        except (PolicyError, VerdictError) as error:
            rule = str(error).removeprefix(f"{error.field}: ")
            raise invalid_value(self._path, key_path, entry, rule) from error
        except ValueError as error:
            raise invalid_value(self._path, key_path, entry, str(error)) from error
        return self._command(key_path, entry, value) if key_path in _COMMANDS else value

    def _command(self, key_path: KeyPath, entry: Entry, argv: tuple[str, ...]) -> tuple[str, ...]:
        """The command with the absolute path of its program."""
        program = argv[0]
        if program.startswith("~/"):
            with contextlib.suppress(RuntimeError):  # neither $HOME nor an account
                program = str(Path(program).expanduser())
        elif "/" in program:
            program = str(self._path.absolute().parent / program)
        resolved = shutil.which(program)
        if resolved is None:
            rule = f"must name a program that can be run: {argv[0]!a} is not found"
            raise invalid_value(self._path, key_path, entry, rule)
        command = (str(Path(resolved).absolute()), *argv[1:])
        if reason := program_refusal(command):
            rule = f"must not name a file that others can change: {text.cell(reason, 1000)}"
            raise invalid_value(self._path, key_path, entry, rule)
        return command

    def _required(self, key_path: KeyPath, example: str) -> Any:
        if key_path not in self._values:
            raise self._error(key_path[:-1], f"{key_text(key_path)} is missing: {example}")
        return self._values[key_path]

    def _section(self, *prefix: str) -> dict[str, Any]:
        """The values below a key path, by their last key."""
        return {
            key_path[-1]: value
            for key_path, value in self._values.items()
            if key_path[:-1] == prefix
        }

    def _change(self) -> Edit:
        values = self._section("change")
        edit = Edit(**values)
        try:
            storage_body(_ANY_IMAGE, edit)
            if edit.vm_size is not None:
                check_name("vm_size", edit.vm_size, "Standard_D4s_v5")
        except InvalidEdit as error:
            key_path = ("change", error.field) if error.field in values else ("change",)
            raise self._error(key_path, f"{key_text(key_path)}: {error}") from error
        return edit

    def _policy(self, defaults: Policy) -> Policy:
        keys = {POLICY_KEYS[key][0]: key for key in self._section("policy")}
        values = {field: self._values["policy", key] for field, key in keys.items()}
        policy = msgspec.structs.replace(defaults, **values)
        try:
            return validate(policy)
        except PolicyError as error:
            rule = with_policy_keys(str(error).removeprefix(f"{error.field}: "))
            if error.field in keys:
                key_path = ("policy", keys[error.field])
                raise invalid_value(self._path, key_path, self._entries[key_path], rule) from error
            value = getattr(policy, error.field)
            default = format_seconds(value) if isinstance(value, float) else value
            raise self._error(
                ("policy",),
                f"policy.{with_policy_keys(error.field)} {rule} (by default it is {default})",
            ) from error

    def _verdict(self) -> Verdict | None:
        values = self._section("verdict")
        if not values:
            return None
        if "failures" in values:
            values["failures"], values["samples"] = values["failures"]
        try:
            return validate_verdict(Verdict(**values))
        except VerdictError as error:
            key_path = ("verdict", error.field)
            if key_path in self._entries:
                raise invalid_value(
                    self._path, key_path, self._entries[key_path], error.rule
                ) from error
            raise self._error(("verdict",), f"verdict {error.rule}") from error

    def _stages(self) -> tuple[StrategyStage, ...]:
        numbers = [path[1] for path in self._entries if path[:1] == _STAGES and len(path) == 2]
        if not numbers:
            raise self._error((), f"stages is missing: it {STAGE_RULE}")
        stages: list[StrategyStage] = []
        lines: dict[str, int] = {}
        for number in numbers:
            item: KeyPath = (*_STAGES, number)
            name = self._required((*item, "name"), "such as `name: canary`")
            if name.lower() in lines:
                raise self._error(
                    (*item, "name"),
                    f"stage {name} is given twice, first in line {lines[name.lower()]}: "
                    "give every stage a name of its own",
                )
            lines[name.lower()] = self._line((*item, "name")) or 0
            if stages and stages[-1].where == "*":
                raise self._error(
                    item,
                    f"stage {name} would be empty, because stage {stages[-1].name} before it "
                    "takes every scale set: give that one a `where`, or put it last",
                )
            stages.append(StrategyStage(**self._section(*item)))
        return tuple(stages)

    def _error(self, key_path: KeyPath, message: str) -> ConfigError:
        """The error with the line of a key, or of the first key below it."""
        return ConfigError(f"{place_text(self._path, self._line(key_path))}: {message}")

    def _line(self, key_path: KeyPath) -> int | None:
        lines = [
            entry.line
            for path, entry in self._entries.items()
            if key_path and path[: len(key_path)] == key_path
        ]
        return min(lines, default=None)

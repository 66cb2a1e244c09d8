"""The groups of the action popup, with what each command costs the selection. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from vmss_tui.fleet.scale_set import Instance, PowerState
from vmss_tui.text import capitalize_sentence
from vmss_tui.ui.commands.availability import CommandContext
from vmss_tui.ui.commands.bindings import COMMANDS_BY_ID, key_labels


class Action(NamedTuple):
    """One line of the popup."""

    command_id: str
    title: str
    keys: tuple[str, ...] = ()
    remark: str = ""
    """What it costs or touches: `billing stops`."""
    obstacle: str = ""
    """Why it is not available now; empty where it is."""


class ActionGroup(NamedTuple):
    """Actions under a heading."""

    title: str
    actions: tuple[Action, ...]
    is_destructive: bool = False


_RUN_GROUP = "Run"
_AZURE_GROUP = "Azure's own upgrades and repairs"
_GROUPS: Mapping[str, tuple[str, ...]] = {
    _RUN_GROUP: ("pause", "promote", "end-wait", "retry", "revert", "abort", "take-over"),
    "Upgrade": ("upgrade", "rolling-run", "edit-model", "capacity", "undo-edit"),
    "Power and protection": (
        "restart", "start", "power-off", "deallocate", "protect", "unprotect",
    ),
    "Look": ("detail", "json", "addresses", "copy-id", "pin"),
    _AZURE_GROUP: (
        "start-os-upgrade", "start-extension-upgrade", "cancel-rolling-upgrade",
        "suspend-repairs", "resume-repairs",
    ),
    "Data is lost": ("reimage", "reimage-all", "redeploy", "delete"),
}  # fmt: skip
"""Command ids by heading."""
_DESTRUCTIVE = "Data is lost"
_REMARKS = {
    "rolling-run": "limits you set",
    "edit-model": "whole scale set",
    "capacity": "whole scale set",
    "undo-edit": "whole scale set",
    "power-off": "still billed",
    "deallocate": "billing stops",
    "json": "1 API call",
    "addresses": "1 API call or more",
    "reimage": "OS disk",
    "reimage-all": "OS and data disks",
    "redeploy": "temporary disk",
}


def action_groups(
    context: CommandContext,
    keys: Mapping[str, str],
    instances: Sequence[Instance],
    capacity: int | None,
) -> tuple[ActionGroup, ...]:
    """The commands for these instances; `keys` are the configured keys by command id. Commands of
    a run are there where the scale set has one, those of repairs where they are enabled."""
    remarks = {**_REMARKS, **dict(_counted_remarks(instances, capacity))}
    groups = []
    for title, command_ids in _GROUPS.items():
        if title == _RUN_GROUP and context.run_phase is None:
            continue
        actions = tuple(
            _action(command_id, context, keys, remarks)
            for command_id in command_ids
            if context.repairs_enabled or not command_id.endswith("-repairs")
        )
        groups.append(ActionGroup(title, actions, title == _DESTRUCTIVE))
    return tuple(groups)


def _action(
    command_id: str,
    context: CommandContext,
    keys: Mapping[str, str],
    remarks: Mapping[str, str],
) -> Action:
    command = COMMANDS_BY_ID[command_id]
    return Action(
        command_id,
        capitalize_sentence(command.title),
        key_labels(command, keys.get(command_id))[:1],
        remarks.get(command_id, ""),
        command.unavailable_reason(context) or "",
    )


def _counted_remarks(
    instances: Sequence[Instance], capacity: int | None
) -> Iterator[tuple[str, str]]:
    outdated = sum(instance.latest_model_applied is False for instance in instances)
    running = sum(instance.power is PowerState.RUNNING for instance in instances)
    off = sum(
        instance.power in (PowerState.STOPPED, PowerState.DEALLOCATED) for instance in instances
    )
    protected = sum(
        instance.protected_from_scale_in or instance.protected_from_actions
        for instance in instances
    )
    yield "upgrade", f"{outdated or 'none'} outdated"
    yield "restart", f"{running or 'none'} running"
    yield "start", f"{off or 'none'} stopped"
    yield "protect", f"{protected or 'none'} protected"
    yield "unprotect", f"{protected or 'none'} protected"
    if capacity is not None:
        yield "delete", f"capacity {max(0, capacity - len(instances))}"

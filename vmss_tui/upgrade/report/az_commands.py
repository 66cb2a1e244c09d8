"""The `az` command lines with the effect of this program's requests, for logs and reports. Pure.

Source: "az vmss", "az rest" (Azure CLI reference). `--set` takes paths of the flattened resource,
so `properties.` is left out. The commands are never executed. Secrets of the model are left out of
the words; a line is quoted last and shown as it is (`shell`).
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from vmss_tui.fleet.instance_operation import OperationKind, ProtectionScope
from vmss_tui.fleet.model_edit.change import Change
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.shell import quote_words
from vmss_tui.text import REDACTED, is_secret, redact_arguments
from vmss_tui.upgrade import events as ev

_API = "2024-07-01"
_COMMANDS = {
    OperationKind.POWER_OFF: "stop",
    OperationKind.REIMAGE_ALL: "reimage",
    OperationKind.DELETE: "delete-instances",
}
"""Commands with another name than the operation."""


def command_for_event(scale_set: ScaleSetId, event: ev.AnyEvent) -> str:
    """The command for the request of this event; empty where the event sends none."""
    match event:
        case ev.BatchIntent(instance_ids=ids):
            return update_instances_command(scale_set, ids)
        case ev.ModelIntent(body=body):
            return model_update_command(scale_set, body)
    return ""


def update_instances_command(scale_set: ScaleSetId, instance_ids: Sequence[str]) -> str:
    """The command that upgrades exactly these instances."""
    ids = ("--instance-ids", *instance_ids)
    return az_line("vmss", "update-instances", *_target_options(scale_set), *ids)


def run_command_line(
    scale_set: ScaleSetId, instance_id: str, *, windows: bool, flexible: bool
) -> str:
    """The command that runs a script, which is not shown, on one instance."""
    kind = "RunPowerShellScript" if windows else "RunShellScript"
    script = ("--command-id", kind, "--scripts", "@SCRIPT")
    if flexible:
        group = ("--resource-group", scale_set.resource_group, "--name", instance_id)
        return az_line("vm", "run-command", "invoke", *group, *script)
    target = (*_target_options(scale_set), "--instance-id", instance_id)
    return az_line("vmss", "run-command", "invoke", *target, *script)


def operation_commands(
    scale_set: ScaleSetId,
    kind: OperationKind,
    protection_scope: ProtectionScope,
    instance_ids: Sequence[str],
) -> tuple[str, ...]:
    """The commands of an operation: one, or one for each instance for protection.

    `az vmss reimage --instance-ids` sends `reimageall` (recorded), and there is no command for
    redeploying several instances: those two are `az rest` requests.
    """
    target = _target_options(scale_set)
    if kind.changes_protection:
        flags = _protection_flags(kind, protection_scope)
        return tuple(
            az_line("vmss", "update", *target, "--instance-id", i, *flags) for i in instance_ids
        )
    if kind in (OperationKind.REIMAGE, OperationKind.REDEPLOY):
        url = f"{scale_set.resource_id}/{kind}?api-version={_API}"
        body = json.dumps({"instanceIds": list(instance_ids)}, separators=(",", ":"))
        return (az_line("rest", "--method", "post", "--url", url, "--body", body),)
    command = _COMMANDS.get(kind, str(kind))
    return (az_line("vmss", command, *target, "--instance-ids", *instance_ids),)


def _protection_flags(kind: OperationKind, scope: ProtectionScope) -> tuple[str, ...]:
    on = "true" if kind is OperationKind.PROTECT else "false"
    scale_in, actions = "--protect-from-scale-in", "--protect-from-scale-set-actions"
    if kind is OperationKind.PROTECT and scope is ProtectionScope.SCALE_IN:
        return scale_in, on
    if kind is OperationKind.UNPROTECT and scope is ProtectionScope.SET_ACTIONS:
        return actions, on
    return scale_in, on, actions, on


def model_update_command(scale_set: ScaleSetId, body: Mapping[str, Any]) -> str:
    """The command that sets every path of a PATCH body."""
    sets = [f"{path.removeprefix('properties.')}={value}" for path, value in _leaves(body)]
    return az_line("vmss", "update", *_target_options(scale_set), "--set", *sets)


def change_command(change: Change) -> str:
    """The command for an edit of the model; empty where nothing changes."""
    return az_line(*change.az_arguments) if change.az_arguments else ""


def az_line(*arguments: str) -> str:
    """The command line of `az` with these arguments, secrets in them redacted."""
    return quote_words(("az", *redact_arguments(arguments)))


def _target_options(scale_set: ScaleSetId) -> tuple[str, ...]:
    return "-g", scale_set.resource_group, "-n", scale_set.name


def _leaves(body: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    for key, value in body.items():
        full_path = f"{path}.{key}" if path else key
        if isinstance(value, Mapping):
            yield from _leaves(value, full_path)
        else:
            text = value if isinstance(value, str) else json.dumps(value)
            yield full_path, REDACTED if is_secret(key) else text

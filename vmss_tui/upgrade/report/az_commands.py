"""The `az` command line that would do what a run does, act by act. Pure; for logs and reports.

Source: "az vmss", "az rest" (Azure CLI reference). `--set` takes
paths of the flattened resource, so `properties.` is left out. Nothing here is ever executed, and
secrets of the model are left out.
"""

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from vmss_tui.fleet.instance_operation import OperationKind, ProtectionScope
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.text import is_secret, redact
from vmss_tui.upgrade import events as ev

_API = "2024-07-01"
_COMMANDS = {
    OperationKind.POWER_OFF: "stop",
    OperationKind.REIMAGE_ALL: "reimage",
    OperationKind.DELETE: "delete-instances",
}
"""Where az has another word than ours."""


def command_for_event(scale_set: ScaleSetId, event: ev.AnyEvent) -> str:
    """What somebody would type instead of what this event asks; empty where it asks nothing."""
    match event:
        case ev.BatchIntent(instance_ids=ids):
            return update_instances_command(scale_set, ids)
        case ev.ModelIntent(body=body):
            return model_update_command(scale_set, body)
    return ""


def update_instances_command(scale_set: ScaleSetId, instance_ids: Sequence[str]) -> str:
    """Upgrades exactly these instances to the model."""
    ids = ("--instance-ids", *instance_ids)
    return shlex.join(("az", "vmss", "update-instances", *_target_options(scale_set), *ids))


def operation_commands(
    scale_set: ScaleSetId, verb: OperationKind, guard: ProtectionScope, instance_ids: Sequence[str]
) -> tuple[str, ...]:
    """The lines for an operation: one, or one for each instance where ARM has no call for several.

    `az vmss reimage --instance-ids` asks for `reimageall` (recorded), and redeploying has no
    command of its own: those two are plain requests.
    """
    target = _target_options(scale_set)
    if verb.changes_protection:
        flags = _guard_flags(verb, guard)
        return tuple(
            shlex.join(("az", "vmss", "update", *target, "--instance-id", i, *flags))
            for i in instance_ids
        )
    if verb in (OperationKind.REIMAGE, OperationKind.REDEPLOY):
        url = f"{scale_set.resource_id}/{verb}?api-version={_API}"
        body = json.dumps({"instanceIds": list(instance_ids)}, separators=(",", ":"))
        return (shlex.join(("az", "rest", "--method", "post", "--url", url, "--body", body)),)
    command = _COMMANDS.get(verb, str(verb))
    return (shlex.join(("az", "vmss", command, *target, "--instance-ids", *instance_ids)),)


def _guard_flags(verb: OperationKind, guard: ProtectionScope) -> tuple[str, ...]:
    on = "true" if verb is OperationKind.PROTECT else "false"
    scale_in, actions = "--protect-from-scale-in", "--protect-from-scale-set-actions"
    if verb is OperationKind.PROTECT and guard is ProtectionScope.SCALE_IN:
        return scale_in, on
    if verb is OperationKind.UNPROTECT and guard is ProtectionScope.SET_ACTIONS:
        return actions, on
    return scale_in, on, actions, on


def model_update_command(scale_set: ScaleSetId, body: Mapping[str, Any]) -> str:
    """Writes what a PATCH body says, path by path."""
    sets = [f"{path.removeprefix('properties.')}={value}" for path, value in _leaves(body)]
    return shlex.join(("az", "vmss", "update", *_target_options(scale_set), "--set", *sets))


def _target_options(scale_set: ScaleSetId) -> tuple[str, ...]:
    return "-g", scale_set.resource_group, "-n", scale_set.name


def _leaves(body: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    for key, value in body.items():
        full_path = f"{path}.{key}" if path else key
        if isinstance(value, Mapping):
            yield from _leaves(value, full_path)
        else:
            text = value if isinstance(value, str) else json.dumps(value)
            yield full_path, "(redacted)" if is_secret(key) else redact(text)

"""The `az` command line that would do what a run does, act by act. Pure; for logs and reports.

Source: "az vmss update-instances" and "az vmss update" (Azure CLI reference). `--set` takes
paths of the flattened resource, so `properties.` is left out. Nothing here is ever executed.
"""

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.upgrade import events as ev


def line(scale_set: ScaleSetId, event: ev.Event) -> str:
    """What somebody would type instead of what this event asks; empty where it asks nothing."""
    match event:
        case ev.BatchIntent(instance_ids=ids):
            return update_instances(scale_set, ids)
        case ev.ModelIntent(body=body):
            return update(scale_set, body)
    return ""


def update_instances(scale_set: ScaleSetId, instance_ids: Sequence[str]) -> str:
    """Upgrades exactly these instances to the model."""
    ids = ("--instance-ids", *instance_ids)
    return shlex.join(("az", "vmss", "update-instances", *_where(scale_set), *ids))


def update(scale_set: ScaleSetId, body: Mapping[str, Any]) -> str:
    """Writes what a PATCH body says, path by path."""
    sets = [f"{path.removeprefix('properties.')}={value}" for path, value in _leaves(body)]
    return shlex.join(("az", "vmss", "update", *_where(scale_set), "--set", *sets))


def _where(scale_set: ScaleSetId) -> tuple[str, ...]:
    return "-g", scale_set.resource_group, "-n", scale_set.name


def _leaves(body: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    for key, value in body.items():
        here = f"{path}.{key}" if path else key
        if isinstance(value, Mapping):
            yield from _leaves(value, here)
        else:
            yield here, value if isinstance(value, str) else json.dumps(value)

"""Changes by other operators in the course of a scenario: autoscale, a colleague."""

import contextlib

from vmss_tui.simulator.activity.principals import operator_principal
from vmss_tui.simulator.activity.write_records import Write, record_autoscale, record_write
from vmss_tui.simulator.behaviour.actions import select_instances, start_action
from vmss_tui.simulator.behaviour.model_write import write_scale_set
from vmss_tui.simulator.errors import ArmError, Json
from vmss_tui.simulator.scenarios.spec import OperatorSchedule
from vmss_tui.simulator.world.scale_set import ScaleSet
from vmss_tui.simulator.world.world import World


def start_operator(world: World, schedule: OperatorSchedule) -> None:
    """Schedules an operator's actions one after another, and again from the first."""

    def run_action(at: float, number: int = 0) -> None:
        scale_set = world.scale_set_by_label(schedule.scale_set)
        if scale_set is None:
            return
        action = schedule.actions[number % len(schedule.actions)]
        with contextlib.suppress(ArmError):  # refused like any request, as during an operation
            _perform(world, scale_set, action, schedule.operator)
        world.call_later(at, schedule.interval, lambda later: run_action(later, number + 1))

    world.call_later(world.now, schedule.first, run_action)


def patch_body(changes: Json) -> Json:
    """`{"json.path": value}` as the body of a PATCH. Raises ArmError for overlapping paths."""
    body: Json = {}
    for path, value in changes.items():
        keys = str(path).split(".")
        parent = body
        for key in keys[:-1]:
            parent = parent.setdefault(key, {})
            if not isinstance(parent, dict):
                raise ArmError(400, "InvalidEdit", f"two edits meet at {key}")
        parent[keys[-1]] = value
    return body


def edit_as_operator(world: World, scale_set: ScaleSet, body: Json, operator: str) -> None:
    """Writes a set as another operator, which the Activity Log shows. Raises ArmError."""
    write = _write(scale_set, "write", operator)
    record_write(
        world,
        write,
        scale_set,
        lambda: write_scale_set(world, scale_set, body, operator).operation,
    )


def _perform(world: World, scale_set: ScaleSet, action: Json, operator: str) -> None:
    if "restart" in action:
        instances = select_instances(scale_set, action["restart"])
        write = _write(scale_set, "restart/action", operator)
        record_write(
            world,
            write,
            scale_set,
            lambda: start_action(
                world, scale_set, "restart", instances, client_request_id=operator
            )[0],
        )
        return
    if "scale" not in action:
        edit_as_operator(world, scale_set, patch_body(action["set"]), operator)
        return
    count = int(action["scale"])
    capacity = scale_set.state.capacity + count
    if operator == "autoscale":
        record_autoscale(world, scale_set, operator_principal(operator), count)
    edit_as_operator(world, scale_set, {"sku": {"capacity": capacity}}, operator)


def _write(scale_set: ScaleSet, verb: str, operator: str) -> Write:
    method = "PUT" if verb == "write" else "POST"
    action = "" if verb == "write" else f"/{verb.partition('/')[0]}"
    url = f"https://management.azure.com{scale_set.id}{action}?api-version=2024-11-01"
    operation = f"Microsoft.Compute/virtualMachineScaleSets/{verb}"
    return Write(operator_principal(operator), operation, scale_set.id, None, method, url)

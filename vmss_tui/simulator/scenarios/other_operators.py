"""What somebody else does to a scale set in the course of a scenario: autoscale, a colleague."""

import contextlib

from vmss_tui.simulator.behaviour.actions import select_instances, start_action
from vmss_tui.simulator.behaviour.model_write import write_scale_set
from vmss_tui.simulator.errors import ArmError, Json
from vmss_tui.simulator.scenarios.spec import Habit
from vmss_tui.simulator.world.scale_set import ScaleSet
from vmss_tui.simulator.world.world import World


def start_operator(world: World, habit: Habit) -> None:
    """Lets it happen from now on, deed after deed, round and round."""

    def happen(at: float, number: int = 0) -> None:
        scale_set = world.scale_set_by_label(habit.scale_set)
        if scale_set is None:
            return
        with contextlib.suppress(ArmError):  # refused like anybody, as when an instance is held
            _do(world, scale_set, habit.deeds[number % len(habit.deeds)], habit.who)
        world.call_later(at, habit.every, lambda then: happen(then, number + 1))

    world.call_later(world.now, habit.first, happen)


def patch_body(changes: Json) -> Json:
    """`{"json.path": value}` as the body of a PATCH."""
    body: Json = {}
    for path, value in changes.items():
        keys = str(path).split(".")
        within = body
        for key in keys[:-1]:
            within = within.setdefault(key, {})
            if not isinstance(within, dict):
                raise ArmError(400, "InvalidEdit", f"two edits meet at {key}")
        within[keys[-1]] = value
    return body


def _do(world: World, scale_set: ScaleSet, deed: Json, who: str) -> None:
    if "scale" in deed:
        capacity = scale_set.state.capacity + int(deed["scale"])
        write_scale_set(world, scale_set, {"sku": {"capacity": capacity}}, who)
    elif "restart" in deed:
        instances = select_instances(scale_set, deed["restart"])
        start_action(world, scale_set, "restart", instances, client_request_id=who)
    else:
        write_scale_set(world, scale_set, patch_body(deed["set"]), who)

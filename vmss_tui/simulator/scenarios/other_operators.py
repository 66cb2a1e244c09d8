"""What somebody else does to a scale set in the course of a scenario: autoscale, a colleague."""

import contextlib

from vmss_tui.simulator.behaviour import actions as lifecycle
from vmss_tui.simulator.behaviour import model_write as model
from vmss_tui.simulator.errors import ArmError, Json
from vmss_tui.simulator.scenarios.spec import Habit
from vmss_tui.simulator.world.scale_set import ScaleSet
from vmss_tui.simulator.world.world import World


def begin(world: World, habit: Habit) -> None:
    """Lets it happen from now on, deed after deed, round and round."""

    def happen(at: float, number: int = 0) -> None:
        scale_set = world.labelled(habit.scale_set)
        if scale_set is None:
            return
        with contextlib.suppress(ArmError):  # refused like anybody, as when an instance is held
            _do(world, scale_set, habit.deeds[number % len(habit.deeds)], habit.who)
        world.after(at, habit.every, lambda then: happen(then, number + 1))

    world.after(world.now, habit.first, happen)


def body_at(changes: Json) -> Json:
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
        model.write(world, scale_set, {"sku": {"capacity": capacity}}, who)
    elif "restart" in deed:
        members = lifecycle.selectable(scale_set, deed["restart"])
        lifecycle.act(world, scale_set, "restart", members, client_request_id=who)
    else:
        model.write(world, scale_set, body_at(deed["set"]), who)

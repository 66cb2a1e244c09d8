"""The handlers under `/_simulator/` of what diagnosis reads.

- `POST boot-diagnostics` `{"scale_set":"rg/name","instance_ids":["1"],"state":"empty"}`: `on`,
  `off`, `empty`, `refused`, `expired`, `missing` (`guest.log_settings`); `"storage_uri"` names an
  account of one's own, `"delay"` lets the blob wait for real seconds; the log is `"log"` (text),
  `"log_base64"` or `"generate"` (`guest.log_content`). Without ids all instances are meant.
- `POST guest` `{"scale_set","instance_ids","story":"disk_full","maintenance":"pending"}`: what is
  wrong with the guest (`world.boots`), and planned maintenance.
- `POST rights` `{"refuse":["Microsoft.Insights/eventtypes/values/read"]}`, `DELETE rights`.
- `POST activity` `{"delay":240,"page_size":2,"repeats":true,"empty_pages":true,
  "changes_delay":60}`: the delays are simulated seconds.
"""

import base64
import binascii
from dataclasses import replace
from typing import Any

from vmss_tui.simulator.errors import ArmError, Json
from vmss_tui.simulator.exchange import PathParameters, Request, Response, json_response
from vmss_tui.simulator.guest.log_content import LogContent, WrittenContent, generated_content
from vmss_tui.simulator.guest.log_settings import BLOB_STATES, LogSetting
from vmss_tui.simulator.payloads.maintenance import MAINTENANCE_STATES
from vmss_tui.simulator.world.boots import STORY_NAMES
from vmss_tui.simulator.world.instance import Instance
from vmss_tui.simulator.world.world import World


def set_boot_diagnostics(world: World, request: Request, parameters: PathParameters) -> Response:
    """Sets how the boot diagnostics of some instances are answered."""
    body = request.json()
    instances = _instances(world, body)
    state = str(body.get("state", "on"))
    if state not in (*BLOB_STATES, "off"):
        raise _invalid(f"the state is one of {', '.join((*BLOB_STATES, 'off'))}")
    try:
        setting = LogSetting("on" if state == "off" else state, _content(body))
    except (ValueError, TypeError, AttributeError, binascii.Error) as error:
        raise _invalid(str(error)) from error
    switch: Json = {"enabled": state != "off"}
    if "storage_uri" in body:
        switch["storageUri"] = str(body["storage_uri"])
    for instance in instances:
        world.log_settings.by_machine[instance.vm_id] = setting
        model = instance.state.model
        profile = {**model.profile, "diagnosticsProfile": {"bootDiagnostics": switch}}
        if model.profile.get("diagnosticsProfile") != profile["diagnosticsProfile"]:
            model = replace(model, profile=profile)
            instance.update_state(world.now, model=model)
        if "delay" in body:
            match = {"path": f"{instance.vm_id}\\.serialconsole"}
            action = {"delay": float(body["delay"])}
            world.faults.add({"match": match, "action": action, "times": None})
    return json_response(200, {"instances": len(instances)})


def set_guest(world: World, request: Request, parameters: PathParameters) -> Response:
    """Sets what is wrong with the guest of some instances, and their planned maintenance."""
    body = request.json()
    changes: dict[str, str] = {}
    for name, known in (("story", STORY_NAMES), ("maintenance", MAINTENANCE_STATES)):
        if name in body:
            changes[name] = str(body[name])
            if changes[name] not in known:
                raise _invalid(f"{name} is one of {', '.join(sorted(known))}")
    instances = _instances(world, body)
    for instance in instances:
        if "story" in changes and instance.boots:
            instance.boots[-1].story = changes["story"]
        instance.update_state(world.now, **changes)
    return json_response(200, {"instances": len(instances)})


def refuse_operations(world: World, request: Request, parameters: PathParameters) -> Response:
    """Takes operations away from the caller."""
    names: Any = request.json().get("refuse")
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise _invalid("the operations to refuse are a list of names")
    for name in names:
        world.rights.refuse(name)
    return json_response(200, {"refused": world.rights.refused})


def allow_operations(world: World, request: Request, parameters: PathParameters) -> Response:
    """Gives all operations back."""
    world.rights.refused.clear()
    return json_response(200, {"refused": []})


def set_activity(world: World, request: Request, parameters: PathParameters) -> Response:
    """Sets the delays, the pages and the repetitions of the Activity Log."""
    body, log = request.json(), world.activity
    try:
        log.delay = max(0.0, float(body.get("delay", log.delay)))
        log.page_size = max(1, int(body.get("page_size", log.page_size)))
        world.changes.delay = max(0.0, float(body.get("changes_delay", world.changes.delay)))
    except (ValueError, TypeError) as error:
        raise _invalid(str(error)) from error
    log.repeats = bool(body.get("repeats", log.repeats))
    log.empty_pages = bool(body.get("empty_pages", log.empty_pages))
    return json_response(200, {"delay": log.delay, "changes_delay": world.changes.delay})


def _instances(world: World, body: Json) -> list[Instance]:
    """The instances that a body names; without ids all of the set."""
    scale_set = world.scale_set_by_label(str(body.get("scale_set", "")))
    if scale_set is None:
        raise _invalid("a scale set is named group/name")
    ids: Any = body.get("instance_ids")
    if ids is None:
        return scale_set.sorted_instances()
    instances = [scale_set.instance_by_id(str(instance_id)) for instance_id in ids]
    if None in instances:
        raise _invalid("an instance id is not known")
    return [instance for instance in instances if instance is not None]


def _content(body: Json) -> LogContent | None:
    if "log_base64" in body:
        return WrittenContent(base64.b64decode(body["log_base64"], validate=True))
    if "log" in body:
        return WrittenContent(str(body["log"]).encode())
    return generated_content(body["generate"]) if "generate" in body else None


def _invalid(message: str) -> ArmError:
    return ArmError(400, "InvalidControl", message)

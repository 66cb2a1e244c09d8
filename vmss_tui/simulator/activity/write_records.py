"""Enters every write into the Activity Log, and what it changed into Resource Graph's changes.

A write has a BeginRequest and an EndRequest, and a further EndRequest when its long-running
operation has ended, all with one correlation id (recorded: flow-activitylog-delay-2023).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import msgspec

from vmss_tui.simulator.activity.activity_log import Event
from vmss_tui.simulator.activity.change_log import Change, property_changes
from vmss_tui.simulator.activity.principals import AZURE, Principal
from vmss_tui.simulator.errors import ArmError, Json
from vmss_tui.simulator.payloads.redaction import without_secrets
from vmss_tui.simulator.world.operations import Operation
from vmss_tui.simulator.world.scale_set import ScaleSet
from vmss_tui.simulator.world.world import World

_ANSWER_SECONDS = 0.25
"""Simulated seconds between the two events of a request."""
_MAX_MESSAGE = 4000


@dataclass(frozen=True, slots=True)
class Write:
    """A request that writes, before it is carried out."""

    principal: Principal
    operation: str
    resource_id: str
    client_request_id: str | None = None
    method: str = "POST"
    uri: str = ""


class WriteRecord:
    """One write from its beginning on; call `end` or `fail` once."""

    def __init__(self, world: World, write: Write, scale_set: ScaleSet | None) -> None:
        self._world, self._write, self._scale_set = world, write, scale_set
        self._at = world.now
        self._correlation = world.random.guid("correlation", world.next_number("correlation"))
        self._before = scale_set.state if scale_set else None

    def end(
        self,
        status: int,
        operation: Operation | None,
        message: str = "",
        created: ScaleSet | None = None,
    ) -> None:
        """The request was answered; `operation` goes on. `created` is a set that it created."""
        self._event(self._at, "BeginRequest", "Started")
        at = self._at + _ANSWER_SECONDS
        if status >= 400:
            details = {"statusMessage": message[:_MAX_MESSAGE]}
            self._event(at, "EndRequest", "Failed", status, details)
            return
        going_on = operation is not None and operation.ended is None
        self._event(at, "EndRequest", "Accepted" if going_on else "Succeeded", status)
        self._record_changes(created)
        if operation is not None and operation.ended is None:
            operation.end_callbacks.append(lambda ended: self._end_operation(ended, operation))

    def fail(self, error: ArmError) -> None:
        """The request was refused."""
        self.end(error.status, None, _status_message(error))

    def _end_operation(self, at: float, operation: Operation) -> None:
        if operation.error is None:
            self._event(at, "EndRequest", "Succeeded", 200)
            return
        code, message = operation.error
        details = {"statusMessage": _status_message(ArmError(409, code, message))}
        self._event(at, "EndRequest", "Failed", 409, details)

    def _event(
        self,
        at: float,
        stage: str,
        status: str,
        http_status: int | None = None,
        details: Json | None = None,
    ) -> None:
        write = self._write
        self._world.activity.add(
            Event(
                self._world.next_number("activity"),
                at,
                write.principal,
                write.operation,
                write.resource_id,
                self._correlation,
                stage,
                status,
                http_status,
                write.client_request_id,
                write.method,
                write.uri,
                details=details or {},
            )
        )

    def _record_changes(self, created: ScaleSet | None) -> None:
        target, write = created or self._scale_set, self._write
        if target is None:
            return
        kind, properties = "Update", {}
        if created is not None:
            kind = "Create"
        elif write.method == "DELETE" and write.resource_id.lower() == target.id.lower():
            kind = "Delete"
        elif self._before is not None:
            before, after = without_secrets(self._before.body), without_secrets(target.state.body)
            properties = property_changes(before, after)
            if not properties:
                return
            states = (self._before.provisioning, target.state.provisioning)
            if states[0] != states[1]:
                properties["properties.provisioningState"] = states
        number = self._world.next_number("change")
        self._world.changes.add(
            Change(
                number,
                self._at,
                write.principal,
                write.operation,
                self._correlation,
                target.id,
                kind,
                properties,
            )
        )


def record_write(
    world: World, write: Write, scale_set: ScaleSet, perform: Callable[[], Operation]
) -> Operation:
    """Carries out a write of another operator, and records it. Raises ArmError as `perform`."""
    record = WriteRecord(world, write, scale_set)
    try:
        operation = perform()
    except ArmError as error:
        record.fail(error)
        raise
    record.end(202, operation)
    return operation


def record_platform_write(
    world: World, operation_name: str, resource_id: str, operation: Operation
) -> None:
    """Records what Azure does by itself; `operation` has begun."""
    write = Write(AZURE, operation_name, resource_id, method="")
    WriteRecord(world, write, None).end(202, operation)


def record_autoscale(world: World, scale_set: ScaleSet, principal: Principal, count: int) -> None:
    """The event of the autoscale engine itself, beside the write that it makes."""
    capacity = scale_set.state.capacity
    name = "Scaleup" if count > 0 else "Scaledown"
    group = scale_set.id.partition("/providers/")[0]
    setting = f"{group}/providers/Microsoft.Insights/autoscaleSettings/{scale_set.name}-autoscale"
    write = Write(principal, f"Microsoft.Insights/AutoscaleSettings/{name}/Action", setting)
    description = (
        f"The autoscale engine attempting to scale resource '{scale_set.id}' from {capacity} "
        f"instances count to {capacity + count} instances count."
    )
    event = Event(
        world.next_number("activity"),
        world.now,
        write.principal,
        write.operation,
        write.resource_id,
        world.random.guid("correlation", world.next_number("correlation")),
        "EndRequest",
        "Succeeded",
    )
    details = {
        "description": description,
        "resourceName": scale_set.id,
        "oldInstancesCount": str(capacity),
        "newInstancesCount": str(capacity + count),
    }
    world.activity.add(replace(event, category="Autoscale", details=details))


def _status_message(error: ArmError) -> str:
    return msgspec.json.encode(error.body).decode()[:_MAX_MESSAGE]

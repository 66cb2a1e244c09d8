"""Boot logs, activity and instance views in memory, with a count of the requests."""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from tests.fleet.causes.logs import HEALTHY_BOOT, LOGS
from tests.support.fleets import NOON
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.gateway import Accepted, GatewayError, OperationStatus, PollResult
from vmss_tui.gateway.diagnostics import (
    ActivityEvent,
    BootLog,
    BootLogState,
    CallerKind,
    CommandOutput,
    Diagnostics,
    MetricValue,
    ResourceChange,
)
from vmss_tui.runtime.operations.run_commands import CommandState, InstanceCommand, ScriptRuns
from vmss_tui.runtime.permission import Permission

FULL_LOG = (
    *HEALTHY_BOOT.splitlines(),
    *HEALTHY_BOOT.splitlines(),
    *LOGS["kernel-panic"].splitlines(),
)
"""Two earlier boots, and one that panics."""


class FakeDiagnostics(Diagnostics):
    """Answers at once, or raises the error that the test has set."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.error: GatewayError | None = None
        self.log_lines: tuple[str, ...] = FULL_LOG
        self.page = len(FULL_LOG)
        """Lines of one part of the log. A byte of the log is a line here."""
        self.log: BootLog | None = None
        """What is answered in place of a log."""
        self.events: tuple[ActivityEvent, ...] = ()
        self.view: dict[str, Any] = instance_view()
        self.scripts: list[tuple[str, tuple[str, ...]]] = []
        self.output = CommandOutput("ok\n", "", 0)

    def _call(self, name: str) -> None:
        self.calls.append(name)
        if self.error is not None:
            raise self.error

    def read_boot_log(
        self,
        scale_set: ScaleSetId,
        instance_id: str,
        *,
        end: int | None = None,
        length: int = 65_536,
    ) -> BootLog:
        """The lines before `end`."""
        self._call(f"boot log {instance_id} {end}")
        if self.log is not None:
            return self.log
        last = len(self.log_lines) if end is None else end
        start = max(0, last - self.page)
        size = len(self.log_lines)
        return BootLog(BootLogState.AVAILABLE, self.log_lines[start:last], start, size)

    def read_activity(
        self, scale_set: ScaleSetId, since: datetime, until: datetime
    ) -> Sequence[ActivityEvent]:
        """The events that the test has set."""
        self._call(f"activity {round((until - since) / timedelta(hours=1))} h")
        return self.events

    def read_changes(self, scale_set: ScaleSetId, since: datetime) -> Sequence[ResourceChange]:
        """No changes."""
        self._call("changes")
        return ()

    def read_metric(
        self, resource_id: str, name: str, aggregation: str, window: float
    ) -> MetricValue | None:
        """No value."""
        self._call(f"metric {name}")
        return None

    def run_command(
        self,
        scale_set: ScaleSetId,
        instance_id: str,
        script: Sequence[str],
        client_request_id: str,
        *,
        windows: bool = False,
    ) -> Accepted:
        """Records the script."""
        self._call(f"run command {instance_id}")
        self.scripts.append((instance_id, tuple(script)))
        return Accepted(f"https://operation/{instance_id}")

    def read_command_output(self, operation: str) -> tuple[PollResult, CommandOutput | None]:
        """The output that the test has set."""
        return PollResult(OperationStatus.SUCCEEDED), self.output

    def read_instance_view(self, scale_set: ScaleSetId, instance_id: str) -> dict[str, Any]:
        """The view that the test has set."""
        self._call(f"view {instance_id}")
        return self.view


def instance_view() -> dict[str, Any]:
    """An instance with an agent and two extensions, as ARM returns it."""
    failed = {
        "code": "ProvisioningState/failed/1",
        "level": "Error",
        "displayStatus": "Provisioning failed",
        "message": "Enable failed: [/red]exit status 1\nsecond line",
        "time": "2026-11-22T11:58:00+00:00",
    }
    metrics = {
        "code": "ComponentStatus/CustomMetrics/succeeded",
        "level": "Info",
        "message": '{"rollingUpgrade": {"PhaseOrderingNumber": 2}}',
    }
    extensions = [
        {"name": "health", "type": "Microsoft.ManagedServices.ApplicationHealthLinux",
         "typeHandlerVersion": "2.0.9", "statuses": [], "substatuses": [metrics]},
        {"name": "bootstrap", "type": "Microsoft.Azure.Extensions.CustomScript",
         "typeHandlerVersion": "2.1.14", "statuses": [failed]},
    ]  # fmt: skip
    agent = {"vmAgentVersion": "2.11.1.4", "statuses": [{"code": "ProvisioningState/succeeded"}]}
    view = {"vmAgent": agent, "extensions": extensions, "bootDiagnostics": {}}
    return {"name": "web_0", "properties": {"instanceView": view}}


def activity_event(number: int, **fields: Any) -> ActivityEvent:
    """An event of the set, `number` minutes before noon."""
    values: dict[str, Any] = {
        "event_id": f"event-{number}",
        "at": NOON - timedelta(minutes=number),
        "caller": "maria.oduya@contoso.com",
        "caller_kind": CallerKind.USER,
        "client": "Azure CLI",
        "operation": "Microsoft.Compute/virtualMachineScaleSets/write",
        "operation_label": "Create or Update Virtual Machine Scale Set",
        "status": "Succeeded",
        "resource_id": "/subscriptions/s/resourceGroups/web/providers/Microsoft.Compute"
        "/virtualMachineScaleSets/web",
        "correlation_id": f"correlation-{number}",
    }
    return ActivityEvent(**values | fields)


class FakeRunCommands(ScriptRuns):
    """Ends every command at once with the output of the diagnostics."""

    def __init__(self, diagnostics: FakeDiagnostics, permission: Permission) -> None:
        self._diagnostics, self._permission = diagnostics, permission
        self.refusal = ""

    def refusal_reason(self, scale_set: ScaleSetId, instance_ids: Sequence[str]) -> str | None:
        """The refusal that the test has set."""
        return self.refusal or None

    def begin(
        self,
        scale_set: ScaleSetId,
        instance_ids: Sequence[str],
        script: Sequence[str],
        *,
        windows: bool = False,
        flexible: bool = False,
    ) -> tuple[InstanceCommand, ...]:
        """Sends each to the fake diagnostics."""
        accepted = [
            self._diagnostics.run_command(scale_set, instance_id, script, "", windows=windows)
            for instance_id in instance_ids
        ]
        pairs = zip(instance_ids, accepted, strict=True)
        return tuple(
            InstanceCommand(instance_id, CommandState.RUNNING, operation=answer.operation)
            for instance_id, answer in pairs
        )

    def follow(
        self,
        commands: Sequence[InstanceCommand],
        report: Callable[[Sequence[InstanceCommand]], None] = lambda _commands: None,
        stop: threading.Event | None = None,
    ) -> tuple[InstanceCommand, ...]:
        """Every command has ended."""
        output = self._diagnostics.output
        return tuple(
            InstanceCommand(entry.instance_id, CommandState.DONE, output=output)
            for entry in commands
        )

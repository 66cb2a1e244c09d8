"""`gateway.diagnostics.Diagnostics` over Azure Resource Manager, storage and Resource Graph."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from vmss_tui.arm.blobs.signed_blob import SignedBlobReader
from vmss_tui.arm.diagnostics.activity import read_activity
from vmss_tui.arm.diagnostics.boot_log import BootLogReader
from vmss_tui.arm.diagnostics.changes import read_changes
from vmss_tui.arm.diagnostics.scripts import read_command_output, write_command
from vmss_tui.arm.resources.graph_client import GraphClient
from vmss_tui.arm.resources.long_running import parse_accepted
from vmss_tui.arm.resources.metrics import read_metric
from vmss_tui.arm.resources.scale_sets import ScaleSetReader
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.gateway import Accepted, AzureContext, PollResult, Refused
from vmss_tui.gateway.diagnostics import (
    ActivityEvent,
    BootLog,
    CommandOutput,
    MetricValue,
    ResourceChange,
)
from vmss_tui.gateway.failures import NOT_SENT


class ArmDiagnostics:
    """Reads and run command of single instances. Thread-safe."""

    def __init__(
        self,
        reader: ScaleSetReader,
        graph: GraphClient,
        context: AzureContext,
        now: Callable[[], datetime],
    ) -> None:
        self._reader, self._graph, self._now = reader, graph, now
        self._blobs = SignedBlobReader(
            use_env_settings=context.cloud != "simulator",
            is_cancelled=lambda: reader.sender.cancellation.is_requested,
        )
        self._boot_logs = BootLogReader(reader, self._blobs, context)

    def read_boot_log(
        self,
        scale_set: ScaleSetId,
        instance_id: str,
        *,
        end: int | None = None,
        length: int = 65_536,
    ) -> BootLog:
        """A part of an instance's serial log."""
        return self._boot_logs.read(scale_set, instance_id, end, length)

    def read_activity(
        self, scale_set: ScaleSetId, since: datetime, until: datetime
    ) -> Sequence[ActivityEvent]:
        """Events that concern the set or its instances, newest first."""
        sender, urls = self._reader.sender, self._reader.urls
        return read_activity(sender, urls, scale_set, since, until, self._now())

    def read_changes(self, scale_set: ScaleSetId, since: datetime) -> Sequence[ResourceChange]:
        """Changes of the set by Resource Graph, newest first."""
        return read_changes(self._graph, scale_set, since)

    def read_metric(
        self, resource_id: str, name: str, aggregation: str, window: float
    ) -> MetricValue | None:
        """The value of a metric of Azure Monitor over a window."""
        sender, urls = self._reader.sender, self._reader.urls
        return read_metric(sender, urls, resource_id, name, aggregation, window, self._now())

    def run_command(
        self,
        scale_set: ScaleSetId,
        instance_id: str,
        script: Sequence[str],
        client_request_id: str,
        *,
        windows: bool = False,
    ) -> Accepted:
        """Requests one run of a script on one instance."""
        if not any(line.strip() for line in script):
            raise Refused("Not sent: the script is empty.", code=NOT_SENT)
        flexible = self._reader.is_flexible(scale_set)
        urls = self._reader.urls
        url = urls.instance_action(scale_set, instance_id, "runCommand", flexible)
        sender = self._reader.sender
        return parse_accepted(
            urls, write_command(sender, url, script, client_request_id, windows=windows)
        )

    def read_command_output(self, operation: str) -> tuple[PollResult, CommandOutput | None]:
        """Polls a run command; its output once it has succeeded."""
        return read_command_output(self._reader.sender, self._reader.urls, operation)

    def read_instance_view(self, scale_set: ScaleSetId, instance_id: str) -> dict[str, Any]:
        """One instance with its instance view as ARM's JSON."""
        return dict(self._reader.read_instance(scale_set, instance_id))

    def close(self) -> None:
        """Closes the connections to storage."""
        self._blobs.close()

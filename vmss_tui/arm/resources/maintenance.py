"""Azure's own upkeep of a set: rolling upgrades started and cancelled, their history, repairs.

Bodies and paths as recorded: `vmss-osRollingUpgrade-202`, `vmss-extensionRollingUpgrade-202` and
`vmss-rollingUpgrades-cancel-409` have no body. What `rollingUpgrades/latest` says is read in
`rolling_upgrades`.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from vmss_tui.arm.resources.long_running import accepted
from vmss_tui.arm.resources.rolling_upgrades import (
    ProgressWire,
    RollingUpgradeWire,
    RollingWire,
    RunningStatusWire,
    translated,
)
from vmss_tui.arm.translate.instance import cleaned
from vmss_tui.arm.translate.statuses import parse_time
from vmss_tui.arm.transport.paging import split_page, read_pages
from vmss_tui.arm.transport.send import Response, RequestSender
from vmss_tui.arm.transport.urls import ArmUrls
from vmss_tui.arm.wire.compute import ErrorWire, Wire
from vmss_tui.arm.wire.decode import InvalidJson, decode_item
from vmss_tui.fleet.azure_maintenance import OsUpgrade, RepairsService, RepairsState
from vmss_tui.fleet.image import image_from_reference
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.gateway import Accepted, InvalidResponse, RollingUpgradeAction

_REPAIRS = "AutomaticRepairs"
_LONGEST_WORD = 100
_STATES = {
    state.value.lower(): state for state in RepairsState if state is not RepairsState.UNKNOWN
}


class EntryStatusWire(RunningStatusWire):
    """`UpgradeOperationHistoryStatus`; the documentation's sample says `completedTime`."""

    end_time: str | None = None
    completed_time: str | None = None


class RollbackWire(Wire):
    """`RollbackStatusInfo`."""

    successfully_rolledback_instance_count: int | None = None
    failed_rolledback_instance_count: int | None = None


class EntryPropertiesWire(Wire):
    """`UpgradeOperationHistoricalStatusInfoProperties`."""

    running_status: EntryStatusWire | None = None
    progress: ProgressWire | None = None
    error: ErrorWire | None = None
    started_by: str | None = None
    target_image_reference: dict[str, Any] | None = None
    rollback_info: RollbackWire | None = None


class EntryWire(Wire):
    """`UpgradeOperationHistoricalStatusInfo`."""

    properties: EntryPropertiesWire | None = None


class ServiceWire(Wire):
    """`OrchestrationServiceSummary`."""

    service_name: str | None = None
    service_state: str | None = None


class SetViewWire(Wire):
    """What is read of `VirtualMachineScaleSetInstanceView`."""

    orchestration_services: list[ServiceWire | None] | None = None


class ArmMaintenance:
    """`gateway.Upkeep` over Azure Resource Manager."""

    def __init__(self, sender: RequestSender, paths: ArmUrls) -> None:
        self._sender, self._paths = sender, paths

    def read_upgrade_history(self, scale_set: ScaleSetId) -> tuple[OsUpgrade, ...]:
        """Upgrades of the OS, newest first, as Azure lists them."""
        found: list[OsUpgrade] = []

        def take(answer: Response) -> str | None:
            items, following = split_page(answer.body)
            found.extend(_entry(item) for item in items)
            return following

        first = self._paths.scale_set(scale_set, "osUpgradeHistory")
        _, damage = read_pages(self._sender, self._paths, first, take)
        if damage:
            raise InvalidResponse(damage[0])
        return tuple(found)

    def request_rolling_upgrade(self, scale_set: ScaleSetId, action: RollingUpgradeAction, client_request_id: str) -> Accepted:
        """Starts or cancels a rolling upgrade: one POST without a body."""
        return self._post(scale_set, RollingUpgradeAction(action).value, None, client_request_id)

    def read_repairs(self, scale_set: ScaleSetId) -> RepairsService:
        """The service's state, from the set's instance view."""
        answer = self._sender.read(self._paths.scale_set(scale_set, "instanceView"))
        try:
            wire, _ = decode_item(answer.body, SetViewWire)
        except InvalidJson as error:
            raise InvalidResponse("The answer is not a scale set's instance view.") from error
        for service in wire.orchestration_services or ():
            if service is not None and (service.service_name or "").lower() == _REPAIRS.lower():
                said: str = cleaned(service.service_state or "")[:_LONGEST_WORD]
                state = _STATES.get(said.lower(), RepairsState.UNKNOWN)
                return RepairsService(state=state, raw_state=said)
        return RepairsService()

    def set_repairs(
        self, scale_set: ScaleSetId, *, on: bool, client_request_id: str
    ) -> Accepted:
        """Resumes or suspends automatic repairs."""
        body = {"serviceName": _REPAIRS, "action": "Resume" if on else "Suspend"}
        return self._post(scale_set, "setOrchestrationServiceState", body, client_request_id)

    def _post(
        self, scale_set: ScaleSetId, action: str, body: Mapping[str, Any] | None, request_id: str
    ) -> Accepted:
        url = self._paths.scale_set(scale_set, action)
        headers = {"x-ms-client-request-id": request_id}
        return accepted(self._paths, self._sender.write("POST", url, body, headers))


def _entry(item: msgspec.Raw) -> OsUpgrade:
    wire, _ = decode_item(item, EntryWire)
    told = wire.properties or EntryPropertiesWire()
    status = told.running_status or EntryStatusWire()
    rollback = told.rollback_info or RollbackWire()
    rolling = RollingWire(running_status=status, progress=told.progress, error=told.error)
    return OsUpgrade(
        upgrade=translated(RollingUpgradeWire(properties=rolling)),
        ended_at=parse_time(status.end_time or status.completed_time),
        started_by=cleaned(told.started_by or "")[:_LONGEST_WORD],
        target=image_from_reference(cleaned(told.target_image_reference or {})),
        rolled_back=rollback.successfully_rolledback_instance_count,
        not_rolled_back=rollback.failed_rolledback_instance_count,
    )

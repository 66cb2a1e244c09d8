"""Azure's own maintenance of a scale set: starts and cancels rolling upgrades, reads their
history, and switches automatic repairs.

Bodies and paths as recorded: `vmss-osRollingUpgrade-202`, `vmss-extensionRollingUpgrade-202` and
`vmss-rollingUpgrades-cancel-409` have no body. `rolling_upgrades` reads `rollingUpgrades/latest`.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from vmss_tui.arm.resources.long_running import parse_accepted
from vmss_tui.arm.resources.rolling_upgrades import (
    ProgressWire,
    RollingUpgradePropertiesWire,
    RollingUpgradeWire,
    RunningStatusWire,
    translate_rolling_upgrade,
)
from vmss_tui.arm.translate.instance import clean_json
from vmss_tui.arm.translate.statuses import parse_time
from vmss_tui.arm.transport.paging import read_pages, split_page
from vmss_tui.arm.transport.send import RequestSender, Response
from vmss_tui.arm.transport.urls import ArmUrls
from vmss_tui.arm.wire.compute import ErrorWire, Wire
from vmss_tui.arm.wire.decode import InvalidJson, decode_item
from vmss_tui.fleet.azure_maintenance import OsUpgrade, RepairsService, RepairsState
from vmss_tui.fleet.image import image_from_reference
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.gateway import Accepted, InvalidResponse, RollingUpgradeAction

_REPAIRS_SERVICE = "AutomaticRepairs"
_MAX_NAME_LENGTH = 100
_STATES = {
    state.value.lower(): state for state in RepairsState if state is not RepairsState.UNKNOWN
}


class HistoryStatusWire(RunningStatusWire):
    """`UpgradeOperationHistoryStatus`; the documentation's sample says `completedTime`."""

    end_time: str | None = None
    completed_time: str | None = None


class RollbackWire(Wire):
    """`RollbackStatusInfo`."""

    successfully_rolledback_instance_count: int | None = None
    failed_rolledback_instance_count: int | None = None


class HistoryPropertiesWire(Wire):
    """`UpgradeOperationHistoricalStatusInfoProperties`."""

    running_status: HistoryStatusWire | None = None
    progress: ProgressWire | None = None
    error: ErrorWire | None = None
    started_by: str | None = None
    target_image_reference: dict[str, Any] | None = None
    rollback_info: RollbackWire | None = None


class HistoryEntryWire(Wire):
    """`UpgradeOperationHistoricalStatusInfo`."""

    properties: HistoryPropertiesWire | None = None


class OrchestrationServiceWire(Wire):
    """`OrchestrationServiceSummary`."""

    service_name: str | None = None
    service_state: str | None = None


class ScaleSetViewWire(Wire):
    """`VirtualMachineScaleSetInstanceView`, with the fields that are used."""

    orchestration_services: list[OrchestrationServiceWire | None] | None = None


class ArmMaintenance:
    """`gateway.MaintenanceGateway` over Azure Resource Manager."""

    def __init__(self, sender: RequestSender, urls: ArmUrls) -> None:
        self._sender, self._urls = sender, urls

    def read_upgrade_history(self, scale_set: ScaleSetId) -> tuple[OsUpgrade, ...]:
        """OS upgrades, newest first, as Azure lists them."""
        upgrades: list[OsUpgrade] = []

        def handle_page(response: Response) -> str | None:
            items, next_link = split_page(response.body)
            upgrades.extend(_translate_history_entry(item) for item in items)
            return next_link

        first = self._urls.scale_set(scale_set, "osUpgradeHistory")
        _, damage = read_pages(self._sender, self._urls, first, handle_page)
        if damage:
            raise InvalidResponse(damage[0])
        return tuple(upgrades)

    def request_rolling_upgrade(
        self, scale_set: ScaleSetId, action: RollingUpgradeAction, client_request_id: str
    ) -> Accepted:
        """Starts or cancels a rolling upgrade: one POST without a body."""
        return self._post(scale_set, RollingUpgradeAction(action).value, None, client_request_id)

    def read_repairs(self, scale_set: ScaleSetId) -> RepairsService:
        """The service's state, from the set's instance view."""
        response = self._sender.read(self._urls.scale_set(scale_set, "instanceView"))
        try:
            wire, _ = decode_item(response.body, ScaleSetViewWire)
        except InvalidJson as error:
            raise InvalidResponse("The response is not a scale set's instance view.") from error
        for service in wire.orchestration_services or ():
            if (
                service is not None
                and (service.service_name or "").lower() == _REPAIRS_SERVICE.lower()
            ):
                raw_state: str = clean_json(service.service_state or "")[:_MAX_NAME_LENGTH]
                state = _STATES.get(raw_state.lower(), RepairsState.UNKNOWN)
                return RepairsService(state=state, raw_state=raw_state)
        return RepairsService()

    def set_repairs(self, scale_set: ScaleSetId, *, on: bool, client_request_id: str) -> Accepted:
        """Resumes or suspends automatic repairs."""
        body = {"serviceName": _REPAIRS_SERVICE, "action": "Resume" if on else "Suspend"}
        return self._post(scale_set, "setOrchestrationServiceState", body, client_request_id)

    def _post(
        self, scale_set: ScaleSetId, action: str, body: Mapping[str, Any] | None, request_id: str
    ) -> Accepted:
        url = self._urls.scale_set(scale_set, action)
        headers = {"x-ms-client-request-id": request_id}
        return parse_accepted(self._urls, self._sender.write("POST", url, body, headers))


def _translate_history_entry(item: msgspec.Raw) -> OsUpgrade:
    wire, _ = decode_item(item, HistoryEntryWire)
    properties = wire.properties or HistoryPropertiesWire()
    status = properties.running_status or HistoryStatusWire()
    rollback = properties.rollback_info or RollbackWire()
    rolling = RollingUpgradePropertiesWire(
        running_status=status, progress=properties.progress, error=properties.error
    )
    return OsUpgrade(
        upgrade=translate_rolling_upgrade(RollingUpgradeWire(properties=rolling)),
        ended_at=parse_time(status.end_time or status.completed_time),
        started_by=clean_json(properties.started_by or "")[:_MAX_NAME_LENGTH],
        target=image_from_reference(clean_json(properties.target_image_reference or {})),
        rolled_back=rollback.successfully_rolledback_instance_count,
        not_rolled_back=rollback.failed_rolledback_instance_count,
    )

"""Reads the serial log of an instance.

`retrieveBootDiagnosticsData` answers at once with signed addresses ("Virtual Machine Scale Set VMs
- Retrieve Boot Diagnostics Data"; recorded: `flow-bootdiag-vm-managed-blob-404`), also while the
blob does not exist yet. Whether boot diagnostics are off is decided from the instance, because the
text of Azure's refusal is not known.
"""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from vmss_tui.arm.blobs.signed_address import ForeignAddress, SignedAddress, parse_signed_address
from vmss_tui.arm.blobs.signed_blob import BlobPart, SignedBlobReader
from vmss_tui.arm.diagnostics.log_text import split_log
from vmss_tui.arm.diagnostics.wire import BootDataWire
from vmss_tui.arm.resources.scale_sets import ScaleSetReader
from vmss_tui.arm.wire.decode import InvalidJson, decode_item
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.gateway import AzureContext, InvalidResponse, NotFound, Refused
from vmss_tui.gateway.diagnostics import BootLog, BootLogState
from vmss_tui.text import cell, clean, without_query

MAX_LENGTH = 1 << 20
"""Bytes of a log that are read at once."""
_ACTION = "retrieveBootDiagnosticsData"
_SWITCH_ON = (
    "switch them on in the model (virtualMachineProfile.diagnosticsProfile.bootDiagnostics.enabled:"
    " true) and upgrade the instance"
)
_EMPTY = "boot diagnostics are on, and there is no log yet: it is written from the next boot on"
_BLOB_ADVICE = {
    "AuthorizationFailure": "the firewall of the storage account may exclude this machine",
    "AuthenticationFailed": "the signed address is no longer valid: read the log again",
    "PublicAccessNotPermitted": "the storage account refuses signed addresses",
}


class BootLogReader(Struct, frozen=True):
    """Reads boot logs over Azure Resource Manager and storage. Thread-safe."""

    reader: ScaleSetReader
    blobs: SignedBlobReader
    context: AzureContext

    def read(
        self, scale_set: ScaleSetId, instance_id: str, end: int | None, length: int
    ) -> BootLog:
        """See `Diagnostics.read_boot_log`."""
        length = min(max(1, length), MAX_LENGTH)
        try:
            wire = self._request_addresses(scale_set, instance_id)
        except NotFound:
            raise
        except Refused as error:
            return self._without_address(scale_set, instance_id, error.message)
        has_screenshot = bool(wire.console_screenshot_blob_uri)
        if not wire.serial_console_log_blob_uri:
            return self._without_address(scale_set, instance_id, "")
        try:
            address = parse_signed_address(
                wire.serial_console_log_blob_uri, self.context.cloud, self.context.endpoint
            )
        except ForeignAddress as error:
            return BootLog(BootLogState.REFUSED, message=str(error), has_screenshot=has_screenshot)
        if end is not None and end <= 0:
            return BootLog(BootLogState.AVAILABLE, has_screenshot=has_screenshot)
        part = self._read_blob(address, end, length)
        return _log_of(part, has_screenshot, is_range=end is not None)

    def _request_addresses(self, scale_set: ScaleSetId, instance_id: str) -> BootDataWire:
        url = self.reader.urls.instance_action(
            scale_set, instance_id, _ACTION, self.reader.is_flexible(scale_set)
        )
        response = self.reader.sender.read_by_post(url, None)
        try:
            return decode_item(response.body, BootDataWire)[0]
        except InvalidJson as error:
            raise InvalidResponse("The answer about boot diagnostics is not from Azure.") from error

    def _read_blob(self, address: SignedAddress, end: int | None, length: int) -> BlobPart:
        if end is None:
            return self.blobs.read_end(address, length)
        return self.blobs.read_range(address, max(0, end - length), end)

    def _without_address(self, scale_set: ScaleSetId, instance_id: str, refusal: str) -> BootLog:
        """Why Azure gave no address, by the instance itself: one more GET."""
        tree = self.reader.read_instance(scale_set, instance_id)
        properties = _mapping(tree, "properties")
        view = _mapping(properties, "instanceView", "bootDiagnostics")
        settings = _mapping(properties, "diagnosticsProfile", "bootDiagnostics")
        if failure := _mapping(view, "status").get("message"):
            message = f"boot diagnostics could not be switched on: {cell(str(failure), 500)}"
            return BootLog(BootLogState.REFUSED, message=message)
        if settings.get("enabled") is not True:
            message = f"boot diagnostics are off on this instance: {_SWITCH_ON}"
            return BootLog(BootLogState.OFF, message=message)
        if refusal:
            return BootLog(BootLogState.REFUSED, message=refusal)
        place = view.get("serialConsoleLogBlobUri") or settings.get("storageUri")
        if isinstance(place, str) and place:
            message = (
                f"the log is at {cell(without_query(place), 200)}, and Azure gave no signed "
                "address of it: read it there"
            )
            return BootLog(BootLogState.REFUSED, message=message)
        return BootLog(BootLogState.EMPTY, message=_EMPTY)


def _log_of(part: BlobPart, has_screenshot: bool, *, is_range: bool) -> BootLog:
    if part.status in (200, 206):
        lines, skipped = split_log(part.data, is_partial=part.start > 0)
        if not part.size:
            return BootLog(BootLogState.EMPTY, message=_EMPTY, has_screenshot=has_screenshot)
        return BootLog(
            BootLogState.AVAILABLE,
            lines,
            start=part.start + skipped,
            size=part.size,
            has_screenshot=has_screenshot,
        )
    state, message = _failure_of(part, is_range=is_range)
    return BootLog(state, message=clean(message), has_screenshot=has_screenshot)


def _failure_of(part: BlobPart, *, is_range: bool) -> tuple[BootLogState, str]:
    status, answer = part.status, f"the storage answered {part.code} ({part.status})"
    if not status:
        return BootLogState.UNREACHABLE, part.message
    if status == 404:
        return BootLogState.EMPTY, _EMPTY
    if status == 416:
        again = ": read its end again" if is_range else ""
        return BootLogState.EMPTY, f"the log has become shorter{again}"
    if 300 <= status < 400:
        return BootLogState.UNREACHABLE, f"{answer}: a redirect is not followed"
    if status >= 500 or status < 200 or status in (408, 429):
        return BootLogState.UNREACHABLE, f"{answer}: try again"
    advice = _BLOB_ADVICE.get(part.code)
    return BootLogState.REFUSED, f"{answer}{f': {advice}' if advice else ''}"


def _mapping(tree: Mapping[str, Any], *path: str) -> Mapping[str, Any]:
    """The object at this path; empty where there is none."""
    for key in path:
        value = tree.get(key)
        if not isinstance(value, dict):
            return {}
        tree = value
    return tree

"""Reads Azure's own rolling upgrade of a set: one small GET, which costs no list request.

The response has neither id nor name (recorded). The response for a set without any rolling upgrade
is not documented: a 404 with an error code of Azure counts as none, any other 404 as invalid.
"""

from vmss_tui.arm.translate.instance import clean_json
from vmss_tui.arm.translate.statuses import parse_time
from vmss_tui.arm.transport.send import RequestSender
from vmss_tui.arm.transport.urls import ArmUrls
from vmss_tui.arm.wire.compute import ErrorWire, Wire
from vmss_tui.arm.wire.decode import InvalidJson, decode_item
from vmss_tui.fleet.azure_maintenance import RollingCode, RollingUpgrade
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.gateway import InvalidResponse, NotFound
from vmss_tui.text import redact_start

_MAX_TEXT_LENGTH = 1000
_CODES = {code.value.lower(): code for code in RollingCode if code is not RollingCode.UNKNOWN}


class RunningStatusWire(Wire):
    """`RollingUpgradeRunningStatus`."""

    code: str | None = None
    start_time: str | None = None
    last_action: str | None = None
    last_action_time: str | None = None


class ProgressWire(Wire):
    """`RollingUpgradeProgressInfo`."""

    successful_instance_count: int | None = None
    failed_instance_count: int | None = None
    in_progress_instance_count: int | None = None
    pending_instance_count: int | None = None


class RollingUpgradePropertiesWire(Wire):
    """The properties of a rolling upgrade; its policy is the set's own."""

    running_status: RunningStatusWire | None = None
    progress: ProgressWire | None = None
    error: ErrorWire | None = None


class RollingUpgradeWire(Wire):
    """`RollingUpgradeStatusInfo`."""

    properties: RollingUpgradePropertiesWire | None = None


def read_latest(
    sender: RequestSender, urls: ArmUrls, scale_set: ScaleSetId
) -> RollingUpgrade | None:
    """The latest rolling upgrade; None if there has never been one."""
    try:
        response = sender.read(urls.scale_set(scale_set, "rollingUpgrades/latest"))
    except NotFound as error:
        if not error.code:
            raise InvalidResponse("Something other than Azure responded with a 404.") from error
        return None
    try:
        wire, _ = decode_item(response.body, RollingUpgradeWire)
    except InvalidJson as error:
        raise InvalidResponse("The response is not a rolling upgrade.") from error
    return translate_rolling_upgrade(wire)


def translate_rolling_upgrade(wire: RollingUpgradeWire) -> RollingUpgrade:
    """Translates a rolling upgrade; absent fields stay None."""
    properties = wire.properties or RollingUpgradePropertiesWire()
    status = properties.running_status or RunningStatusWire()
    progress = properties.progress or ProgressWire()
    error = properties.error or ErrorWire()
    return RollingUpgrade(
        code=_CODES.get((status.code or "").lower(), RollingCode.UNKNOWN),
        raw_code=_clean_text(status.code),
        successful=progress.successful_instance_count,
        failed=progress.failed_instance_count,
        in_progress=progress.in_progress_instance_count,
        pending=progress.pending_instance_count,
        started_at=parse_time(status.start_time),
        last_action=_clean_text(status.last_action),
        last_action_at=parse_time(status.last_action_time),
        error_code=_clean_text(error.code),
        error_message=_clean_text(redact_start(error.message or "", _MAX_TEXT_LENGTH)),
    )


def _clean_text(text: str | None) -> str:
    cleaned: str = clean_json(text or "")
    return cleaned[:_MAX_TEXT_LENGTH]

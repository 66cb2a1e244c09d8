"""Reads Azure's own rolling upgrade of a set: one small GET, not of the list bucket.

The real answer has neither id nor name (recorded). What it is where none ever ran is documented
nowhere: a 404 with a code of Azure's is taken for that, a 404 of anybody else's for damage.
"""

from vmss_tui.arm.translate.instance import cleaned
from vmss_tui.arm.translate.statuses import parse_time
from vmss_tui.arm.transport.send import RequestSender
from vmss_tui.arm.transport.urls import ArmUrls
from vmss_tui.arm.wire.compute import ErrorWire, Wire
from vmss_tui.arm.wire.decode import InvalidJson, decode_item
from vmss_tui.fleet.azure_maintenance import RollingCode, RollingUpgrade
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.gateway import InvalidResponse, NotFound
from vmss_tui.text import redact

_LONGEST_WORDS = 1000
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


class RollingWire(Wire):
    """The properties of a rolling upgrade; its policy is the set's own."""

    running_status: RunningStatusWire | None = None
    progress: ProgressWire | None = None
    error: ErrorWire | None = None


class RollingUpgradeWire(Wire):
    """`RollingUpgradeStatusInfo`."""

    properties: RollingWire | None = None


def latest(sender: RequestSender, paths: ArmUrls, scale_set: ScaleSetId) -> RollingUpgrade | None:
    """The latest one, None where none ever ran; raises as every reading does."""
    try:
        answer = sender.read(paths.scale_set(scale_set, "rollingUpgrades/latest"))
    except NotFound as error:
        if not error.code:
            raise InvalidResponse("Something other than Azure answered with a 404.") from error
        return None
    try:
        wire, _ = decode_item(answer.body, RollingUpgradeWire)
    except InvalidJson as error:
        raise InvalidResponse("The answer is not a rolling upgrade's.") from error
    return translated(wire)


def translated(wire: RollingUpgradeWire) -> RollingUpgrade:
    """Wire to fleet; what is absent stays unknown."""
    told = wire.properties or RollingWire()
    status = told.running_status or RunningStatusWire()
    progress = told.progress or ProgressWire()
    error = told.error or ErrorWire()
    return RollingUpgrade(
        code=_CODES.get((status.code or "").lower(), RollingCode.UNKNOWN),
        raw_code=_text(status.code),
        successful=progress.successful_instance_count,
        failed=progress.failed_instance_count,
        in_progress=progress.in_progress_instance_count,
        pending=progress.pending_instance_count,
        started_at=parse_time(status.start_time),
        last_action=_text(status.last_action),
        last_action_at=parse_time(status.last_action_time),
        error_code=_text(error.code),
        error_message=_text(redact(error.message or "")),
    )


def _text(text: str | None) -> str:
    found: str = cleaned(text or "")
    return found[:_LONGEST_WORDS]

"""The `--json` outputs of `rolling` and `repairs`; their field names stand in the README."""

from vmss_tui.cli.json_output.runs import Json, image_json, operation_url
from vmss_tui.fleet.azure_maintenance import OsUpgrade, RepairsService, RollingUpgrade
from vmss_tui.fleet.model_edit.upgrade_settings import current_settings
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.runtime.operations.maintenance import Begun


def rolling_upgrade_json(scale_set: ScaleSetId, found: RollingUpgrade | None) -> Json:
    """Azure's rolling upgrade; all but the scale set is null where none ever ran."""
    return {"scale_set": scale_set.resource_id, **_rolling_upgrade_fields(found)}


def os_upgrade_json(found: OsUpgrade) -> Json:
    """An entry of the history of OS upgrades."""
    told = _rolling_upgrade_fields(found.upgrade)
    for key in ("active", "last_action", "last_action_at"):
        del told[key]
    return {
        **told,
        "ended_at": found.ended_at,
        "started_by": found.started_by,
        "target": image_json(found.target),
        "rolled_back": found.rolled_back,
        "not_rolled_back": found.not_rolled_back,
    }


def started_action_json(found: Begun) -> Json:
    """What Azure took."""
    return {
        "scale_set": found.prospect.scale_set.resource_id,
        "asked": found.prospect.act,
        "words": found.words,
        "operation": operation_url(found.operation),
        "az": found.prospect.az,
    }


def repairs_json(scale_set: ScaleSet, service: RepairsService) -> Json:
    """Automatic repairs: the model's setting and the service's state."""
    now = current_settings(scale_set.raw)
    return {
        "scale_set": scale_set.id.resource_id,
        "enabled": scale_set.automatic_repairs,
        "state": service.state,
        "grace_minutes": now["repairs_grace_period"] or None,
        "action": now["repair_action"] or None,
    }


def _rolling_upgrade_fields(found: RollingUpgrade | None) -> Json:
    if found is None:
        return dict.fromkeys(_FIELDS)
    return {
        "code": found.raw_code or found.code,
        "active": found.active,
        "successful": found.successful,
        "in_progress": found.in_progress,
        "pending": found.pending,
        "failed": found.failed,
        "started_at": found.started_at,
        "last_action": found.last_action,
        "last_action_at": found.last_action_at,
        "error_code": found.error_code,
        "error_words": found.error_message,
    }


_FIELDS = tuple(_rolling_upgrade_fields(RollingUpgrade()))

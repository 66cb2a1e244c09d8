"""The `--json` output of `rolling` and `repairs`, as plain values.

Field names are stable and documented in the README.
"""

from vmss_tui.cli.json_output import Json
from vmss_tui.cli.json_output.fleet import image_json
from vmss_tui.cli.json_output.operations import operation_url
from vmss_tui.fleet.azure_maintenance import OsUpgrade, RepairsService, RollingUpgrade
from vmss_tui.fleet.model_edit.upgrade_settings import current_settings
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.runtime.operations.maintenance import MaintenanceOperation


def rolling_upgrade_json(scale_set: ScaleSetId, upgrade: RollingUpgrade | None) -> Json:
    """A rolling upgrade by Azure; all fields but the scale set are null where none ever ran."""
    return {"scale_set": scale_set.resource_id, **_rolling_upgrade_fields(upgrade)}


def os_upgrade_json(entry: OsUpgrade) -> Json:
    """An entry of the history of OS upgrades."""
    fields = _rolling_upgrade_fields(entry.upgrade)
    for key in ("active", "last_action", "last_action_at"):
        del fields[key]
    return {
        **fields,
        "ended_at": entry.ended_at,
        "started_by": entry.started_by,
        "target": image_json(entry.target),
        "rolled_back": entry.rolled_back,
        "not_rolled_back": entry.not_rolled_back,
    }


def started_action_json(action: MaintenanceOperation) -> Json:
    """An action that Azure has accepted."""
    return {
        "scale_set": action.preview.scale_set.resource_id,
        "asked": action.preview.action,
        "words": action.message,
        "operation": operation_url(action.operation_url),
        "az": action.preview.az,
    }


def repairs_json(scale_set: ScaleSet, service: RepairsService) -> Json:
    """Automatic repairs: the model's setting and the service's state."""
    settings = current_settings(scale_set.raw)
    return {
        "scale_set": scale_set.id.resource_id,
        "enabled": scale_set.automatic_repairs,
        "state": service.state,
        "grace_minutes": settings["repairs_grace_period"] or None,
        "action": settings["repair_action"] or None,
    }


def _rolling_upgrade_fields(upgrade: RollingUpgrade | None) -> Json:
    if upgrade is None:
        return dict.fromkeys(_FIELDS)
    return {
        "code": upgrade.raw_code or upgrade.code,
        "active": upgrade.active,
        "successful": upgrade.successful,
        "in_progress": upgrade.in_progress,
        "pending": upgrade.pending,
        "failed": upgrade.failed,
        "started_at": upgrade.started_at,
        "last_action": upgrade.last_action,
        "last_action_at": upgrade.last_action_at,
        "error_code": upgrade.error_code,
        "error_words": upgrade.error_message,
    }


_FIELDS = tuple(_rolling_upgrade_fields(RollingUpgrade()))

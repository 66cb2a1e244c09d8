"""The `--json` output of `list`, `status` and `model`, as plain values.

Field names are stable and documented in the README.
"""

from vmss_tui.cli.json_output import Json
from vmss_tui.fleet.estate.row import EstateRow
from vmss_tui.fleet.image import Image
from vmss_tui.fleet.model_edit.change import Change
from vmss_tui.fleet.model_edit.upgrade_settings import current_settings
from vmss_tui.fleet.scale_set import Instance, ScaleSet
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.fleet.state_groups import count_groups
from vmss_tui.upgrade.plan.latest_image import measure_image_lag, runs_older_image
from vmss_tui.upgrade.report.az_commands import change_command


def scale_set_json(scale_set: ScaleSet) -> Json:
    """A scale set and its model."""
    return {
        "id": scale_set.id.resource_id,
        "subscription_id": scale_set.id.subscription_id,
        "resource_group": scale_set.id.resource_group,
        "name": scale_set.id.name,
        "location": scale_set.location,
        "edge_zone": scale_set.edge_zone or None,
        "orchestration": scale_set.orchestration,
        "policy_mode": scale_set.policy_mode,
        "provisioning": scale_set.provisioning,
        "capacity": scale_set.capacity,
        "vm_size": scale_set.vm_size,
        "vm_sizes": scale_set.vm_sizes,
        "image": image_json(scale_set.image),
        "zones": scale_set.zones,
        "etag": scale_set.etag,
        "overprovision": scale_set.overprovision,
        "admin_user": scale_set.admin_user,
        "name_prefix": scale_set.name_prefix,
        "has_health_source": scale_set.has_health_source,
        "health_source": scale_set.health_source or None,
        "automatic_os_upgrade": scale_set.automatic_os_upgrade,
        "automatic_repairs": scale_set.automatic_repairs,
        "owner": scale_set.owner,
        "purchase_plan": scale_set.purchase_plan or None,
    }


def model_json(scale_set: ScaleSet) -> Json:
    """A scale set and its upgrade settings, as they are typed on the command line."""
    settings = current_settings(scale_set.raw)
    return {
        **scale_set_json(scale_set),
        "settings": {key: text or None for key, text in settings.items()},
    }


def image_json(image: Image | None) -> Json | None:
    """An image reference, with only the fields that its kind has."""
    if image is None:
        return None
    fields = {
        "publisher": image.publisher,
        "offer": image.offer,
        "sku": image.sku,
        "version": image.version,
        "reference": image.reference,
        "exact_version": image.exact_version,
    }
    return {"kind": image.kind, **{key: value for key, value in fields.items() if value}}


_NOT_INDEXED = (
    "etag", "overprovision", "admin_user", "name_prefix", "has_health_source", "health_source",
    "automatic_os_upgrade", "automatic_repairs", "purchase_plan",
)  # fmt: skip
"""Fields of a scale set that are not read from Azure's index."""


def list_entry_json(
    scale_set: ScaleSet, stale: int | None, run: str | None, row: EstateRow
) -> Json:
    """An entry of `list`; `stale` is null where it could not be read, and so is what the index
    does not have. `versions` are instances by the image version that they run."""
    fields = scale_set_json(scale_set)
    if row.indexed_at is not None and not scale_set.raw:
        fields |= dict.fromkeys(_NOT_INDEXED)
    return {
        **fields,
        "stale": stale,
        "live_run": run,
        "subscription": row.subscription,
        "tags": dict(row.tags),
        "versions": None if row.counts is None else dict(row.versions),
        "newer": row.newer,
        "indexed_at": row.indexed_at,
    }


def status_json(
    snapshot: Snapshot, run: str | None, newest: str = "", checks: Json | None = None
) -> Json:
    """A snapshot with every instance; `newest` is the version that the catalogue reports, `checks`
    the verdict and bake time of the live run."""
    late = measure_image_lag(snapshot, newest)
    return {
        "scale_set": scale_set_json(snapshot.scale_set),
        "taken_at": snapshot.taken_at,
        "complete": snapshot.complete,
        "damage": snapshot.damage,
        "live_run": run,
        "live_run_checks": checks,
        "instance_count": len(snapshot.instances),
        "current": snapshot.current,
        "stale": snapshot.outdated,
        "problems": snapshot.problems,
        "counts": {str(state): count for state, count in snapshot.counts.items()},
        "groups": {
            str(group): count
            for group, count in count_groups(i.state for i in snapshot.instances).items()
        },
        "latest": late.newest_version or None if late else None,
        "behind_latest": late.behind if late else None,
        "instances": [
            instance_json(instance, late.newest_version if late else "")
            for instance in snapshot.instances
        ],
    }


def instance_json(instance: Instance, latest: str = "") -> Json:
    """One instance; null where Azure reports nothing. `latest` is the version that `latest` means,
    for a model that says `latest`: an instance may then be current and still behind."""
    return {
        "instance_id": instance.instance_id,
        "name": instance.name,
        "state": instance.state,
        "provisioning": instance.provisioning,
        "power": instance.power,
        "health": instance.health,
        "latest_model_applied": instance.latest_model_applied,
        "zone": instance.zone,
        "placement_group": instance.placement_group,
        "update_domain": instance.update_domain,
        "fault_domain": instance.fault_domain,
        "image_version": instance.image.running_version if instance.image else None,
        "behind_latest": runs_older_image(instance, latest) if latest else None,
        "vm_size": instance.vm_size,
        "upgrade_phase": instance.upgrade_phase,
        "skip_upgrade": instance.skip_upgrade,
        "attached_reason": instance.attached_reason or None,
        "protected_from_scale_in": instance.protected_from_scale_in,
        "protected_from_actions": instance.protected_from_actions,
        "health_at": instance.health_at,
        "changed_at": instance.changed_at,
    }


def change_json(change: Change, saved: str | None) -> Json:
    """A model edit; `saved` is null where nothing was written."""
    return {
        "lines": [{"path": line.path, "old": line.old, "new": line.new} for line in change.lines],
        "consequence": change.consequence,
        "azure_acts": change.azure_acts,
        "az": change_command(change),
        "saved": saved,
    }

"""The `--json` outputs, as plain values. Their field names are stable and stand in the README."""

from typing import Any

import msgspec

from vmss_tui.fleet.image import Image
from vmss_tui.fleet.model_edit.change import Change
from vmss_tui.fleet.model_edit.upgrade_settings import current_settings
from vmss_tui.fleet.scale_set import Instance, ScaleSet
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.operations.plan import OperationPlan
from vmss_tui.operations.progress import Outcome
from vmss_tui.runtime.operations.instances import Undertaking
from vmss_tui.runtime.storage.run_folder import RunSummary
from vmss_tui.text import arguments, unsigned
from vmss_tui.upgrade.events import Record
from vmss_tui.upgrade.plan.latest_image import behind_latest, is_behind
from vmss_tui.upgrade.plan.plan import Plan
from vmss_tui.upgrade.plan.policy import Policy
from vmss_tui.upgrade.report import az_commands as az
from vmss_tui.upgrade.report.report import Report

Json = dict[str, Any]


def scale_set_json(found: ScaleSet) -> Json:
    """A scale set and its model."""
    return {
        "id": found.id.resource_id,
        "subscription_id": found.id.subscription_id,
        "resource_group": found.id.resource_group,
        "name": found.id.name,
        "location": found.location,
        "orchestration": found.orchestration,
        "policy_mode": found.policy_mode,
        "provisioning": found.provisioning,
        "capacity": found.capacity,
        "vm_size": found.vm_size,
        "image": image_json(found.image),
        "zones": found.zones,
        "etag": found.etag,
        "overprovision": found.overprovision,
        "admin_user": found.admin_user,
        "name_prefix": found.name_prefix,
        "has_health_source": found.has_health_source,
        "automatic_os_upgrade": found.automatic_os_upgrade,
        "automatic_repairs": found.automatic_repairs,
        "owner": found.owner,
    }


def model_json(found: ScaleSet) -> Json:
    """A scale set with how Azure may act on it by itself, as a person writes it."""
    settings = current_settings(found.raw)
    return {**scale_set_json(found), "settings": {key: text or None for key, text in settings.items()}}


def image_json(found: Image | None) -> Json | None:
    """An image reference, with only the fields that its kind has."""
    if found is None:
        return None
    named = {
        "publisher": found.publisher,
        "offer": found.offer,
        "sku": found.sku,
        "version": found.version,
        "reference": found.reference,
        "exact_version": found.exact_version,
    }
    return {"kind": found.kind, **{key: value for key, value in named.items() if value}}


def list_entry_json(found: ScaleSet, stale: int | None, run: str | None) -> Json:
    """A line of `list`; `stale` is null where the instances could not be read."""
    return {**scale_set_json(found), "stale": stale, "live_run": run}


def status_json(snapshot: Snapshot, run: str | None, newest: str = "") -> Json:
    """One reading, with every instance; `newest` is what the catalogue says of the image."""
    late = behind_latest(snapshot, newest)
    return {
        "scale_set": scale_set_json(snapshot.scale_set),
        "taken_at": snapshot.taken_at,
        "complete": snapshot.complete,
        "damage": snapshot.damage,
        "live_run": run,
        "instance_count": len(snapshot.instances),
        "current": snapshot.current,
        "stale": snapshot.outdated,
        "problems": snapshot.problems,
        "counts": {str(state): count for state, count in snapshot.counts.items()},
        "latest": late.newest or None if late else None,
        "behind_latest": late.behind if late else None,
        "instances": [instance_json(each, late.newest if late else "") for each in snapshot.instances],
    }


def instance_json(found: Instance, latest: str = "") -> Json:
    """One VM; null is what Azure does not say. `latest` is what that means, where the model says
    it: then an instance may be current, as Azure has it, and behind."""
    return {
        "instance_id": found.instance_id,
        "name": found.name,
        "state": found.state,
        "provisioning": found.provisioning,
        "power": found.power,
        "health": found.health,
        "latest_model_applied": found.latest_model_applied,
        "zone": found.zone,
        "placement_group": found.placement_group,
        "update_domain": found.update_domain,
        "fault_domain": found.fault_domain,
        "image_version": found.image.running_version if found.image else None,
        "behind_latest": is_behind(found, latest) if latest else None,
        "vm_size": found.vm_size,
        "protected_from_scale_in": found.protected_from_scale_in,
        "protected_from_actions": found.protected_from_actions,
        "health_at": found.health_at,
        "changed_at": found.changed_at,
    }


def plan_json(found: Plan) -> Json:
    """A plan, in the policy's own words."""
    return {
        "scale_set": found.scale_set.resource_id,
        "made_at": found.made_at,
        "batches": [
            {"number": number, "row": batch.row, "instance_ids": batch.instance_ids}
            for number, batch in enumerate(found.batches, 1)
        ],
        "left_out": [{"instance_id": e.instance_id, "why": e.why} for e in found.left_out],
        "policy": policy_json(found.policy),
        "edit": found.edit.lines if found.edit else (),
        "running_at_start": found.running_at_start,
        "unavailable_budget": found.unavailable_budget,
        "baseline": found.baseline,
        "cautions": found.cautions,
    }


def policy_json(found: Policy) -> Json:
    """The limits of a run; amounts as they are typed, and its gate without secrets."""
    told: Json = msgspec.to_builtins(found) | {"gate": arguments(found.gate)}
    return told | {n: str(getattr(found, n)) for n, each in told.items() if isinstance(each, dict)}


def report_json(found: Report) -> Json:
    """A run, complete."""
    told: Json = msgspec.to_builtins(found)
    return told | {"policy": policy_json(found.policy)}


def event_json(run: str, record: Record) -> Json:
    """A line of a run's journal, with the run's name; without what only the journal may hold."""
    told: Json = msgspec.to_builtins(record)
    body = told["body"]
    if body.get("operation"):
        body["operation"] = unsigned(body["operation"])
    if plan := body.get("plan"):
        plan["policy"]["gate"] = arguments(plan["policy"]["gate"])
    return {"run": run, **told}


def run_summary_json(summary: RunSummary) -> Json:
    """A line of `runs`."""
    return {
        "run": summary.name,
        "scale_set": summary.scale_set.resource_id,
        "phase": summary.phase,
        "reason": summary.reason,
        "message": summary.message,
        "live": summary.live,
        "settled": summary.settled,
        "total": summary.total,
        "started_at": summary.started_at,
        "demo": summary.demo,
        "damage": summary.damage,
    }


def change_json(found: Change, saved: str | None) -> Json:
    """A model edit; `saved` is null where nothing was written."""
    return {
        "lines": [{"path": line.path, "old": line.old, "new": line.new} for line in found.lines],
        "consequence": found.consequence,
        "azure_acts": found.azure_acts,
        "az": found.az,
        "saved": saved,
    }


def operation_json(plan: OperationPlan, undertaking: Undertaking | None) -> Json:
    """An operation on instances; without an undertaking there was nobody to ask."""
    progress = undertaking.progress if undertaking else None
    members = progress.members if progress else {}
    return {
        "scale_set": plan.scale_set.resource_id,
        "operation": plan.verb,
        "protect_from": plan.guard if plan.verb.changes_protection else None,
        "made_at": plan.made_at,
        "instance_ids": plan.instance_ids,
        "left_out": [{"instance_id": e.instance_id, "why": e.why} for e in plan.omitted],
        "serving": plan.serving,
        "serving_during": plan.serving_during,
        "capacity": plan.capacity,
        "capacity_after": plan.capacity_after,
        "cautions": plan.cautions,
        "az": az.operate(plan.scale_set, plan.verb, plan.guard, plan.instance_ids)
        if plan.instance_ids
        else (),
        "answered": progress.answered if progress else True,
        "over": progress.over if progress else True,
        "client_request_id": undertaking.request_id if undertaking else "",
        "operation_url": operation_url(undertaking.operation if undertaking else None),
        "counts": {str(o): len(progress.ids(o)) for o in Outcome} if progress else {},
        "instances": [
            {"instance_id": i, "outcome": member.outcome, "words": member.words}
            for i, member in members.items()
        ],
    }


def operation_url(signed: str | None) -> str | None:
    """What names an operation; its signature is ours to poll with and nobody's to read."""
    return None if signed is None else unsigned(signed)

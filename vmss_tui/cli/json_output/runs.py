"""The `--json` output of `plan`, `run`, `runs`, `attach` and `report`, as plain values.

Field names are stable and documented in the README.
"""

from collections.abc import Sequence

import msgspec

from vmss_tui.cli.json_output import Json
from vmss_tui.runtime.storage.run_records import RunSummary
from vmss_tui.text import without_query
from vmss_tui.upgrade.engine.bake import judge_run
from vmss_tui.upgrade.events import PlanConfirmed, Record
from vmss_tui.upgrade.plan.checkpoints import checkpoint_positions
from vmss_tui.upgrade.plan.plan import Plan
from vmss_tui.upgrade.plan.policy import Amount, Policy, without_secrets
from vmss_tui.upgrade.report.report import Report
from vmss_tui.upgrade.report.verdict_text import remaining_bake
from vmss_tui.upgrade.run.run import Run


def plan_json(plan: Plan) -> Json:
    """A plan, with its policy in the units of the command line."""
    return {
        "scale_set": plan.scale_set.resource_id,
        "made_at": plan.made_at,
        "batches": [
            {"number": number, "row": batch.row, "instance_ids": batch.instance_ids}
            for number, batch in enumerate(plan.batches, 1)
        ],
        "left_out": [
            {"instance_id": omission.instance_id, "why": omission.reason}
            for omission in plan.left_out
        ],
        "policy": policy_json(plan.policy),
        "edit": plan.edit.lines if plan.edit else (),
        "target_image": plan.target_image or None,
        "running_at_start": plan.running_at_start,
        "unavailable_budget": plan.unavailable_budget,
        "baseline": plan.unhealthy_at_start,
        "cautions": plan.cautions,
        "notes": plan.notes,
        "checkpoint_positions": [
            {
                "percent": position.percent,
                "after_batch": position.batch,
                "reached_percent": position.reached_percent,
            }
            for position in checkpoint_positions(plan)
        ],
    }


def policy_json(policy: Policy) -> Json:
    """The limits of a run; amounts as they are typed, and commands and addresses without
    secrets."""
    shown = without_secrets(policy)
    fields: Json = msgspec.to_builtins(shown)
    amounts = [name for name in fields if isinstance(getattr(shown, name), Amount)]
    return fields | {name: str(getattr(shown, name)) for name in amounts}


def report_json(report: Report) -> Json:
    """The whole report of a run."""
    fields: Json = msgspec.to_builtins(report)
    return fields | {"policy": policy_json(report.policy)}


def event_json(run: str, record: Record) -> Json:
    """An event of a run's journal, with the run's name and without secrets."""
    fields: Json = msgspec.to_builtins(record)
    body = fields["body"]
    if body.get("operation"):
        body["operation"] = without_query(body["operation"])
    if isinstance(record.body, PlanConfirmed):
        policy = without_secrets(record.body.plan.policy)
        body["plan"]["policy"] = msgspec.to_builtins(policy)
    return {"run": run, **fields}


def run_checks_json(run: Run, t: float) -> Json:
    """The bake time and the verdict of a run at `t` on its clock; null for what it has not."""
    verdict = run.plan.policy.verdict if run.plan else None
    judgement = judge_run(run, verdict) if verdict else None
    newest = run.samples[-1] if run.samples else None
    return {
        "bake_seconds_left": remaining_bake(run, t),
        "failures": judgement.failures if judgement else None,
        "samples": judgement.samples if judgement else None,
        "verdict_failed": judgement.failed if judgement else None,
        "quarantined": run.quarantined_ids,
        "newest_sample": msgspec.to_builtins(newest.sample) if newest else None,
    }


def prune_json(
    removed: Sequence[str], kept: int, removed_campaigns: Sequence[str], kept_campaigns: int
) -> Json:
    """The output of `prune`: the names of removed runs and campaigns, and how many are left."""
    return {
        "removed": removed,
        "kept": kept,
        "removed_campaigns": removed_campaigns,
        "kept_campaigns": kept_campaigns,
    }


def run_summary_json(summary: RunSummary) -> Json:
    """An entry of `runs`."""
    return {
        "run": summary.name,
        "scale_set": summary.scale_set.resource_id,
        "phase": summary.phase,
        "reason": summary.reason,
        "message": summary.message,
        "live": summary.is_live,
        "settled": summary.settled,
        "upgraded": summary.upgraded,
        "failed": summary.failed,
        "total": summary.total,
        "started_at": summary.started_at,
        "demo": summary.demo,
        "damage": summary.damage,
        "worker_failure": summary.worker_failure,
        "worker": summary.owner,
    }

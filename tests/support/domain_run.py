"""A run over one update domain, planned and carried out in this process."""

from typing import Any

from tests.support.bench import Bench
from vmss_tui.fleet.model_edit.edit import Edit
from vmss_tui.upgrade.plan.plan import Plan
from vmss_tui.upgrade.plan.policy import Policy
from vmss_tui.upgrade.plan.selection import Selection
from vmss_tui.upgrade.run.run import Run

DOMAIN_1 = Selection(update_domains=(1,))


def plan_domain(
    bench: Bench, selection: Selection = DOMAIN_1, edit: Edit | None = None, **policy: Any
) -> Plan:
    return bench.plan_run(selection, Policy(**policy), edit)


def run_plan(bench: Bench, plan: Plan) -> Run:
    return bench.run_worker(bench.services.run_control.start(plan))


def event_kinds(bench: Bench, name: str) -> list[str]:
    return [
        type(record.body).__name__ for record in bench.services.run_control.follow(name).read_new()
    ]

"""Checks a plan before `plan` prints it and before `run` starts it."""

from vmss_tui.cli.error_report import CommandError
from vmss_tui.cli.json_output import Json
from vmss_tui.cli.output import show_progress
from vmss_tui.errors import ExitCode
from vmss_tui.fleet.preflight.result import Preflight, PreflightFinding
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.runtime.preflight.checker import plan_subject
from vmss_tui.runtime.session import Services
from vmss_tui.upgrade.plan.plan import Plan


def check_plan(services: Services, scale_set: ScaleSet, plan: Plan) -> Preflight:
    """The checks of the run of this plan; `scale_set` is what the plan was made of."""
    show_progress("checking image, VM size and rights")
    try:
        return services.preflight.check(plan_subject(scale_set, plan))
    finally:
        show_progress("")


def require_passed(preflight: Preflight, *, anyway: bool) -> None:
    """Raises `CommandError` with the refusals, if there are any, except `anyway`."""
    if preflight.refusals and not anyway:
        message = f"{preflight.refusal_text} (--anyway starts the run all the same)"
        raise CommandError(message, ExitCode.REFUSED)


def preflight_json(preflight: Preflight) -> Json:
    """What was checked, and the findings."""
    return {
        "checked": preflight.checks,
        "passed": preflight.passed,
        "findings": [finding_json(finding) for finding in preflight.findings],
    }


def finding_json(finding: PreflightFinding) -> Json:
    """One finding."""
    return {
        "check": finding.check,
        "level": finding.level,
        "message": finding.message,
        "resource": finding.resource or None,
    }

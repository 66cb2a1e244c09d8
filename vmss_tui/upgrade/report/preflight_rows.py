"""The checks before the first write as rows of a confirmation, for a screen and the command line.

Pure. Short where all is well: one row that names what was checked.
"""

from collections.abc import Iterator

import msgspec

from vmss_tui.fleet.preflight.result import Check, Preflight, PreflightFinding
from vmss_tui.text import capitalize_sentence
from vmss_tui.upgrade.plan.plan import Plan
from vmss_tui.upgrade.report.rows import TextRow


def preflight_rows(preflight: Preflight) -> tuple[TextRow, ...]:
    """Refusals, cautions, what could not be checked, and what was checked without a finding."""
    return tuple(_rows(preflight))


PENDING_ROWS = (TextRow("checks", "checking …"),)
"""The row while the checks are made."""


def reply_rows(preflight: Preflight | None, error: str) -> tuple[TextRow, ...]:
    """The rows of the checks, or of the error that prevented them all."""
    return (TextRow("not checked", error),) if preflight is None else preflight_rows(preflight)


def with_findings(plan: Plan, preflight: Preflight) -> Plan:
    """The plan with refusals and cautions among its cautions, so that the journal has them."""
    findings = (*preflight.refusals, *reported_cautions(preflight))
    texts = tuple(f"{capitalize_sentence(finding.message)}." for finding in findings)
    return msgspec.structs.replace(plan, cautions=(*plan.cautions, *texts)) if texts else plan


def reported_cautions(preflight: Preflight) -> tuple[PreflightFinding, ...]:
    """The cautions that a plan does not have by itself: the state of the set is among those."""
    return tuple(finding for finding in preflight.cautions if finding.check is not Check.STATE)


def _rows(preflight: Preflight) -> Iterator[TextRow]:
    for finding in preflight.refusals:
        yield TextRow("refused", finding.message, is_caution=True)
    for finding in reported_cautions(preflight):
        yield TextRow("caution", finding.message, is_caution=True)
    for finding in preflight.unknown:
        yield TextRow("not checked", f"{finding.check}: {finding.message}")
    if preflight.passed:
        yield TextRow("checked", ", ".join(preflight.passed))

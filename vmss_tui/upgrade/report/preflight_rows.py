"""The checks before the first write as rows of a confirmation, for a screen and the command line.

Pure. Short where all is well: one row that names what was checked.
"""

from collections.abc import Iterator

from vmss_tui.fleet.preflight.finding import Check, Finding, Preflight
from vmss_tui.upgrade.report.rows import TextRow


def preflight_rows(preflight: Preflight) -> tuple[TextRow, ...]:
    """Refusals, cautions, what could not be checked, and what was checked without a finding."""
    return tuple(_rows(preflight))


def problem_rows(preflight: Preflight) -> tuple[TextRow, ...]:
    """The rows that call for attention: refusals and cautions."""
    return tuple(row for row in _rows(preflight) if row.is_caution)


def reported_cautions(preflight: Preflight) -> tuple[Finding, ...]:
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

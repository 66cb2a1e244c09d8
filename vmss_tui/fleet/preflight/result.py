"""The result of the checks before the first write: findings of a scale set."""

from collections.abc import Iterable, Iterator
from enum import StrEnum

from msgspec import Struct


class Check(StrEnum):
    """What is checked; the value is the field `check` of JSON, and is shown."""

    STATE = "provisioning state"
    """The set's own provisioning state."""
    IMAGE = "image version"
    """It exists, is not withdrawn and, of a gallery, is replicated to where the set is."""
    COMPATIBILITY = "image and size"
    """Generation, architecture and security type."""
    SIZE = "VM size"
    """It is offered to the subscription in the region and the zones of the set."""
    TERMS = "purchase plan"
    """The plan of a marketplace image is that of the set, and its terms are accepted."""
    RIGHTS = "rights"
    """The principal may write what the run writes."""
    QUOTA = "quota"
    """The region's cores are sufficient where a run needs more of them."""


class FindingLevel(StrEnum):
    """What a finding means; the value is the field `level` of JSON."""

    REFUSAL = "refusal"
    """A run would fail: it is not started."""
    CAUTION = "caution"
    """It may fail, or need attention."""
    NOT_KNOWN = "not known"
    """The check could not be made."""


class PreflightFinding(Struct, frozen=True):
    """One result of a check. A check without a finding was made, and has passed."""

    check: Check
    level: FindingLevel
    message: str
    """A sentence with what would be right, without a full stop; of `NOT_KNOWN` the reason."""
    resource: str = ""
    """What it is about: a version, a VM size, an action, a quota; empty for the set as a whole."""


class Preflight(Struct, frozen=True):
    """All checks of one scale set: those that were made, and their findings."""

    checks: tuple[Check, ...]
    """The checks that apply to the set, in the order in which they are shown."""
    findings: tuple[PreflightFinding, ...] = ()

    @property
    def refusals(self) -> tuple[PreflightFinding, ...]:
        """Why the run is not started."""
        return self._with(FindingLevel.REFUSAL)

    @property
    def cautions(self) -> tuple[PreflightFinding, ...]:
        """What to know before it is started."""
        return self._with(FindingLevel.CAUTION)

    @property
    def unknown(self) -> tuple[PreflightFinding, ...]:
        """What could not be checked, with the reasons."""
        return self._with(FindingLevel.NOT_KNOWN)

    @property
    def passed(self) -> tuple[Check, ...]:
        """The checks that were made, and have nothing to report."""
        reported = {finding.check for finding in self.findings}
        return tuple(check for check in self.checks if check not in reported)

    @property
    def refusal_text(self) -> str:
        """All refusals as one text; empty where there is none."""
        return "; ".join(finding.message for finding in self.refusals)

    def _with(self, level: FindingLevel) -> tuple[PreflightFinding, ...]:
        return tuple(finding for finding in self.findings if finding.level is level)


def sorted_preflight(checks: Iterable[Check], findings: Iterable[PreflightFinding]) -> Preflight:
    """The checks and their findings, each once, in the order of `Check`; refusals come first."""
    order, levels = [*Check], [*FindingLevel]
    made = tuple(sorted(dict.fromkeys(checks), key=order.index))
    distinct: Iterator[PreflightFinding] = iter(dict.fromkeys(findings))
    ranked = sorted(distinct, key=lambda f: (levels.index(f.level), order.index(f.check)))
    return Preflight(made, tuple(ranked))

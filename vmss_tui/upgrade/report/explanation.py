"""What explains a halt or a pause: causes, and who did what. Pure."""

from collections.abc import Iterable

import msgspec

from vmss_tui.fleet.causes import known_cause
from vmss_tui.fleet.causes.cause import Cause
from vmss_tui.upgrade.events import Author, EvidenceRecorded, InstanceEvidence
from vmss_tui.upgrade.plan.change_authors import HALT_REASONS
from vmss_tui.upgrade.run.run import Phase, Run

_FAILURE_REASONS = ("failure", "failures")


class InstanceExplanation(msgspec.Struct, frozen=True, kw_only=True):
    """What a failed instance itself said."""

    instance_id: str
    causes: tuple[Cause, ...] = ()
    """Most decisive first."""
    quotes: tuple[str, ...] = ()
    """The last lines of its log, where no cause is known."""
    statuses: tuple[str, ...] = ()
    """Its failed statuses in Azure's words."""
    log_state: str = ""
    """`available`, `empty`, `off`, `refused`, `unreachable`; empty where it was not read."""
    message: str = ""
    """Why there is no log, or no statuses."""


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """What explains one halt or pause."""

    at: str
    about: int
    """Number of the event that it explains."""
    reason: str = ""
    instances: tuple[InstanceExplanation, ...] = ()
    authors: tuple[Author, ...] = ()
    """Who changed the scale set, newest first."""
    message: str = ""
    """What is not known, and why."""
    pending: bool = False
    """It is still looked for."""


def explain(event: EvidenceRecorded, at: str = "") -> Explanation:
    """The explanation in an event of the journal."""
    return Explanation(
        at=at,
        about=event.about,
        reason=event.reason,
        instances=tuple(map(_explain_instance, event.instances)),
        authors=event.authors,
        message=event.message,
        pending=event.pending,
    )


def stop_explanation(run: Run) -> Explanation | None:
    """What explains why the run has stopped now; None where nothing is recorded."""
    for event in reversed(run.evidence):
        ids = {instance.instance_id for instance in event.instances}
        is_failure = run.reason in _FAILURE_REASONS and not ids.isdisjoint(run.halted_ids)
        if is_failure or event.reason == run.reason:
            return explain(event)
    return None


def awaits_author(run: Run) -> bool:
    """Whether it is still looked up who has caused the halt."""
    if run.phase is not Phase.FAULTED or run.reason not in HALT_REASONS:
        return False
    explanation = stop_explanation(run)
    return explanation is None or explanation.pending


def instance_causes(run: Run, instance_id: str) -> tuple[Cause, ...]:
    """Causes of the failure of an instance, by the newest evidence of the run about it."""
    for event in reversed(run.evidence):
        for evidence in event.instances:
            if evidence.instance_id == instance_id:
                return _causes(evidence)
    return ()


def _explain_instance(evidence: InstanceEvidence) -> InstanceExplanation:
    causes = _causes(evidence)
    return InstanceExplanation(
        instance_id=evidence.instance_id,
        causes=causes,
        quotes=() if causes else evidence.quotes,
        statuses=evidence.statuses,
        log_state=evidence.log_state,
        message=evidence.message,
    )


def _causes(evidence: InstanceEvidence) -> tuple[Cause, ...]:
    pairs: Iterable[tuple[str, str]] = zip(evidence.causes, evidence.quotes, strict=False)
    causes = (known_cause(cause_id, quote) for cause_id, quote in pairs)
    return tuple(cause for cause in causes if cause is not None)

"""The events of a run for a person who watches it: what they mean, with routine ones folded. Pure.

Readings show upgraded instances a few at a time: those of a batch become one line, which its end
replaces. Replies, observations and handled intents are routine; a report has all of them.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from vmss_tui.fleet.phrases import shorten_list
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.plan.verdict import SampleResult
from vmss_tui.upgrade.report.sentences import describe_event, describe_request
from vmss_tui.upgrade.run.run import Run

_SHOWN_IDS = 12


class Meaning(StrEnum):
    """What an event means for the run."""

    REQUESTED = "requested"
    DONE = "done"
    WAITING = "waiting"
    """The run waits, for a person or for another operation."""
    UNHEALTHY = "unhealthy"
    FAILED = "failed"
    NOTE = "note"


_MEANINGS: dict[type[ev.AnyEvent], Meaning] = {
    ev.PlanConfirmed: Meaning.REQUESTED,
    ev.ModelIntent: Meaning.REQUESTED,
    ev.BatchIntent: Meaning.REQUESTED,
    ev.RetryRequested: Meaning.REQUESTED,
    ev.RevertRequested: Meaning.REQUESTED,
    ev.RevertStarted: Meaning.REQUESTED,
    ev.Resumed: Meaning.REQUESTED,
    ev.InstancesUpgraded: Meaning.DONE,
    ev.BatchSettled: Meaning.DONE,
    ev.Completed: Meaning.DONE,
    ev.GatePassed: Meaning.DONE,
    ev.CheckpointReached: Meaning.WAITING,
    ev.Paused: Meaning.WAITING,
    ev.BatchRefused: Meaning.WAITING,
    ev.ModelRefused: Meaning.WAITING,
    ev.InstancesMissing: Meaning.WAITING,
    ev.BakeStarted: Meaning.WAITING,
    ev.QuarantineEnded: Meaning.UNHEALTHY,
    ev.InstancesRelapsed: Meaning.UNHEALTHY,
    ev.BatchUnknown: Meaning.UNHEALTHY,
    ev.ModelUnknown: Meaning.UNHEALTHY,
    ev.InstancesFailed: Meaning.FAILED,
    ev.Halted: Meaning.FAILED,
    ev.GateFailed: Meaning.FAILED,
    ev.Aborted: Meaning.FAILED,
}
_SAMPLE_MEANINGS = {
    SampleResult.SUCCESS: Meaning.DONE,
    SampleResult.FAILURE: Meaning.UNHEALTHY,
    SampleResult.INCONCLUSIVE: Meaning.WAITING,
}
_ROUTINE = (
    ev.ModelAccepted,
    ev.BatchAccepted,
    ev.InstancesProvisioned,
    ev.InstancesInProgress,
    ev.InstancesReady,
    ev.InstancesReappeared,
    ev.GateStarted,
    ev.QuarantineIntent,
    ev.IntentHandled,
    ev.CheckpointReached,
    ev.WaitEnded,
)
"""Followed by another event that says more, or expected of every instance."""


class DigestLine(NamedTuple):
    """One line about a run."""

    at: str
    """ISO 8601, UTC."""
    text: str
    meaning: Meaning


def meaning_of(event: ev.AnyEvent) -> Meaning:
    """What the event means for the run."""
    if isinstance(event, ev.Completed) and (event.failed or event.unfinished):
        return Meaning.FAILED
    if isinstance(event, ev.BatchSettled) and event.failed:
        return Meaning.FAILED
    if isinstance(event, ev.VerdictSampled):
        return _SAMPLE_MEANINGS[event.result]
    return _MEANINGS.get(type(event), Meaning.NOTE)


def is_routine(event: ev.AnyEvent) -> bool:
    """Whether the event is left out where there is little room."""
    if isinstance(event, ev.OperationEnded):
        return event.status.lower() == "succeeded"
    if isinstance(event, ev.VerdictSampled):
        return event.result is SampleResult.SUCCESS
    if isinstance(event, ev.QuarantineEnded):
        return event.outcome is ev.QuarantineOutcome.ACCEPTED
    if isinstance(event, ev.EvidenceRecorded):
        return event.pending and not (event.instances or event.authors)
    if isinstance(event, ev.WorkerStarted):
        return not event.resumed
    return isinstance(event, _ROUTINE)


def fold_events(records: Iterable[ev.Record], run: Run) -> tuple[DigestLine, ...]:
    """The lines for these records of `run`, oldest first, with routine events folded."""
    lines: list[DigestLine] = []
    size, upgraded, upgraded_line = 0, list[str](), -1
    for record in records:
        event = record.body
        if isinstance(event, ev.BatchIntent):
            size, upgraded, upgraded_line = len(event.instance_ids), [], -1
        if isinstance(event, ev.InstancesUpgraded) and size:
            upgraded += event.instance_ids
            if upgraded_line >= 0:
                del lines[upgraded_line]
            ids = shorten_list(upgraded, _SHOWN_IDS)
            text = f"{len(upgraded)} of {size} upgraded: {ids}"
            upgraded_line = len(lines)
            lines.append(DigestLine(record.at, text, Meaning.DONE))
            continue
        if is_routine(event):
            continue
        if isinstance(event, ev.BatchSettled):
            if upgraded_line >= 0:
                del lines[upgraded_line]
            size, upgraded, upgraded_line = 0, [], -1
        text = describe_event(record, run)
        if isinstance(event, ev.BatchIntent):
            text = describe_request(event, run)
        lines.append(DigestLine(record.at, text, meaning_of(event)))
    return tuple(lines)

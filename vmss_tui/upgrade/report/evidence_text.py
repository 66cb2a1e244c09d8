"""Sentences about what explains a halt or a pause. Pure."""

from datetime import datetime

from vmss_tui.fleet.phrases import pluralize
from vmss_tui.upgrade import events as ev

_SHOWN_PROPERTIES = 3


def evidence_text(event: ev.EvidenceRecorded) -> str:
    """One line: the decisive line of each instance, or who changed what."""
    parts = [instance_text(instance) for instance in event.instances]
    parts += [author_text(author) for author in event.authors]
    if event.message:
        parts.append(event.message)
    return "; ".join(parts) or "nothing explains it"


def instance_text(instance: ev.InstanceEvidence) -> str:
    """`instance 3: Kernel panic - not syncing …`, else a status, else why there is nothing."""
    quote = next(iter(instance.quotes or instance.statuses), instance.message)
    return f"instance {instance.instance_id}: {quote or 'nothing decisive in its statuses or log'}"


def author_text(author: ev.Author) -> str:
    """`jane@contoso.com changed it with Azure Portal at 12:04:05 (…/write, correlation id …): path:
    old → new`."""
    caller = author.caller or (
        "Azure itself" if author.caller_kind == "Azure" else "a caller that Azure does not name"
    )
    client = f" with {author.client}" if author.client else ""
    details = ", ".join(
        text
        for text in (
            author.operation,
            f"correlation id {author.correlation_id}" if author.correlation_id else "",
        )
        if text
    )
    shown = [
        f"{path}: {before or 'nothing'} → {after or 'nothing'}"
        for path, before, after in author.properties[:_SHOWN_PROPERTIES]
    ]
    if more := len(author.properties) - len(shown):
        shown.append(f"and {pluralize(more, 'property', 'properties')} more")
    at = _clock(author.at)
    changes = f": {', '.join(shown)}" if shown else ""
    return f"{caller}{client} at {at}{f' ({details})' if details else ''}{changes}"


def _clock(stamp: str) -> str:
    """`12:04:05 UTC`; a stamp that is no time is unchanged."""
    try:
        return datetime.fromisoformat(stamp).strftime("%H:%M:%S UTC")
    except ValueError:
        return stamp

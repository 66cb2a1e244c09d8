"""Why a run has stopped, by its evidence: lines for the run panel. Pure."""

from collections.abc import Iterator

from textual.content import Content

from vmss_tui.text import cell
from vmss_tui.ui.run.status_text import RunView
from vmss_tui.upgrade.report.evidence_text import author_text
from vmss_tui.upgrade.report.explanation import Explanation, InstanceExplanation, stop_explanation
from vmss_tui.upgrade.run.run import Phase

_LABEL = 7
_STOPPED = (Phase.FAULTED, Phase.PAUSED, Phase.COMPLETED_WITH_FAILURES)


def explanation_lines(view: RunView, width: int, maximum: int) -> list[Content]:
    """At most `maximum` lines of `width` columns: the decisive line, what it means, what helps; or
    who changed the scale set. Empty while the run goes on."""
    run = view.status.run
    if maximum <= 0 or run.phase not in _STOPPED:
        return []
    explanation = stop_explanation(run)
    if explanation is None:
        return []
    labelled = list(_labelled_texts(explanation))[:maximum]
    spare = maximum - len(labelled)  # for a second line of the first texts that need one
    lines: list[Content] = []
    for label, text, style in labelled:
        room = max(10, width - _LABEL - 1)
        content = Content.styled(text, style)
        parts = content.wrap(room) if spare else [content]
        if len(parts) > 1:
            spare -= 1
            parts = [parts[0], Content(" ").join(part.rstrip() for part in parts[1:])]
        for part in parts:
            line = Content.assemble((f"{label:<{_LABEL}}", "$quiet"), part)
            lines.append(line if line.cell_length <= width else line.truncate(width, ellipsis=True))
            label = ""
    return lines[:maximum]


def _labelled_texts(explanation: Explanation) -> Iterator[tuple[str, str, str]]:
    """Label, text and style, the most decisive first."""
    if instance := _most_telling(explanation):
        name = f"instance {cell(instance.instance_id, 30)}: "
        if instance.causes:
            cause = instance.causes[0]
            yield "Cause", f"{name}{cell(cause.quote, 300)}", "bold $tone-failed"
            yield "Means", cause.meaning, ""
            yield "Helps", cause.help, ""
        else:
            known = next(iter(instance.quotes or instance.statuses), instance.message)
            if known:
                yield "Cause", f"{name}{cell(known, 300)}", "bold"
    for author in explanation.authors:
        yield "Who", cell(author_text(author), 600), "bold"
    if explanation.message:
        yield "Note", cell(explanation.message, 300), "$quiet"


def _most_telling(explanation: Explanation) -> InstanceExplanation | None:
    """The first instance with a known cause, else the first one."""
    with_cause = (instance for instance in explanation.instances if instance.causes)
    return next(with_cause, next(iter(explanation.instances), None))

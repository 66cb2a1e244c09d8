"""A report as Markdown, for a change record or a chat. Pure.

Everything that somebody else wrote stands in code spans or fenced blocks, so that no text of
Azure or of a guest can become markup.
"""

from collections.abc import Iterable, Iterator, Sequence

from vmss_tui.text import cell, clean, redact
from vmss_tui.upgrade.report.report import AzureRequest, Report
from vmss_tui.upgrade.report.sentences import pluralize, duration_text, instances_text
from vmss_tui.upgrade.run.run import Stage


def markdown(told: Report) -> str:
    """The whole report, ending in a newline."""
    parts = (
        _head(told),
        _plan(told),
        _acts(told),
        _instances(told),
        _failures(told),
        _turns(told),
    )
    return "\n".join(line for part in parts for line in part).rstrip("\n") + "\n"


def _head(told: Report) -> Iterator[str]:
    yield f"# Run {_safe(told.run)}: {told.phase}"
    yield ""
    if told.message:
        why = "a person asked" if told.reason == "asked" else told.reason or told.phase
        yield f"**{why}**: {_code(told.message)}"
        yield ""
    if told.damage:
        yield f"**The journal is damaged, this is what can be read**: {_code(told.damage)}"
        yield ""
    where = told.context
    agreed = " with `--yes`" if told.assumed_yes else ""
    yield from _table(
        ("", ""),
        [
            ("scale set", _code(told.scale_set)),
            ("cloud", "demo, nothing of this is real" if where.demo else _code(where.cloud)),
            ("tenant", _code(where.tenant_id)),
            ("as", _code(" ".join(filter(None, (where.principal, f"({where.credential})"))))),
            ("confirmed by", _code(told.by) + agreed),
            ("from", told.started_at),
            ("to", f"{told.changed_at} ({duration_text(told.seconds)})"),
            ("image", _code(told.image)),
            ("instances", _counts(told)),
            ("workers", str(told.workers)),
        ],
    )


def _counts(told: Report) -> str:
    named = (
        (told.upgraded, "upgraded"),
        (told.failed, "failed"),
        (told.gone, "gone"),
        (told.skipped, "skipped"),
        (told.open, "open"),
        (told.waiting, "waiting"),
    )
    said = [f"{count} {word}" for count, word in named if count]
    return f"{told.planned} planned: {', '.join(said)}"


def _plan(told: Report) -> Iterator[str]:
    yield "## Plan"
    yield ""
    if told.edit:
        yield "Model edit:"
        yield ""
        yield from _fenced(told.edit)
    policy = told.policy
    amounts = (
        f"batch {policy.max_batch_instance_percent}",
        f"unhealthy at most {policy.max_unhealthy_instance_percent}",
        f"upgraded and unhealthy at most {policy.max_unhealthy_upgraded_instance_percent}",
        f"halt at {pluralize(policy.max_new_failures, 'failure', 'failures')}",
        f"pause {policy.pause_time_between_batches:g} s",
        f"healthy for {policy.min_healthy_time:g} s, within {policy.healthy_deadline:g} s",
        f"batch within {policy.batch_deadline:g} s",
    )
    yield f"Policy: {', '.join(amounts)}."
    yield ""
    yield from _table(
        ("batch", "row", "instances"),
        [
            (str(number), _code(batch.row), _code(" ".join(batch.instance_ids)))
            for number, batch in enumerate(told.batches, 1)
        ],
    )
    for why in dict.fromkeys(left.reason for left in told.left_out):
        ids = [left.instance_id for left in told.left_out if left.reason is why]
        yield f"- left out, {why}: {_code(instances_text(ids))}"
    yield from (f"- caution: {_code(caution)}" for caution in told.cautions)
    yield ""


def _acts(told: Report) -> Iterator[str]:
    yield "## What Azure was asked"
    yield ""
    if not told.requests:
        yield "Nothing."
        yield ""
        return
    yield from _table(
        ("at", "what", "answer", "took", "came to", "request", "correlation"),
        [
            (
                act.at[:19],
                f"{act.kind} {act.number}" + (f" ({_code(act.row)})" if act.row else ""),
                act.answer + (f": {_code(act.message)}" if act.message else ""),
                duration_text(act.seconds) if act.seconds is not None else "",
                _came_to(act),
                _code(act.client_request_id),
                _code(act.correlation_id),
            )
            for act in told.requests
        ],
    )
    yield "The same with `az`:"
    yield ""
    yield from _fenced([act.az for act in told.requests], "sh")


def _came_to(act: AzureRequest) -> str:
    named = (
        (act.upgraded, "upgraded"),
        (act.failed, "failed"),
        (act.gone, "gone"),
        (act.reopened, "to be asked again"),
    )
    return ", ".join(f"{count} {word}" for count, word in named if count)


def _instances(told: Report) -> Iterator[str]:
    yield "## Instances"
    yield ""
    yield from _table(
        ("instance", "row", "outcome", "batch", "took", "ended", "words"),
        [
            (
                _code(fate.instance_id),
                _code(fate.row),
                f"**{fate.outcome}**" if fate.outcome is Stage.FAILED else str(fate.outcome),
                " ".join(map(str, fate.batches)),
                duration_text(fate.seconds) if fate.seconds is not None else "",
                fate.ended_at[:19],
                _code(fate.message),
            )
            for fate in told.instances
        ],
    )


def _failures(told: Report) -> Iterator[str]:
    if not told.failures:
        return
    yield "## Failures"
    yield ""
    for failure in told.failures:
        yield f"- {failure.at[:19]} {_code(instances_text(failure.instance_ids))}:"
        yield ""
        yield from _fenced([failure.message])


def _turns(told: Report) -> Iterator[str]:
    yield "## What happened"
    yield ""
    for turn in told.timeline:
        yield f"- {turn.at[:19]} {_code(turn.message)}"
        if turn.output:
            yield ""
            yield from _fenced(turn.output.splitlines())
    yield ""


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(headings)} |"
    yield "|" + "---|" * len(headings)
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""


def _code(text: str) -> str:
    """A code span that its text cannot leave, nor a cell of a table."""
    said = cell(redact(text), 1000).replace("`", "'").replace("|", "¦")
    return f"`{said}`" if said else ""


def _safe(text: str) -> str:
    """A run's name: letters, digits and signs that mean nothing."""
    return "".join(c if c.isalnum() or c in "-_." else "?" for c in text)


def _fenced(lines: Iterable[str], language: str = "") -> Iterator[str]:
    yield f"```{language}"
    for line in lines:
        yield clean(redact(line)).replace("```", "'''")
    yield "```"
    yield ""

"""Renders a report as Markdown, for a change record or a chat. Pure.

Texts from outside (Azure, guests, operators) are in code spans or fenced blocks only, so that
they cannot become markup. Command lines are shown as they are: their words were redacted before
they were quoted.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from vmss_tui.fleet.phrases import bare_reason, instances_text, pluralize
from vmss_tui.text import clean, redact
from vmss_tui.upgrade.report.evidence_text import author_text
from vmss_tui.upgrade.report.markdown_text import code_span, safe_name, table
from vmss_tui.upgrade.report.report import AzureRequest, InstanceResult, Report
from vmss_tui.upgrade.report.sentences import exact_duration
from vmss_tui.upgrade.report.verdict_text import quarantine_text, verdict_rule, verdict_title
from vmss_tui.upgrade.run.phase import phase_label
from vmss_tui.upgrade.run.run import OPEN_STAGES, Stage


def render_markdown(report: Report) -> str:
    """The whole report, ending in a newline."""
    parts = (
        _head(report),
        _explanations(report),
        _plan(report),
        _requests(report),
        _instances(report),
        _failures(report),
        _timeline(report),
    )
    return "\n".join(line for part in parts for line in part).rstrip("\n") + "\n"


def _head(report: Report) -> Iterator[str]:
    yield f"# Run {safe_name(report.run)}: {phase_label(report.phase, report.reason)}"
    yield ""
    if report.message:
        reason = report.reason or report.phase.label
        reason = "requested" if reason == "asked" else reason
        yield f"**{reason}**: {code_span(report.message)}"
        yield ""
    if report.damage:
        yield f"**The journal is damaged; this is the readable part**: {code_span(report.damage)}"
        yield ""
    context = report.context
    assumed_yes = " with `--yes`" if report.assumed_yes else ""
    yield from table(
        ("", ""),
        [
            ("scale set", code_span(report.scale_set)),
            (
                "cloud",
                "simulator (demo)" if context.demo else code_span(context.cloud),
            ),
            *([("tenant", code_span(context.tenant_id))] if context.tenant_id else []),
            (
                "as",
                code_span(" ".join(filter(None, (context.principal, f"({context.credential})")))),
            ),
            ("confirmed by", code_span(report.by) + assumed_yes),
            ("from", report.started_at),
            ("to", f"{report.changed_at} ({exact_duration(report.seconds)})"),
            ("image", code_span(report.image)),
            ("instances", _counts(report)),
            ("workers", str(report.workers)),
        ],
    )


def _counts(report: Report) -> str:
    skipped, waiting = report.skipped, report.waiting
    if report.phase.is_over:
        skipped, waiting = skipped + waiting, 0
    counts = (
        (report.upgraded, "upgraded"),
        (report.rolled_back, "rolled back"),
        (report.failed, "failed"),
        (report.gone, "deleted"),
        (report.open, report.open_note or "upgrading"),
        (skipped, "not upgraded"),
        (waiting, "remaining"),
    )
    texts = [f"{count} {word}" for count, word in counts if count]
    return f"{report.planned} planned: {', '.join(texts)}"


def _explanations(report: Report) -> Iterator[str]:
    """What the failed instances themselves said, and who changed the scale set."""
    if not report.explanations:
        return
    yield "## Why"
    yield ""
    for explanation in report.explanations:
        for instance in explanation.instances:
            yield f"- instance {code_span(instance.instance_id)}"
            for cause in instance.causes:
                yield f"  - {code_span(cause.quote)}"
                yield f"  - means: {cause.meaning}"
                yield f"  - helps: {cause.help}"
            yield from (f"  - last line of its log: {code_span(q)}" for q in instance.quotes)
            yield from (f"  - Azure's status: {code_span(text)}" for text in instance.statuses)
            if instance.message:
                yield f"  - {code_span(instance.message)}"
        yield from (f"- {code_span(author_text(author))}" for author in explanation.authors)
        if explanation.message:
            yield f"- {code_span(explanation.message)}"
    yield ""


def _plan(report: Report) -> Iterator[str]:
    yield "## Plan"
    yield ""
    if report.edit:
        yield "Model edit:"
        yield ""
        yield from _fenced_block(report.edit)
    policy = report.policy
    limits = (
        f"batch size {policy.max_batch_instance_percent}",
        f"max unavailable {policy.max_unhealthy_instance_percent}",
        f"max unhealthy upgraded {policy.max_unhealthy_upgraded_instance_percent}",
        f"stop after {pluralize(policy.max_new_failures, 'failure', 'failures')}",
        f"pause between batches {policy.pause_time_between_batches:g} s",
        f"min healthy time {policy.min_healthy_time:g} s, health timeout "
        f"{policy.healthy_deadline:g} s",
        f"batch timeout {policy.batch_deadline:g} s",
        *([f"bake time {policy.bake:g} s"] if policy.bake else []),
    )
    yield f"Policy: {', '.join(limits)}."
    yield ""
    if policy.verdict is not None:
        check, rule = verdict_title(policy.verdict), verdict_rule(policy.verdict)
        yield f"Verdict: {code_span(check)}, {rule}."
        yield ""
    if policy.quarantine:
        yield f"Quarantine: {quarantine_text(policy)}."
        yield ""
    yield from table(
        ("batch", "domain", "instances"),
        [
            (str(number), code_span(batch.row), code_span(" ".join(batch.instance_ids)))
            for number, batch in enumerate(report.batches, 1)
        ],
    )
    for reason in dict.fromkeys(entry.reason for entry in report.left_out):
        ids = [entry.instance_id for entry in report.left_out if entry.reason is reason]
        yield f"- skipped, {reason.label}: {code_span(instances_text(ids))}"
    yield from (f"- caution: {code_span(caution)}" for caution in report.cautions)
    yield ""


def _requests(report: Report) -> Iterator[str]:
    yield "## Requests to Azure"
    yield ""
    if not report.requests:
        yield "Nothing."
        yield ""
        return
    yield from table(
        (
            "time",
            "request",
            "response",
            "duration",
            "result",
            "client request ID",
            "correlation ID",
        ),
        [
            (
                request.at[:19],
                request.title + (f" ({code_span(request.row)})" if request.row else ""),
                _answer(request),
                exact_duration(request.seconds) if request.seconds is not None else "",
                _outcome_counts(request),
                code_span(request.client_request_id),
                code_span(request.correlation_id),
            )
            for request in report.requests
        ],
    )
    yield "The same with `az`:"
    yield ""
    yield from _fence([request.az for request in report.requests], "sh")


def _answer(request: AzureRequest) -> str:
    reason = bare_reason(request.message)
    return f"{request.answer}: {code_span(reason)}" if reason else request.answer


def _outcome_counts(request: AzureRequest) -> str:
    counts = (
        (request.upgraded, "rolled back" if request.reverts else "upgraded"),
        (request.failed, "failed"),
        (request.gone, "deleted"),
        (request.reopened, "to be requested again"),
    )
    return ", ".join(f"{count} {word}" for count, word in counts if count)


def _instances(report: Report) -> Iterator[str]:
    yield "## Instances"
    yield ""
    yield from table(
        ("instance", "domain", "result", "batch", "duration", "ended", "reason"),
        [
            (
                code_span(result.instance_id),
                code_span(result.row),
                _result(report, result),
                " ".join(map(str, result.batches)),
                exact_duration(result.seconds) if result.seconds is not None else "",
                result.ended_at[:19],
                code_span(result.message),
            )
            for result in report.instances
        ],
    )


def _result(report: Report, result: InstanceResult) -> str:
    if result.outcome in OPEN_STAGES and report.open_note:
        return report.open_note
    label = result.outcome.label
    return f"**{label}**" if result.outcome is Stage.FAILED else label


def _failures(report: Report) -> Iterator[str]:
    if not report.failures:
        return
    yield "## Failures"
    yield ""
    for failure in report.failures:
        yield f"- {failure.at[:19]} {code_span(instances_text(failure.instance_ids))}:"
        yield ""
        yield from _fenced_block([failure.message])


def _timeline(report: Report) -> Iterator[str]:
    yield "## Timeline"
    yield ""
    for entry in report.timeline:
        yield f"- {entry.at[:19]} {code_span(entry.message)}"
        if entry.output:
            yield ""
            yield from _fenced_block(entry.output.splitlines())
    yield ""


def _fenced_block(lines: Iterable[str]) -> Iterator[str]:
    yield from _fence([clean(redact(line)) for line in lines])


def _fence(lines: Sequence[str], language: str = "") -> Iterator[str]:
    """The lines unchanged between two fences, which are longer than every run of backticks."""
    longest = max((len(run) for line in lines for run in _BACKTICKS.findall(line)), default=0)
    fence = "`" * max(3, longest + 1)
    yield f"{fence}{language}"
    yield from lines
    yield fence
    yield ""


_BACKTICKS = re.compile(r"`++")

"""The report of a run as a page, for a change ticket. Pure."""

from collections import Counter
from collections.abc import Iterator

from vmss_tui.fleet.phrases import bare_reason, instances_text, pluralize
from vmss_tui.upgrade.plan.plan import Plan
from vmss_tui.upgrade.plan.verdict import Verdict
from vmss_tui.upgrade.report.html.document import document, section, stamp, tile
from vmss_tui.upgrade.report.html.explanation_section import explanation_list
from vmss_tui.upgrade.report.html.heat_map_section import heat_maps
from vmss_tui.upgrade.report.html.markup import (
    Markup,
    command_text,
    facts,
    join,
    table,
    tag,
)
from vmss_tui.upgrade.report.html.time_chart import time_chart
from vmss_tui.upgrade.report.report import AzureRequest, Report
from vmss_tui.upgrade.report.sentences import exact_duration, stopwatch_text
from vmss_tui.upgrade.report.timeline.timeline import Timeline
from vmss_tui.upgrade.report.verdict_text import quarantine_text, verdict_rule, verdict_title
from vmss_tui.upgrade.run.phase import Phase

_LISTED = 24
"""Instances of a request, and of a planned batch beside the limits, that are a few lines."""


def render_html(report: Report, plan: Plan, timeline: Timeline) -> str:
    """The whole document. The plan and the timeline are of the same journal as the report."""
    sections = (
        _top(report, plan),
        section("Why", explanation_list(report.explanations)) if report.explanations else None,
        section("Change", _change(report, plan)),
        section("Before and after", heat_maps(report, plan)),
        section("Failures", _failures(report)) if report.failures else None,
        section("Timeline", time_chart(timeline)),
        section("Batches", _batches(report, timeline)),
        section("Plan", _plan(report)),
        section("What happened", _log(report)),
        section("Commands", _commands(report)),
        _footer(report),
    )
    return document(f"{report.run}: {report.phase.label}", sections)


# Verdict


def _top(report: Report, plan: Plan) -> Markup:
    context = report.context
    origin = "Demo: simulated, not Azure" if context.demo else "Azure scale set upgrade"
    kind = "good" if report.phase in (Phase.COMPLETED, Phase.ROLLED_BACK) else "warn"
    if report.failed or report.phase in (Phase.FAULTED, Phase.COMPLETED_WITH_FAILURES):
        kind = "bad"
    counts = (
        (report.planned, "planned"),
        (report.upgraded, "upgraded"),
        (report.rolled_back, "rolled back"),
        (report.failed, "failed"),
        (report.gone, "deleted"),
        (report.skipped, "skipped"),
        (report.open, report.open_note or "in progress"),
        (report.waiting, "not upgraded"),
    )
    shown = [(n, word) for n, word in counts if n or word in ("planned", "upgraded", "failed")]
    message = tag("pre", report.message) if report.message else None
    damage = report.damage and tag(
        "p", "The journal is damaged; this is what can be read: ", report.damage
    )
    return join(
        (
            tag("div", tag("span", origin), tag("span", f"run {report.run}"), class_="top"),
            tag("h1", f"{plan.scale_set.group_label} / {plan.name}"),
            tag(
                "div",
                tag("strong", _verdict(report)),
                tag("p", _when(report), class_="quiet"),
                message,
                damage or None,
                class_=f"verdict {kind}",
            ),
            tag("div", [tile(*count) for count in shown], class_="tiles"),
        )
    )


def _verdict(report: Report) -> str:
    label = report.phase.label
    if report.phase is Phase.COMPLETED and not report.failed:
        return f"{label}: {report.upgraded} of {report.planned} instances upgraded"
    parts = [f"{report.upgraded} upgraded"] if not report.rolled_back else []
    parts += [f"{report.rolled_back} rolled back"] if report.rolled_back else []
    rest = (
        (report.failed, "failed"),
        (report.gone, "deleted"),
        (report.skipped, "skipped"),
        (report.open, report.open_note or "in progress"),
        (report.waiting, "not upgraded"),
    )
    parts += [f"{count} {word}" for count, word in rest if count]
    return f"{label}: {', '.join(parts)} of {report.planned}"


def _when(report: Report) -> str:
    confirmed = f"{report.by} with --yes" if report.assumed_yes else report.by
    start, end = stamp(report.started_at), stamp(report.changed_at)
    return f"{start} to {end} ({exact_duration(report.seconds)}), confirmed by {confirmed}"


# Sections


def _change(report: Report, plan: Plan) -> Markup:
    versions = Counter(plan.image_versions.get(i, "not recorded") for i in plan.instance_ids)
    before = [
        tag("div", tag("code", version), f" on {pluralize(count, 'instance', 'instances')}")
        for version, count in versions.most_common()
    ]
    context = report.context
    who = " ".join(filter(None, (context.principal, f"({context.credential})")))
    left = facts(
        (
            ("Image before", before),
            ("Image after", tag("code", report.image) if report.image else "not recorded"),
            ("Model edit", [tag("div", tag("code", line)) for line in report.edit] or "none"),
        )
    )
    right = facts(
        (
            ("Scale set", tag("code", report.scale_set)),
            ("Cloud", "demo" if context.demo else context.cloud),
            ("Tenant", context.tenant_id),
            ("Signed in as", who if context.principal else ""),
            ("Confirmed by", report.by),
            ("Started", stamp(report.started_at)),
            ("Last event", stamp(report.changed_at)),
            ("Workers", str(report.workers)),
        )
    )
    return tag("div", left, right, class_="cols")


def _failures(report: Report) -> list[Markup]:
    return [
        tag(
            "div",
            tag("b", instances_text(failure.instance_ids)),
            tag("span", f" at {stamp(failure.at)}", class_="quiet"),
            tag("pre", failure.message),
            class_="failure",
        )
        for failure in report.failures
    ]


def _batches(report: Report, timeline: Timeline) -> Markup:
    medians = {batch.number: batch.median for batch in timeline.batches}
    rows = [
        (
            request.title,
            request.row,
            tag("span", _request_ids(request), class_="id words"),
            stamp(request.at)[11:19],
            stopwatch_text(request.seconds) if request.seconds is not None else "",
            _median_text(medians, request),
            _answer(request),
            tag("span", _outcome(request), class_="words"),
        )
        for request in report.requests
    ]
    if not rows:
        return tag("p", "No request was sent.", class_="quiet")
    headings = ("Request", "Domain", "Instances", "UTC", "Took", "Median", "Azure", "Result")
    return table(headings, rows)


def _request_ids(request: AzureRequest) -> str:
    """The ids; of a large request the first ones, because its command lists all of them."""
    ids = request.instance_ids
    if len(ids) <= _LISTED or not request.az:
        return " ".join(ids)
    return f"{' '.join(ids[: _LISTED // 2])} … {ids[-1]} ({len(ids)} instances, see Commands)"


def _median_text(medians: dict[int, float | None], request: AzureRequest) -> str:
    median = medians.get(request.number) if request.kind == "batch" else None
    return stopwatch_text(median) if median is not None else ""


def _answer(request: AzureRequest) -> str:
    reason = bare_reason(request.message)
    answer = "no answer" if request.answer == "none" else request.answer
    return f"{answer}: {reason}" if reason else answer


def _outcome(request: AzureRequest) -> str:
    counts = (
        (request.upgraded, "rolled back" if request.reverts else "upgraded"),
        (request.failed, "failed"),
        (request.gone, "deleted"),
        (request.reopened, "not upgraded, requested again"),
    )
    return ", ".join(f"{count} {word}" for count, word in counts if count)


def _verdict_text(verdict: Verdict) -> str:
    return f"{verdict_title(verdict)}, {verdict_rule(verdict)}"


def _plan(report: Report) -> Markup:
    policy = report.policy
    left_out = {
        reason: [e.instance_id for e in report.left_out if e.reason == reason]
        for reason in dict.fromkeys(entry.reason for entry in report.left_out)
    }
    approvals = ", ".join(f"{percent} %" for percent in policy.checkpoints)
    limits = facts(
        (
            ("Batch size", str(policy.max_batch_instance_percent)),
            ("Max unavailable", str(policy.max_unhealthy_instance_percent)),
            ("Max unhealthy upgraded", str(policy.max_unhealthy_upgraded_instance_percent)),
            ("Stop after", pluralize(policy.max_new_failures, "failure", "failures")),
            ("Pause between batches", f"{policy.pause_time_between_batches:g} s"),
            ("Min healthy time", f"{policy.min_healthy_time:g} s"),
            ("Health timeout", f"{policy.healthy_deadline:g} s"),
            ("Batch timeout", f"{policy.batch_deadline:g} s"),
            ("Canary batch size", str(policy.canary) if policy.canary else ""),
            ("Approval checkpoints", approvals),
            ("Bake time", f"{policy.bake:g} s" if policy.bake else ""),
            ("Verdict", _verdict_text(policy.verdict) if policy.verdict else ""),
            ("Quarantine", quarantine_text(policy)),
        )
    )
    batches = facts(
        (
            *(
                (f"Batch {number}", [
                    f"{batch.row}: ", tag("span", " ".join(batch.instance_ids), class_="id"),
                ])
                for number, batch in enumerate(report.batches, 1)
            ),
            *(
                ("Skipped", [f"{reason}: ", tag("span", " ".join(ids), class_="id")])
                for reason, ids in left_out.items()
            ),
            *(("Caution", caution) for caution in report.cautions),
        )
    )  # fmt: skip
    is_large = any(len(batch.instance_ids) > _LISTED for batch in report.batches)
    return tag("div", limits, batches, class_="" if is_large else "cols")


def _log(report: Report) -> Markup:
    entries = [
        tag(
            "li",
            tag("span", stamp(entry.at)[11:19], class_="num quiet"),
            tag("div", entry.message, tag("pre", entry.output) if entry.output else None),
        )
        for entry in report.timeline
    ]
    return tag("ul", entries, class_="log")


def _commands(report: Report) -> Iterator[Markup]:
    yield tag("p", "The same requests as commands of the Azure CLI.", class_="quiet")
    lines = "\n".join(request.az for request in report.requests)
    yield tag("pre", command_text(lines)) if lines else tag("p", "None.")


def _footer(report: Report) -> Markup:
    return tag("footer", f"Made by vmss-tui from the journal of run {report.run}. Times are UTC.")

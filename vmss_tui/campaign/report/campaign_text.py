"""Renders the report of a campaign as Markdown, for a change record or a chat. Pure.

Texts from outside (Azure, operators, strategy files) are in code spans only, so that they cannot
become markup.
"""

from collections.abc import Iterator

from vmss_tui.campaign.report.campaign_report import CampaignReport, MemberResult, StageResult
from vmss_tui.campaign.state import STATE_LABELS
from vmss_tui.fleet.phrases import pluralize
from vmss_tui.upgrade.report.markdown_text import code_span, safe_name, table
from vmss_tui.upgrade.report.sentences import exact_duration


def render_campaign_markdown(report: CampaignReport) -> str:
    """The whole report, ending in a newline."""
    parts = (_head(report), _stages(report), _members(report), _left_out(report), _turns(report))
    return "\n".join(line for part in parts for line in part).rstrip("\n") + "\n"


def untouched_text(report: CampaignReport) -> str:
    """What the campaign has never touched: `38 scale sets with 1240 instances were never touched
    (stages pilot, rest)`; empty where it has touched all."""
    if not report.untouched_members:
        return ""
    sets = pluralize(report.untouched_members, "scale set", "scale sets")
    instances = pluralize(report.untouched_instances, "instance", "instances")
    verb = "was" if report.untouched_members == 1 else "were"
    whole = [stage.name for stage in report.stages if 0 < stage.members == stage.untouched]
    stages = f" ({'stage' if len(whole) == 1 else 'stages'} {', '.join(whole)})" if whole else ""
    return f"{sets} with {instances} {verb} never touched{stages}"


def _head(report: CampaignReport) -> Iterator[str]:
    yield f"# Campaign {safe_name(report.campaign)}: {report.phase.label}"
    yield ""
    if report.message:
        yield f"**{safe_name(report.reason) or report.phase.label}**: {code_span(report.message)}"
        yield ""
    if report.damage:
        yield f"**The journal is damaged; this is the readable part**: {code_span(report.damage)}"
        yield ""
    assumed_yes = " with `--yes`" if report.assumed_yes else ""
    strategy = [("strategy", code_span(report.source))] if report.source else []
    yield from table(
        ("", ""),
        [
            *strategy,
            ("change", "<br>".join(map(code_span, report.change)) or "each set's own model"),
            ("confirmed by", code_span(report.by) + assumed_yes),
            ("from", report.started_at),
            ("to", f"{report.changed_at} ({exact_duration(report.seconds)})"),
            ("scale sets", _member_counts(report)),
            ("instances", _instance_counts(report)),
            ("not touched", code_span(untouched_text(report)) or "none"),
            ("workers", str(report.workers)),
        ],
    )


def _member_counts(report: CampaignReport) -> str:
    counts = (
        (sum(stage.upgraded for stage in report.stages), "upgraded"),
        (sum(stage.rolled_back for stage in report.stages), "rolled back"),
        (sum(stage.failed for stage in report.stages), "failed"),
        (sum(stage.skipped for stage in report.stages), "skipped"),
    )
    shown = [f"{number} {name}" for number, name in counts if number]
    return f"{len(report.members)}" + (f": {', '.join(shown)}" if shown else "")


def _instance_counts(report: CampaignReport) -> str:
    counts = (
        (report.upgraded_instances, "upgraded"),
        (report.rolled_back_instances, "rolled back"),
        (report.failed_instances, "failed"),
    )
    shown = [f"{number} {name}" for number, name in counts if number]
    return f"{report.instances}" + (f": {', '.join(shown)}" if shown else "")


def _stages(report: CampaignReport) -> Iterator[str]:
    yield "## Stages"
    yield ""
    yield from table(
        ("stage", "scale sets", "result", "began", "passed", "approved by", "verdict"),
        [
            (
                code_span(stage.name),
                str(stage.members),
                stage_result(stage),
                stage.opened_at,
                stage.passed_at,
                code_span(stage.approved_by),
                samples_text(stage),
            )
            for stage in report.stages
        ],
    )


def stage_result(stage: StageResult) -> str:
    """What became of the scale sets of a stage: `2 upgraded, 1 failed`."""
    counts = (
        (stage.upgraded, "upgraded"),
        (stage.rolled_back, "rolled back"),
        (stage.failed, "failed"),
        (stage.skipped, "skipped"),
        (stage.untouched, "not touched"),
    )
    return ", ".join(f"{number} {name}" for number, name in counts if number)


def samples_text(stage: StageResult) -> str:
    """The samples of the verdict for a stage: `4 samples, 1 failed`; empty without any."""
    if not stage.samples:
        return ""
    return f"{pluralize(stage.samples, 'sample', 'samples')}, {stage.failed_samples} failed"


def _members(report: CampaignReport) -> Iterator[str]:
    yield "## Scale sets"
    yield ""
    yield from table(
        ("scale set", "stage", "region", "state", "instances", "run", "from", "took", "reason"),
        [_member_row(member) for member in report.members],
    )


def _member_row(member: MemberResult) -> tuple[str, ...]:
    done = member.rolled_back or member.upgraded
    return (
        code_span(member.scale_set),
        code_span(member.stage),
        code_span(member.region),
        STATE_LABELS[member.state],
        f"{done}/{member.planned}" + (f", {member.failed} failed" if member.failed else ""),
        ", ".join(map(code_span, member.runs)),
        member.started_at,
        exact_duration(member.seconds) if member.seconds is not None else "",
        code_span(member.message or member.reason),
    )


def _left_out(report: CampaignReport) -> Iterator[str]:
    if not report.left_out:
        return
    yield "## Skipped"
    yield ""
    yield from table(
        ("scale set", "reason"),
        [(code_span(m.scale_set.resource_id), code_span(m.reason)) for m in report.left_out],
    )


def _turns(report: CampaignReport) -> Iterator[str]:
    if not report.turns:
        return
    yield "## What happened"
    yield ""
    yield from table(
        ("at", "what", ""),
        [(turn.at, code_span(turn.kind), code_span(turn.message)) for turn in report.turns],
    )

"""Renders the report of a campaign as one HTML page, for a change ticket. Pure."""

from collections.abc import Sequence

from vmss_tui.campaign.events.member import MemberState
from vmss_tui.campaign.report.campaign_report import CampaignReport, MemberResult, StageResult
from vmss_tui.campaign.report.campaign_text import samples_text, stage_result, untouched_text
from vmss_tui.campaign.state import (
    FAILED_STATES,
    LIVE_STATES,
    STATE_LABELS,
    CampaignPhase,
)
from vmss_tui.fleet.phrases import pluralize
from vmss_tui.fleet.state_groups import StateGroup
from vmss_tui.upgrade.report.html.document import document, section, stamp, tile
from vmss_tui.upgrade.report.html.markup import Child, Markup, facts, join, table, tag
from vmss_tui.upgrade.report.html.stylesheet import group_class
from vmss_tui.upgrade.report.sentences import exact_duration

_STATE_GROUPS = {
    **dict.fromkeys(LIVE_STATES, StateGroup.UPGRADING),
    **dict.fromkeys(FAILED_STATES, StateGroup.FAILED),
    MemberState.NOT_REVERTED: StateGroup.FAILED,
    MemberState.UPGRADED: StateGroup.LATEST_MODEL,
    MemberState.SKIPPED: StateGroup.DEALLOCATED,
}
"""The colours of the states; the others have that of an outdated instance."""
_GOOD = (CampaignPhase.COMPLETED, CampaignPhase.REVERTED)
_BAD = (CampaignPhase.HALTED, CampaignPhase.COMPLETED_WITH_FAILURES)


def render_campaign_html(report: CampaignReport, *, is_demo: bool = False) -> str:
    """The whole document."""
    parts: tuple[Child, ...] = (
        _top(report, is_demo=is_demo),
        section("Change", _change(report)),
        section("Stages", _map(report), _stages(report.stages)),
        section("Scale sets", _members(report.members)),
        section("Skipped", _left_out(report)) if report.left_out else None,
        section("What happened", _turns(report)) if report.turns else None,
        tag(
            "footer",
            f"Made by vmss-tui from the journal of campaign {report.campaign}. Times are UTC.",
        ),
    )
    return document(f"{report.campaign}: {report.phase.label}", parts)


def _top(report: CampaignReport, *, is_demo: bool) -> Markup:
    origin = "Demo: simulated, not Azure" if is_demo else "Azure scale set upgrades"
    failed = sum(stage.failed for stage in report.stages)
    kind = "good" if report.phase in _GOOD else "warn"
    kind = "bad" if report.phase in _BAD or failed else kind
    counts = (
        (len(report.members), "scale sets"),
        (sum(stage.upgraded for stage in report.stages), "upgraded"),
        (sum(stage.rolled_back for stage in report.stages), "rolled back"),
        (failed, "failed"),
        (sum(stage.skipped for stage in report.stages), "skipped"),
        (report.untouched_members, "never touched"),
    )
    tiles = [tile(*count) for count in counts if count[0] or count[1] in ("upgraded", "failed")]
    return join(
        (
            tag("div", tag("span", origin), tag("span", "campaign"), class_="top"),
            tag("h1", report.campaign),
            tag(
                "div",
                tag("strong", report.phase.label),
                tag("p", _when(report), class_="quiet"),
                tag("pre", report.message) if report.message else None,
                tag("p", "Next: ", report.safe_next) if report.safe_next else None,
                tag("p", "The journal is damaged; this is what can be read: ", report.damage)
                if report.damage
                else None,
                class_=f"verdict {kind}",
            ),
            tag("div", tiles, class_="tiles"),
        )
    )


def _when(report: CampaignReport) -> str:
    confirmed = f"{report.by} with --yes" if report.assumed_yes else report.by
    start, end = stamp(report.started_at), stamp(report.changed_at)
    return f"{start} to {end} ({exact_duration(report.seconds)}), confirmed by {confirmed}"


def _change(report: CampaignReport) -> Markup:
    instances = (
        (report.upgraded_instances, "upgraded"),
        (report.rolled_back_instances, "rolled back"),
        (report.failed_instances, "failed"),
    )
    results = [f"{number} {label}" for number, label in instances if number]
    left = facts(
        (
            ("Model edit", [tag("div", tag("code", line)) for line in report.change]
             or "none: each set's own model"),
            ("Strategy", tag("code", report.source) if report.source else ""),
            ("Not touched", untouched_text(report)),
        )
    )  # fmt: skip
    right = facts(
        (
            ("Instances", ", ".join((f"{report.instances} planned", *results))),
            ("Confirmed by", report.by),
            ("Workers", str(report.workers)),
        )
    )
    return tag("div", left, right, class_="cols")


def _stages(stages: Sequence[StageResult]) -> Markup:
    headings = ("Stage", "Scale sets", "Result", "Began", "Passed", "Approved by", "Verdict")
    rows = [
        (
            tag("b", stage.name),
            str(stage.members),
            stage_result(stage),
            stamp(stage.opened_at),
            stamp(stage.passed_at),
            stage.approved_by,
            samples_text(stage),
        )
        for stage in stages
    ]
    return table(headings, rows)


def _map(report: CampaignReport) -> Markup:
    """A cell for each scale set, in the colour of its state, a row for each stage."""
    rows = [
        tag(
            "div",
            tag("div", stage.name, class_="label"),
            tag("div", [_cell(m) for m in report.members if m.stage == stage.name], class_="cells"),
            class_="maprow",
        )
        for stage in report.stages
    ]
    return tag("div", rows, class_="map stages")


def _cell(member: MemberResult) -> Markup:
    group = _STATE_GROUPS.get(member.state, StateGroup.OUTDATED)
    title = f"{member.name}: {STATE_LABELS[member.state]}"
    return tag("span", member.name, class_=f"cell {group_class(group)}", title=title)


def _members(members: Sequence[MemberResult]) -> Markup:
    headings = (
        "Scale set", "Stage", "Region", "State", "Instances", "Runs", "From", "Took", "Reason",
    )  # fmt: skip
    return table(headings, map(_member_row, members))


def _member_row(member: MemberResult) -> tuple[Child, ...]:
    group = _STATE_GROUPS.get(member.state, StateGroup.OUTDATED)
    done = member.rolled_back or member.upgraded
    failed = f", {member.failed} failed" if member.failed else ""
    return (
        tag("div", tag("b", member.name), tag("div", member.scale_set, class_="id quiet")),
        member.stage,
        tag("span", member.region, class_="whole"),
        tag("span", STATE_LABELS[member.state], class_=f"whole w-{group_class(group)}"),
        f"{done} of {member.planned}{failed}",
        [tag("div", run, class_="id whole") for run in member.runs],
        stamp(member.started_at),
        exact_duration(member.seconds) if member.seconds is not None else "",
        member.message or member.reason,
    )


def _left_out(report: CampaignReport) -> list[Markup]:
    """The reasons, each with its scale sets."""
    reasons = dict.fromkeys(member.reason for member in report.left_out)
    parts = []
    for reason in reasons:
        ids = [m.scale_set.resource_id for m in report.left_out if m.reason == reason]
        count = pluralize(len(ids), "scale set", "scale sets")
        lines = [tag("div", tag("span", resource_id, class_="id")) for resource_id in ids]
        parts.append(tag("div", tag("b", f"{count}: "), reason, lines, class_="skipped"))
    return parts


def _turns(report: CampaignReport) -> Markup:
    entries = [
        tag(
            "li",
            tag("span", stamp(turn.at)[11:19], class_="num quiet"),
            tag("div", tag("b", turn.kind), " ", turn.message),
        )
        for turn in report.turns
    ]
    return tag("ul", entries, class_="log")

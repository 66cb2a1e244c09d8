"""The title and the notice of a campaign's screen, and the questions before a change. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from textual.content import Content

from vmss_tui.campaign.engine.operator_intents import retryable
from vmss_tui.campaign.events import CampaignIntentKind
from vmss_tui.campaign.plan_tree import size_text, stage_conditions
from vmss_tui.campaign.state import FAILED_STATES, SETTLED_STATES, Campaign, CampaignPhase
from vmss_tui.fleet.phrases import pluralize, shorten_list
from vmss_tui.text import capitalize_sentence, cell
from vmss_tui.ui.campaigns.campaign_cells import CampaignLook, short_time
from vmss_tui.ui.campaigns.campaign_status import CampaignStatus, time_left
from vmss_tui.ui.commands.bindings import command_key
from vmss_tui.ui.drawing.glyphs import Appearance
from vmss_tui.ui.widgets.header import Part

PHASE_TONES = {
    CampaignPhase.UPGRADING: "tone-moving",
    CampaignPhase.REVERTING: "tone-moving",
    CampaignPhase.PAUSED: "tone-moving",
    CampaignPhase.HALTED: "tone-failed",
    CampaignPhase.COMPLETED: "tone-good",
    CampaignPhase.COMPLETED_WITH_FAILURES: "tone-unhealthy",
    CampaignPhase.REVERTED: "tone-good",
    CampaignPhase.ABORTED: "tone-off",
}
_PHASE_SIGNS = {
    CampaignPhase.UPGRADING: "live",
    CampaignPhase.REVERTING: "back",
    CampaignPhase.PAUSED: "paused",
    CampaignPhase.HALTED: "problem",
    CampaignPhase.COMPLETED: "complete",
    CampaignPhase.COMPLETED_WITH_FAILURES: "unhealthy",
    CampaignPhase.REVERTED: "back",
    CampaignPhase.ABORTED: "problem",
}
_SHOWN_NAMES = 12


def phase_text(campaign: Campaign, appearance: Appearance) -> str:
    """`▶ Upgrading`, `‖ Waiting for approval`."""
    waits = campaign.waits_for_approval and not campaign.live
    sign = "approval" if waits else _PHASE_SIGNS[campaign.phase]
    return f"{appearance.sign(sign)} {campaign.status_label}"


def title_parts(
    status: CampaignStatus | None, name: str, look: CampaignLook, *, demo: bool, read_only: bool
) -> tuple[list[Part], list[Part]]:
    """Left and right parts of the title line."""
    left = [
        Part("DEMO" if demo else "", "bold $key", 9),
        Part(" read-only " if read_only else "", "bold reverse $key"),
        Part(cell(name, 60), "bold"),
    ]
    if status is None:
        return left, [Part("reading …", "bold")]
    campaign = status.campaign
    tone = "tone-unhealthy" if status.lacks_worker else PHASE_TONES[campaign.phase]
    done, failed = campaign.count(SETTLED_STATES), campaign.count(FAILED_STATES)
    remaining = time_left(status)
    eta = f"{short_time(remaining, look.appearance)} left" if remaining else ""
    live = f"{len(campaign.live)} live" if campaign.live else ""
    return (
        [
            *left,
            Part(phase_text(campaign, look.appearance), f"bold ${tone}"),
            Part(_stage_text(campaign), "$quiet", 4),
        ],
        [
            Part(f"{failed} failed" if failed else "", "bold $tone-failed", 2),
            Part(live, "bold $tone-moving", 3),
            Part(f"{done:,} of {len(campaign.members):,} done", "bold"),
            Part(eta, "$quiet", 1),
        ],
    )


def _stage_text(campaign: Campaign) -> str:
    current = campaign.current_stage
    if current is None or campaign.phase.is_over or campaign.reverting:
        return ""
    name = cell(campaign.stage_plan(current).name, 40)
    return f"stage {name}, {current + 1} of {len(campaign.stages)}"


def notice_text(
    status: CampaignStatus | None,
    error: str,
    read_at: datetime | None,
    appearance: Appearance,
    keys: Mapping[str, str],
    *,
    is_outdated: bool,
) -> str:
    """What must be known: that what is shown is not from now, that no worker carries the campaign
    out, why it has stopped, and the key that goes with it. Empty where nothing is special."""
    parts = []
    if error or is_outdated:
        since = f"state of {appearance.clock(read_at)}, not refreshed" if read_at else "not read"
        parts.append(f"{since}: {error}" if error else since)
    if status is None:
        return " · ".join(parts)
    campaign = status.campaign
    if status.damage:
        parts.append(f"the journal cannot be read further: {status.damage}")
    if status.lacks_worker:
        failure = f": {status.worker_failure}" if status.worker_failure else ""
        resume = command_key("pause-campaign", keys)
        parts.append(f"no worker carries the campaign out{failure} ({resume} starts one)")
    if campaign.waits_for_approval and (current := campaign.current_stage) is not None:
        approve = command_key("approve-stage", keys)
        name = campaign.stage_plan(current).name
        parts.append(f"stage {name} waits for approval ({approve} approves it)")
    elif campaign.message and campaign.phase is not CampaignPhase.COMPLETED:
        advice = f" ({campaign.safe_next})" if campaign.safe_next else ""
        parts.append(f"{campaign.message}{advice}")
    names = {member.plan.scale_set.name for member in status.members.values()}
    return " · ".join(
        part if part.split(" ")[0].rstrip(",:") in names else capitalize_sentence(part)
        for part in parts
    )


def describe_intent(
    status: CampaignStatus, kind: CampaignIntentKind, keys: Sequence[str] = ()
) -> Content:
    """The body of the question before an intent is sent; `keys` are those of members."""
    describe = {
        CampaignIntentKind.RESUME: _describe_resume,
        CampaignIntentKind.APPROVE: _describe_approval,
        CampaignIntentKind.ABORT: _describe_abort,
        CampaignIntentKind.RETRY: _describe_retry,
        CampaignIntentKind.REVERT: _describe_revert,
    }.get(kind)
    text = describe(status.campaign) if describe else _describe_skip(status.campaign, keys)
    return Content(cell(text, 2000))


def _describe_resume(campaign: Campaign) -> str:
    failed = [m.key for m in campaign.members.values() if m.state in FAILED_STATES]
    text = f"{campaign.status_label}: {campaign.message or campaign.reason}. "
    if not failed:
        return f"{text}Scale sets that wait are started again."
    return f"{text}Failures so far are accepted and do not halt it again: {_names(failed)}."


def _describe_approval(campaign: Campaign) -> str:
    current = campaign.current_stage
    stage = campaign.stage_plan(-1 if current is None else current)
    conditions = ", ".join(stage_conditions(stage))
    names = _names([member.key for member in stage.members])
    return f"{size_text(stage.members)} ({conditions}): {names}."


def _describe_abort(campaign: Campaign) -> str:
    done, total = campaign.count(SETTLED_STATES), len(campaign.members)
    text = f"Done: {done} of {pluralize(total, 'scale set', 'scale sets')}; no other starts. "
    if live := [member.key for member in campaign.live]:
        runs = pluralize(len(live), "live run is", "live runs are")
        text += f"{runs} aborted, too: {_names(live)}. "
    return f"{text}Upgrades in flight cannot be cancelled."


def _describe_retry(campaign: Campaign) -> str:
    keys = retryable(campaign)
    return (
        f"Their failed instances are upgraded again, then the campaign continues: {_names(keys)}."
    )


def _describe_revert(campaign: Campaign) -> str:
    keys = [member.key for member in campaign.members.values() if member.was_started]
    sets = pluralize(len(keys), "scale set was started", "scale sets were started")
    return (
        f"{sets}: {_names(keys)}. The model from before and the instances that were upgraded are "
        "restored, in reverse order of the stages. No other scale set is upgraded."
    )


def _describe_skip(campaign: Campaign, keys: Sequence[str]) -> str:
    members = [campaign.members[key] for key in keys if key in campaign.members]
    if any(member.state in FAILED_STATES for member in members):
        return "It has failed. It no longer counts as failed, and this campaign does not retry it."
    return "It has not started. This campaign does not upgrade it."


def _names(keys: Sequence[str]) -> str:
    return shorten_list([key.rsplit("/", 1)[-1] for key in keys], _SHOWN_NAMES, separator=", ")

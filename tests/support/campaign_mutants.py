"""Engines of campaigns that are wrong on purpose; each patches one function."""

from collections.abc import Mapping

import pytest
from msgspec.structs import replace

from vmss_tui.campaign import events as ce
from vmss_tui.campaign import fold, fold_members, state
from vmss_tui.campaign.engine import (
    halt,
    member_changes,
    reach,
    request,
    revert,
    stage_progress,
    starts,
)
from vmss_tui.campaign.engine import step as engine
from vmss_tui.campaign.events.member import MemberState, RequestKind
from vmss_tui.campaign.member_view import MemberView
from vmss_tui.campaign.plan import StagePlan
from vmss_tui.campaign.state import Campaign, CampaignMember, CampaignMoment

Patch = pytest.MonkeyPatch
Views = Mapping[str, MemberView]


def ignores_the_concurrency(patch: Patch) -> None:
    original = Campaign.stage_plan

    def generous(self: Campaign, index: int) -> StagePlan:
        return replace(original(self, index), concurrency=99)

    patch.setattr(Campaign, "stage_plan", generous)


def counts_no_start_in_progress(patch: Patch) -> None:
    patch.setattr(state, "LIVE_STATES", frozenset({MemberState.RUNNING, MemberState.REVERTING}))


def forgets_the_bake(patch: Patch) -> None:
    def at_once(campaign: Campaign, index: int) -> float:
        return campaign.stages[index].finished_at or 0.0

    patch.setattr(stage_progress, "bake_end", at_once)


def needs_no_approval(patch: Patch) -> None:
    original = Campaign.stage_plan

    def approved(self: Campaign, index: int) -> StagePlan:
        return replace(original(self, index), approve=False)

    patch.setattr(Campaign, "stage_plan", approved)


def starts_before_its_time(patch: Patch) -> None:
    original = Campaign.stage_plan

    def at_once(self: Campaign, index: int) -> StagePlan:
        return replace(original(self, index), start_at=None)

    patch.setattr(Campaign, "stage_plan", at_once)


def trusts_an_old_sample(patch: Patch) -> None:
    def passes(campaign: Campaign, index: int, now: CampaignMoment) -> bool:
        return now.t >= stage_progress.bake_end(campaign, index)

    patch.setattr(stage_progress, "_passes", passes)


def goes_on_over_failed_members(patch: Patch) -> None:
    patch.setattr(halt, "_failure_halt", lambda campaign: None)


def goes_on_over_a_failed_verdict(patch: Patch) -> None:
    patch.setattr(halt, "_verdict_halt", lambda campaign: None)


def starts_while_stopped(patch: Patch) -> None:
    def eager(campaign: Campaign, views: Views, now: CampaignMoment) -> object:
        requests = starts.next_start(campaign, views, now)
        return engine.CampaignDecision(requests) if requests else original(campaign, views, now)

    original = engine.step
    patch.setattr(engine, "step", eager)


def repeats_an_unknown_start(patch: Patch) -> None:
    """Another worker forgets the request without an outcome, and starts a run of another name."""
    original = fold.apply_record

    def forgetful(campaign: Campaign, record: ce.CampaignRecord) -> Campaign:
        after = original(campaign, record)
        if not isinstance(record.body, ce.CampaignWorkerStarted):
            return after
        return fold_members.update_members(after, _forget)

    patch.setattr("tests.support.campaign_harness.apply_record", forgetful)
    patch.setattr(fold, "apply_record", forgetful)


def _forget(member: CampaignMember) -> CampaignMember:
    is_start = member.pending is not None and member.pending.kind is RequestKind.START
    before = member.state_before if is_start else member.state
    return replace(member, pending=None, state=before)


def changes_the_run_name_at_each_start(patch: Patch) -> None:
    """The name of a run depends on the number of the request, not on the attempt."""
    original = request.request_start

    def request_other_name(
        campaign: Campaign, member: CampaignMember, scale_set: object
    ) -> ce.MemberRequested:
        event = original(campaign, member, scale_set)  # type: ignore[arg-type]
        return replace(event, run=f"{event.run}-{member.requests}")

    patch.setattr(starts, "request_start", request_other_name)
    repeats_an_unknown_start(patch)


def pauses_no_live_run(patch: Patch) -> None:
    patch.setattr(reach, "RequestKind", _Without(PAUSE=None))


def aborts_no_live_run(patch: Patch) -> None:
    patch.setattr(reach, "RequestKind", _Without(ABORT=None))


class _Without:
    """The kinds of requests, some of them replaced."""

    def __init__(self, **replaced: None) -> None:
        self._replaced = replaced

    def __getattr__(self, name: str) -> object:
        return self._replaced[name] if name in self._replaced else RequestKind[name]


def mixes_regions(patch: Patch) -> None:
    patch.setattr(starts, "_regions_allow", lambda plan, candidate, live, in_progress: True)


def rolls_back_in_any_order(patch: Patch) -> None:
    """The earliest stage first."""

    def forward(
        campaign: Campaign, views: Views, now: CampaignMoment
    ) -> tuple[ce.AnyCampaignEvent, ...]:
        if len(campaign.live) >= campaign.stage_plan(0).concurrency:
            return ()
        for member in campaign.members.values():
            view = views.get(member.key)
            if member.revert_due and not member.is_live and not member.revert_sent and view:
                return (revert._revert_ended(campaign, member, view),)
        return ()

    patch.setattr(revert, "_revert_done", forward)


def starts_a_failed_member_again(patch: Patch) -> None:
    """Nobody requested a retry."""
    patch.setattr(fold, "accept_failures", lambda m: fold_members.retry_member(m, 0.0))


def takes_a_halted_run_for_done(patch: Patch) -> None:
    original = member_changes._outcome

    def rosy(campaign: Campaign, member: CampaignMember, view: MemberView) -> object:
        outcome = original(campaign, member, view)
        is_failed = outcome.state in state.FAILED_STATES
        return outcome._replace(state=MemberState.UPGRADED) if is_failed else outcome

    patch.setattr(member_changes, "_outcome", rosy)


def believes_views_from_before_the_rollback(patch: Patch) -> None:
    patch.setattr(member_changes, "awaits", lambda member, view: False)


def leaves_a_run_without_a_worker(patch: Patch) -> None:
    patch.setattr(reach, "lacks_worker", lambda member, view: False)
    patch.setattr(halt, "lacks_worker", lambda member, view: False)


def overlooks_a_lost_sign_in(patch: Patch) -> None:
    patch.setattr(halt, "_sign_in_halt", lambda campaign, views: None)


def halts_by_an_old_reading(patch: Patch) -> None:
    original = halt._sign_in_halt

    def forgetful(campaign: Campaign, views: Views) -> object:
        return original(replace(campaign, resumed_at=""), views)

    patch.setattr(halt, "_sign_in_halt", forgetful)


def resumes_what_a_person_has_paused(patch: Patch) -> None:
    """A pause that came too late counts as the pause that is there."""
    patch.setattr(fold_members, "_is_paused_otherwise", lambda event, campaign_id: False)


def forgets_what_live_members_changed(patch: Patch) -> None:
    """A rollback of those that are done only."""
    patch.setattr(revert, "_revert_live", lambda campaign, member, view: None)

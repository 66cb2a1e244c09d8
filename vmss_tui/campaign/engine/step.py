"""Decides the next step of a campaign. Pure.

`step` is level-triggered: from the campaign (the fold of its journal), the views of its members'
runs and the present moment it computes the next events. Requests among them are to be carried out
once all events are in the journal. Threads, waiting, processes and files belong to the runtime.

The caller repeats: append the events, carry out the commands and the lookups, append one outcome
for each (`RequestAccepted`, `RequestAbsent`, `RequestRefused`, or none where it is unknown), read
the views, call `step` again. A decision without events, lookups and sample means that nothing is
to be done until a view, an intent or the time changes.
"""

from collections.abc import Mapping

from msgspec import Struct

from vmss_tui.campaign import events as ce
from vmss_tui.campaign.engine.halt import check_halt
from vmss_tui.campaign.engine.member_changes import member_changes
from vmss_tui.campaign.engine.reach import reach_members
from vmss_tui.campaign.engine.revert import advance_revert
from vmss_tui.campaign.engine.stage_progress import advance_stage, due_sample
from vmss_tui.campaign.engine.starts import next_start
from vmss_tui.campaign.events.member import MemberState
from vmss_tui.campaign.member_view import MemberView
from vmss_tui.campaign.state import Campaign, CampaignMoment, CampaignPhase

_HALTED = CampaignPhase.HALTED

Views = Mapping[str, MemberView]
"""Views of the members' newest runs by member key; members without one are missing."""


class CampaignDecision(Struct, frozen=True):
    """The next events, and what is to be done once they are in the journal."""

    events: tuple[ce.AnyCampaignEvent, ...] = ()
    lookups: tuple[ce.MemberRequested, ...] = ()
    """Requests of an earlier step whose outcome is unknown: look for the run by its name, or for
    the intent by its id, and record what is there. Never carry them out without looking."""
    sample: int | None = None
    """Take a sample of the verdict for the stage with this index, and record it; None for none."""

    @property
    def commands(self) -> tuple[ce.MemberRequested, ...]:
        """The requests to carry out once every event is in the journal."""
        return tuple(event for event in self.events if isinstance(event, ce.MemberRequested))

    @property
    def is_idle(self) -> bool:
        """Whether nothing is to be done now."""
        return not self.events and not self.lookups and self.sample is None


def step(campaign: Campaign, views: Views, now: CampaignMoment) -> CampaignDecision:
    """The next safe step of `campaign`."""
    if campaign.plan is None:
        return CampaignDecision()
    lookups = tuple(m.pending for m in campaign.members.values() if m.pending)
    if changes := member_changes(campaign, views):
        return CampaignDecision(changes, lookups)
    if campaign.phase.is_active and (halt := check_halt(campaign, views)):
        return CampaignDecision((halt,), lookups)
    requests = reach_members(campaign, views, now)
    if lookups or requests:
        return CampaignDecision(requests, lookups)  # an unknown outcome may halt the campaign
    if campaign.phase.is_active:
        advance = advance_revert if campaign.reverting else advance_stage
        if progress := advance(campaign, views, now):
            return CampaignDecision(progress)
    if campaign.phase is CampaignPhase.UPGRADING:
        requests = next_start(campaign, views, now)
    sample = None if requests else due_sample(campaign, now)
    return CampaignDecision(requests, sample=sample)


def is_worker_done(campaign: Campaign, views: Views) -> bool:
    """Whether a worker of the campaign has nothing left to do until an operator requests it.

    A paused campaign keeps its worker. One that is halted or over needs it until the requests to
    live members are handled; a run without a worker of its own is not waited for."""
    if campaign.phase.is_active or campaign.phase is CampaignPhase.PAUSED:
        return False
    for member in campaign.members.values():
        if member.pending is not None:
            return False
        view = views.get(member.key)
        is_followed = view is None or view.run != member.run or view.is_worker_live
        is_paused = member.state is MemberState.PAUSED
        if member.is_live and is_followed and not (is_paused and campaign.phase is _HALTED):
            return False
    return True

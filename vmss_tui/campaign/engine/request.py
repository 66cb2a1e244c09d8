"""Makes the requests to members' runs, with ids that are unique in the campaign. Pure."""

from vmss_tui.campaign import events as ce
from vmss_tui.campaign.events.member import RequestKind
from vmss_tui.campaign.member_view import member_run_name
from vmss_tui.campaign.state import Campaign, CampaignMember
from vmss_tui.fleet.scale_set_id import ScaleSetId


def request_run(
    campaign: Campaign, member: CampaignMember, kind: RequestKind
) -> ce.MemberRequested:
    """A request to the newest run of a member."""
    return ce.MemberRequested(
        member=member.key, kind=kind, run=member.run, id=_request_id(campaign, member)
    )


def request_start(
    campaign: Campaign, member: CampaignMember, scale_set: ScaleSetId
) -> ce.MemberRequested:
    """The start of a member's next run. After a start that did not happen the attempt is the same,
    and so is the run's name."""
    attempt = member.attempt + 1
    return ce.MemberRequested(
        member=member.key,
        kind=RequestKind.START,
        run=member_run_name(campaign.id, scale_set, attempt),
        id=_request_id(campaign, member),
        attempt=attempt,
    )


def may_request(member: CampaignMember, t: float) -> bool:
    """Whether no outcome is awaited, and no refusal requires a wait."""
    return member.pending is None and (member.retry_at is None or t >= member.retry_at)


def _request_id(campaign: Campaign, member: CampaignMember) -> str:
    order = list(campaign.members).index(member.key)
    return f"{campaign.id}-{order}-{member.requests + 1}"

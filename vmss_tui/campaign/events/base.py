"""The base class of a campaign's events. Part of `campaign.events`."""

import msgspec


class CampaignEvent(
    msgspec.Struct, frozen=True, tag_field="event", kw_only=True, omit_defaults=True
):
    """Base of all events of a campaign."""

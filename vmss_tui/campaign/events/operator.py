"""Intents: what an operator requests of a campaign, as a viewer writes it for the worker."""

from enum import StrEnum

import msgspec


class CampaignIntentKind(StrEnum):
    """What an operator may request of a campaign."""

    PAUSE = "pause"
    RESUME = "resume"
    APPROVE = "approve"
    ABORT = "abort"
    SKIP = "skip"
    RETRY = "retry"
    REVERT = "revert"
    WITHDRAW = "withdraw"
    """Cancels an earlier intent for which no worker could be started."""
    UNRECOGNIZED = "unrecognized"
    """A line that this version cannot read: of a newer version, or damaged."""


class CampaignIntent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of the campaign's intents file, appended by a viewer and read by the worker."""

    kind: CampaignIntentKind
    by: str
    at: str = ""
    """UTC, ISO 8601."""
    members: tuple[str, ...] = ()
    """Keys of members, for skip and retry. Empty: no member for skip, all failed ones for retry."""
    stage: str = ""
    """Name of the stage to approve; empty for the one that waits for approval."""
    withdrawn_id: str = ""
    """For a withdrawal: the id of the intent that is cancelled."""
    id: str = ""
    """Unique in the campaign."""

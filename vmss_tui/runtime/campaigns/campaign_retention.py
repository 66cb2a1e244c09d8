"""Which campaigns may be removed from the state folder, and their removal.

A campaign stays while it has a worker or can be resumed, for a day after its last event, and within
the bounds that hold for runs. One with a damaged journal is kept. Its members' runs are runs like
all others, and are kept or removed as such.
"""

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from vmss_tui.campaign.state import CampaignPhase
from vmss_tui.runtime.campaigns.campaign_folder import CampaignFolder
from vmss_tui.runtime.campaigns.campaign_store import CampaignStore
from vmss_tui.runtime.storage.retention import DAY, MIN_AGE, Retention


class PrunableCampaign(Struct, frozen=True):
    """A campaign that the bounds exclude."""

    folder: CampaignFolder
    phase: CampaignPhase
    age: float
    """Seconds since its last event."""


def prunable_campaigns(store: CampaignStore, retention: Retention) -> Iterator[PrunableCampaign]:
    """The campaigns that may be removed, newest first."""
    for number, folder in enumerate(store.all()):
        age = folder.journal_age()
        is_kept = number < retention.keep_newest and age <= retention.keep_days * DAY
        if is_kept or age < MIN_AGE or folder.is_live:
            continue
        if (phase := _final_phase(folder)) is not None:
            yield PrunableCampaign(folder, phase, age)


def prune_campaign(folder: CampaignFolder, now: datetime) -> bool:
    """Removes a campaign of `prunable_campaigns`; False where it was continued meanwhile. Its lock
    is held meanwhile, so that no worker of it can start."""
    if not folder.take_lock(now):
        return False
    try:
        if folder.journal_age() < MIN_AGE or _final_phase(folder) is None:
            return False
        folder.remove()
        return True
    finally:
        folder.lock.release()


def _final_phase(folder: CampaignFolder) -> CampaignPhase | None:
    """The phase of a campaign that cannot be resumed; None for every other one. A demo ends with
    its world."""
    campaign, damage = folder.read_campaign()
    if damage:
        return None
    is_over = campaign.phase.is_over or folder.manifest.context.demo
    return campaign.phase if is_over else None

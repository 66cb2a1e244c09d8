"""All campaigns of this user on this machine: creates, finds and lists them.

Each is a folder `<state>/campaigns/<utc>-<name>/`. Campaigns are of this machine also where runs
are kept in a team's container: their members' runs are then in the container, and seen by all.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import islice
from pathlib import Path

import msgspec
from msgspec import Struct

from vmss_tui.campaign.plan import CampaignPlan
from vmss_tui.campaign.state import Campaign
from vmss_tui.errors import VmssError
from vmss_tui.gateway import AzureContext
from vmss_tui.runtime.account import current_operator
from vmss_tui.runtime.campaigns.campaign_folder import CampaignFolder, CampaignManifest
from vmss_tui.runtime.storage.journal import has_first_record
from vmss_tui.runtime.storage.run_folder import JOURNAL_NAME, is_old_folder, remove_folder
from vmss_tui.runtime.storage.run_records import (
    MAX_CHOICES,
    match_name,
    new_name,
    run_folder_name,
    run_name_of,
)
from vmss_tui.runtime.storage.state_folder import ensure_private_folder, write_private

_RECENT_NAMES = 5


class CampaignNotFound(VmssError):
    """No campaign, or more than one, matches the name; the message contains the choices."""


class CampaignSummary(Struct, frozen=True):
    """A row of the list of campaigns."""

    name: str
    campaign: Campaign
    is_live: bool
    """A worker carries it out now."""
    started_at: str
    """UTC, ISO 8601."""
    demo: bool
    damage: str = ""
    worker_failure: str = ""
    """Why the last worker ended early; empty while one carries it out."""

    @property
    def lacks_worker(self) -> bool:
        """Whether it should advance and no worker carries it out."""
        return self.campaign.phase.is_active and not self.is_live

    @property
    def reason(self) -> str:
        """Why it is in its state; empty where there is nothing to say."""
        return self.damage or self.worker_failure or self.campaign.message


class CampaignStore:
    """The campaigns in one state folder."""

    def __init__(self, state: Path) -> None:
        self._folder = state / "campaigns"

    def create_locked(
        self, plan: CampaignPlan, context: AzureContext, now: datetime, *, assumed_yes: bool = False
    ) -> CampaignFolder | None:
        """Creates the folder of a confirmed plan, and takes its lock; None where another process
        starts a campaign of this name at the same moment. Nothing is left then, or after an
        `OSError`. Removes the folders of earlier starts that were refused."""
        ensure_private_folder(self._folder)
        self._sweep()
        name = new_name(plan.name, self._names().values())
        manifest = CampaignManifest(
            name=name,
            plan=plan,
            context=context,
            by=current_operator(),
            made_at=now.isoformat(timespec="seconds"),
            assumed_yes=assumed_yes,
        )
        path = self._folder / run_folder_name(name, now)
        try:
            path.mkdir(mode=0o700)
        except FileExistsError:
            return None  # its files are those of the other process
        try:
            write_private(path / "campaign.json", msgspec.json.encode(manifest))
            folder = CampaignFolder(path)
            folder.reserve_stop_record()
            if folder.take_lock(now):
                return folder
        except OSError:
            remove_folder(path)
            raise
        remove_folder(path)
        return None

    def find(self, prefix: str) -> CampaignFolder:
        """The campaign with this name, or the only one whose name begins so; raises
        `CampaignNotFound`. One that is being started is found by its whole name only."""
        names = self._names()
        paths = match_name(prefix, names, _has_begun)
        if len(paths) == 1:
            return self._open(paths[0])
        if paths:
            choices = ", ".join(names[path] for path in paths[:MAX_CHOICES])
            raise CampaignNotFound(f"{prefix!a} could be any of these campaigns: {choices}")
        recent = ", ".join(islice((folder.name for folder in self.all()), _RECENT_NAMES))
        raise CampaignNotFound(
            f"there is no campaign {prefix!a} (campaigns: {recent or 'none yet'})"
        )

    def all(self) -> Iterator[CampaignFolder]:
        """All campaigns that have begun, newest first; unreadable ones are left out."""
        for path in self._names():
            with suppress(OSError, msgspec.MsgspecError):
                folder = CampaignFolder(path)
                if folder.has_begun:
                    yield folder

    def summaries(self) -> Sequence[CampaignSummary]:
        """A row for each campaign, newest first; unreadable ones are left out."""
        rows = []
        for folder in self.all():
            with suppress(OSError):
                rows.append(_summary(folder))
        return rows

    def _open(self, path: Path) -> CampaignFolder:
        try:
            return CampaignFolder(path)
        except (OSError, msgspec.MsgspecError) as error:
            raise CampaignNotFound(f"the campaign in {path.name} cannot be read") from error

    def _names(self) -> Mapping[Path, str]:
        """Folder -> campaign name, newest first."""
        paths = sorted(self._folder.iterdir(), reverse=True) if self._folder.exists() else ()
        return {path: run_name_of(path.name) for path in paths if not path.name.startswith(".")}

    def _sweep(self) -> None:
        """Removes what refused or interrupted starts have left."""
        for path in self._names():
            with suppress(OSError, msgspec.MsgspecError):
                folder = CampaignFolder(path)
                if is_old_folder(path) and not folder.has_begun and not folder.is_live:
                    folder.discard()


def _has_begun(path: Path) -> bool:
    """As `CampaignFolder.has_begun`, for the path of a folder."""
    return has_first_record(path / JOURNAL_NAME)


def _summary(folder: CampaignFolder) -> CampaignSummary:
    is_live = folder.is_live  # read first: what a worker wrote before it ended is read next
    campaign, damage = folder.read_campaign()
    return CampaignSummary(
        name=folder.name,
        campaign=campaign,
        is_live=is_live,
        started_at=folder.manifest.made_at,
        demo=folder.manifest.context.demo,
        damage=damage,
        worker_failure="" if is_live else folder.worker_failure(),
    )

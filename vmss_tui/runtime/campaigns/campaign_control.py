"""Control of campaigns: start, follow, pause, resume, approve, abort, skip, retry, revert.

Every request is appended to the campaign's intents file. The campaign's worker, the only writer of
its journal, handles it; a campaign without a worker gets one. The engine decides whether an intent
has an effect; this module decides whether this session may send it.
"""

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from uuid import uuid4

from vmss_tui import text
from vmss_tui.campaign.engine.operator_intents import unavailable_reason
from vmss_tui.campaign.events import CampaignIntent, CampaignIntentKind
from vmss_tui.campaign.plan import CampaignPlan, MemberPlan
from vmss_tui.campaign.state import Campaign, CampaignPhase
from vmss_tui.errors import VmssError
from vmss_tui.gateway import Gateway
from vmss_tui.runtime.account import current_operator
from vmss_tui.runtime.campaigns.campaign_folder import CampaignFolder
from vmss_tui.runtime.campaigns.campaign_follower import CampaignFollower
from vmss_tui.runtime.campaigns.campaign_store import CampaignStore, CampaignSummary
from vmss_tui.runtime.clock import Clock
from vmss_tui.runtime.errors import RunRefused
from vmss_tui.runtime.permission import INTERACTIVE_CREDENTIALS, Permission
from vmss_tui.runtime.runs.control import WORKER_EXIT_WAIT
from vmss_tui.runtime.runs.worker import WorkerError
from vmss_tui.runtime.storage.operations_log import timestamp
from vmss_tui.runtime.storage.port import RunStore

_STOPPING = frozenset({CampaignIntentKind.PAUSE, CampaignIntentKind.ABORT})
"""Intents that a read-only session may send: no run begins after them."""


class CampaignControl:
    """Controls campaigns with the permission of one session."""

    def __init__(
        self,
        gateway: Gateway,
        store: RunStore,
        clock: Clock,
        permission: Permission,
        launch: Callable[[CampaignFolder], None],
    ) -> None:
        """`store` has the members' runs. `launch` starts a detached worker, and may raise
        `WorkerError`."""
        self._gateway, self._runs, self._clock = gateway, store, clock
        self._campaigns = CampaignStore(store.state_folder)
        self._permission = permission
        self._launch = launch

    def summaries(self) -> Sequence[CampaignSummary]:
        """All campaigns of this user on this machine, newest first."""
        return self._campaigns.summaries()

    def live_runs(self) -> Mapping[str, frozenset[str]]:
        """The names of the campaigns that have a worker and are not over, each with those of its
        members' runs."""
        live = {}
        for folder in self._campaigns.all():
            if folder.is_live:
                campaign, _ = folder.read_campaign()
                if not campaign.phase.is_over:
                    live[folder.name] = campaign.run_names
        return live

    def find(self, name: str) -> CampaignFolder:
        """The campaign with this name or prefix; raises `CampaignNotFound`."""
        return self._campaigns.find(name)

    def follow(self, name: str) -> CampaignFollower:
        """Follows the journal of a campaign; raises `CampaignNotFound`."""
        return CampaignFollower(self._campaigns.find(name), self._runs, self._clock)

    def refusal_reason(self, plan: CampaignPlan) -> str:
        """Why this session may not start the campaign; empty where it may."""
        if self._permission.read_only:
            return "this session is read-only"
        if not plan.member_count:
            return "the campaign has no members: there is nothing to upgrade"
        credential = self._gateway.context.credential
        if credential in INTERACTIVE_CREDENTIALS:
            return (
                f"credential {credential} is interactive, and a campaign may take days: "
                "use a credential that is not (cli, managed, workload, environment, default)"
            )
        return next(filter(None, map(self._member_refusal, plan.members)), "")

    def _member_refusal(self, member: MemberPlan) -> str:
        return self._permission.refusal_reason(member.scale_set) or ""

    def protection_reason(self, plan: CampaignPlan) -> str:
        """Why the campaign's name must be typed whatever options are given: a member is protected.
        Empty where none is."""
        reasons = (self._permission.protection_reason(m.scale_set) for m in plan.members)
        return next(filter(None, reasons), "")

    def start(self, plan: CampaignPlan, *, assumed_yes: bool = False) -> str:
        """Starts a confirmed campaign in a worker of its own; returns its name.

        The caller has confirmed protected members by the campaign's typed name. Raises
        `RunRefused`, `GatewayError`, and then there is no campaign.
        """
        if reason := self.refusal_reason(plan):
            raise RunRefused(reason)
        context = self._gateway.prepare_write()
        folder = self._campaigns.create_locked(
            plan, context, self._clock.wall(), assumed_yes=assumed_yes
        )
        if folder is None:
            raise RunRefused(
                f"another start of campaign {plan.name} is in progress: see "
                "`vmss-tui campaign status`"
            )
        try:
            self._start_worker(folder)
        except (VmssError, OSError):
            folder.discard()
            raise
        return folder.name

    def resume(self, name: str) -> None:
        """Continues a campaign that is paused, halted or without a worker."""
        folder, campaign = self._open(name)
        if campaign.phase.is_over and not campaign.live:
            raise RunRefused(f"{folder.name} has ended ({campaign.phase.label}): plan a new one")
        is_stopped = campaign.phase in (CampaignPhase.PAUSED, CampaignPhase.HALTED)
        intent_id = self._append(folder, CampaignIntentKind.RESUME) if is_stopped else ""
        self._ensure_worker(folder, intent_id)

    def send_intent(
        self,
        name: str,
        kind: CampaignIntentKind,
        *,
        members: Collection[str] = (),
        stage: str = "",
    ) -> None:
        """Sends an intent to a campaign: `members` are keys, `stage` is the name of the one to
        approve. A campaign without a worker gets one, except for a pause.

        Raises `RunRefused` in a read-only session, except for a pause and an abort, and where the
        intent has no effect on what the journal records.
        """
        folder = self.check_intent(name, kind, members=members, stage=stage)
        if not folder.is_live and (kind is CampaignIntentKind.PAUSE or self._permission.read_only):
            raise RunRefused(f"{folder.name} has no worker, so no run begins")
        intent_id = self._append(folder, kind, members=tuple(members), stage=stage)
        if kind is not CampaignIntentKind.PAUSE:
            self._ensure_worker(folder, intent_id)

    def check_intent(
        self,
        name: str,
        kind: CampaignIntentKind,
        *,
        members: Collection[str] = (),
        stage: str = "",
    ) -> CampaignFolder:
        """Raises `RunRefused` as `send_intent` does, and sends nothing."""
        folder, campaign = self._open(name, is_stopping=kind in _STOPPING)
        intent = CampaignIntent(kind=kind, by="", members=tuple(members), stage=stage)
        if reason := unavailable_reason(campaign, intent):
            raise RunRefused(f"{folder.name} cannot {kind}: {reason}")
        return folder

    def _open(self, name: str, *, is_stopping: bool = False) -> tuple[CampaignFolder, Campaign]:
        """A campaign that this session may continue, as its journal records it."""
        folder = self._campaigns.find(name)
        if self._permission.read_only and not is_stopping:
            raise RunRefused("this session is read-only")
        if not is_stopping:
            context = folder.manifest.context
            self._permission.check_principal(folder.name, context, "plan a new campaign")
        campaign, damage = folder.read_campaign()
        if damage:
            raise RunRefused(f"{folder.name} is read-only: {damage}")
        if not folder.has_begun and not folder.is_live:
            raise RunRefused(f"{folder.name} has not started: plan a new campaign")
        return folder, campaign

    def _append(
        self,
        folder: CampaignFolder,
        kind: CampaignIntentKind,
        *,
        members: tuple[str, ...] = (),
        stage: str = "",
        withdrawn_id: str = "",
    ) -> str:
        """Appends an intent for the campaign's worker; returns its id."""
        intent = CampaignIntent(
            kind=kind,
            by=current_operator(),
            at=timestamp(self._clock.wall()),
            members=members,
            stage=stage,
            withdrawn_id=withdrawn_id,
            id=uuid4().hex,
        )
        folder.intents.append(intent)
        return intent.id

    def _ensure_worker(self, folder: CampaignFolder, intent_id: str) -> None:
        """Starts a worker where the campaign has none, to handle the intent. If it does not start,
        the intent is withdrawn: a later worker must not carry it out unexpectedly."""
        try:
            if self._is_handled(folder, intent_id):
                return
            if folder.take_lock(self._clock.wall()):
                self._start_worker(folder)
        except (VmssError, OSError):
            if intent_id:
                self._append(folder, CampaignIntentKind.WITHDRAW, withdrawn_id=intent_id)
            raise

    def _is_handled(self, folder: CampaignFolder, intent_id: str) -> bool:
        """Whether a worker handles the intent. One that has nothing left to do handles it or ends,
        which is waited for."""
        never = threading.Event()
        for _ in range(int(WORKER_EXIT_WAIT / 0.05)):
            if not folder.is_live:
                return False
            campaign, _ = folder.read_campaign()
            handled = folder.intents.read()[: campaign.intents_handled]
            keeps_worker = campaign.phase.is_active or campaign.phase is CampaignPhase.PAUSED
            if keeps_worker or intent_id in {intent.id for intent in handled}:
                return True
            never.wait(0.05)
        return folder.is_live

    def _start_worker(self, folder: CampaignFolder) -> None:
        """Starts a worker, which inherits the lock; raises `RunRefused` with its message."""
        try:
            self._launch(folder)
        except WorkerError as error:
            raise RunRefused(text.clean(str(error))) from error
        finally:
            folder.lock.release()  # the worker's own copy of it stays

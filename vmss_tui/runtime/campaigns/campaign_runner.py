"""The loop that calls the campaign's `step` and carries out its requests.

The order matters: an event is in the journal before its request is carried out, and the outcome is
in the journal before the next step. A worker that dies in between leaves a request without
outcome, and the next one looks it up.
"""

import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed

from vmss_tui.campaign import events as ce
from vmss_tui.campaign.engine.operator_intents import event_for_campaign_intent
from vmss_tui.campaign.engine.step import CampaignDecision, is_worker_done, step
from vmss_tui.campaign.fold import apply_record, fold_campaign
from vmss_tui.campaign.state import Campaign, CampaignMoment
from vmss_tui.errors import VmssError
from vmss_tui.runtime.campaigns.campaign_folder import CampaignFolder, CampaignJournal
from vmss_tui.runtime.campaigns.campaign_samples import CampaignSamples
from vmss_tui.runtime.campaigns.member_requests import MemberRequests
from vmss_tui.runtime.campaigns.member_runs import MemberRuns
from vmss_tui.runtime.clock import Clock, estimate_run_time
from vmss_tui.runtime.session import Services

STEP_INTERVAL = 0.25
"""Real seconds between two steps, where nothing is to be done."""

_REQUESTS_AT_ONCE = 8


class CampaignLockLost(VmssError):
    """This process has lost the campaign's lock: it must not request anything any more."""


class CampaignRunner:
    """Carries out one campaign, from the state in its journal to its end."""

    def __init__(
        self, folder: CampaignFolder, journal: CampaignJournal, services: Services, clock: Clock
    ) -> None:
        self._folder, self._journal, self._clock = folder, journal, clock
        self.campaign: Campaign = fold_campaign(journal.records)
        self._requests = MemberRequests(folder, services, clock)
        self._runs = MemberRuns(services.store, clock)
        self._samples = CampaignSamples(folder.manifest.plan.verdict, services, clock)
        self._stop = threading.Event()
        self._is_signalled = False
        campaign = self.campaign
        estimate = estimate_run_time(campaign.t, campaign.changed_at, clock)
        self._offset = estimate - clock.run()

    def stop(self) -> None:
        """Makes the loop return after its current request; the campaign can be resumed, and the
        runs of its members go on."""
        self._stop.set()

    def stop_by_signal(self) -> None:
        """As `stop`, for a signal handler: locks nothing that the interrupted code may hold."""
        self._is_signalled = True

    @property
    def is_stopping(self) -> bool:
        """A signal or `stop` ends the worker."""
        return self._is_signalled or self._stop.is_set()

    def record(self, events: Iterable[ce.AnyCampaignEvent]) -> None:
        """Records the events before the first step."""
        for event in events:
            self._record(event)

    def loop(self) -> Campaign:
        """Returns when nothing is left to do, or after `stop`. Raises `JournalError`,
        `CampaignLockLost`."""
        try:
            while not self.is_stopping:
                self._handle_intents()
                views = self._runs.views(self.campaign)
                decision = step(self.campaign, views, self._now())
                if decision.is_idle and is_worker_done(self.campaign, views):
                    break
                self._carry_out(decision)
                self._record_sample(decision.sample)
                if decision.is_idle or decision.sample is not None:
                    self._wait()
            return self.campaign
        finally:
            self._samples.cancel()

    def _carry_out(self, decision: CampaignDecision) -> None:
        """Looks up what a previous worker left open; records the events, and then carries out
        their requests. After `stop` a recorded request is left to the next worker's lookup."""
        for request in decision.lookups:
            self._check_lock()
            self._record(self._requests.look_up(request))
        for event in decision.events:
            self._record(event)
        if decision.commands and not self.is_stopping:
            self._check_lock()
            self._carry_out_requests(decision.commands)

    def _carry_out_requests(self, requests: Sequence[ce.MemberRequested]) -> None:
        """Carries them out side by side: the start of a run takes seconds, in which an operator's
        intent waits."""
        if len(requests) == 1:
            self._record(self._requests.carry_out(requests[0]))
            return
        with ThreadPoolExecutor(_REQUESTS_AT_ONCE) as pool:
            outcomes = [pool.submit(self._requests.carry_out, request) for request in requests]
            for outcome in as_completed(outcomes):
                self._record(outcome.result())

    def _check_lock(self) -> None:
        if not self._folder.lock.is_owned:
            raise CampaignLockLost(
                f"{self._folder.name}: its lock is lost, another worker may be running"
            )

    def _record_sample(self, stage: int | None) -> None:
        """Records the sample that was begun, once it is there; begins one where it is due."""
        event = self._samples.advance(self.campaign, stage)
        if event is not None:
            self._record(event)

    def _handle_intents(self) -> None:
        """Records the effect of each new intent, and that it was handled."""
        intents = self._folder.intents.read()
        withdrawn_ids = {intent.withdrawn_id for intent in intents if intent.withdrawn_id}
        for number, intent in enumerate(
            intents[self.campaign.intents_handled :], self.campaign.intents_handled + 1
        ):
            is_withdrawn = intent.id in withdrawn_ids
            event = None if is_withdrawn else event_for_campaign_intent(self.campaign, intent)
            if event is not None:
                self._record(event)
            self._record(ce.CampaignIntentHandled(number=number, kind=intent.kind, by=intent.by))

    def _wait(self) -> None:
        """Until the next step; a signal ends it."""
        if rate := self._clock.rate():
            self._clock.wait(self._stop, STEP_INTERVAL * rate)
        else:
            self._stop.wait(STEP_INTERVAL)  # a demo whose time is stopped

    def _record(self, event: ce.AnyCampaignEvent) -> None:
        """Appends the event to the journal, and then applies it."""
        record = self._journal.append(event, self._clock.wall(), self._time())
        self.campaign = apply_record(self.campaign, record)

    def _time(self) -> float:
        """Seconds on the campaign's own clock."""
        return max(self.campaign.t, self._clock.run() + self._offset)

    def _now(self) -> CampaignMoment:
        return CampaignMoment(self._time(), self._clock.wall())

"""The worker of a campaign in memory: it appends events, carries out requests, and may die between
any two of them. `campaign_rules` judges every request and event."""

from datetime import timedelta

from tests.support.campaign_plans import BEGIN, CAMPAIGN_ID, stamp
from tests.support.campaign_rules import REFUSABLE, CampaignRules
from tests.support.campaign_world import CampaignWorld
from vmss_tui.campaign import events as ce
from vmss_tui.campaign.engine import step as engine
from vmss_tui.campaign.engine.operator_intents import event_for_campaign_intent
from vmss_tui.campaign.events.member import RequestKind
from vmss_tui.campaign.fold import apply_record, fold_campaign
from vmss_tui.campaign.plan import CampaignPlan
from vmss_tui.campaign.state import Campaign, CampaignMoment, CampaignPhase
from vmss_tui.upgrade.plan.verdict import Sample, SampleResult
from vmss_tui.upgrade.run.run import Phase

MAX_ROUNDS = 60
"""Steps of one cycle: a decision that is repeated without end breaks the rule of liveness."""


class Crash(Exception):
    """The worker was killed."""


class CampaignHarness:
    """One campaign, its journal, its worker and the world of its members' runs."""

    def __init__(self, plan: CampaignPlan) -> None:
        self.world = CampaignWorld()
        self.records: list[ce.CampaignRecord] = []
        self.campaign = Campaign()
        self.rules = CampaignRules(plan, self.world.runs)
        self.intents: list[ce.CampaignIntent] = []
        self.crash_after: int | None = None
        """Appends and outside effects until the worker is killed; None for never."""
        self.reply = ""
        """What becomes of the next request: `busy`, `foreign`, `no worker`, or carried out."""
        self.verdict = SampleResult.SUCCESS
        """The result of the next samples."""
        self._append(ce.CampaignConfirmed(id=CAMPAIGN_ID, plan=plan, by="ada"))

    def moment(self) -> CampaignMoment:
        """Now."""
        return CampaignMoment(self.world.t, BEGIN + timedelta(seconds=self.world.t))

    def send(self, kind: ce.CampaignIntentKind, *names: str, stage: str = "") -> None:
        """A person's intent for the campaign, about the members with these keys."""
        self.intents.append(ce.CampaignIntent(kind=kind, by="ada", members=names, stage=stage))

    def cycle(self, gap: float = 5.0) -> None:
        """The world moves on; then the worker works until it is idle, or dies."""
        self.world.tick(gap)
        try:
            self._work()
            self.check_reach()
        except Crash:
            self.crash()

    def cycles(self, number: int, gap: float = 5.0) -> None:
        """Several cycles."""
        for _ in range(number):
            self.cycle(gap)

    def crash(self) -> None:
        """Another worker takes over: all it knows is the journal."""
        self.crash_after = None
        again = fold_campaign(self.records)
        self.rules.check("rule 12", again == self.campaign, "the journal gives another campaign")
        self.campaign = again
        self._append(ce.CampaignWorkerStarted(pid=1, host="h", resumed=True))

    def check_reach(self) -> None:
        """Once the worker is idle: no run goes on that a stop of the campaign has not reached, or a
        rollback."""
        if self.campaign.phase is CampaignPhase.REVERTING:
            self._check_rollback()
        if self.campaign.phase.is_active:
            self.rules.check_sign_in()
        if self.campaign.phase.is_active or self.campaign.phase.is_over is not (
            self.campaign.phase is CampaignPhase.ABORTED
        ):
            return
        for run in self.world.live:
            member = self.campaign.members[run.key]
            halted = self.campaign.phase is CampaignPhase.HALTED
            spared = run.by_person or member.retry_at is not None or self.campaign.reverting
            spared = spared or (halted and run.phase is Phase.ROLLING_BACK)
            unhandled = {kind for _, kind in run.intents[run.handled :]}
            stops = unhandled & {RequestKind.PAUSE, RequestKind.ABORT}
            reached = spared or bool(stops) or run.phase is Phase.PAUSED
            self.rules.check("rule 8", reached, f"{run.name} goes on")

    def _check_rollback(self) -> None:
        for run in self.world.live:
            member = self.campaign.members[run.key]
            unhandled = {kind for _, kind in run.intents[run.handled :]}
            ends = unhandled & {RequestKind.REVERT, RequestKind.ABORT, RequestKind.RESUME}
            reached = run.reverting or bool(ends) or member.retry_at is not None
            self.rules.check("rule 10", reached, f"{run.name} goes on in a rollback")

    def _work(self) -> None:
        for _ in range(MAX_ROUNDS):
            self._handle_intents()
            decision = engine.step(self.campaign, self.world.views(), self.moment())
            if decision.is_idle:
                return
            for event in decision.events:
                self.rules.check_event(event, self.moment())
                self._append(event)
            for request in decision.lookups:
                self._look_up(request)
            for request in decision.commands:
                self._carry_out(request)
            if decision.sample is not None:
                self._take_sample(decision.sample)
        self.rules.check("liveness", False, "the worker never rests")

    def _handle_intents(self) -> None:
        while self.campaign.intents_handled < len(self.intents):
            number = self.campaign.intents_handled + 1
            intent = self.intents[number - 1]
            event = event_for_campaign_intent(self.campaign, intent)
            if event is not None:
                self._append(event)
            self._append(
                ce.CampaignIntentHandled(number=number, kind=intent.kind.value, by=intent.by)
            )

    def _append(self, event: ce.AnyCampaignEvent) -> None:
        seq, t = len(self.records) + 1, self.world.t
        record = ce.CampaignRecord(seq=seq, at=stamp(t), t=t, body=event)
        self._may_die()
        self.records.append(record)
        self.rules.note_campaign(event, self.campaign, t)
        self.campaign = apply_record(self.campaign, record)
        self.rules.note(event, self.world.t)

    def _may_die(self) -> None:
        if self.crash_after is not None:
            self.crash_after -= 1
            if self.crash_after < 0:
                raise Crash

    def _look_up(self, request: ce.MemberRequested) -> None:
        run = self.world.runs.get(request.run)
        if request.kind is RequestKind.START:
            there = run is not None
        else:
            there = run is not None and any(i == request.id for i, _ in run.intents)
        if not there:
            self._append(ce.RequestAbsent(member=request.member, id=request.id))
            return
        self._accept(request, observed=True)

    def _accept(self, request: ce.MemberRequested, *, observed: bool = False) -> None:
        run = self.world.runs[request.run]
        lines = [i for i, _ in run.intents]
        line = lines.index(request.id) + 1 if request.id in lines else 0
        self._append(
            ce.RequestAccepted(member=request.member, id=request.id, line=line, observed=observed)
        )

    def _carry_out(self, request: ce.MemberRequested) -> None:
        """The worker may die before it, or between it and its outcome."""
        self._may_die()
        reply = self.reply
        if reply == "foreign" and request.kind not in REFUSABLE:
            reply = ""
        else:
            self.reply = ""
        if reply in ("busy", "foreign"):
            wait = 10.0 if reply == "busy" else None
            self._append(
                ce.RequestRefused(
                    member=request.member,
                    id=request.id,
                    reason=reply,
                    message=reply,
                    retry_after=wait,
                )
            )
            return
        self.rules.check_request(request, self.records, self.moment())
        if request.kind is RequestKind.START:
            run = self.world.start(request.run, request.member, request.attempt)
            run.has_worker = reply != "no worker"
        else:
            run = self.world.runs[request.run]
            if request.kind is not RequestKind.WAKE:
                run.intents.append((request.id, request.kind))
            if request.kind is not RequestKind.PAUSE and reply != "no worker":
                run.has_worker = True
        self._may_die()
        self._accept(request)

    def _take_sample(self, stage: int) -> None:
        sample = Sample(result=self.verdict, message="probe")
        self._append(ce.StageVerdictSampled(stage=stage, sample=sample))

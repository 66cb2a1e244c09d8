"""The rules of a campaign, checked at every request before it is carried out and at its end.

They are judged by the world of runs and by what persons did, not by the engine's own state:
1 never two runs on a member, 2 never more than the concurrency, 3 no stage before its gates,
4 nothing outside the plan, 5 stopped means nothing starts, 6 each request is journaled and carried
out once, 7 limits halt, 8 pauses and aborts reach live runs, 9 regions stay apart, 10 rollbacks in
reverse order, 11 the end is true, 12 every prefix of the journal is a valid campaign, 13 a lost
sign-in halts, by a reading since the last resume, 14 what a person has paused stays paused.
"""

from tests.support.campaign_plans import stamp
from tests.support.campaign_world import ACTIVE, PERSON, ModelRun
from vmss_tui.campaign import events as ce
from vmss_tui.campaign.events.member import MemberState, RequestKind
from vmss_tui.campaign.plan import CampaignPlan, MemberPlan
from vmss_tui.campaign.state import Campaign, CampaignMoment
from vmss_tui.upgrade.plan.verdict import Inconclusive, SampleResult
from vmss_tui.upgrade.run.run import Phase

FAILED_PHASES = (Phase.FAULTED, Phase.COMPLETED_WITH_FAILURES, Phase.CANCELLED, Phase.ROLLED_BACK)
REFUSABLE = (RequestKind.START, RequestKind.RETRY, RequestKind.REVERT)
"""Requests that another run on the scale set can make impossible."""
_FAILED = (MemberState.FAILED, MemberState.ABORTED)


class CampaignRuleBroken(AssertionError):
    """A wrong move; the message begins with the rule."""


class CampaignRules:
    """What happened so far, and the judgement of the next move."""

    def __init__(self, plan: CampaignPlan, runs: dict[str, ModelRun]) -> None:
        self.plan, self.runs = plan, runs
        self.by_key = {member.key: member for member in plan.members}
        self.stage_of = {m.key: i for i, s in enumerate(plan.stages) for m in s.members}
        self.stopped, self.reverting, self.aborted = False, False, False
        self.approved: set[int] = set()
        self.known_failed: set[str] = set()
        self.accepted: set[str] = set()
        self.refused: set[str] = set()
        self.skipped: set[str] = set()
        self.retried: set[str] = set()
        self.not_reverted: set[str] = set()
        self.samples: list[tuple[float, int, SampleResult]] = []
        self.judged_from = 0
        self.inconclusive = False
        self.carried_out: set[str] = set()
        self.resumed_at = ""

    def check(self, rule: str, holds: bool, what: str) -> None:
        """Raises where a rule is broken."""
        if not holds:
            raise CampaignRuleBroken(f"{rule}: {what}")

    def newest(self, key: str) -> ModelRun | None:
        """The newest run of a member."""
        return next((run for run in reversed(self.runs.values()) if run.key == key), None)

    def note(self, event: ce.AnyCampaignEvent, t: float) -> None:
        """An event is in the journal."""
        match event:
            case ce.StageVerdictSampled(stage=index, sample=sample):
                self._note_sample(t, index, sample.result)
            case ce.CampaignPaused() | ce.CampaignHalted() | ce.CampaignCompleted():
                self.stopped = True
            case ce.CampaignAborted():
                self.stopped = self.aborted = True
            case ce.CampaignResumed():
                self._go_on(t)
            case ce.CampaignRevertStarted():
                self._go_on(t)
                self.reverting, self.aborted = True, False
            case ce.StageApproved(stage=index):
                self.approved.add(index)
            case ce.StageOpened():
                self.judged_from = len(self.samples)
            case ce.MembersSkipped(members=keys):
                self.skipped.update(keys)
                self.retried.difference_update(keys)
            case ce.MembersRetried(members=keys):
                self.retried.update(keys)
                self.not_reverted.difference_update(keys)
            case ce.MemberChanged(member=key, state=state):
                self._note_state(key, state)
            case ce.RequestAccepted(member=key):
                self.refused.discard(key)
                self.retried.discard(key)

    def note_campaign(self, event: ce.AnyCampaignEvent, campaign: Campaign, t: float) -> None:
        """What an event meant depends on the campaign before it."""
        stopped = self.stopped and campaign.reason != "requested"
        if isinstance(event, ce.MembersRetried) and stopped:
            self._go_on(t)
        if isinstance(event, ce.RequestRefused) and event.retry_after is None:
            self._note_refusal(event.member, campaign.members[event.member].pending)

    def _note_refusal(self, key: str, request: ce.MemberRequested | None) -> None:
        """A final refusal of a start, a retry or a rollback."""
        if request is None or request.kind not in REFUSABLE:
            return
        self.retried.discard(key)
        if self.reverting:
            self.not_reverted.add(key)
        else:
            self.refused.add(key)
            self.known_failed.add(key)

    def _note_state(self, key: str, state: MemberState) -> None:
        self.known_failed.discard(key)
        self.not_reverted.discard(key)
        if state in _FAILED:
            self.known_failed.add(key)
        else:
            self.accepted.discard(key)
        if state is MemberState.NOT_REVERTED:
            self.not_reverted.add(key)
        if state not in _FAILED:
            self.retried.discard(key)
            self.skipped.discard(key)

    def _go_on(self, t: float) -> None:
        self.resumed_at = stamp(t)
        self.stopped = self.inconclusive = False
        self.judged_from = len(self.samples)
        self.accepted |= self.known_failed

    def _note_sample(self, t: float, stage: int, result: SampleResult) -> None:
        self.samples.append((t, stage, result))
        verdict = self.plan.verdict
        pauses = verdict is not None and verdict.inconclusive is Inconclusive.PAUSE
        self.inconclusive |= pauses and result is SampleResult.INCONCLUSIVE

    def check_request(
        self,
        request: ce.MemberRequested,
        records: list[ce.CampaignRecord],
        moment: CampaignMoment,
    ) -> None:
        """Checks a request that is about to be carried out."""
        key, kind = request.member, request.kind
        self.check("rule 4", key in self.by_key, f"{key} is not planned")
        journaled = any(record.body == request for record in records)
        self.check("rule 6", journaled, f"{request.id} is not journaled")
        self.check("rule 6", request.id not in self.carried_out, f"{request.id} again")
        self.carried_out.add(request.id)
        run = self.runs.get(request.run)
        if kind is RequestKind.START:
            self._check_start(request, moment)
            return
        self.check("rule 4", run is not None, f"there is no run {request.run}")
        if run is None:
            return
        self.check("rule 4", run is self.newest(key), f"{run.name} is not the newest run")
        match kind:
            case RequestKind.PAUSE:
                self.check("rule 8", self.stopped, "paused although the campaign goes on")
            case RequestKind.ABORT:
                ends = self.aborted or self.reverting
                self.check("rule 8", ends, "aborted although the campaign goes on")
            case RequestKind.RETRY | RequestKind.RESUME:
                self.check("rule 5", not self.stopped, f"{kind} while stopped")
                is_own = run.phase is not Phase.PAUSED or run.paused_by != PERSON
                self.check("rule 14", is_own or self.reverting, f"{run.name} is paused by a person")
                if not run.is_live:
                    self._check_restart(key, moment)
            case RequestKind.REVERT:
                self._check_revert(key, run)
            case RequestKind.WAKE:
                self.check("rule 1", not run.has_worker, f"{run.name} has a worker")

    def _check_start(self, request: ce.MemberRequested, moment: CampaignMoment) -> None:
        key = request.member
        runs = [run for run in self.runs.values() if run.key == key]
        live = [run.name for run in runs if run.is_live]
        self.check("rule 5", not self.stopped and not self.reverting, "a start while stopped")
        self.check("rule 1", not live, f"{live} are live on {key}")
        self.check("rule 6", request.run not in self.runs, f"{request.run} exists")
        again = not runs or key in self.retried
        self.check("rule 6", again, f"{key} was started already, and nobody retried it")
        self.check("rule 6", key not in self.skipped, f"{key} is skipped")
        self._check_restart(key, moment)

    def _check_restart(self, key: str, moment: CampaignMoment) -> None:
        """A run of this member becomes live."""
        index = self.stage_of[key]
        live = [run.key for run in self.runs.values() if run.will_live]
        concurrency = self.plan.stages[index].concurrency
        self.check("rule 2", len(live) < concurrency, f"{len(live)} of {concurrency} are live")
        if self.reverting:
            return
        stage = self.plan.stages[index]
        self.check("rule 3", not stage.approve or index in self.approved, "not approved")
        in_time = stage.start_at is None or moment.wall >= stage.start_at
        self.check("rule 3", in_time, "before the start time")
        self._check_stages_before(index, moment.t)
        self._check_limits(index)
        self._check_regions(self.by_key[key], [self.by_key[other] for other in live])

    def _check_stages_before(self, end: int, t: float) -> None:
        for index, stage in enumerate(self.plan.stages[:end]):
            for member in stage.members:
                run, key = self.newest(member.key), member.key
                settled = key in self.skipped or key in self.refused
                settled = settled or (run is not None and not run.will_live)
                self.check("rule 3", settled and key not in self.retried, f"{key} is not complete")
            ends = [run.ended_at for m in stage.members if (run := self.newest(m.key))]
            if not ends:
                continue
            over = max(ends) + stage.bake
            self.check("rule 3", t >= over, f"the bake of {stage.name} is not over")
            last = [(at, result) for at, i, result in self.samples if i == index][-1:]
            if self.plan.verdict is not None:
                passed = bool(last) and last[0][0] >= over and last[0][1] is SampleResult.SUCCESS
                self.check("rule 3", passed, f"the verdict of {stage.name} has not passed")

    def _check_limits(self, index: int) -> None:
        for number, stage in enumerate(self.plan.stages):
            failed = [m.key for m in stage.members if self._is_failure(m.key)]
            within = len(failed) <= stage.max_failed_members
            self.check("rule 7", within, f"{failed} of stage {number} have failed")
        self.check("rule 7", not self.inconclusive, "the verdict is inconclusive")
        verdict = self.plan.verdict
        if verdict is not None:
            results = [r for _, i, r in self.samples[self.judged_from :] if i == index]
            window = [r for r in results if r is not SampleResult.INCONCLUSIVE][-verdict.samples :]
            failures = window.count(SampleResult.FAILURE)
            self.check("rule 7", failures < verdict.failures, "the verdict has failed")

    def _is_failure(self, key: str) -> bool:
        if key in self.accepted or key in self.skipped or key in self.retried:
            return False
        run = self.newest(key)
        return key in self.refused or (
            run is not None and run.phase in FAILED_PHASES and not run.will_live
        )

    def _check_regions(self, one: MemberPlan, live: list[MemberPlan]) -> None:
        rules = self.plan.rules
        for other in live:
            if rules.paired_regions_apart:
                self.check("rule 9", one.paired_region != other.region, "paired regions at once")
            if rules.one_region_at_a_time:
                self.check("rule 9", one.region == other.region, "two regions at once")

    def _check_revert(self, key: str, run: ModelRun) -> None:
        self.check("rule 10", self.reverting and not self.stopped, "a rollback nobody requested")
        if run.is_live:
            return
        index = self.stage_of[key]
        live = sum(run.will_live for run in self.runs.values())
        concurrency = self.plan.stages[index].concurrency
        self.check("rule 2", live < concurrency, f"{live} of {concurrency} are live")
        for other, stage in self.stage_of.items():
            later = self.newest(other)
            if stage > index and later is not None and other not in self.not_reverted:
                back = later.phase is Phase.ROLLED_BACK or not later.has_changes
                self.check("rule 10", back, f"{other} of a later stage is not rolled back")

    def check_sign_in(self) -> None:
        """Once the worker of an active campaign is idle: no run waits for a sign-in."""
        for run in self.runs.values():
            followed = run is self.newest(run.key) and run.handled == len(run.intents)
            waits = run.has_worker and run.phase in ACTIVE and run.signed_out_at > self.resumed_at
            self.check("rule 13", not (followed and waits), f"{run.name} waits for a sign-in")

    def check_event(self, event: ce.AnyCampaignEvent, moment: CampaignMoment) -> None:
        """Checks an event before it is journaled: states are as the world is, and so is the end."""
        match event:
            case ce.MemberChanged(member=key, state=MemberState.UPGRADED):
                run = self.newest(key)
                true = run is not None and run.phase is Phase.COMPLETED
                self.check("rule 11", true, f"{key} is not upgraded")
            case ce.CampaignHalted(reason="not signed in", members=keys):
                runs = [run for key in keys if (run := self.newest(key))]
                new = all(run.signed_out_at > self.resumed_at for run in runs)
                self.check("rule 13", new, "halted by a reading from before it was resumed")
            case ce.CampaignCompleted():
                live = [run.name for run in self.runs.values() if run.is_live]
                self.check("rule 11", not live, f"{live} are live")
                if event.reverted:
                    self._check_rolled_back()
                else:
                    self._check_stages_before(len(self.plan.stages), moment.t)

    def _check_rolled_back(self) -> None:
        for key in self.by_key:
            run = self.newest(key)
            back = run is None or run.phase is Phase.ROLLED_BACK or not run.has_changes
            self.check("rule 11", back or key in self.not_reverted, f"{key} is not rolled back")

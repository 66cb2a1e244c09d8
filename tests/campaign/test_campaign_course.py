"""The course of single campaigns: gates, failures, rollback, intents, and workers that die."""

from datetime import timedelta

import msgspec

from tests.support.campaign_harness import CampaignHarness
from tests.support.campaign_machine import come_to_an_end
from tests.support.campaign_plans import BEGIN, campaign_plan, key, member
from tests.support.campaign_world import PERSON
from vmss_tui.campaign import events as ce
from vmss_tui.campaign.engine.operator_intents import retryable, skippable, unavailable_reason
from vmss_tui.campaign.engine.stage_progress import StageWaitKind, stage_wait
from vmss_tui.campaign.engine.step import is_worker_done, step
from vmss_tui.campaign.events.member import MemberState, RequestKind
from vmss_tui.campaign.events.operator import CampaignIntentKind
from vmss_tui.campaign.fold import fold_campaign
from vmss_tui.campaign.plan import CampaignPlan, StagePlan
from vmss_tui.campaign.state import CampaignPhase
from vmss_tui.upgrade.plan.verdict import OnFailure, Sample, SampleResult, Verdict
from vmss_tui.upgrade.run.run import Phase

CANARY = StagePlan(name="canary", members=(member("canary"),))
REST = StagePlan(name="rest", members=tuple(member(f"web-{n}") for n in range(3)), concurrency=2)
VERDICT = Verdict(command=("probe",), every=30.0)


def wait_kind(harness: CampaignHarness) -> StageWaitKind | None:
    """What the current stage waits for."""
    wait = stage_wait(harness.campaign, harness.moment())
    return wait.kind if wait else None


def requests_of(harness: CampaignHarness) -> list[ce.MemberRequested]:
    """The requests in the journal."""
    bodies = (record.body for record in harness.records)
    return [body for body in bodies if isinstance(body, ce.MemberRequested)]


def test_each_gate_of_a_stage_is_waited_for() -> None:
    late = BEGIN + timedelta(seconds=300)
    canary = StagePlan(name="canary", members=(member("canary"),), bake=100.0)
    rest = StagePlan(name="rest", members=(member("web"),), approve=True, start_at=late)
    harness = CampaignHarness(campaign_plan(canary, rest, verdict=VERDICT))
    harness.cycle()
    assert wait_kind(harness) is StageWaitKind.MEMBERS
    harness.cycles(4)
    wait = stage_wait(harness.campaign, harness.moment())
    assert wait is not None
    assert (wait.kind, wait.seconds) == (StageWaitKind.BAKE, 90.0)
    harness.cycle(100.0)
    assert wait_kind(harness) is StageWaitKind.APPROVAL
    assert harness.campaign.status_label == "Waiting for approval"
    harness.send(CampaignIntentKind.APPROVE)
    harness.cycle()
    assert wait_kind(harness) is StageWaitKind.START_TIME
    assert len(harness.world.runs) == 1
    harness.cycle(200.0)
    harness.cycles(5)
    assert harness.campaign.phase is CampaignPhase.COMPLETED
    assert wait_kind(harness) is None
    assert is_worker_done(harness.campaign, harness.world.views())


def test_a_bad_image_in_the_canary_touches_nothing_else() -> None:
    harness = CampaignHarness(campaign_plan(CANARY, REST))
    harness.world.outcomes[key("canary")] = "fails"
    harness.cycles(6)
    assert harness.campaign.phase is CampaignPhase.HALTED
    assert harness.campaign.reason == "failure"
    assert "canary" in harness.campaign.message
    assert harness.campaign.halted_members == (key("canary"),)
    assert list(harness.world.runs) == ["canary-" + next(iter(harness.world.runs))[-8:]]
    assert is_worker_done(harness.campaign, harness.world.views())
    assert retryable(harness.campaign) == (key("canary"),)
    harness.send(CampaignIntentKind.RETRY)
    come_to_an_end(harness, reverts=False)
    assert harness.campaign.status_label == "Completed"
    assert len(harness.world.runs) == 4, "the halted run went on, without another attempt"


def test_a_failed_canary_is_rolled_back_where_the_plan_says_so() -> None:
    harness = CampaignHarness(campaign_plan(CANARY, REST, on_failure=OnFailure.REVERT))
    harness.world.outcomes[key("canary")] = "fails"
    harness.cycles(10)
    assert harness.campaign.phase is CampaignPhase.REVERTED
    assert [run.phase for run in harness.world.runs.values()] == [Phase.ROLLED_BACK]
    assert harness.campaign.count((MemberState.WAITING,)) == 3


def test_a_failed_verdict_in_the_bake_rolls_back_both_stages_in_reverse() -> None:
    verdict = Verdict(command=("probe",), every=30.0, on_failure=OnFailure.REVERT)
    rest = StagePlan(name="rest", members=REST.members, concurrency=3, bake=300.0)
    harness = CampaignHarness(campaign_plan(CANARY, rest, verdict=verdict))
    while wait_kind(harness) is not StageWaitKind.BAKE:
        harness.cycle()
    harness.verdict = SampleResult.FAILURE
    harness.cycles(20, 10.0)
    assert harness.campaign.phase is CampaignPhase.REVERTED
    reverts = [request.run for request in requests_of(harness) if request.kind == "revert"]
    assert [run[:3] for run in reverts] == ["web", "web", "web", "can"]


def test_a_pause_reaches_live_runs_and_a_resume_only_what_it_had_paused() -> None:
    harness = CampaignHarness(campaign_plan(REST))
    harness.cycle()
    first, second = harness.world.runs.values()
    first.intents.append(("person-0", RequestKind.PAUSE))
    harness.cycle()
    harness.send(CampaignIntentKind.PAUSE)
    harness.cycles(3)
    assert (first.phase, second.phase) == (Phase.PAUSED, Phase.COMPLETED)
    harness = CampaignHarness(campaign_plan(REST))
    harness.cycle()
    first, second = harness.world.runs.values()
    first.intents.append(("person-0", RequestKind.PAUSE))
    harness.send(CampaignIntentKind.PAUSE)
    harness.cycle()
    second.done = 1
    harness.cycle()
    assert (first.phase, second.phase) == (Phase.PAUSED, Phase.PAUSED)
    assert not is_worker_done(harness.campaign, harness.world.views())
    harness.send(CampaignIntentKind.RESUME)
    harness.cycles(3)
    assert len(first.intents) == 1, "a person paused it, and a person resumes it"
    assert second.phase is Phase.COMPLETED


def test_an_abort_reaches_live_runs_and_ends_the_campaign() -> None:
    harness = CampaignHarness(campaign_plan(REST))
    harness.cycle()
    harness.send(CampaignIntentKind.ABORT)
    harness.cycle()
    assert not is_worker_done(harness.campaign, harness.world.views())
    harness.cycles(2)
    assert {run.phase for run in harness.world.runs.values()} == {Phase.CANCELLED}
    assert len(harness.world.runs) == 2
    assert is_worker_done(harness.campaign, harness.world.views())
    assert harness.campaign.status_label == "Aborted"


def test_other_work_on_a_member_halts_and_a_resume_goes_on() -> None:
    harness = CampaignHarness(campaign_plan(REST))
    harness.world.outcomes[key("web-0")] = "foreign"
    harness.cycles(2)
    assert (harness.campaign.phase, harness.campaign.reason) == (CampaignPhase.HALTED, "foreign")
    harness.send(CampaignIntentKind.RESUME)
    harness.cycles(8)
    assert harness.campaign.phase is CampaignPhase.COMPLETED
    harness = CampaignHarness(campaign_plan(CANARY))
    harness.reply = "foreign"
    harness.cycle()
    assert harness.campaign.reason == "foreign"
    assert not harness.world.runs
    harness.send(CampaignIntentKind.RETRY)
    harness.cycles(5)
    assert harness.campaign.phase is CampaignPhase.COMPLETED
    assert len(harness.world.runs) == 1


def test_a_run_that_keeps_losing_its_worker_halts_the_campaign() -> None:
    harness = CampaignHarness(campaign_plan(CANARY))
    harness.world.outcomes[key("canary")] = "dies often"
    harness.cycles(30, 20.0)
    assert (harness.campaign.phase, harness.campaign.reason) == (CampaignPhase.HALTED, "worker")
    assert [request.kind for request in requests_of(harness)] == ["start", *["wake"] * 3, "pause"]


def test_a_sample_that_began_in_the_bake_does_not_end_it() -> None:
    canary = StagePlan(name="canary", members=(member("canary"),), bake=100.0)
    harness = CampaignHarness(campaign_plan(canary, REST, verdict=VERDICT))
    while harness.campaign.stages[0].finished_at is None:
        harness.cycle()
    finished_at = harness.campaign.stages[0].finished_at
    assert finished_at is not None
    harness.world.t = finished_at + 105.0
    slow = Sample(result=SampleResult.SUCCESS, seconds=10.0)
    harness._append(ce.StageVerdictSampled(stage=0, sample=slow))
    assert step(harness.campaign, harness.world.views(), harness.moment()).sample == 0
    assert harness.campaign.stages[0].passed_at is None
    harness.cycle()
    assert harness.campaign.stages[0].passed_at is not None


def test_a_skipped_stage_has_no_bake() -> None:
    canary = StagePlan(name="canary", members=(member("canary"),), bake=900.0, approve=True)
    harness = CampaignHarness(campaign_plan(canary, REST, verdict=VERDICT))
    harness.send(CampaignIntentKind.SKIP, key("canary"), "unknown")
    harness.cycles(8, 31.0)
    assert harness.campaign.phase is CampaignPhase.COMPLETED
    assert harness.campaign.members[key("canary")].state is MemberState.SKIPPED
    assert len(harness.world.runs) == 3


def test_nothing_starts_again_while_a_run_cannot_be_read() -> None:
    harness = CampaignHarness(campaign_plan(CANARY))
    harness.world.outcomes[key("canary")] = "fails"
    harness.cycles(3)
    harness.send(CampaignIntentKind.RETRY)
    harness._handle_intents()
    assert step(harness.campaign, {}, harness.moment()).is_idle
    decision = step(harness.campaign, harness.world.views(), harness.moment())
    assert [request.kind for request in decision.commands] == ["retry"]


def test_a_worker_killed_at_every_move_leads_to_the_same_end() -> None:
    plan = campaign_plan(CANARY, REST, verdict=VERDICT)
    moves, was_killed = 0, True
    while was_killed:
        harness = CampaignHarness(plan)
        harness.crash_after = moves
        harness.cycles(12, 10.0)
        was_killed, moves = harness.campaign.workers == 1, moves + 1
        assert harness.campaign.phase is CampaignPhase.COMPLETED
        assert len(harness.world.runs) == 4
        assert all(not run.intents for run in harness.world.runs.values())
        assert fold_campaign(harness.records) == harness.campaign
    assert moves > 30, "appends, starts, and what is between a start and its outcome"


def test_why_an_intent_has_no_effect() -> None:
    harness = CampaignHarness(campaign_plan(CANARY, REST))

    def reason(kind: CampaignIntentKind, *keys: str, stage: str = "") -> str:
        intent = ce.CampaignIntent(kind=kind, by="ada", members=keys, stage=stage)
        return unavailable_reason(harness.campaign, intent)

    kinds = CampaignIntentKind
    assert reason(kinds.PAUSE) == ""
    assert reason(kinds.RESUME) == "the campaign is not paused or halted (Upgrading)"
    assert reason(kinds.APPROVE) == "no stage waits for approval"
    assert reason(kinds.APPROVE, stage="rest") == "stage rest needs no approval"
    assert reason(kinds.APPROVE, stage="odd") == "there is no stage 'odd'"
    assert reason(kinds.RETRY) == "none of these scale sets has failed"
    assert reason(kinds.REVERT) == "no scale set was changed"
    assert reason(kinds.SKIP, "odd") == "only waiting and failed scale sets can be skipped"
    assert skippable(harness.campaign, (key("web-1"),)) == (key("web-1"),)
    assert reason(kinds.UNRECOGNIZED)
    harness.cycles(9)
    for kind in (kinds.PAUSE, kinds.RESUME, kinds.ABORT, kinds.SKIP):
        assert "Completed" in reason(kind)
    assert reason(kinds.REVERT) == ""
    changed = member("web-9")
    same_model = msgspec.structs.replace(
        changed, plan=msgspec.structs.replace(changed.plan, edit=None)
    )
    harness = CampaignHarness(campaign_plan(StagePlan(name="all", members=(same_model,))))
    harness.cycles(9)
    assert reason(kinds.REVERT).startswith("it did not edit a model")


def test_a_plan_counts_its_members() -> None:
    plan: CampaignPlan = campaign_plan(CANARY, REST)
    assert (plan.member_count, plan.instance_count, REST.instance_count) == (4, 8, 6)
    assert not plan.reverts_on_failed_verdict


def test_a_pause_that_came_too_late_resumes_nothing_that_a_person_paused_later() -> None:
    harness = CampaignHarness(campaign_plan(StagePlan(name="all", members=(member("web"),))))
    harness.cycle()
    harness.send(CampaignIntentKind.PAUSE)
    harness.cycle()
    run = harness.world.newest(key("web"))
    assert run is not None
    run.outcome = "checkpoint"  # it comes there before it has read the pause
    harness.cycle()
    assert (run.phase, run.reason, run.handled) == (Phase.PAUSED, "checkpoint", 1)
    run.intents += [("person-1", RequestKind.RESUME), ("person-2", RequestKind.PAUSE)]
    harness.send(CampaignIntentKind.RESUME)
    harness.cycles(3)
    assert (run.phase, run.reason, run.paused_by) == (Phase.PAUSED, "asked", PERSON)
    assert harness.campaign.phase.is_active
    run.intents.append(("person-3", RequestKind.RESUME))
    harness.cycles(3)
    assert harness.campaign.phase is CampaignPhase.COMPLETED

"""What a campaign sees of real runs, and the names of the runs."""

from tests.support.campaign_plans import member
from tests.support.engine_harness import EngineHarness
from tests.support.engine_runs import halted_run
from tests.support.engine_world import small_set
from vmss_tui.campaign.member_view import member_run_name, member_view
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.run.run import Phase, Run


def test_a_run_that_completes_and_is_rolled_back() -> None:
    harness = EngineHarness(small_set(2), edit_to="1.0.9")
    before = member_view("web-1", harness.run)
    assert (before.phase, before.has_changes) == (Phase.ROLLING_FORWARD, False)
    assert before.revert_refusal == "it has not changed the model"
    harness.finish()
    done = member_view("web-1", harness.run, is_worker_live=False)
    assert (done.phase, done.upgraded, done.total, done.failed) == (Phase.COMPLETED, 2, 2, 0)
    assert (done.has_changes, done.revert_refusal, done.can_resume) == (True, "", False)
    harness.send_intent(ev.IntentKind.REVERT)
    harness.cycle()
    assert member_view("web-1", harness.run).reverting
    harness.finish()
    back = member_view("web-1", harness.run)
    assert (back.phase, back.rolled_back, back.upgraded) == (Phase.ROLLED_BACK, 2, 0)
    assert back.intents_handled == harness.run.intents_handled


def test_a_halted_run_can_be_retried_resumed_and_rolled_back() -> None:
    view = member_view("web-1", halted_run(edit_to="1.0.9").run)
    assert (view.phase, view.reason, view.failed > 0) == (Phase.FAULTED, "failure", True)
    assert (view.can_retry, view.can_resume, view.revert_refusal) == (True, True, "")
    assert view.message


def test_a_run_without_a_record_is_not_changed() -> None:
    view = member_view("web-1", Run())
    assert (view.phase, view.has_changes, view.total) == (Phase.ROLLING_FORWARD, False, 0)


def test_the_name_of_a_run_depends_on_campaign_member_and_attempt() -> None:
    web = member("web").scale_set
    name = member_run_name("ubuntu-1", web, 1)
    assert name == "web-" + name[-8:]
    names = {
        name,
        member_run_name("ubuntu-1", web, 2),
        member_run_name("ubuntu-2", web, 1),
        member_run_name("ubuntu-1", member("api").scale_set, 1),
    }
    assert len(names) == 4
    assert member_run_name("ubuntu-1", member("web").scale_set, 1) == name

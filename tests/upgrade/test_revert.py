"""A revert, as the engine decides it: the previous model, and only instances the run changed."""

from msgspec import structs

from tests.support.engine_harness import EngineHarness
from tests.support.engine_runs import PAIRS, halted_run, sent_batches
from tests.support.engine_world import small_set
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.engine.revert import preview_revert
from vmss_tui.upgrade.report.build import build_report
from vmss_tui.upgrade.report.markdown import render_markdown
from vmss_tui.upgrade.report.sentences import describe_event, progress_text
from vmss_tui.upgrade.report.timeline.timeline_builder import build_timeline
from vmss_tui.upgrade.run.fold import apply
from vmss_tui.upgrade.run.run import Phase, Stage


def test_a_revert_puts_the_model_back_and_upgrades_exactly_what_was_changed() -> None:
    harness = halted_run(edit_to="1.0.9")
    harness.send_intent(ev.IntentKind.REVERT)
    assert harness.run.phase is Phase.ROLLING_BACK
    assert harness.finish() is Phase.ROLLED_BACK
    assert harness.world.edits == ["1.0.9", "1.0.1"]
    assert sent_batches(harness) == [("0", "2"), ("0", "2")]
    assert harness.world.effects == {"0": 2, "2": 2}
    assert [harness.run.members[i].stage for i in "0123"] == [
        Stage.UPGRADED,
        Stage.SKIPPED,
        Stage.UPGRADED,
        Stage.SKIPPED,
    ]
    assert (harness.run.reason, harness.run.count(Stage.SKIPPED)) == ("reverted", 2)


def test_a_reverted_run_ends_in_a_phase_of_its_own_and_counts_what_it_put_back() -> None:
    harness = halted_run(edit_to="1.0.9")
    harness.send_intent(ev.IntentKind.REVERT)
    while harness.run.open_batch is None:
        harness.cycle()
    assert progress_text(harness.run) == "0 rolled back, 2 remaining"
    assert harness.finish() is Phase.ROLLED_BACK
    assert harness.run.phase.label == "Rolled back"
    assert progress_text(harness.run) == "2 rolled back"
    end = "rolled back: 2 on the previous model, 0 failed, 0 deleted, 2 not upgraded"
    assert describe_event(harness.journal[-1]) == end
    report = build_report("r", harness.journal)
    assert report is not None
    assert (report.planned, report.upgraded, report.rolled_back, report.skipped) == (4, 0, 2, 2)
    outcomes = {result.instance_id: result.outcome for result in report.instances}
    assert [outcomes[i] for i in "02"] == [Stage.ROLLED_BACK] * 2
    assert [outcomes[i] for i in "13"] == [Stage.SKIPPED] * 2
    acts = [(act.kind, act.number) for act in report.requests]
    assert acts == [("model", 1), ("batch", 1), ("model", 1), ("batch", 2)]
    assert [act.reverts for act in report.requests] == [False, False, True, True]
    text = render_markdown(report)
    assert "# Run r: Rolled back" in text
    assert "4 planned: 2 rolled back, 2 not upgraded" in text
    assert "| roll-back batch 1 (" in text
    sent = [r for r in harness.journal if isinstance(r.body, ev.BatchIntent)]
    sentences = [describe_event(record, harness.run).partition(":")[0] for record in sent]
    assert sentences == ["batch 1", "roll-back batch 1"]
    titles = [batch.title for batch in build_timeline(harness.journal).batches]
    assert titles == ["Batch 1", "Roll-back batch 1"]


def test_a_revert_names_the_instances_that_ran_an_older_version_than_the_previous_model() -> None:
    harness = halted_run(edit_to="1.0.9")
    reference = "profile.storageProfile.imageReference."
    parts = {f"{reference}publisher": "contoso", f"{reference}version": "1.0.1"}
    versions = {"0": "1.0.0", "2": "1.0.1"}
    assert harness.run.plan is not None
    plan = structs.replace(harness.run.plan, model_parts=parts, image_versions=versions)
    run = structs.replace(harness.run, plan=plan)
    older = "instance 0: 1.0.0 → 1.0.1, it ran an older one before"
    expected = [older, "instance 2: 1.0.1, as before the run"]
    assert [str(change) for change in preview_revert(run).version_changes] == expected
    reverting = structs.replace(run, reverting=True, revert_ids=("0", "2"))
    ended = ev.Completed(upgraded=2, failed=0, gone=0, skipped=2, reverted=True)
    record = structs.replace(harness.journal[-1], seq=run.seq + 1, body=ended)
    end = "the instances that the run had upgraded are on the previous model"
    assert apply(reverting, record).message == f"{end}; {older}"
    silent = structs.replace(run, plan=structs.replace(plan, model_parts={}))
    assert preview_revert(silent).version_changes == ()


def test_a_revert_that_fails_says_how_many_of_those_to_put_back() -> None:
    harness = halted_run(edit_to="1.0.9")
    harness.send_intent(ev.IntentKind.REVERT)
    harness.world.outcome.update({"0": "fails"})
    harness.finish()
    assert harness.run.phase is Phase.FAULTED
    assert "1 of 2 instances failed" in harness.run.message


def test_a_run_without_an_edit_has_nothing_to_put_back() -> None:
    harness = halted_run()
    harness.send_intent(ev.IntentKind.REVERT)
    assert harness.run.phase is Phase.FAULTED


def test_a_batch_that_azure_is_at_work_on_ends_before_the_model_is_put_back() -> None:
    harness = EngineHarness(small_set(4, domains=2), PAIRS, edit_to="1.0.9")
    while not harness.requested:
        harness.cycle()
    harness.send_intent(ev.IntentKind.REVERT)
    harness.cycle()
    assert harness.world.edits == ["1.0.9"]
    assert harness.finish() is Phase.ROLLED_BACK
    assert sent_batches(harness) == [("0", "2"), ("0", "2")]


def test_a_bad_image_is_not_waited_for_until_it_is_healthy() -> None:
    world = small_set(2, domains=1)
    harness = EngineHarness(world, PAIRS, edit_to="1.0.9")
    world.outcome.update({"0": "sick", "1": "sick"})
    while harness.run.count(Stage.PROVISIONED) < 2:
        harness.cycle()
    harness.send_intent(ev.IntentKind.REVERT)
    harness.cycle()
    assert harness.run.reverting
    for machine in world.machines.values():
        machine.unhealthy = False
    assert harness.finish() is Phase.ROLLED_BACK
    assert {m.version for m in world.machines.values()} == {"1.0.1"}


def test_a_model_that_somebody_else_wrote_is_not_put_back() -> None:
    harness = halted_run(edit_to="1.0.9")
    harness.world.foreign_edit()
    harness.send_intent(ev.IntentKind.REVERT)
    assert harness.finish() is Phase.FAULTED
    assert harness.run.reason == "drift"
    assert harness.world.edits == ["1.0.9"]


def test_a_model_that_is_back_already_is_not_written_again() -> None:
    harness = halted_run(edit_to="1.0.9")
    harness.world.version, harness.world.etag = "1.0.1", 9
    harness.send_intent(ev.IntentKind.REVERT)
    assert harness.finish() is Phase.ROLLED_BACK
    assert harness.world.edits == ["1.0.9"]
    assert sent_batches(harness)[1:] == [("0", "2")]


def test_a_lost_answer_on_the_way_back_is_looked_for() -> None:
    harness = halted_run(edit_to="1.0.9")
    harness.send_intent(ev.IntentKind.REVERT)
    harness.next_reply = "lost"
    harness.cycle()
    assert harness.finish() is Phase.ROLLED_BACK
    assert harness.world.edits == ["1.0.9", "1.0.1"]


def test_a_pause_on_the_way_back_goes_on_backwards() -> None:
    harness = halted_run(edit_to="1.0.9")
    harness.send_intent(ev.IntentKind.REVERT)
    harness.send_intent(ev.IntentKind.PAUSE)
    harness.cycle()
    assert harness.world.edits == ["1.0.9"]
    harness.send_intent(ev.IntentKind.RESUME)
    assert harness.run.phase is Phase.ROLLING_BACK
    assert harness.finish() is Phase.ROLLED_BACK
    assert harness.world.edits == ["1.0.9", "1.0.1"]


def test_a_crash_after_every_record_of_the_way_back_leads_to_the_same_end() -> None:
    for after in range(1, 11):
        harness = halted_run(edit_to="1.0.9")
        harness.crash_after = after
        harness.send_intent(ev.IntentKind.REVERT)
        for _ in range(25):
            harness.cycle()
        assert harness.crashes == 1, "there are so many records"
        if harness.finish() is Phase.FAULTED:
            # What had failed before still looks so when the answer is lost: a person decides.
            assert "answer was lost" in harness.run.message
            harness.send_intent(ev.IntentKind.RETRY)
            harness.finish()
        assert harness.run.phase is Phase.ROLLED_BACK, f"killed after {after}"
        assert harness.world.effects == {"0": 2, "2": 2}
        assert harness.world.edits == ["1.0.9", "1.0.1"]


def test_what_a_revert_would_do_is_told_before() -> None:
    harness = halted_run(edit_to="1.0.9")
    preview = preview_revert(harness.run)
    assert (preview.instance_ids, preview.untouched) == (("0", "2"), ("1", "3"))


def test_what_waits_for_a_retry_is_put_back_too() -> None:
    harness = halted_run(edit_to="1.0.9")
    harness.send_intent(ev.IntentKind.RETRY)
    preview = preview_revert(harness.run)
    assert (preview.instance_ids, preview.untouched) == (("0", "2"), ("1", "3"))
    harness.send_intent(ev.IntentKind.REVERT)
    assert harness.finish() is Phase.ROLLED_BACK
    assert sent_batches(harness) == [("0", "2"), ("0", "2")]
    assert {harness.world.machines[i].version for i in "02"} == {"1.0.1"}

"""Failed instances asked again, and the way back to the previous model: never more than that."""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import NEWEST, Bench
from tests.support.engine_harness import Rig
from tests.support.engine_world import small_set
from tests.support.in_process_crash import Killed, dies_at
from vmss_tui.fleet.model_edit.edit import Edit
from vmss_tui.fleet.scale_set import ProvisioningState
from vmss_tui.runtime.errors import RunRefused
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.engine import step as engine
from vmss_tui.upgrade.engine.revert import back
from vmss_tui.upgrade.plan.policy import Amount, Policy
from vmss_tui.upgrade.plan.selection import Selection
from vmss_tui.upgrade.run.run import ModelStage, Phase, Run, Stage

Simulated = Callable[..., Bench]
PAIRS = Policy(
    max_batch_instance_percent=Amount(count=2),
    max_unhealthy_instance_percent=Amount(percent=100),
    healthy_deadline=100.0,
    batch_deadline=400.0,
)
VERSION = "properties.virtualMachineProfile.storageProfile.imageReference.version"


def sent(rig: Rig) -> list[tuple[str, ...]]:
    return [each.ids for each in rig.world.sent]


def with_a_failure(**more: Any) -> Rig:
    """A run halted in its first batch: `0` upgraded, `2` failed, `1` and `3` not asked."""
    world = small_set(4, domains=2)
    world.outcome["2"] = "fails"
    rig = Rig(world, PAIRS, **more)
    assert rig.finish() is Phase.FAULTED
    return rig


# Retry, decided


def test_only_the_failed_are_asked_again_and_then_the_others_go_on() -> None:
    rig = with_a_failure()
    rig.wish(ev.IntentKind.RETRY)
    assert rig.finish() is Phase.COMPLETED
    assert sent(rig) == [("0", "2"), ("2",), ("1", "3")]
    assert {m.stage for m in rig.run.members.values()} == {Stage.UPGRADED}


def test_a_second_failure_of_a_retried_instance_halts_again() -> None:
    rig = with_a_failure()
    rig.world.outcome["2"] = "fails"
    rig.wish(ev.IntentKind.RETRY)
    assert rig.finish() is Phase.FAULTED
    assert (rig.run.reason, sent(rig)[1:]) == ("failure", [("2",)])


def asked_again(rig: Rig, answer: str, requests: int) -> None:
    """Drives on until so many requests have left, the last of them answered so."""
    rig.answer = answer
    for _ in range(100):
        if len(rig.world.sent) >= requests:
            return
        rig.cycle()
    raise AssertionError(f"only {sent(rig)} were sent")


def test_a_retry_that_never_arrived_is_sent_once_more_after_the_settle_window() -> None:
    rig = with_a_failure()
    rig.wish(ev.IntentKind.RETRY)
    asked_again(rig, "never", 2)
    assert rig.finish() is Phase.COMPLETED
    assert sent(rig) == [("0", "2"), ("2",), ("2",), ("1", "3")]
    assert rig.world.sent[2].at - rig.world.sent[1].at >= PAIRS.settle_window
    assert rig.world.effects == {"0": 1, "1": 1, "2": 2, "3": 1}


def test_a_retry_that_is_lost_twice_has_failed_and_is_never_sent_a_third_time() -> None:
    rig = with_a_failure()
    rig.wish(ev.IntentKind.RETRY)
    asked_again(rig, "never", 2)
    asked_again(rig, "never", 3)
    assert rig.finish() is Phase.FAULTED
    assert sent(rig)[1:] == [("2",), ("2",)]
    assert "asked twice without an answer or an effect" in rig.run.message


def test_a_lost_retry_that_is_seen_at_work_and_fails_is_not_repeated() -> None:
    rig = with_a_failure()
    rig.world.outcome["2"] = "fails"
    rig.wish(ev.IntentKind.RETRY)
    asked_again(rig, "late", 2)
    assert rig.finish() is Phase.FAULTED
    assert sent(rig)[1:] == [("2",)]
    assert rig.world.effects["2"] == 2


def test_a_lost_retry_of_what_had_not_failed_is_not_repeated_once_it_has() -> None:
    rig = with_a_failure()
    rig.world.machines["2"].state = ProvisioningState.SUCCEEDED
    rig.world.outcome["2"] = "fails"
    rig.wish(ev.IntentKind.RETRY)
    asked_again(rig, "lost", 2)
    rig.world.advance(200.0)  # nobody looks while it is at work
    assert rig.finish() is Phase.FAULTED
    assert sent(rig)[1:] == [("2",)]
    assert "after a request whose answer was lost" in rig.run.message


def test_a_lost_request_on_the_way_back_is_sent_once_more_for_what_is_failed_still() -> None:
    rig = with_a_failure(edit_to="1.0.9")
    rig.wish(ev.IntentKind.REVERT)
    while not (rig.run.back and rig.run.model is ModelStage.PINNED):
        rig.cycle()
    asked_again(rig, "never", 2)
    assert rig.finish() is Phase.COMPLETED
    assert sent(rig) == [("0", "2"), ("0", "2"), ("0", "2")]
    assert rig.world.effects == {"0": 2, "2": 2}


def test_an_instance_that_is_on_the_model_but_sick_is_not_upgraded_again() -> None:
    world = small_set(2, domains=1)
    world.outcome["1"] = "sick"
    rig = Rig(world, PAIRS)
    assert rig.finish() is Phase.FAULTED
    rig.wish(ev.IntentKind.RETRY)
    assert rig.finish() is Phase.FAULTED
    assert sent(rig) == [("0", "1")]
    assert "not healthy" in rig.run.message


def test_what_was_not_shown_is_not_retried() -> None:
    rig = with_a_failure()
    intent = ev.Intent(want=ev.IntentKind.RETRY, by="ana", instance_ids=("1", "nobody"))
    assert engine.decide(rig.run, intent) is None


def test_an_aborted_run_is_not_retried() -> None:
    rig = with_a_failure()
    rig.wish(ev.IntentKind.ABORT)
    rig.wish(ev.IntentKind.RETRY)
    assert rig.run.phase is Phase.CANCELLED


# Revert, decided


def test_a_revert_puts_the_model_back_and_upgrades_exactly_what_was_changed() -> None:
    rig = with_a_failure(edit_to="1.0.9")
    rig.wish(ev.IntentKind.REVERT)
    assert rig.run.phase is Phase.ROLLING_BACK
    assert rig.finish() is Phase.COMPLETED
    assert rig.world.edits == ["1.0.9", "1.0.1"]
    assert sent(rig) == [("0", "2"), ("0", "2")]
    assert rig.world.effects == {"0": 2, "2": 2}
    assert [rig.run.members[i].stage for i in "0123"] == [
        Stage.UPGRADED,
        Stage.SKIPPED,
        Stage.UPGRADED,
        Stage.SKIPPED,
    ]
    assert (rig.run.reason, rig.run.count(Stage.SKIPPED)) == ("reverted", 2)


def test_a_run_without_an_edit_has_nothing_to_put_back() -> None:
    rig = with_a_failure()
    rig.wish(ev.IntentKind.REVERT)
    assert rig.run.phase is Phase.FAULTED


def test_a_batch_that_azure_is_at_work_on_ends_before_the_model_is_put_back() -> None:
    rig = Rig(small_set(4, domains=2), PAIRS, edit_to="1.0.9")
    while not rig.asked:
        rig.cycle()
    rig.wish(ev.IntentKind.REVERT)
    rig.cycle()
    assert rig.world.edits == ["1.0.9"]
    assert rig.finish() is Phase.COMPLETED
    assert sent(rig) == [("0", "2"), ("0", "2")]


def test_a_bad_image_is_not_waited_for_until_it_is_healthy() -> None:
    world = small_set(2, domains=1)
    rig = Rig(world, PAIRS, edit_to="1.0.9")
    world.outcome.update({"0": "sick", "1": "sick"})
    while rig.run.count(Stage.PROVISIONED) < 2:
        rig.cycle()
    rig.wish(ev.IntentKind.REVERT)
    rig.cycle()
    assert rig.run.back
    for machine in world.machines.values():
        machine.sick = False
    assert rig.finish() is Phase.COMPLETED
    assert {m.version for m in world.machines.values()} == {"1.0.1"}


def test_a_model_that_somebody_else_wrote_is_not_put_back() -> None:
    rig = with_a_failure(edit_to="1.0.9")
    rig.world.foreign_edit()
    rig.wish(ev.IntentKind.REVERT)
    assert rig.finish() is Phase.FAULTED
    assert rig.run.reason == "drift"
    assert rig.world.edits == ["1.0.9"]


def test_a_model_that_is_back_already_is_not_written_again() -> None:
    rig = with_a_failure(edit_to="1.0.9")
    rig.world.version, rig.world.etag = "1.0.1", 9
    rig.wish(ev.IntentKind.REVERT)
    assert rig.finish() is Phase.COMPLETED
    assert rig.world.edits == ["1.0.9"]
    assert sent(rig)[1:] == [("0", "2")]


def test_a_lost_answer_on_the_way_back_is_looked_for() -> None:
    rig = with_a_failure(edit_to="1.0.9")
    rig.wish(ev.IntentKind.REVERT)
    rig.answer = "lost"
    rig.cycle()
    assert rig.finish() is Phase.COMPLETED
    assert rig.world.edits == ["1.0.9", "1.0.1"]


def test_a_pause_on_the_way_back_goes_on_backwards() -> None:
    rig = with_a_failure(edit_to="1.0.9")
    rig.wish(ev.IntentKind.REVERT)
    rig.wish(ev.IntentKind.PAUSE)
    rig.cycle()
    assert rig.world.edits == ["1.0.9"]
    rig.wish(ev.IntentKind.RESUME)
    assert rig.run.phase is Phase.ROLLING_BACK
    assert rig.finish() is Phase.COMPLETED
    assert rig.world.edits == ["1.0.9", "1.0.1"]


def test_a_crash_after_every_record_of_the_way_back_leads_to_the_same_end() -> None:
    for after in range(1, 11):
        rig = with_a_failure(edit_to="1.0.9")
        rig.crash_after = after
        rig.wish(ev.IntentKind.REVERT)
        for _ in range(25):
            rig.cycle()
        assert rig.crashes == 1, "there are so many records"
        if rig.finish() is Phase.FAULTED:
            # What had failed before still looks so when the answer is lost: a person decides.
            assert "answer was lost" in rig.run.message
            rig.wish(ev.IntentKind.RETRY)
            rig.finish()
        assert rig.run.phase is Phase.COMPLETED, f"killed after {after}"
        assert rig.world.effects == {"0": 2, "2": 2}
        assert rig.world.edits == ["1.0.9", "1.0.1"]


def test_what_a_revert_would_do_is_told_before() -> None:
    rig = with_a_failure(edit_to="1.0.9")
    found = back(rig.run)
    assert (found.instance_ids, found.untouched) == (("0", "2"), ("1", "3"))


# Carried out


def halted(bench: Bench, ids: tuple[str, ...] = ("1",)) -> str:
    """A run of domain 1 in which the extension of these instances failed."""
    fault = {"instance": "extension_failure", "instance_ids": list(ids), "times": len(ids)}
    bench.control("POST", "faults", fault)
    policy = Policy(max_batch_instance_percent=Amount(count=5))
    plan = bench.planned(Selection(update_domains=(1,)), policy, Edit(image_version=NEWEST))
    name = bench.cockpit.runs.start(plan)
    run = bench.carry_out(name)
    assert (run.phase, run.reason) == (Phase.FAULTED, "failure")
    return name


def versions(bench: Bench) -> Counter[str]:
    return Counter(
        i.image.exact_version or ""
        for i in bench.cockpit.readings.observe(bench.set_id).instances
        if i.image
    )


def test_a_retried_run_asks_the_failed_instance_once_more_and_completes(
    simulated: Simulated,
) -> None:
    bench = simulated()
    name = halted(bench)
    again = bench.cockpit.runs.again(name)
    assert again.instance_ids == ("1",)
    bench.cockpit.runs.retry(name, again.instance_ids)
    assert bench.carry_out(name).phase is Phase.COMPLETED
    effects = Counter(bench.effects())
    assert effects.pop("1") == 2
    assert set(effects.values()) == {1}
    assert len(effects) == 19


def test_a_reverted_run_leaves_the_set_as_it_was(simulated: Simulated) -> None:
    bench = simulated()
    before = versions(bench)
    name = halted(bench)
    back_to = bench.cockpit.runs.back(name)
    assert len(back_to.instance_ids) == 5
    assert len(back_to.untouched) == 15
    bench.cockpit.runs.revert(name)
    assert bench.launched[-1].name == name
    run = bench.carry_out(name)
    assert (run.phase, run.reason) == (Phase.COMPLETED, "reverted")
    assert Counter(bench.effects()) == Counter({i: 2 for i in back_to.instance_ids})
    assert [each["status"] for each in bench.requests("PATCH")] == [200, 200]
    model = bench.cockpit.readings.read_model(bench.set_id)
    assert model.image is not None
    assert model.image.version == "22.04.202511010"
    after = versions(bench)
    assert after[NEWEST] == 0
    assert after.total() == before.total()


def test_a_worker_killed_at_any_record_of_the_way_back_puts_each_back_once(
    simulated: Simulated, monkeypatch: pytest.MonkeyPatch
) -> None:
    positions = 0
    while True:
        bench = simulated()
        name = halted(bench)
        begin = bench.cockpit.store.find(name).read()[0].seq
        bench.cockpit.runs.revert(name)
        with monkeypatch.context() as patched:
            dies_at(patched, begin + positions + 1)
            try:
                bench.carry_out(name)
            except Killed:
                positions += 1
            else:
                break
        run: Run = bench.carry_out(name)
        if run.phase is Phase.FAULTED:  # what failed before looks so still: a person decides
            assert "answer was lost" in run.message
            bench.cockpit.runs.retry(name, bench.cockpit.runs.again(name).instance_ids)
            run = bench.carry_out(name)
        assert (run.phase, run.reason) == (Phase.COMPLETED, "reverted"), f"killed at {positions}"
        assert set(Counter(bench.effects()).values()) == {2}
        assert len(bench.requests("PATCH")) == 2
    assert positions > 8


def test_a_read_only_session_may_neither_retry_nor_revert(simulated: Simulated) -> None:
    bench = simulated()
    name = halted(bench)
    bench.cockpit.read_only = True
    with pytest.raises(RunRefused, match="only looks"):
        bench.cockpit.runs.retry(name, ("1",))
    with pytest.raises(RunRefused, match="only looks"):
        bench.cockpit.runs.revert(name)
    with pytest.raises(RunRefused, match="only looks"):
        bench.cockpit.runs.wish(name, ev.IntentKind.REVERT)


def test_a_run_that_changed_no_model_says_why_it_cannot_be_reverted(
    simulated: Simulated,
) -> None:
    bench = simulated()
    plan = bench.planned(Selection(instance_ids=("1",)))
    name = bench.cockpit.runs.start(plan)
    bench.carry_out(name)
    with pytest.raises(RunRefused, match="did not edit the model"):
        bench.cockpit.runs.back(name)
    with pytest.raises(RunRefused, match="none of its instances has failed"):
        bench.cockpit.runs.again(name)


def test_a_model_that_somebody_wrote_since_halts_the_revert_with_nothing_sent(
    simulated: Simulated,
) -> None:
    bench = simulated()
    name = halted(bench)
    bench.edit(**{VERSION: "22.04.202512010"})
    bench.cockpit.runs.revert(name)
    run = bench.carry_out(name)
    assert (run.phase, run.reason) == (Phase.FAULTED, "drift")
    assert len(bench.requests("PATCH")) == 1
    assert set(Counter(bench.effects()).values()) == {1}


def test_an_intent_names_the_instances_that_were_agreed_to(simulated: Simulated) -> None:
    bench = simulated()
    name = halted(bench)
    bench.cockpit.runs.retry(name, ("1",))
    lines = (bench.cockpit.store.find(name).path / "intents.jsonl").read_text().splitlines()
    assert json.loads(lines[-1])["instance_ids"] == ["1"]

"""Retry and revert, carried out by a worker against the simulator over real HTTP."""

import json
from collections import Counter

import pytest

from tests.support.bench import NEWEST, Bench, BenchFactory
from tests.support.in_process_crash import WorkerKilled, kill_at
from vmss_tui.fleet.model_edit.edit import Edit
from vmss_tui.runtime.errors import RunRefused
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.plan.policy import Amount, Policy
from vmss_tui.upgrade.plan.selection import Selection
from vmss_tui.upgrade.run.run import Phase, Run

pytestmark = pytest.mark.usefixtures("rare_readings")
VERSION = "properties.virtualMachineProfile.storageProfile.imageReference.version"


def halted(bench: Bench, ids: tuple[str, ...] = ("1",)) -> str:
    """A run of domain 1 in which the extension of these instances failed."""
    fault = {"instance": "extension_failure", "instance_ids": list(ids), "times": len(ids)}
    bench.control("POST", "faults", fault)
    policy = Policy(max_batch_instance_percent=Amount(count=5))
    plan = bench.plan_run(Selection(update_domains=(1,)), policy, Edit(image_version=NEWEST))
    name = bench.services.run_control.start(plan)
    run = bench.run_worker(name)
    assert (run.phase, run.reason) == (Phase.FAULTED, "failure")
    return name


def versions(bench: Bench) -> Counter[str]:
    return Counter(
        i.image.exact_version or ""
        for i in bench.services.queries.observe(bench.set_id).instances
        if i.image
    )


def test_a_retried_run_asks_the_failed_instance_once_more_and_completes(
    make_bench: BenchFactory,
) -> None:
    bench = make_bench()
    name = halted(bench)
    again = bench.services.run_control.preview_retry(name)
    assert again.instance_ids == ("1",)
    bench.services.run_control.retry(name, again.instance_ids)
    assert bench.run_worker(name).phase is Phase.COMPLETED
    effects = Counter(bench.effects())
    assert effects.pop("1") == 2
    assert set(effects.values()) == {1}
    assert len(effects) == 19


def test_a_reverted_run_leaves_the_set_as_it_was(make_bench: BenchFactory) -> None:
    bench = make_bench()
    before = versions(bench)
    name = halted(bench)
    back_to = bench.services.run_control.preview_revert(name)
    assert len(back_to.instance_ids) == 5
    assert len(back_to.untouched) == 15
    bench.services.run_control.revert(name)
    assert bench.started_runs[-1].name == name
    run = bench.run_worker(name)
    assert (run.phase, run.reason) == (Phase.ROLLED_BACK, "reverted")
    assert Counter(bench.effects()) == Counter({i: 2 for i in back_to.instance_ids})
    assert [request["status"] for request in bench.requests("PATCH")] == [200, 200]
    model = bench.services.queries.read_model(bench.set_id)
    assert model.image is not None
    assert model.image.version == "22.04.202511010"
    after = versions(bench)
    assert after[NEWEST] == 0
    assert after.total() == before.total()


def test_a_worker_killed_at_any_record_of_the_way_back_puts_each_back_once(
    make_bench: BenchFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    positions = 0
    while True:
        bench = make_bench()
        bench.scale_in(20)
        name = halted(bench)
        begin = bench.services.store.find(name).read_run()[0].seq
        bench.services.run_control.revert(name)
        with monkeypatch.context() as patched:
            kill_at(patched, begin + positions + 1)
            try:
                bench.run_worker(name)
            except WorkerKilled:
                positions += 1
            else:
                break
        run: Run = bench.run_worker(name)
        if run.phase is Phase.FAULTED:  # what failed before looks so still: a person decides
            assert "answer was lost" in run.message
            bench.services.run_control.retry(
                name, bench.services.run_control.preview_retry(name).instance_ids
            )
            run = bench.run_worker(name)
        assert (run.phase, run.reason) == (Phase.ROLLED_BACK, "reverted"), f"killed at {positions}"
        assert set(Counter(bench.effects()).values()) == {2}
        assert len(bench.requests("PATCH")) == 2
    assert positions > 8


def test_a_read_only_session_may_neither_retry_nor_revert(make_bench: BenchFactory) -> None:
    bench = make_bench()
    name = halted(bench)
    bench.services.read_only = True
    with pytest.raises(RunRefused, match="is read-only"):
        bench.services.run_control.retry(name, ("1",))
    with pytest.raises(RunRefused, match="is read-only"):
        bench.services.run_control.revert(name)
    with pytest.raises(RunRefused, match="is read-only"):
        bench.services.run_control.send_intent(name, ev.IntentKind.REVERT)


def test_a_run_that_changed_no_model_says_why_it_cannot_be_reverted(
    make_bench: BenchFactory,
) -> None:
    bench = make_bench()
    plan = bench.plan_run(Selection(instance_ids=("1",)))
    name = bench.services.run_control.start(plan)
    bench.run_worker(name)
    with pytest.raises(RunRefused, match="did not edit the model"):
        bench.services.run_control.preview_revert(name)
    with pytest.raises(RunRefused, match="none of its instances has failed"):
        bench.services.run_control.preview_retry(name)


def test_a_model_that_somebody_wrote_since_halts_the_revert_with_nothing_sent(
    make_bench: BenchFactory,
) -> None:
    bench = make_bench()
    name = halted(bench)
    bench.edit(**{VERSION: "22.04.202512010"})
    bench.services.run_control.revert(name)
    run = bench.run_worker(name)
    assert (run.phase, run.reason) == (Phase.FAULTED, "drift")
    assert len(bench.requests("PATCH")) == 1
    assert set(Counter(bench.effects()).values()) == {1}


def test_an_intent_names_the_instances_that_were_agreed_to(make_bench: BenchFactory) -> None:
    bench = make_bench()
    name = halted(bench)
    bench.services.run_control.retry(name, ("1",))
    lines = (bench.run_folder(name).path / "intents.jsonl").read_text().splitlines()
    assert json.loads(lines[-1])["instance_ids"] == ["1"]

"""The model saved, and the set watched, through the real gateway against the simulator."""

import threading
from collections.abc import Callable
from queue import Queue

import pytest

from tests.benchmarks import listing
from tests.conftest import NEWEST, Bench, no_room_for_answers
from vmss_tui.fleet.change import change
from vmss_tui.fleet.edit import Edit, NotPossible
from vmss_tui.fleet.scale_set import ProvisioningState
from vmss_tui.gateway import Power, Refused, Unknown
from vmss_tui.runtime.model_writer import ModelChanged
from vmss_tui.runtime.operations import OperationsLog
from vmss_tui.runtime.refused import RunRefused
from vmss_tui.runtime.view import Condition, View
from vmss_tui.runtime.watcher import Watcher
from vmss_tui.upgrade.policy import Policy
from vmss_tui.upgrade.selection import Selection

Simulated = Callable[..., Bench]
SET = "virtualMachineScaleSets/[^/]+$"
LIST = "virtualMachines$"
VERSION = "properties.virtualMachineProfile.storageProfile.imageReference.version"


def version_now(bench: Bench) -> str:
    image = bench.cockpit.readings.read_model(bench.set_id).image
    assert image is not None
    return image.version


def test_an_edit_is_one_patch_that_leaves_the_rest_and_makes_every_instance_stale(
    simulated: Simulated,
) -> None:
    bench = simulated()
    model = bench.cockpit.readings.read_model(bench.set_id)
    bench.cockpit.models.save(model, change(model, Edit(image_version=NEWEST)))
    after = bench.cockpit.readings.observe(bench.set_id)
    assert version_now(bench) == NEWEST
    assert after.stale == 100
    assert len(bench.requests("PATCH")) == 1
    assert after.scale_set.vm_size == model.vm_size


def test_a_second_writers_change_is_shown_and_nothing_is_written(simulated: Simulated) -> None:
    bench = simulated()
    model = bench.cockpit.readings.read_model(bench.set_id)
    wanted = change(model, Edit(vm_size="Standard_D8s_v5"))
    bench.edit(**{VERSION: "22.04.202512010"})
    with pytest.raises(ModelChanged) as caught:
        bench.cockpit.models.save(model, wanted)
    assert [(line.path, line.old, line.new) for line in caught.value.lines] == [
        (VERSION, "22.04.202511010", "22.04.202512010")
    ]
    assert bench.cockpit.readings.read_model(bench.set_id).vm_size == model.vm_size
    assert [each["status"] for each in bench.requests("PATCH")] == [412]


def test_an_etag_that_moved_by_itself_is_sent_once_more_and_said(simulated: Simulated) -> None:
    bench = simulated()
    model = bench.cockpit.readings.read_model(bench.set_id)
    refused = {"error": {"code": "PreconditionFailed", "message": "Etag does not match."}}
    bench.fault(SET, {"status": 412, "body": refused}, method="PATCH")
    saved = bench.cockpit.models.save(model, change(model, Edit(image_version=NEWEST)))
    assert "sent once more" in saved.words
    assert version_now(bench) == NEWEST


def test_a_lost_answer_is_looked_for(simulated: Simulated) -> None:
    bench = simulated()
    model = bench.cockpit.readings.read_model(bench.set_id)
    bench.fault(SET, {"drop_after": True}, method="PATCH")
    saved = bench.cockpit.models.save(model, change(model, Edit(image_version=NEWEST)))
    assert "answer was lost" in saved.words
    assert len(bench.requests("PATCH")) == 1


def test_a_lost_answer_without_the_effect_says_that_it_is_unknown(simulated: Simulated) -> None:
    bench = simulated()
    model = bench.cockpit.readings.read_model(bench.set_id)
    bench.fault(SET, {"drop_before": True}, method="PATCH")
    with pytest.raises(Unknown):
        bench.cockpit.models.save(model, change(model, Edit(image_version=NEWEST)))
    assert version_now(bench) == "22.04.202511010"


def test_azures_refusal_is_handed_on_in_its_words(simulated: Simulated) -> None:
    bench = simulated()
    model = bench.cockpit.readings.read_model(bench.set_id)
    words = "Changing property 'imageReference.sku' is not allowed."
    body = {"error": {"code": "PropertyChangeNotAllowed", "message": words}}
    bench.fault(SET, {"status": 400, "body": body}, method="PATCH")
    with pytest.raises(Refused, match="is not allowed"):
        bench.cockpit.models.save(model, change(model, Edit(image_sku="22_04-lts")))
    assert len(bench.requests("PATCH")) == 1


def test_what_was_asked_is_in_the_log_before_its_answer(simulated: Simulated) -> None:
    bench = simulated()
    model = bench.cockpit.readings.read_model(bench.set_id)
    bench.cockpit.models.save(model, change(model, Edit(image_version=NEWEST)))
    asked, answered = OperationsLog(bench.cockpit.store.state / "operations.jsonl").read()
    assert (asked.verb, answered.answer) == ("patch", "accepted")
    assert asked.request_id == answered.request_id
    assert asked.undo is not None
    image = asked.undo["properties"]["virtualMachineProfile"]["storageProfile"]["imageReference"]
    assert image["version"] == "22.04.202511010"
    assert bench.requests("PATCH")[0]["client_request_id"] == asked.request_id


def test_nothing_is_saved_while_a_run_is_live(simulated: Simulated) -> None:
    bench = simulated()
    snapshot = bench.cockpit.readings.observe(bench.set_id)
    plan = bench.cockpit.planning.plan(snapshot, Selection(update_domains=(0,)), Policy())
    folder = bench.cockpit.store.find(bench.cockpit.runs.start(plan))
    assert folder.take_lock(bench.clock.wall())
    model = snapshot.scale_set
    with pytest.raises(RunRefused, match="a run is live"):
        bench.cockpit.models.save(model, change(model, Edit(image_version=NEWEST)))
    folder.lock.release()
    assert bench.requests("PATCH") == []


@pytest.mark.parametrize("scenario", ["automatic-policy", "rolling-policy"])
def test_an_edit_of_a_set_that_azure_upgrades_by_itself_is_written_and_no_run_is_possible(
    simulated: Simulated, scenario: str
) -> None:
    bench = simulated(scenario)
    model = bench.cockpit.readings.read_model(bench.set_id)
    wanted = change(model, Edit(image_version=NEWEST))
    assert wanted.azure_acts
    bench.cockpit.models.save(model, wanted)
    bench.simulator.clock.advance(60)
    assert bench.effects(), "Azure upgrades by itself"
    with pytest.raises(RunRefused, match="only Manual sets"):
        bench.cockpit.planning.plan(
            bench.cockpit.readings.observe(bench.set_id), Selection(), Policy()
        )


def test_a_field_that_cannot_be_is_refused_before_anything_is_sent(simulated: Simulated) -> None:
    bench = simulated()
    model = bench.cockpit.readings.read_model(bench.set_id)
    with pytest.raises(NotPossible) as caught:
        change(model, Edit(image_id="my-image"))
    assert caught.value.field == "image_id"


class Watched:
    """A watcher whose waits are doors that a test opens."""

    def __init__(self, bench: Bench) -> None:
        self.views: Queue[View] = Queue()
        self._door = threading.Semaphore(0)
        self._ended = threading.Event()
        bench.clock.before_wait = self._wait
        self.watcher: Watcher = bench.cockpit.readings.watch(bench.set_id, self.views.put)

    def _wait(self) -> None:
        if not self._ended.is_set():
            self._door.acquire(timeout=20)

    def next(self) -> View:
        return self.views.get(timeout=20)

    def go_on(self) -> View:
        self._door.release()
        return self.next()

    def end(self) -> None:
        self._ended.set()
        self.watcher.stop()
        self._door.release()


def test_a_watcher_tells_each_reading_with_its_budget_and_interval(simulated: Simulated) -> None:
    bench = simulated()
    watched = Watched(bench)
    first = watched.next()
    assert first.snapshot is not None
    assert (first.condition, len(first.snapshot.instances)) == (Condition.FRESH, 100)
    assert first.interval == 6.0
    assert first.budget is not None
    second = watched.go_on()
    assert second.snapshot is not None
    assert second.snapshot.taken_at >= first.snapshot.taken_at
    watched.end()


def test_a_quiet_set_is_read_less_often_until_something_moves_or_somebody_asks(
    simulated: Simulated,
) -> None:
    bench = simulated()
    watched = Watched(bench)
    intervals = [watched.next().interval, *(watched.go_on().interval for _ in range(11))]
    assert intervals == [6.0] * 10 + [12.0] * 2
    bench.gateway.power(bench.set_id, Power.RESTART, ["5"], "a-request")
    assert watched.go_on().interval == 6.0
    bench.simulator.clock.advance(600)
    while watched.go_on().interval == 6.0:
        pass
    watched.watcher.refresh()
    assert watched.go_on().interval == 6.0
    watched.end()


def test_a_dashboard_left_open_keeps_within_the_list_budget() -> None:
    missed = [row.as_line(60) for row in listing.rows() if not row.reached]
    assert missed == []


@pytest.mark.parametrize(
    ("action", "condition"),
    [
        ({"status": 429, "headers": {"Retry-After": "17"}, "body": {}}, Condition.THROTTLED),
        ({"status": 401, "body": {"error": {"code": "ExpiredToken"}}}, Condition.SIGNED_OUT),
        ({"status": 403, "body": {"error": {"code": "Forbidden"}}}, Condition.NOT_ALLOWED),
        ({"status": 404, "body": {"error": {"code": "ResourceNotFound"}}}, Condition.GONE),
        ({"html": True}, Condition.DAMAGED),
    ],
)
def test_a_reading_that_fails_says_why_keeps_the_old_one_and_recovers(
    simulated: Simulated, action: dict[str, object], condition: Condition
) -> None:
    bench = simulated()
    watched = Watched(bench)
    first = watched.next()
    bench.fault(f"({LIST})|({SET})", action, method="GET", times=50)
    failed = watched.go_on()
    assert failed.condition is condition
    assert failed.snapshot is first.snapshot
    assert failed.retry_at is not None
    assert failed.words
    bench.control("DELETE", "faults")
    assert watched.go_on().condition is Condition.FRESH
    watched.end()


def test_who_is_waited_for_is_read_between_two_readings_of_a_large_set(
    simulated: Simulated,
) -> None:
    bench = simulated("thousand")
    watched = Watched(bench)
    first = watched.next()
    assert first.snapshot is not None
    watched.watcher.attend(["5", "6"])
    assert watched.go_on().snapshot is not None  # a whole one
    lists = [r for r in bench.requests("GET") if r["path"].endswith("/virtualMachines")]
    bench.gateway.power(bench.set_id, Power.RESTART, ["5", "6"], "a-request")
    seen = watched.go_on().snapshot
    assert seen is not None
    assert {seen.by_id[i].provisioning for i in "56"} == {ProvisioningState.UPDATING}
    assert len(seen.instances) == 1000
    again = [r for r in bench.requests("GET") if r["path"].endswith("/virtualMachines")]
    assert len(again) == len(lists)
    watched.end()


def test_while_a_run_is_live_a_watcher_reads_its_worker_and_spends_no_budget(
    simulated: Simulated,
) -> None:
    bench = simulated()
    snapshot = bench.cockpit.readings.observe(bench.set_id)
    plan = bench.cockpit.planning.plan(snapshot, Selection(update_domains=(0,)), Policy())
    name = bench.cockpit.runs.start(plan)
    bench.carry_out(name, until=lambda run: run.open_batch is not None)
    folder = bench.cockpit.store.find(name)
    assert folder.take_lock(bench.clock.wall())
    before = len(bench.requests("GET", "virtualMachines"))
    watched = Watched(bench)
    seen = watched.next()
    assert seen.source == "run"
    assert seen.snapshot is not None
    assert len(bench.requests("GET", "virtualMachines")) == before
    watched.end()
    folder.lock.release()


def test_an_edit_whose_answer_cannot_be_recorded_is_told_as_done(
    simulated: Simulated, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = simulated()
    no_room_for_answers(monkeypatch)
    model = bench.cockpit.readings.read_model(bench.set_id)
    saved = bench.cockpit.models.save(model, change(model, Edit(image_version=NEWEST)))
    assert saved.words == "the model is changed"
    assert version_now(bench) == NEWEST

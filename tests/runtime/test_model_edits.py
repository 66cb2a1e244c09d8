"""The model saved through the real gateway against the simulator."""

import pytest

from tests.support.bench import NEWEST, Bench, BenchFactory
from tests.support.full_disk import fill_disk_after_send
from vmss_tui.fleet.model_edit.change import change_from_edit
from vmss_tui.fleet.model_edit.edit import Edit, InvalidEdit
from vmss_tui.gateway import Refused, Unknown
from vmss_tui.runtime.errors import RunRefused
from vmss_tui.runtime.operations.model_edits import ModelConflict
from vmss_tui.runtime.storage.operations_log import OperationsLog
from vmss_tui.upgrade.plan.policy import Policy
from vmss_tui.upgrade.plan.selection import Selection

SET = "virtualMachineScaleSets/[^/]+$"
VERSION = "properties.virtualMachineProfile.storageProfile.imageReference.version"


def version_now(bench: Bench) -> str:
    image = bench.services.queries.read_model(bench.set_id).image
    assert image is not None
    return image.version


def test_an_edit_is_one_patch_that_leaves_the_rest_and_makes_every_instance_stale(
    make_bench: BenchFactory,
) -> None:
    bench = make_bench()
    model = bench.services.queries.read_model(bench.set_id)
    bench.services.model_writer.save(model, change_from_edit(model, Edit(image_version=NEWEST)))
    after = bench.services.queries.observe(bench.set_id)
    assert version_now(bench) == NEWEST
    assert after.outdated == 100
    assert len(bench.requests("PATCH")) == 1
    assert after.scale_set.vm_size == model.vm_size


def test_a_second_writers_change_is_shown_and_nothing_is_written(make_bench: BenchFactory) -> None:
    bench = make_bench()
    model = bench.services.queries.read_model(bench.set_id)
    change = change_from_edit(model, Edit(vm_size="Standard_D8s_v5"))
    bench.edit(**{VERSION: "22.04.202512010"})
    with pytest.raises(ModelConflict) as caught:
        bench.services.model_writer.save(model, change)
    assert [(line.path, line.old, line.new) for line in caught.value.lines] == [
        (VERSION, "22.04.202511010", "22.04.202512010")
    ]
    assert bench.services.queries.read_model(bench.set_id).vm_size == model.vm_size
    assert [request["status"] for request in bench.requests("PATCH")] == [412]


def test_an_etag_that_moved_by_itself_is_sent_once_more_and_said(make_bench: BenchFactory) -> None:
    bench = make_bench()
    model = bench.services.queries.read_model(bench.set_id)
    refused = {"error": {"code": "PreconditionFailed", "message": "Etag does not match."}}
    bench.fault(SET, {"status": 412, "body": refused}, method="PATCH")
    saved = bench.services.model_writer.save(
        model, change_from_edit(model, Edit(image_version=NEWEST))
    )
    assert "sent once more" in saved.message
    assert version_now(bench) == NEWEST


def test_a_lost_answer_is_looked_for(make_bench: BenchFactory) -> None:
    bench = make_bench()
    model = bench.services.queries.read_model(bench.set_id)
    bench.fault(SET, {"drop_after": True}, method="PATCH")
    saved = bench.services.model_writer.save(
        model, change_from_edit(model, Edit(image_version=NEWEST))
    )
    assert saved.message == "no response, but the model has the requested values"
    assert len(bench.requests("PATCH")) == 1


def test_a_lost_answer_without_the_effect_says_that_it_is_unknown(make_bench: BenchFactory) -> None:
    bench = make_bench()
    model = bench.services.queries.read_model(bench.set_id)
    bench.fault(SET, {"drop_before": True}, method="PATCH")
    with pytest.raises(Unknown):
        bench.services.model_writer.save(model, change_from_edit(model, Edit(image_version=NEWEST)))
    assert version_now(bench) == "22.04.202511010"


def test_azures_refusal_is_handed_on_in_its_words(make_bench: BenchFactory) -> None:
    bench = make_bench()
    model = bench.services.queries.read_model(bench.set_id)
    refusal = "Changing property 'imageReference.sku' is not allowed."
    body = {"error": {"code": "PropertyChangeNotAllowed", "message": refusal}}
    bench.fault(SET, {"status": 400, "body": body}, method="PATCH")
    with pytest.raises(Refused, match="is not allowed"):
        bench.services.model_writer.save(
            model, change_from_edit(model, Edit(image_sku="22_04-lts"))
        )
    assert len(bench.requests("PATCH")) == 1


def test_what_was_asked_is_in_the_log_before_its_answer(make_bench: BenchFactory) -> None:
    bench = make_bench()
    model = bench.services.queries.read_model(bench.set_id)
    bench.services.model_writer.save(model, change_from_edit(model, Edit(image_version=NEWEST)))
    request, answered = OperationsLog(bench.services.store.state_folder / "operations.jsonl").read()
    assert (request.verb, answered.answer) == ("patch", "accepted")
    assert request.request_id == answered.request_id
    assert request.undo is not None
    image = request.undo["properties"]["virtualMachineProfile"]["storageProfile"]["imageReference"]
    assert image["version"] == "22.04.202511010"
    assert bench.requests("PATCH")[0]["client_request_id"] == request.request_id


def test_nothing_is_saved_while_a_run_is_live(make_bench: BenchFactory) -> None:
    bench = make_bench()
    snapshot = bench.services.queries.observe(bench.set_id)
    plan = bench.services.planner.plan(snapshot, Selection(update_domains=(0,)), Policy())
    folder = bench.services.store.find(bench.services.run_control.start(plan))
    assert folder.take_lock(bench.clock.wall())
    model = snapshot.scale_set
    with pytest.raises(RunRefused, match="a run is live"):
        bench.services.model_writer.save(model, change_from_edit(model, Edit(image_version=NEWEST)))
    folder.lock.release()
    assert bench.requests("PATCH") == []


@pytest.mark.parametrize("scenario", ["automatic-policy", "rolling-policy"])
def test_an_edit_of_a_set_that_azure_upgrades_by_itself_is_written_and_no_run_is_possible(
    make_bench: BenchFactory, scenario: str
) -> None:
    bench = make_bench(scenario)
    model = bench.services.queries.read_model(bench.set_id)
    change = change_from_edit(model, Edit(image_version=NEWEST))
    assert change.azure_acts
    bench.services.model_writer.save(model, change)
    bench.simulator.clock.advance(60)
    assert bench.effects(), "Azure upgrades by itself"
    with pytest.raises(RunRefused, match="only Manual sets"):
        bench.services.planner.plan(
            bench.services.queries.observe(bench.set_id), Selection(), Policy()
        )


def test_a_field_that_cannot_be_is_refused_before_anything_is_sent(
    make_bench: BenchFactory,
) -> None:
    bench = make_bench()
    model = bench.services.queries.read_model(bench.set_id)
    with pytest.raises(InvalidEdit) as caught:
        change_from_edit(model, Edit(image_id="my-image"))
    assert caught.value.field == "image_id"


def test_an_edit_whose_answer_cannot_be_recorded_is_told_as_done(
    make_bench: BenchFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = make_bench()
    fill_disk_after_send(monkeypatch)
    model = bench.services.queries.read_model(bench.set_id)
    saved = bench.services.model_writer.save(
        model, change_from_edit(model, Edit(image_version=NEWEST))
    )
    assert saved.message == "the model is changed"
    assert version_now(bench) == NEWEST

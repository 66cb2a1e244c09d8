"""The simulator's own interface under `/_simulator/`."""

import requests

from tests.support.simulator_client import NEWER, SimulatorClient


def test_an_invalid_fault_is_refused(web: SimulatorClient) -> None:
    for fault in ({}, {"action": {"explode": 1}}, {"instance": "asleep"}, {"action": 7}):
        url = f"{web.simulator.endpoint}/_simulator/faults"
        assert requests.post(url, json=fault, timeout=20).status_code == 400


def test_an_odd_value_of_an_index_or_a_metric_is_refused_in_one_sentence(
    web: SimulatorClient,
) -> None:
    cpu = {"scale_set": web.simulator.scale_sets[0], "name": "Percentage CPU"}
    for what, body, message in (
        ("index", {"lag": True}, "lag is a number of seconds, 0 or more"),
        ("index", {"lag": "7"}, "lag is a number of seconds, 0 or more"),
        ("index", {"lag": -1}, "lag is a number of seconds, 0 or more"),
        ("index", {"missing": "powerState"}, "missing is a list of some of latestModelApplied"),
        ("index", {"missing": [["powerState"]]}, "missing is a list of some of"),
        ("index", {"absent_tables": "resources"}, "absent_tables is a list of some of"),
        ("index", {"absent_tables": ["no table"]}, "absent_tables is a list of some of"),
        ("metrics", {**cpu, "name": "Percentage"}, "name is one of Percentage CPU, "),
        ("metrics", {**cpu, "value": "much"}, "value is a number, or null for no data"),
        ("metrics", {**cpu, "value": True}, "value is a number, or null for no data"),
    ):
        refused = web.send("POST", f"/_simulator/{what}", body)
        error = refused.json()["error"]
        assert (refused.status_code, error["code"]) == (400, "InvalidControl"), body
        assert error["message"].startswith(message)
    assert web.control("POST", "index", {"missing": ["powerState"]}) == {"lag": 60.0}


def test_the_ledger_has_one_effect_per_instance_with_its_request(web: SimulatorClient) -> None:
    web.patch_image_version(NEWER, x_ms_client_request_id="m-1")
    accepted = web.post("/manualupgrade", ["1", "2"], x_ms_client_request_id="u-1")
    operation = accepted.headers["Azure-AsyncOperation"].split("/")[-1].split("?")[0]
    assert web.effects("upgrade") == [
        {
            "at": "2026-11-22T12:00:00.0000000+00:00",
            "kind": "upgrade",
            "scale_set": "web-rg/web-vmss",
            "instance_id": instance_id,
            "operation": operation,
            "client_request_id": "u-1",
        }
        for instance_id in ("1", "2")
    ]
    (model,) = web.effects("model")
    assert model["client_request_id"] == "m-1"
    last = web.control("GET", "ledger")["requests"][-1]
    assert (last["method"], last["status"], last["client_request_id"]) == ("POST", 202, "u-1")
    assert last["path"] == web.set_path + "/manualupgrade"


def test_another_operators_edit_changes_the_etag_and_the_model(web: SimulatorClient) -> None:
    etag = web.get().headers["etag"]
    path = "properties.virtualMachineProfile.storageProfile.imageReference.version"
    web.control("POST", "edit", {"scale_set": "web-rg/web-vmss", "set": {path: NEWER}})
    assert web.get().headers["etag"] != etag
    assert not any(vm["properties"]["latestModelApplied"] for vm in web.list_instances())
    assert len(web.control("GET", "world")["scale_sets"][0]["instances"]) == 100


def test_the_clock_can_be_advanced_and_its_speed_changed(web: SimulatorClient) -> None:
    assert web.control("GET", "clock")["seconds"] == 0
    assert web.control("POST", "clock", {"advance": 90})["now"].startswith("2026-11-22T12:01:30")
    assert web.control("POST", "clock", {"speed": 60})["speed"] == 60
    first = web.control("GET", "clock")["seconds"]
    assert web.control("GET", "clock")["seconds"] > first
    bad = requests.post(
        f"{web.simulator.endpoint}/_simulator/clock", json={"advance": -1}, timeout=20
    )
    assert bad.status_code == 400

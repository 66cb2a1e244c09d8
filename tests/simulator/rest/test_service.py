"""Request faults."""

import pytest
import requests

from tests.support.simulator_client import NEWER, SimulatorClient


def test_a_status_fault_applies_as_often_as_defined(web: SimulatorClient) -> None:
    web.add_fault(
        match={"method": "GET", "path": "virtualMachines$"},
        nth=2,
        times=2,
        action={"status": 503, "headers": {"Retry-After": "17"}, "body": {"error": {"code": "X"}}},
    )
    replies = [web.get("/virtualMachines") for _ in range(4)]
    assert [response.status_code for response in replies] == [200, 503, 503, 200]
    assert replies[1].headers["Retry-After"] == "17"
    assert replies[1].json() == {"error": {"code": "X"}}


def test_a_request_dropped_before_has_no_effect_and_one_dropped_after_has(
    web: SimulatorClient,
) -> None:
    for action, effects in (("drop_before", 0), ("drop_after", 1)):
        web.add_fault(match={"method": "POST"}, action={action: True})
        with pytest.raises(requests.ConnectionError):
            web.post("/restart", ["1"])
        assert len(web.effects("restart")) == effects


def test_a_request_with_an_error_may_have_an_effect_and_a_200_may_be_html(
    web: SimulatorClient,
) -> None:
    web.add_fault(match={"method": "POST"}, action={"status": 500, "done": True})
    assert web.post("/restart", ["1"]).status_code == 500
    assert len(web.effects("restart")) == 1
    web.add_fault(match={"method": "GET"}, action={"html": True})
    page = web.get()
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")


def test_headers_of_an_operation_can_be_stripped_and_a_post_redirected(
    web: SimulatorClient,
) -> None:
    web.add_fault(match={"method": "POST"}, action={"strip_lro_headers": True})
    stripped = web.post("/restart", ["1"])
    assert stripped.status_code == 202
    assert not {"Azure-AsyncOperation", "Location"} & set(stripped.headers)
    web.add_fault(match={"method": "POST"}, action={"redirect": "https://elsewhere.example/"})
    moved = web.post("/restart", ["2"])
    assert (moved.status_code, moved.headers["Location"]) == (307, "https://elsewhere.example/")
    assert len(web.effects("restart")) == 1


def test_an_outdated_response_shows_an_earlier_state(web: SimulatorClient) -> None:
    before = web.get("/virtualMachines", "$expand=instanceView").json()
    web.advance(60)
    web.patch_image_version(NEWER)
    web.post("/delete", ["0"])
    web.advance(20)
    assert len(web.list_instances()) == 99
    web.add_fault(match={"path": "virtualMachines"}, action={"stale": 30})
    assert web.get("/virtualMachines", "$expand=instanceView").json() == before


def test_a_body_can_be_cut(web: SimulatorClient) -> None:
    web.add_fault(match={"path": "virtualMachines"}, action={"cut": True})
    with pytest.raises(requests.RequestException):
        web.get("/virtualMachines", Accept_Encoding="identity")


def test_a_hanging_response_ends_with_the_timeout_of_the_client(web: SimulatorClient) -> None:
    web.add_fault(match={}, action={"hang": True})
    with pytest.raises(requests.Timeout):
        web.session.get(f"{web.simulator.endpoint}{web.set_path}?api-version=1", timeout=0.2)
    web.control("DELETE", "faults")
    assert web.get().status_code == 200

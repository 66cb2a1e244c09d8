"""The gateway to Azure, over real HTTP against the simulator. Effects are counted in its ledger.

Time is the simulator's and moves only when a test says so; the gateway's own waits are recorded
instead of waited for.
"""

import base64
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
import requests
from azure.core.exceptions import ServiceRequestError

from vmss_tui.arm.connect import connect
from vmss_tui.arm.gateway import ArmGateway
from vmss_tui.arm.transport.clouds import BadSetting, choose_cloud
from vmss_tui.arm.transport.credentials import Signer, SimulatorCredential, principal_of
from vmss_tui.arm.transport.pipeline import Origin, Patience, remaining, retry_after
from vmss_tui.arm.transport.send import Sender
from vmss_tui.fleet.scale_set import Health, PowerState, State
from vmss_tui.fleet.scale_set_id import BadName, ScaleSetId, scale_set_id
from vmss_tui.gateway import (
    Accepted,
    Busy,
    Changed,
    Damaged,
    Gateway,
    Missing,
    NotAllowed,
    NotSignedIn,
    OperationStatus,
    Power,
    ReadOnly,
    Refused,
    StaleIds,
    Throttled,
    Unknown,
    Unreachable,
)
from vmss_tui.simulator.server import Simulator

REQUEST_ID = "6a9f7f5e-0000-4000-8000-000000000001"
LIST = r"/virtualMachineScaleSets/[^/]+/virtualMachines$"
UPGRADE = "/manualupgrade$"


@dataclass
class Wired:
    """A simulator and a gateway that speak HTTP with each other."""

    simulator: Simulator
    gateway: ArmGateway
    waits: list[float] = field(default_factory=list)

    @property
    def set_id(self) -> ScaleSetId:
        """The first scale set of the scenario."""
        group, _, name = self.simulator.scale_sets[0].partition("/")
        return scale_set_id(self.simulator.subscription_id, group, name)

    def fault(self, path: str, action: dict[str, Any], **more: Any) -> None:
        """Asks for a fault on requests whose path matches."""
        method = {"method": more.pop("method")} if "method" in more else {}
        self._control(
            "POST", "faults", {"match": {"path": path, **method}, "action": action} | more
        )

    def edit(self, **changes: Any) -> None:
        """Another operator's write."""
        body = {"scale_set": self.simulator.scale_sets[0], "set": changes}
        self._control("POST", "edit", body)

    def upgraded(self) -> list[str]:
        """Ids on which an upgrade truly began, in order, once for each time."""
        effects = self._control("GET", "ledger")["effects"]
        return [each["instance_id"] for each in effects if each["kind"] == "upgrade"]

    def requested(self, method: str) -> list[str]:
        """Paths of all requests of a method that the simulator saw."""
        seen = self._control("GET", "ledger")["requests"]
        return [
            each["path"]
            for each in seen
            if each["method"] == method and "/_simulator/" not in each["path"]
        ]

    def request_ids(self, method: str) -> list[str]:
        """Client request ids of all requests of a method to ARM paths."""
        seen = self._control("GET", "ledger")["requests"]
        return [
            each["client_request_id"]
            for each in seen
            if each["method"] == method and "/_simulator/" not in each["path"]
        ]

    def _control(self, method: str, what: str, body: object = None) -> Any:
        url = f"{self.simulator.endpoint}/_simulator/{what}"
        answer = requests.request(method, url, json=body, timeout=10)
        answer.raise_for_status()
        return answer.json()


Wire = Callable[..., Wired]


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    """Wires a gateway to a new simulator of a scenario; time stands still."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with ExitStack() as stack:

        def build(
            scenario: str = "web-100", *, page_size: int = 30, throttling: bool = False, **how: Any
        ) -> Wired:
            simulator = stack.enter_context(
                Simulator(scenario, seed=1, speed=0, throttling=throttling, page_size=page_size)
            )
            waits: list[float] = []
            how.setdefault("patience", Patience(wait=waits.append, jitter=lambda most: most))
            gateway = connect(
                endpoint=simulator.endpoint, subscription_id=simulator.subscription_id, **how
            )
            stack.callback(gateway.close)
            return Wired(simulator, gateway, waits)

        yield build


# Reading


def test_a_set_is_read_in_pages_and_nothing_is_missing(wire: Wire) -> None:
    wired = wire("web-100", page_size=30)
    snapshot = wired.gateway.observe(wired.set_id)
    assert (len(snapshot.instances), snapshot.pages, snapshot.complete) == (100, 4, True)
    assert snapshot.counts[State.CURRENT] == 20
    assert snapshot.counts[State.STALE] == 80
    assert [int(each.instance_id) for each in snapshot.instances] == sorted(
        int(each.instance_id) for each in snapshot.instances
    )


def test_a_thousand_instances_have_all_their_domains(wire: Wire) -> None:
    wired = wire("thousand", page_size=100)
    snapshot = wired.gateway.observe(wired.set_id)
    assert (len(snapshot.instances), snapshot.pages) == (1000, 10)
    assert {each.update_domain for each in snapshot.instances} == {0, 1, 2, 3, 4}
    assert len({each.placement_group for each in snapshot.instances}) == 10


def test_an_unchanged_instance_is_the_same_object_in_the_next_reading(wire: Wire) -> None:
    wired = wire()
    first, second = (wired.gateway.observe(wired.set_id) for _ in range(2))
    assert all(old is new for old, new in zip(first.instances, second.instances, strict=True))


def test_a_sick_fleet_is_told_apart_instance_by_instance(wire: Wire) -> None:
    wired = wire("sick")
    by_id = wired.gateway.observe(wired.set_id).by_id
    assert by_id["3"].health is Health.UNHEALTHY
    assert by_id["12"].state is State.FAILED
    assert by_id["33"].power is PowerState.STOPPED
    assert by_id["71"].power is PowerState.DEALLOCATED
    assert by_id["71"].agent is None


def test_the_budget_is_what_the_last_list_answer_said(wire: Wire) -> None:
    wired = wire(page_size=30)
    assert wired.gateway.budget(wired.set_id) is None
    wired.gateway.observe(wired.set_id)
    left = wired.gateway.budget(wired.set_id)
    assert left is not None
    assert (left.remaining, left.burst) == (26, 30)


def test_all_sets_of_a_subscription_are_listed_over_pages(wire: Wire) -> None:
    wired = wire("fleet", page_size=7)
    found = [
        each
        for subscription in wired.gateway.subscriptions()
        for each in wired.gateway.list_scale_sets(subscription.subscription_id)
    ]
    assert {each.id.short.lower() for each in found} == {
        label.lower() for label in wired.simulator.scale_sets
    }


def test_one_instance_is_read_as_json_with_its_view(wire: Wire) -> None:
    wired = wire()
    found = wired.gateway.read_instance(wired.set_id, "7")
    assert found["instanceId"] == "7"
    assert found["properties"]["instanceView"]["platformUpdateDomain"] == 2


def test_the_digest_moves_with_the_model_and_not_with_capacity_or_tags(wire: Wire) -> None:
    wired = wire()
    before = wired.gateway.read_model(wired.set_id)
    wired.edit(**{"sku.capacity": 99, "tags": {"env": "test"}})
    moved = wired.gateway.read_model(wired.set_id)
    assert moved.etag != before.etag
    assert moved.model_digest == before.model_digest
    wired.edit(**{"sku.name": "Standard_D8s_v5"})
    assert wired.gateway.read_model(wired.set_id).model_digest != before.model_digest


def test_a_flexible_set_is_read_from_its_groups_machines(wire: Wire) -> None:
    wired = wire()
    ours, path = wired.set_id.resource_id, "/providers/Microsoft.Compute/virtualMachines$"
    model = {"id": ours.upper(), "properties": {"orchestrationMode": "Flexible"}}
    image = {"publisher": "P", "offer": "O", "sku": "S", "version": "latest", "exactVersion": "1"}
    statuses = [{"code": "ProvisioningState/succeeded"}, {"code": "PowerState/running"}]
    machines = [
        {
            "name": name,
            "zones": ["2"],
            "properties": {
                "virtualMachineScaleSet": {"id": owner},
                "provisioningState": "Succeeded",
                "hardwareProfile": {"vmSize": "Standard_D2s_v5"},
                "storageProfile": {"imageReference": image},
                "instanceView": {"statuses": statuses},
            },
        }
        for name, owner in (("web_1a", ours), ("web_2b", ours.lower()), ("other_1", f"{ours}x"))
    ]
    wired.fault("/virtualMachineScaleSets/[^/]+$", {"status": 200, "body": model}, times=None)
    wired.fault(path, {"status": 200, "body": {"value": machines}}, times=None)
    snapshot = wired.gateway.observe(wired.set_id)
    assert snapshot.complete
    assert list(snapshot.by_id) == ["web_1a", "web_2b"]
    found = snapshot.by_id["web_1a"]
    assert (found.zone, found.vm_size, found.power) == ("2", "Standard_D2s_v5", PowerState.RUNNING)
    assert (found.latest_model_applied, found.update_domain) == (None, None)
    assert found.image is not None
    assert found.image.running_version == "1"


# Readings that go wrong


def test_a_failed_page_leaves_a_reading_that_decides_nothing(wire: Wire) -> None:
    wired = wire(page_size=30)
    wired.fault(LIST, {"status": 500}, nth=3, times=None)
    snapshot = wired.gateway.observe(wired.set_id)
    assert (len(snapshot.instances), snapshot.complete) == (60, False)
    assert "Page 3" in snapshot.damage[0]


@pytest.mark.parametrize("action", [{"html": True}, {"cut": True}, {"body": "[]"}])
def test_a_first_page_that_is_not_azures_raises(wire: Wire, action: dict[str, Any]) -> None:
    wired = wire()
    wired.fault(LIST, action, times=None)
    with pytest.raises((Damaged, Unreachable)):
        wired.gateway.observe(wired.set_id)


def test_a_next_page_on_another_host_is_refused_and_sees_no_token(wire: Wire) -> None:
    wired = wire(page_size=30)
    seen: list[str] = []

    class Listener(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.headers.get("Authorization", ""))

    with ThreadingHTTPServer(("127.0.0.1", 0), Listener) as other:
        Thread(target=other.serve_forever, daemon=True).start()
        link = f"http://127.0.0.1:{other.server_port}{wired.set_id.resource_id}/virtualMachines"
        wired.fault(LIST, {"body": {"value": [], "nextLink": link}})
        snapshot = wired.gateway.observe(wired.set_id)
        other.shutdown()
    assert not snapshot.complete
    assert "refused" in snapshot.damage[0]
    assert seen == []


def test_a_next_page_of_another_set_is_refused(wire: Wire) -> None:
    wired = wire()
    link = f"{wired.simulator.endpoint}{wired.set_id.resource_id}2/virtualMachines?x=1"
    wired.fault(LIST, {"body": {"value": [], "nextLink": link}})
    assert not wired.gateway.observe(wired.set_id).complete
    assert all("web-vmss2" not in path for path in wired.requested("GET"))


def test_pages_that_go_round_in_a_circle_end(wire: Wire) -> None:
    wired = wire()
    path = f"{wired.set_id.resource_id}/virtualMachines?api-version=2026-04-01"
    link = f"{wired.simulator.endpoint}{path}"
    wired.fault(LIST, {"body": {"value": [], "nextLink": link}}, times=None)
    snapshot = wired.gateway.observe(wired.set_id)
    assert not snapshot.complete
    assert "circle" in snapshot.damage[0]


def test_an_item_of_a_wrong_type_costs_one_field_and_is_told(wire: Wire) -> None:
    wired = wire(page_size=200)
    page = requests.get(
        f"{wired.simulator.endpoint}{wired.set_id.resource_id}/virtualMachines",
        params={"api-version": "2026-04-01", "$expand": "instanceView"},
        headers={"Authorization": "Bearer x"},
        timeout=10,
    ).json()
    first, second, third = page["value"][:3]
    first["properties"]["instanceView"]["vmHealth"] = "fine"
    second["properties"]["instanceView"]["statuses"][0]["code"] = 7
    third["instanceId"] = "../../delete"
    wired.fault(LIST, {"body": page})
    snapshot = wired.gateway.observe(wired.set_id)
    assert (len(snapshot.instances), snapshot.complete, len(snapshot.damage)) == (99, False, 3)
    assert snapshot.by_id[first["instanceId"]].health is Health.UNKNOWN
    assert snapshot.by_id[second["instanceId"]].power is PowerState.RUNNING


def test_a_read_is_tried_again_and_each_wait_is_told(wire: Wire) -> None:
    told: list[tuple[float, str]] = []
    patience = Patience(
        wait=lambda _seconds: None,
        tell=lambda seconds, why: told.append((seconds, why)),
        jitter=lambda most: most,
    )
    wired = wire(patience=patience)
    wired.fault("Scale", {"status": 503})
    wired.fault("Scale", {"status": 503, "headers": {"Retry-After": "17"}}, nth=2)
    assert wired.gateway.read_model(wired.set_id).capacity == 100
    assert [seconds for seconds, _ in told] == [1.0, 17.0]
    assert "503" in told[0][1]


def test_a_long_wait_asked_of_a_read_is_told_and_not_slept(wire: Wire) -> None:
    wired = wire()
    wired.fault("Scale", {"status": 503, "headers": {"Retry-After": "36000"}}, times=None)
    with pytest.raises(Throttled) as told:
        wired.gateway.read_model(wired.set_id)
    assert told.value.retry_after == 300
    assert wired.waits == []


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("17", 17), ("0", 1), ("36000", 300), (None, 10), ("inf", 10), ("-5", 10), ("soon", 10)],
)
def test_a_throttled_read_says_how_long_and_does_not_sleep(
    wire: Wire, said: str | None, seconds: float
) -> None:
    wired = wire()
    headers = {} if said is None else {"Retry-After": said}
    wired.fault("Scale", {"status": 429, "headers": headers}, times=None)
    with pytest.raises(Throttled) as told:
        wired.gateway.observe(wired.set_id)
    assert told.value.retry_after == seconds
    assert (wired.waits, len(wired.requested("GET"))) == ([], 1)


def test_the_simulators_own_throttle_is_understood(wire: Wire) -> None:
    wired = wire(page_size=10, throttling=True)
    for _ in range(3):
        wired.gateway.observe(wired.set_id)
    with pytest.raises(Throttled) as told:
        wired.gateway.observe(wired.set_id)
    assert 1 <= told.value.retry_after <= 300


def test_a_rejected_sign_in_is_tried_once_more_and_then_told(wire: Wire) -> None:
    wired = wire()
    wired.fault("Scale", {"status": 401}, times=1)
    assert wired.gateway.read_model(wired.set_id).capacity == 100
    wired.fault("Scale", {"status": 401}, times=None)
    with pytest.raises(NotSignedIn):
        wired.gateway.read_model(wired.set_id)
    assert len(wired.requested("GET")) == 4


def test_a_redirected_read_is_not_followed(wire: Wire) -> None:
    wired = wire()
    wired.fault("Scale", {"redirect": "https://evil.example/"})
    with pytest.raises(Damaged):
        wired.gateway.read_model(wired.set_id)


def test_a_model_without_a_bottom_is_damaged(wire: Wire) -> None:
    wired = wire()
    body = '{"properties":{"virtualMachineProfile":' + '{"a":' * 450 + "1" + "}" * 450 + "}}"
    wired.fault("Scale", {"body": body}, times=None)
    with pytest.raises(Damaged):
        wired.gateway.read_model(wired.set_id)


def test_refusals_keep_azures_words(wire: Wire) -> None:
    wired = wire()
    missing = scale_set_id(wired.set_id.subscription_id, wired.set_id.resource_group, "nobody")
    with pytest.raises(Missing, match="was not found") as gone:
        wired.gateway.read_model(missing)
    assert gone.value.code == "ResourceNotFound"
    denied = {"error": {"code": "AuthorizationFailed", "message": "no right\x1b[2J to act"}}
    wired.fault("Scale", {"status": 403, "body": denied})
    with pytest.raises(NotAllowed) as refused:
        wired.gateway.read_model(wired.set_id)
    assert "\x1b" not in refused.value.words


def test_nobody_at_the_other_end_is_unreachable_for_reads_and_not_sent_for_writes(
    wire: Wire,
) -> None:
    wired = wire()
    set_id = wired.set_id
    wired.simulator.stop()
    with pytest.raises(Unreachable):
        wired.gateway.read_model(set_id)
    assert wired.waits == [1.0, 2.0]
    with pytest.raises(Refused) as refused:
        wired.gateway.upgrade(set_id, ["0"], REQUEST_ID)
    assert refused.value.code == "NotSent"


# Writing


def test_an_upgrade_is_sent_once_with_exactly_the_ids_given(wire: Wire) -> None:
    wired = wire()
    accepted = wired.gateway.upgrade(wired.set_id, ["11", "3"], REQUEST_ID)
    assert sorted(wired.upgraded()) == ["11", "3"]
    assert wired.requested("POST") == [f"{wired.set_id.resource_id}/manualupgrade"]
    assert wired.request_ids("POST") == [REQUEST_ID]
    assert accepted.operation is not None
    assert wired.gateway.poll(accepted.operation).status is OperationStatus.IN_PROGRESS
    wired.simulator.clock.advance(900)
    assert wired.gateway.poll(accepted.operation).status is OperationStatus.SUCCEEDED
    by_id = wired.gateway.observe(wired.set_id).by_id
    assert {by_id[each].state for each in ("3", "11")} == {State.CURRENT}


@pytest.mark.parametrize("instance_ids", [[], ["*"], ["1", "*"], ["1/../2"], "12", [""]])
def test_a_write_without_explicit_ids_is_refused_here(wire: Wire, instance_ids: Any) -> None:
    wired = wire()
    with pytest.raises(ValueError, match="id"):
        wired.gateway.upgrade(wired.set_id, instance_ids, REQUEST_ID)
    with pytest.raises(ValueError, match="id"):
        wired.gateway.power(wired.set_id, Power.DELETE, instance_ids, REQUEST_ID)
    assert wired.requested("POST") == []


@pytest.mark.parametrize(
    ("action", "effects"),
    [
        ({"status": 500, "done": True}, 1),
        ({"status": 503, "done": True}, 1),
        ({"status": 503, "done": True, "headers": {"Retry-After": "1"}}, 1),
        ({"status": 503}, 0),
        ({"status": 408}, 0),
        ({"drop_after": True}, 1),
        ({"drop_before": True}, 0),
        ({"redirect": "/elsewhere"}, 0),
        ({"redirect": "/elsewhere", "status": 308, "done": True}, 1),
        ({"html": True}, 0),
        ({"html": True, "done": True}, 1),
    ],
    ids=str,
)
def test_a_lost_answer_is_unknown_and_never_sent_again(
    wire: Wire, action: dict[str, Any], effects: int
) -> None:
    wired = wire()
    wired.fault(UPGRADE, action)
    with pytest.raises(Unknown):
        wired.gateway.upgrade(wired.set_id, ["5"], REQUEST_ID)
    assert wired.upgraded() == ["5"] * effects
    assert wired.requested("POST") == [f"{wired.set_id.resource_id}/manualupgrade"]
    assert wired.waits == []


def test_a_server_that_never_answers_a_write_leaves_it_unknown(wire: Wire) -> None:
    wired = wire(read_timeout=0.2)
    wired.fault(UPGRADE, {"hang": 5})
    with pytest.raises(Unknown):
        wired.gateway.upgrade(wired.set_id, ["5"], REQUEST_ID)
    assert len(wired.requested("POST")) <= 1


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "BadRequest", Refused),
        (401, "ExpiredAuthenticationToken", NotSignedIn),
        (403, "AuthorizationFailed", NotAllowed),
        (404, "ResourceNotFound", Missing),
        (409, "Conflict", Busy),
        (412, "PreconditionFailed", Changed),
    ],
)
def test_a_refused_write_did_not_happen_and_is_not_repeated(
    wire: Wire, status: int, code: str, kind: type[Exception]
) -> None:
    wired = wire()
    body = {"error": {"code": code, "message": "no"}}
    wired.fault(UPGRADE, {"status": status, "body": body, "headers": {"Retry-After": "1"}})
    with pytest.raises(kind):
        wired.gateway.upgrade(wired.set_id, ["5"], REQUEST_ID)
    assert (wired.upgraded(), len(wired.requested("POST"))) == ([], 1)


def test_a_locked_scope_is_refused_and_not_called_busy(wire: Wire) -> None:
    wired = wire()
    body = {"error": {"code": "ScopeLocked", "message": "The scope is locked."}}
    wired.fault(UPGRADE, {"status": 409, "body": body})
    with pytest.raises(Refused) as refused:
        wired.gateway.upgrade(wired.set_id, ["5"], REQUEST_ID)
    assert not isinstance(refused.value, Busy)


def test_an_unregistered_provider_does_not_make_the_sdk_send_again(wire: Wire) -> None:
    wired = wire()
    body = {"error": {"code": "MissingSubscriptionRegistration", "message": "not registered"}}
    wired.fault(UPGRADE, {"status": 409, "body": body})
    with pytest.raises(Refused):
        wired.gateway.upgrade(wired.set_id, ["5"], REQUEST_ID)
    assert len(wired.requested("POST")) == 1


@pytest.mark.parametrize("said", ["17", None, "inf", "36000", "-5", "soon"])
def test_a_throttled_write_did_not_happen_and_is_not_repeated(wire: Wire, said: str | None) -> None:
    wired = wire()
    headers = {} if said is None else {"Retry-After": said}
    wired.fault(UPGRADE, {"status": 429, "headers": headers})
    with pytest.raises(Throttled) as told:
        wired.gateway.upgrade(wired.set_id, ["5"], REQUEST_ID)
    assert 1 <= told.value.retry_after <= 300
    assert (wired.upgraded(), len(wired.requested("POST")), wired.waits) == ([], 1, [])


def test_an_answer_stripped_of_its_operation_is_accepted_without_one(wire: Wire) -> None:
    wired = wire()
    wired.fault(UPGRADE, {"strip_lro_headers": True})
    assert wired.gateway.upgrade(wired.set_id, ["5"], REQUEST_ID).operation is None
    assert wired.upgraded() == ["5"]


def test_an_operation_on_another_host_is_neither_kept_nor_asked(wire: Wire) -> None:
    wired = wire()
    foreign = "https://evil.example/subscriptions/x/operations/1"
    headers = {"Azure-AsyncOperation": foreign, "Location": foreign}
    wired.fault(UPGRADE, {"headers": headers})
    assert wired.gateway.upgrade(wired.set_id, ["5"], REQUEST_ID).operation is None
    assert wired.gateway.poll(foreign).status is OperationStatus.UNKNOWN
    inside = f"{wired.simulator.endpoint}/subscriptions/../_simulator/ledger"
    assert wired.gateway.poll(inside).status is OperationStatus.UNKNOWN


@pytest.mark.parametrize(
    "action",
    [{"status": 404}, {"status": 410}, {"html": True}, {"status": 500}, {"body": ""}, {"body": {}}],
    ids=str,
)
def test_an_operation_that_cannot_be_asked_is_unknown(wire: Wire, action: dict[str, Any]) -> None:
    wired = wire()
    accepted = wired.gateway.upgrade(wired.set_id, ["5"], REQUEST_ID)
    assert accepted.operation is not None
    wired.fault("/operations/", action, times=None)
    assert wired.gateway.poll(accepted.operation).status is OperationStatus.UNKNOWN


def test_an_id_that_is_no_member_is_named(wire: Wire) -> None:
    wired = wire()
    with pytest.raises(StaleIds) as refused:
        wired.gateway.upgrade(wired.set_id, ["5", "2143"], REQUEST_ID)
    assert refused.value.instance_ids == ("2143",)
    assert wired.upgraded() == []


def test_a_model_written_meanwhile_is_not_overwritten(wire: Wire) -> None:
    wired = wire()
    read = wired.gateway.read_model(wired.set_id)
    wired.edit(**{"tags": {"env": "mine"}})
    assert read.etag is not None
    with pytest.raises(Changed) as refused:
        wired.gateway.patch(wired.set_id, {"tags": {"env": "yours"}}, read.etag, REQUEST_ID)
    assert (refused.value.status, refused.value.code) == (412, "PreconditionFailed")
    fresh = wired.gateway.read_model(wired.set_id)
    assert fresh.etag is not None
    body = {"sku": {"name": "Standard_D8s_v5", "tier": "Standard", "capacity": 100}}
    assert isinstance(wired.gateway.patch(wired.set_id, body, fresh.etag, REQUEST_ID), Accepted)
    assert wired.gateway.read_model(wired.set_id).vm_size == "Standard_D8s_v5"


def test_a_model_write_whose_answer_is_cut_is_unknown_and_not_repeated(wire: Wire) -> None:
    wired = wire()
    read = wired.gateway.read_model(wired.set_id)
    assert read.etag is not None
    wired.fault("web-vmss$", {"cut": True})
    with pytest.raises(Unknown):
        wired.gateway.patch(wired.set_id, {"tags": {"env": "mine"}}, read.etag, REQUEST_ID)
    assert len(wired.requested("PATCH")) == 1
    assert dict(wired.gateway.read_model(wired.set_id).tags) == {"env": "mine"}


def test_a_broken_tls_session_is_not_taken_for_a_request_that_was_not_sent() -> None:
    for cause, meant in (
        (ssl.SSLCertVerificationError("self-signed"), Refused),
        (ssl.SSLError("decryption failed in the middle"), Unknown),
        (ConnectionRefusedError("refused"), Refused),
    ):

        class Broken:
            def send_request(self, *_: object, error: Exception = cause, **__: object) -> Any:
                raise ServiceRequestError("broken", error=error) from error

            def close(self) -> None: ...

        sender = Sender(Broken(), Signer(SimulatorCredential()), Patience())
        with pytest.raises(meant):
            sender.write("POST", "https://management.azure.com/x", {}, {})


@pytest.mark.parametrize("etag", ["", "*"])
def test_a_model_is_never_overwritten_blindly(wire: Wire, etag: str) -> None:
    wired = wire()
    with pytest.raises(Refused, match="no etag"):
        wired.gateway.patch(wired.set_id, {"tags": {}}, etag, REQUEST_ID)
    assert wired.requested("PATCH") == []


@pytest.mark.parametrize("action", list(Power))
def test_every_power_action_reaches_exactly_one_instance(wire: Wire, action: Power) -> None:
    wired = wire()
    assert wired.gateway.power(wired.set_id, action, ["7"], REQUEST_ID).operation
    assert wired.requested("POST") == [f"{wired.set_id.resource_id}/{action.value}"]


# Rules of the pipeline


def test_a_read_only_session_sends_no_write_at_all(wire: Wire) -> None:
    wired = wire(read_only=True)
    model = wired.gateway.read_model(wired.set_id)
    assert model.etag is not None
    with pytest.raises(ReadOnly):
        wired.gateway.upgrade(wired.set_id, ["5"], REQUEST_ID)
    with pytest.raises(ReadOnly):
        wired.gateway.patch(wired.set_id, {"tags": {}}, model.etag, REQUEST_ID)
    with pytest.raises(ReadOnly):
        wired.gateway.power(wired.set_id, Power.DELETE, ["5"], REQUEST_ID)
    assert [wired.requested(method) for method in ("POST", "PATCH", "DELETE", "PUT")] == [[]] * 4


def test_a_proxy_of_the_environment_is_not_used_for_loopback(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    wired = wire()
    monkeypatch.delenv("NO_PROXY")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert wired.gateway.read_model(wired.set_id).capacity == 100


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://management.azure.com",
        "http://10.0.0.1:8080",
        "http://127.0.0.1@evil.example",
        "https://management.azure.com/path",
        "https://arm.example",
        "ftp://127.0.0.1",
    ],
)
def test_plain_http_is_for_loopback_and_other_hosts_need_an_authority(endpoint: str) -> None:
    with pytest.raises(BadSetting):
        connect(endpoint=endpoint)


def test_an_authority_of_another_cloud_is_an_error_at_start() -> None:
    with pytest.raises(BadSetting, match="does not belong"):
        choose_cloud("usgov", authority="https://login.microsoftonline.com")
    with pytest.raises(BadSetting, match="belongs to cloud china"):
        choose_cloud("usgov", "https://management.chinacloudapi.cn")
    with pytest.raises(BadSetting, match="belongs to another cloud"):
        choose_cloud("custom", "https://arm.local", "https://login.microsoftonline.us")
    assert choose_cloud("usgov").scope == "https://management.core.usgovcloudapi.net/.default"
    assert choose_cloud("custom", "https://arm.local", "adfs.local").authority == "adfs.local"


def test_what_a_context_says_leads_back_to_the_same_place() -> None:
    first = connect(endpoint="http://127.0.0.1:8080/", credential="cli")
    said = first.context
    again = connect(cloud=said.cloud, endpoint=said.endpoint, credential=said.credential)
    assert again.context == said
    with pytest.raises(BadSetting, match="not known"):
        choose_cloud("simulator")


def test_a_host_is_the_same_with_and_without_its_default_port() -> None:
    origin = Origin.of("https://management.azure.com")
    assert origin.serves("https://Management.Azure.com:443/subscriptions")
    assert not origin.serves("https://management.azure.com:8443/subscriptions")
    assert not origin.serves("http://management.azure.com/subscriptions")
    assert not origin.serves("https://management.azure.com@evil.example/")
    assert not origin.serves("https://management.azure.com:99999999/")


def test_threads_that_meet_no_token_fetch_one() -> None:
    from azure.core.credentials import AccessTokenInfo

    fetched = []

    class Counting:
        def get_token_info(self, *scopes: str, options: object = None) -> AccessTokenInfo:
            fetched.append(scopes)
            return AccessTokenInfo("token", 10_000)

    signer = Signer(Counting(), now=lambda: 0.0)
    threads = [Thread(target=signer.get_token_info, args=("scope",)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(fetched) == 1
    signer.get_token_info("scope", options={"claims": "{}"})
    signer.forget()
    signer.get_token_info("scope")
    assert len(fetched) == 3


def test_a_principal_is_read_from_a_token_for_display() -> None:
    import base64
    import json

    def token(**claims: object) -> str:
        body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
        return f"eyJ0eXAi.{body}.signature"

    assert principal_of(token(upn="ada@contoso.com", tid="t-1")).name == "ada@contoso.com"
    assert principal_of(token(appid="app-1", oid="o-1", tid="t-1")).name == "app-1"
    assert principal_of(token(upn="\x1b]0;x\x07")).name == "␛]0;x␇"
    for odd in ("", "simulator", "a.b.c", token(upn=7), "a.W10.c"):
        assert principal_of(odd).name == ""


def test_a_retry_after_is_clamped_and_a_malformed_one_ignored() -> None:
    def said(**headers: str) -> float | None:
        return retry_after({key.replace("_", "-"): value for key, value in headers.items()})

    assert said(retry_after="17") == 17
    assert said(retry_after="36000") == 300
    assert said(retry_after="0") == 1
    assert said(x_ms_retry_after_ms="2500") == 2.5
    for malformed in ("inf", "nan", "-5", "soon", "", "1e9", "٣"):
        assert said(retry_after=malformed) is None
    date = "Mon, 26 Aug 2024 08:55:39 GMT"
    assert said(retry_after="Mon, 26 Aug 2024 08:55:59 GMT", date=date) == 20
    assert said(retry_after="Mon, 26 Aug 2024 08:55:59 GMT") is None


def test_remaining_budgets_are_read_from_one_header_or_several() -> None:
    joined = "Microsoft.Compute/HighCostGetVMScaleSetResource;29, Microsoft.Compute/X;7,odd,Y;-1"
    assert remaining({"x-ms-ratelimit-remaining-resource": joined}) == {
        "HighCostGetVMScaleSetResource": 29,
        "X": 7,
    }


def test_odd_names_never_reach_a_request(wire: Wire) -> None:
    wired = wire()
    odd = ScaleSetId(wired.set_id.subscription_id, "web-rg/../..", "web-vmss")
    with pytest.raises(BadName):
        wired.gateway.observe(odd)
    with pytest.raises(BadName):
        wired.gateway.read_instance(wired.set_id, "7?api-version=1")
    assert all("virtualMachines" not in path for path in wired.requested("GET"))


def test_the_arm_gateway_keeps_the_protocol(wire: Wire) -> None:
    gateway: Gateway = wire().gateway
    assert gateway.context.cloud == "simulator"


def test_a_write_that_azure_challenges_is_not_sent_again_and_a_read_is(wire: Wire) -> None:
    claims = base64.b64encode(b'{"access_token":{}}').decode()
    challenge = f'Bearer error="insufficient_claims", claims="{claims}"'
    answer = {"status": 401, "headers": {"WWW-Authenticate": challenge}, "body": {}}
    wired = wire()
    wired.fault("manualupgrade$", answer)
    with pytest.raises(NotSignedIn):
        wired.gateway.upgrade(wired.set_id, ["5"], REQUEST_ID)
    assert len(wired.requested("POST")) == 1
    wired.fault("web-vmss$", answer)
    assert wired.gateway.read_model(wired.set_id).capacity == 100

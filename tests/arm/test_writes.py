"""Writes of the ARM gateway: sent once, with three possible results (accepted, refused, unknown).

Effects are counted in the ledger of the simulator.
"""

import base64
import ssl
from collections.abc import Callable
from typing import Any

import pytest
from azure.core.exceptions import ServiceRequestError

from tests.support.gateway_harness import REQUEST_ID, UPGRADE, GatewayFactory
from vmss_tui.arm.transport.credentials import CachedCredential, SimulatorCredential
from vmss_tui.arm.transport.pipeline import RetryPolicy
from vmss_tui.arm.transport.send import RequestSender
from vmss_tui.fleet.scale_set import State
from vmss_tui.gateway import (
    Accepted,
    Busy,
    InvalidInstanceIds,
    NotAllowed,
    NotFound,
    NotSignedIn,
    OperationStatus,
    PowerAction,
    PreconditionFailed,
    Refused,
    RollingUpgradeAction,
    Throttled,
    UnclearConflict,
    Unknown,
)


def test_an_upgrade_is_sent_once_with_exactly_the_ids_given(wire: GatewayFactory) -> None:
    wired = wire()
    accepted = wired.gateway.upgrade(wired.set_id, ["11", "3"], REQUEST_ID)
    assert sorted(wired.upgraded()) == ["11", "3"]
    assert wired.requested_paths("POST") == [f"{wired.set_id.resource_id}/manualupgrade"]
    assert wired.request_ids("POST") == [REQUEST_ID]
    assert accepted.operation is not None
    assert wired.gateway.poll(accepted.operation).status is OperationStatus.IN_PROGRESS
    wired.simulator.clock.advance(900)
    assert wired.gateway.poll(accepted.operation).status is OperationStatus.SUCCEEDED
    by_id = wired.gateway.observe(wired.set_id).by_id
    assert {by_id[instance_id].state for instance_id in ("3", "11")} == {State.CURRENT}


@pytest.mark.parametrize("instance_ids", [[], ["*"], ["1", "*"], ["1/../2"], "12", [""]])
def test_a_write_without_explicit_ids_is_refused_here(
    wire: GatewayFactory, instance_ids: Any
) -> None:
    wired = wire()
    with pytest.raises(ValueError, match="id"):
        wired.gateway.upgrade(wired.set_id, instance_ids, REQUEST_ID)
    with pytest.raises(ValueError, match="id"):
        wired.gateway.power(wired.set_id, PowerAction.DELETE, instance_ids, REQUEST_ID)
    assert wired.requested_paths("POST") == []


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
    wire: GatewayFactory, action: dict[str, Any], effects: int
) -> None:
    wired = wire()
    wired.fault(UPGRADE, action)
    with pytest.raises(Unknown):
        wired.gateway.upgrade(wired.set_id, ["5"], REQUEST_ID)
    assert wired.upgraded() == ["5"] * effects
    assert wired.requested_paths("POST") == [f"{wired.set_id.resource_id}/manualupgrade"]
    assert wired.waits == []


def test_a_server_that_never_answers_a_write_leaves_it_unknown(wire: GatewayFactory) -> None:
    wired = wire(read_timeout=0.2)
    wired.fault(UPGRADE, {"hang": 5})
    with pytest.raises(Unknown):
        wired.gateway.upgrade(wired.set_id, ["5"], REQUEST_ID)
    assert len(wired.requested_paths("POST")) <= 1


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "BadRequest", Refused),
        (401, "ExpiredAuthenticationToken", NotSignedIn),
        (403, "AuthorizationFailed", NotAllowed),
        (404, "ResourceNotFound", NotFound),
        (409, "Conflict", Busy),
        (412, "PreconditionFailed", PreconditionFailed),
    ],
)
def test_a_refused_write_did_not_happen_and_is_not_repeated(
    wire: GatewayFactory, status: int, code: str, kind: type[Exception]
) -> None:
    wired = wire()
    body = {"error": {"code": code, "message": "no"}}
    wired.fault(UPGRADE, {"status": status, "body": body, "headers": {"Retry-After": "1"}})
    with pytest.raises(kind):
        wired.gateway.upgrade(wired.set_id, ["5"], REQUEST_ID)
    assert (wired.upgraded(), len(wired.requested_paths("POST"))) == ([], 1)


def test_a_locked_scope_is_refused_and_not_called_busy(wire: GatewayFactory) -> None:
    wired = wire()
    body = {"error": {"code": "ScopeLocked", "message": "The scope is locked."}}
    wired.fault(UPGRADE, {"status": 409, "body": body})
    with pytest.raises(Refused) as refused:
        wired.gateway.upgrade(wired.set_id, ["5"], REQUEST_ID)
    assert not isinstance(refused.value, Busy)


def test_a_409_that_does_not_say_whether_it_passes_is_sent_once_by_each_kind_of_write(
    wire: GatewayFactory,
) -> None:
    wired = wire()
    gateway, target = wired.gateway, wired.set_id
    policy = gateway.read_protection(target, "5")
    etag = gateway.read_model(target).etag or ""
    writes: dict[str, Callable[[], object]] = {
        "POST": lambda: gateway.power(target, PowerAction.RESTART, ["5"], REQUEST_ID),
        "PATCH": lambda: gateway.patch(target, {"tags": {"a": "b"}}, etag, REQUEST_ID),
        "PUT": lambda: gateway.protect(target, "5", policy, REQUEST_ID),
    }
    body = {"error": {"code": "OperationNotAllowed", "message": "It cannot be so."}}
    for method, write in writes.items():
        wired.fault("/web-vmss", {"status": 409, "body": body}, method=method, times=None)
        with pytest.raises(UnclearConflict, match="either another operation is in progress, or"):
            write()
        assert len(wired.requested_paths(method)) == 1
    with pytest.raises(UnclearConflict):
        gateway.maintenance.request_rolling_upgrade(
            target, RollingUpgradeAction.START_OS, REQUEST_ID
        )


def test_an_unregistered_provider_does_not_make_the_sdk_send_again(wire: GatewayFactory) -> None:
    wired = wire()
    body = {"error": {"code": "MissingSubscriptionRegistration", "message": "not registered"}}
    wired.fault(UPGRADE, {"status": 409, "body": body})
    with pytest.raises(Refused):
        wired.gateway.upgrade(wired.set_id, ["5"], REQUEST_ID)
    assert len(wired.requested_paths("POST")) == 1


@pytest.mark.parametrize("retry_after", ["17", None, "inf", "36000", "-5", "soon"])
def test_a_throttled_write_did_not_happen_and_is_not_repeated(
    wire: GatewayFactory, retry_after: str | None
) -> None:
    wired = wire()
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    wired.fault(UPGRADE, {"status": 429, "headers": headers})
    with pytest.raises(Throttled) as caught:
        wired.gateway.upgrade(wired.set_id, ["5"], REQUEST_ID)
    assert 1 <= caught.value.retry_after <= 300
    assert (wired.upgraded(), len(wired.requested_paths("POST")), wired.waits) == ([], 1, [])


def test_an_accepted_write_without_an_operation_url_has_none(wire: GatewayFactory) -> None:
    wired = wire()
    wired.fault(UPGRADE, {"strip_lro_headers": True})
    assert wired.gateway.upgrade(wired.set_id, ["5"], REQUEST_ID).operation is None
    assert wired.upgraded() == ["5"]


def test_an_operation_on_another_host_is_neither_kept_nor_asked(wire: GatewayFactory) -> None:
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
def test_an_operation_that_cannot_be_asked_is_unknown(
    wire: GatewayFactory, action: dict[str, Any]
) -> None:
    wired = wire()
    accepted = wired.gateway.upgrade(wired.set_id, ["5"], REQUEST_ID)
    assert accepted.operation is not None
    wired.fault("/operations/", action, times=None)
    assert wired.gateway.poll(accepted.operation).status is OperationStatus.UNKNOWN


def test_an_id_that_is_no_member_is_named(wire: GatewayFactory) -> None:
    wired = wire()
    with pytest.raises(InvalidInstanceIds) as refused:
        wired.gateway.upgrade(wired.set_id, ["5", "2143"], REQUEST_ID)
    assert refused.value.instance_ids == ("2143",)
    assert wired.upgraded() == []


def test_a_model_written_meanwhile_is_not_overwritten(wire: GatewayFactory) -> None:
    wired = wire()
    read = wired.gateway.read_model(wired.set_id)
    wired.edit(**{"tags": {"env": "mine"}})
    assert read.etag is not None
    with pytest.raises(PreconditionFailed) as refused:
        wired.gateway.patch(wired.set_id, {"tags": {"env": "yours"}}, read.etag, REQUEST_ID)
    assert (refused.value.status, refused.value.code) == (412, "PreconditionFailed")
    fresh = wired.gateway.read_model(wired.set_id)
    assert fresh.etag is not None
    body = {"sku": {"name": "Standard_D8s_v5", "tier": "Standard", "capacity": 100}}
    assert isinstance(wired.gateway.patch(wired.set_id, body, fresh.etag, REQUEST_ID), Accepted)
    assert wired.gateway.read_model(wired.set_id).vm_size == "Standard_D8s_v5"


def test_a_model_write_whose_answer_is_cut_is_unknown_and_not_repeated(
    wire: GatewayFactory,
) -> None:
    wired = wire()
    read = wired.gateway.read_model(wired.set_id)
    assert read.etag is not None
    wired.fault("web-vmss$", {"cut": True})
    with pytest.raises(Unknown):
        wired.gateway.patch(wired.set_id, {"tags": {"env": "mine"}}, read.etag, REQUEST_ID)
    assert len(wired.requested_paths("PATCH")) == 1
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

        sender = RequestSender(Broken(), CachedCredential(SimulatorCredential()), RetryPolicy())
        sender.prepare_write()
        with pytest.raises(meant):
            sender.write("POST", "https://management.azure.com/x", {}, {})


@pytest.mark.parametrize("etag", ["", "*"])
def test_a_model_is_never_overwritten_blindly(wire: GatewayFactory, etag: str) -> None:
    wired = wire()
    with pytest.raises(Refused, match="no etag"):
        wired.gateway.patch(wired.set_id, {"tags": {}}, etag, REQUEST_ID)
    assert wired.requested_paths("PATCH") == []


@pytest.mark.parametrize("action", list(PowerAction))
def test_every_power_action_reaches_exactly_one_instance(
    wire: GatewayFactory, action: PowerAction
) -> None:
    wired = wire()
    assert wired.gateway.power(wired.set_id, action, ["7"], REQUEST_ID).operation
    assert wired.requested_paths("POST") == [f"{wired.set_id.resource_id}/{action.value}"]


def test_a_write_that_azure_challenges_is_not_sent_again_and_a_read_is(
    wire: GatewayFactory,
) -> None:
    claims = base64.b64encode(b'{"access_token":{}}').decode()
    challenge = f'Bearer error="insufficient_claims", claims="{claims}"'
    answer = {"status": 401, "headers": {"WWW-Authenticate": challenge}, "body": {}}
    wired = wire()
    wired.fault("manualupgrade$", answer)
    with pytest.raises(NotSignedIn):
        wired.gateway.upgrade(wired.set_id, ["5"], REQUEST_ID)
    assert len(wired.requested_paths("POST")) == 1
    wired.fault("web-vmss$", answer)
    assert wired.gateway.read_model(wired.set_id).capacity == 100

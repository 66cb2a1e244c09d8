"""Rules of the HTTP pipeline: read-only mode, proxies, hosts, tokens and headers."""

from threading import Thread

import pytest

from tests.support.gateway_harness import REQUEST_ID, GatewayFactory
from vmss_tui.arm.connect import connect
from vmss_tui.arm.transport.clouds import InvalidSetting, choose_cloud
from vmss_tui.arm.transport.credentials import CachedCredential, parse_principal
from vmss_tui.arm.transport.pipeline import Origin, remaining_requests, retry_after
from vmss_tui.fleet.scale_set_id import BadName, ScaleSetId
from vmss_tui.gateway import (
    Gateway,
    PowerAction,
    ReadOnly,
)


def test_a_read_only_session_sends_no_write_at_all(wire: GatewayFactory) -> None:
    wired = wire(read_only=True)
    model = wired.gateway.read_model(wired.set_id)
    assert model.etag is not None
    with pytest.raises(ReadOnly):
        wired.gateway.upgrade(wired.set_id, ["5"], REQUEST_ID)
    with pytest.raises(ReadOnly):
        wired.gateway.patch(wired.set_id, {"tags": {}}, model.etag, REQUEST_ID)
    with pytest.raises(ReadOnly):
        wired.gateway.power(wired.set_id, PowerAction.DELETE, ["5"], REQUEST_ID)
    assert [wired.requested_paths(method) for method in ("POST", "PATCH", "DELETE", "PUT")] == [
        []
    ] * 4


def test_a_proxy_of_the_environment_is_not_used_for_loopback(
    wire: GatewayFactory, monkeypatch: pytest.MonkeyPatch
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
    with pytest.raises(InvalidSetting):
        connect(endpoint=endpoint)


def test_an_authority_of_another_cloud_is_an_error_at_start() -> None:
    with pytest.raises(InvalidSetting, match="does not belong"):
        choose_cloud("usgov", authority="https://login.microsoftonline.com")
    with pytest.raises(InvalidSetting, match="belongs to cloud china"):
        choose_cloud("usgov", "https://management.chinacloudapi.cn")
    with pytest.raises(InvalidSetting, match="belongs to another cloud"):
        choose_cloud("custom", "https://arm.local", "https://login.microsoftonline.us")
    assert choose_cloud("usgov").scope == "https://management.core.usgovcloudapi.net/.default"
    assert choose_cloud("custom", "https://arm.local", "adfs.local").authority == "adfs.local"


def test_a_context_connects_to_the_same_endpoint_again() -> None:
    first = connect(endpoint="http://127.0.0.1:8080/", credential="cli")
    context = first.context
    again = connect(cloud=context.cloud, endpoint=context.endpoint, credential=context.credential)
    assert again.context == context
    with pytest.raises(InvalidSetting, match="not known"):
        choose_cloud("simulator")


def test_a_host_is_the_same_with_and_without_its_default_port() -> None:
    origin = Origin.of("https://management.azure.com")
    assert origin.serves("https://Management.Azure.com:443/subscriptions")
    assert not origin.serves("https://management.azure.com:8443/subscriptions")
    assert not origin.serves("http://management.azure.com/subscriptions")
    assert not origin.serves("https://management.azure.com@evil.example/")
    assert not origin.serves("https://management.azure.com:99999999/")


def test_threads_without_a_token_fetch_only_one() -> None:
    from azure.core.credentials import AccessTokenInfo

    fetched = []

    class Counting:
        def get_token_info(self, *scopes: str, options: object = None) -> AccessTokenInfo:
            fetched.append(scopes)
            return AccessTokenInfo("token", 10_000)

    signer = CachedCredential(Counting(), now=lambda: 0.0)
    threads = [Thread(target=signer.get_token_info, args=("scope",)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(fetched) == 1
    signer.get_token_info("scope", options={"claims": "{}"})
    signer.discard_token()
    signer.get_token_info("scope")
    assert len(fetched) == 3


def test_a_principal_is_read_from_a_token_for_display() -> None:
    import base64
    import json

    def token(**claims: object) -> str:
        body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
        return f"eyJ0eXAi.{body}.signature"

    assert parse_principal(token(upn="ada@contoso.com", tid="t-1")).name == "ada@contoso.com"
    assert parse_principal(token(appid="app-1", oid="o-1", tid="t-1")).name == "app-1"
    assert parse_principal(token(upn="\x1b]0;x\x07")).name == "␛]0;x␇"
    for odd in ("", "simulator", "a.b.c", token(upn=7), "a.W10.c"):
        assert parse_principal(odd).name == ""


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
    assert remaining_requests({"x-ms-ratelimit-remaining-resource": joined}) == {
        "HighCostGetVMScaleSetResource": 29,
        "X": 7,
    }


def test_odd_names_never_reach_a_request(wire: GatewayFactory) -> None:
    wired = wire()
    odd = ScaleSetId(wired.set_id.subscription_id, "web-rg/../..", "web-vmss")
    with pytest.raises(BadName):
        wired.gateway.observe(odd)
    with pytest.raises(BadName):
        wired.gateway.read_instance(wired.set_id, "7?api-version=1")
    assert all("virtualMachines" not in path for path in wired.requested_paths("GET"))


def test_the_arm_gateway_keeps_the_protocol(wire: GatewayFactory) -> None:
    gateway: Gateway = wire().gateway
    assert gateway.context.cloud == "simulator"

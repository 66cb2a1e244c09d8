"""Addresses of an instance: read from Microsoft.Network on a key, for one instance only."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import canned_gateway as canned
from tests.support.bench import Bench
from tests.support.fake_session import FakeServices
from tests.support.fleets import SUBSCRIPTION, view, web
from tests.support.pilot import run_dashboard
from vmss_tui.arm.transport.urls import ArmUrls
from vmss_tui.fleet.scale_set_id import BadName, ScaleSetId
from vmss_tui.gateway import GatewayError, InvalidResponse, NetworkAddress, NotFound, Throttled
from vmss_tui.ui.text.addresses import address_lines

Make = Callable[..., Bench]
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/web-rg"
PUBLIC = f"{GROUP}/providers/Microsoft.Network/publicIPAddresses/pub"
CARDS = "virtualMachineProfile.networkProfile.networkInterfaceConfigurations"


def give_public_addresses(bench: Bench) -> None:
    """Another operator gives each new machine of the model a public address of its own."""
    model: Any = bench.gateway.read_model(bench.set_id).raw
    properties = model["properties"]
    cards = properties["virtualMachineProfile"]["networkProfile"]["networkInterfaceConfigurations"]
    configuration = cards[0]["properties"]["ipConfigurations"][0]
    configuration["properties"]["publicIPAddressConfiguration"] = {"name": "pub"}
    bench.edit(**{f"properties.{CARDS}": cards})


# Asking Azure


def test_an_instance_is_reached_at_its_private_address(make_bench: Make) -> None:
    bench = make_bench("web-100")
    assert bench.gateway.read_addresses(bench.set_id, "3") == (
        NetworkAddress("web-vmss-nic", "10.0.0.7", subnet="web-vmss-vnet/default"),
    )
    (request,) = bench.requests("GET", "/networkInterfaces")
    assert request["path"] == f"{bench.set_id.resource_id}/virtualMachines/3/networkInterfaces"


def test_an_address_of_its_own_costs_a_second_request(make_bench: Make) -> None:
    bench = make_bench("web-100")
    give_public_addresses(bench)
    assert [
        read_address.public_ip for read_address in bench.gateway.read_addresses(bench.set_id, "3")
    ] == [""]
    bench.gateway.prepare_write()
    bench.gateway.upgrade(bench.set_id, ["3"], "r")
    bench.simulator.clock.advance(900)
    (address,) = bench.gateway.read_addresses(bench.set_id, "3")
    assert (address.private_ip, address.public_ip, address.remark) == ("10.0.0.7", "20.64.0.7", "")


def test_machines_of_a_flexible_set_have_cards_in_the_group(make_bench: Make) -> None:
    bench = make_bench("flexible")
    give_public_addresses(bench)
    name = bench.services.queries.observe(bench.set_id).instances[0].instance_id
    (address,) = bench.gateway.read_addresses(bench.set_id, name)
    assert address.private_ip.startswith("10.0.0.")
    assert address.subnet == f"{bench.set_id.name}-vnet/default"
    cards = "/providers/microsoft.network/networkinterfaces/"
    (listing,) = [request for request in bench.requests("GET") if cards in request["path"].lower()]
    assert listing["path"].endswith(address.network_interface)


def test_an_instance_that_is_gone_is_missing(make_bench: Make) -> None:
    bench = make_bench("web-100")
    with pytest.raises(NotFound):
        bench.gateway.read_addresses(bench.set_id, "777")


def test_a_right_that_is_missing_costs_the_public_address_alone(make_bench: Make) -> None:
    bench = make_bench("web-100")
    give_public_addresses(bench)
    bench.gateway.prepare_write()
    bench.gateway.upgrade(bench.set_id, ["3"], "r")
    bench.simulator.clock.advance(900)
    error = {"code": "AuthorizationFailed", "message": "no right to read it"}
    bench.fault(".*/publicIPAddresses/.*", {"status": 403, "body": {"error": error}})
    (address,) = bench.gateway.read_addresses(bench.set_id, "3")
    assert (address.private_ip, address.public_ip) == ("10.0.0.7", "")
    assert "AuthorizationFailed" in address.remark


def test_throttling_is_reported_and_is_not_a_missing_address(make_bench: Make) -> None:
    bench = make_bench("web-100")
    bench.fault(".*/networkInterfaces", {"status": 429, "headers": {"Retry-After": "120"}})
    with pytest.raises(Throttled):
        bench.gateway.read_addresses(bench.set_id, "3")


# What Azure may say


def card(**configuration: Any) -> dict[str, Any]:
    """A network interface with one IP configuration."""
    held = [{"name": "ip", "properties": configuration}]
    return {"name": "nic0", "properties": {"ipConfigurations": held}}


def answered(*answers: Any) -> tuple[NetworkAddress, ...]:
    """The addresses read from a list of network interfaces and the responses after it."""
    set_id = ScaleSetId(SUBSCRIPTION, "web-rg", "web-vmss")
    model = {
        "id": set_id.resource_id,
        "name": "web-vmss",
        "location": "westeurope",
        "properties": {"orchestrationMode": "Uniform"},
    }
    gateway = canned.canned_gateway(*(canned.json_reply(reply) for reply in (model, *answers)))
    return tuple(gateway.read_addresses(set_id, "3"))


@pytest.mark.parametrize(
    ("cards", "expected"),
    [
        ([], ()),
        ([{"name": "nic0"}], ()),
        ([{"name": "nic0", "properties": {"ipConfigurations": [None, {"name": "x"}]}}], ()),
        ([card()], (NetworkAddress("nic0"),)),
        ([card(privateIPAddress=7, subnet="odd")], (NetworkAddress("nic0"),)),
        ([card(privateIPAddress="10.1.0.4\x1b[31m")], (NetworkAddress("nic0", "10.1.0.4␛[31m"),)),
        ([card(privateIPAddress="a"), card(privateIPAddress="b")],
         (NetworkAddress("nic0", "a"), NetworkAddress("nic0", "b"))),
    ],
)  # fmt: skip
def test_network_interfaces_are_translated(
    cards: Any, expected: tuple[NetworkAddress, ...]
) -> None:
    assert answered({"value": cards}) == expected


def test_a_public_address_may_be_there_and_not_given_yet() -> None:
    cards = {"value": [card(privateIPAddress="10.1.0.4", publicIPAddress={"id": PUBLIC})]}
    assert answered(cards, {"name": "pub", "properties": {"ipAddress": "20.1.2.3"}}) == (
        NetworkAddress("nic0", "10.1.0.4", "20.1.2.3"),
    )
    assert answered(cards, {"name": "pub", "properties": {}}) == (
        NetworkAddress("nic0", "10.1.0.4"),
    )


@pytest.mark.parametrize(
    "resource_id",
    [
        "https://evil.example/publicIPAddresses/x",
        "/subscriptions/x/providers/Microsoft.Network/publicIPAddresses/x",
        f"{PUBLIC}?x=1",
        f"{PUBLIC}/../../x",
        f"{GROUP}/providers/Microsoft.Network/../publicIPAddresses/x",
        f"{GROUP}/providers/Microsoft.KeyVault/publicIPAddresses/x",
        f"{GROUP}/providers/Microsoft.Network/publicIPAddresses/x\n",
    ],
)
def test_an_id_that_is_no_network_resource_is_never_requested(resource_id: str) -> None:
    with pytest.raises(BadName):
        ArmUrls(canned.ENDPOINT).network_resource(resource_id)
    cards = {"value": [card(privateIPAddress="10.1.0.4", publicIPAddress={"id": resource_id})]}
    (address,) = answered(cards, {"properties": {"ipAddress": "6.6.6.6"}})
    assert (address.private_ip, address.public_ip) == ("10.1.0.4", "")
    assert "neither a NIC nor a public IP address" in address.remark


def test_what_is_no_list_of_cards_is_damaged() -> None:
    with pytest.raises(InvalidResponse):
        answered({"value": "cards"})


_trees = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | st.text(max_size=3) | st.just(PUBLIC),
    lambda inner: st.lists(inner, max_size=2)
    | st.dictionaries(
        st.sampled_from(["value", "name", "properties", "ipConfigurations", "privateIPAddress",
                         "publicIPAddress", "ipAddress", "subnet", "id"]),
        inner, max_size=3,
    ),
    max_leaves=12,
)  # fmt: skip


@given(st.lists(_trees, max_size=2), _trees)
def test_no_answer_about_cards_makes_a_traceback(cards: object, public: object) -> None:
    try:
        addresses = answered({"value": cards}, public)
    except GatewayError:
        return
    assert all(isinstance(address.private_ip + address.public_ip, str) for address in addresses)


# On the screen


def test_a_missing_address_is_shown_with_its_time() -> None:
    assert address_lines([NetworkAddress("nic0")], "12:00:00") == (
        ("private IP", "none"),
        ("read at", "12:00:00"),
    )


async def test_the_at_key_reads_the_addresses_and_the_detail_keeps_them() -> None:
    services = FakeServices()
    async with run_dashboard(services, size=(200, 60)) as screen:
        assert "private IP" not in screen.text
        await screen.press("@")
        assert "IP addresses: instance 0 of web-rg/web-vmss" in screen.text
        assert "private IP  10.0.0.4" in screen.text
        assert "public IP   20.0.0.4" in screen.text
        await screen.press("c")
        assert screen.app.clipboard == "10.0.0.4"
        assert "10.0.0.4" in screen.line("esc close")
        await screen.press("escape")
        assert "10.0.0.4" in screen.line("private IP ")
        assert "20.0.0.4" in screen.line("public IP ")
        assert "12:04:31" in screen.line("read at ")
        await screen.press("l")
        assert "10.0.0.4" not in screen.text
        assert services.queries.address_requests == ["0"]


async def test_another_machine_with_the_same_id_does_not_inherit_an_address() -> None:
    services = FakeServices()
    async with run_dashboard(services, size=(200, 60)) as screen:
        await screen.press("@", "escape")
        assert "10.0.0.4" in screen.text
        first, *others = web().instances
        reborn = msgspec.structs.replace(first, vm_id="another")
        await screen.report(view(replace(web(), instances=(reborn, *others))))
        assert "10.0.0.4" not in screen.text

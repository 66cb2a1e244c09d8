"""Network interfaces of an instance, as lists of instances contain them."""

import json
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.bench import Bench
from tests.support.fake_session import FakeServices
from tests.support.fleets import web
from tests.support.paths import EXCHANGES
from tests.support.pilot import run_dashboard
from vmss_tui.arm.translate.instance import translate_instance
from vmss_tui.arm.wire.compute import InstanceWire
from vmss_tui.arm.wire.decode import decode_item
from vmss_tui.fleet.scale_set import Instance, NetworkInterface

NETWORKS = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network"


def translated(item: object) -> Instance:
    return translate_instance(decode_item(msgspec.json.encode(item), InstanceWire)[0])


def uniform(*subnets: object, name: object = "nic0") -> dict[str, Any]:
    """An instance with one network interface."""
    held = [{"properties": {"subnet": {"id": subnet}}} for subnet in subnets]
    card = {"name": name, "properties": {"ipConfigurations": held}}
    return {
        "instanceId": "0",
        "properties": {"networkProfileConfiguration": {"networkInterfaceConfigurations": [card]}},
    }


def test_a_recorded_list_names_each_card_and_its_subnet() -> None:
    file = EXCHANGES / "vms-list-5-uniform-mixed-updating-succeeded.json"
    held = json.loads(file.read_text(encoding="utf-8"))
    answer = held.get("exchanges", [held])[0]["response"]["body"]
    assert {translated(item).network_interfaces for item in answer["value"]} == {
        (NetworkInterface("vmss1e119Nic", "vmss1VNET/vmss1Subnet"),)
    }


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (uniform(f"{NETWORKS}/virtualNetworks/v/subnets/a"), (NetworkInterface("nic0", "v/a"),)),
        (uniform(f"{NETWORKS}/VIRTUALNETWORKS/v/subnets/a"), (NetworkInterface("nic0", "v/a"),)),
        (uniform(*[f"{NETWORKS}/virtualNetworks/v/subnets/{n}" for n in "aba"]),
         (NetworkInterface("nic0", "v/a, v/b"),)),
        (uniform("odd"), (NetworkInterface("nic0", "odd"),)),
        (uniform(), (NetworkInterface("nic0"),)),
        (uniform(None), (NetworkInterface("nic0"),)),
        (uniform(7, name=[]), ()),
        (uniform(name="\x1b[31mnic"), (NetworkInterface("␛[31mnic"),)),
        ({"instanceId": "0", "properties": {"networkProfile": {"networkInterfaces": [
            {"id": f"{NETWORKS}/networkInterfaces/nic-a"}, None, {"id": None}]}}},
         (NetworkInterface("nic-a"),)),
        ({"instanceId": "0", "properties": {"networkProfile": "odd"}}, ()),
        ({"instanceId": "0", "properties": {"networkProfileConfiguration": None}}, ()),
    ],
)  # fmt: skip
def test_network_fields_of_a_wrong_type_lose_no_instance(
    item: object, expected: tuple[NetworkInterface, ...]
) -> None:
    assert translated(item).network_interfaces == expected


_trees = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2)
    | st.dictionaries(
        st.sampled_from(
            ["networkInterfaceConfigurations", "networkInterfaces", "name", "id", "properties",
             "ipConfigurations", "subnet"]
        ),
        inner, max_size=3,
    ),
    max_leaves=12,
)  # fmt: skip


@given(_trees, _trees)
def test_no_network_at_all_makes_a_traceback(configurations: object, profile: object) -> None:
    held = {"networkProfileConfiguration": configurations, "networkProfile": profile}
    instance = translated({"instanceId": "0", "properties": held})
    assert instance.instance_id == "0"
    assert all(isinstance(card.subnets, str) and card.name for card in instance.network_interfaces)


@pytest.mark.parametrize("scenario", ["web-100", "flexible"])
def test_the_simulators_instances_name_their_cards(make_bench: Any, scenario: str) -> None:
    bench: Bench = make_bench(scenario)
    instances = bench.services.queries.observe(bench.set_id).instances
    assert all(instance.network_interfaces for instance in instances)
    assert len(bench.requests("GET", "/networkInterfaces")) == 0


async def test_the_detail_shows_network_interfaces_without_a_request() -> None:
    snapshot = web(odd=False)
    cards = (NetworkInterface("nic0", "shop/web"),)
    instances = [msgspec.structs.replace(i, network_interfaces=cards) for i in snapshot.instances]
    services = FakeServices(replace(snapshot, instances=tuple(instances)))
    async with run_dashboard(services) as screen:
        assert "nic0 · shop/web" in screen.line("NIC ")
        await screen.press("l", "j", "G")
        assert services.queries.observed_names == []

"""Instance mix: a set of several sizes, of which each machine has one and keeps it."""

from collections import Counter
from typing import Any

import pytest

from tests.simulator.handlers.flexible_machines import list_machines, machine_sizes
from tests.support.simulator_client import NEWER, ClientFactory, SimulatorClient

SIZES = ["Standard_D2as_v4", "Standard_D2as_v5", "Standard_D2s_v5"]


@pytest.fixture
def mixed(make_client: ClientFactory) -> SimulatorClient:
    """A client of the scenario instance-mix, without quotas."""
    return make_client("instance-mix", throttling=False)


def test_the_set_names_no_size_and_every_machine_has_a_real_one(mixed: SimulatorClient) -> None:
    body = mixed.get().json()
    assert body["sku"] == {"name": "Mix", "capacity": 9}
    assert body["properties"]["skuProfile"] == {
        "vmSizes": [{"name": size} for size in SIZES],
        "allocationStrategy": "CapacityOptimized",
    }
    assert Counter(machine_sizes(mixed).values()) == dict.fromkeys(SIZES, 3)


def test_an_upgrade_changes_the_image_and_leaves_every_machine_its_size(
    mixed: SimulatorClient,
) -> None:
    before = machine_sizes(mixed)
    mixed.patch_image_version(NEWER)
    assert mixed.get().json()["sku"] == {"name": "Mix", "capacity": 9}
    mixed.post("/manualupgrade", list(before))
    mixed.advance(200)
    machines = list_machines(mixed)
    references = [m["properties"]["storageProfile"]["imageReference"] for m in machines.values()]
    assert {reference["exactVersion"] for reference in references} == {NEWER}
    assert machine_sizes(mixed) == before


def test_new_machines_have_sizes_of_the_profile_and_usage_is_summed_by_size(
    mixed: SimulatorClient,
) -> None:
    def used(family: str) -> int:
        path = f"{mixed.subscription_path}/providers/Microsoft.Compute/locations/eastus2/usages"
        entries = mixed.send("GET", path).json()["value"]
        return sum(e["currentValue"] for e in entries if e["name"]["value"] == family)

    assert used("standardDSv5Family") == 2 * 3
    profile = {"vmSizes": [{"name": "Standard_D2s_v5"}, {"name": "Standard_D4s_v5"}]}
    changes: Any = {"sku": {"capacity": 13}, "properties": {"skuProfile": profile}}
    assert mixed.send("PATCH", mixed.set_path, changes).status_code == 200
    mixed.advance(300)
    assert Counter(machine_sizes(mixed).values()) == {
        **dict.fromkeys(SIZES, 3),
        "Standard_D2s_v5": 5,
        "Standard_D4s_v5": 2,
    }
    assert used("standardDSv5Family") == 2 * 5 + 4 * 2


@pytest.mark.parametrize(
    ("scenario", "body"),
    [
        ("flexible", {"sku": {"name": "Mix"}}),
        ("flexible", {"properties": {"skuProfile": {"vmSizes": [{"name": "Standard_B2s"}]}}}),
        ("flexible", {"properties": {"skuProfile": {"vmSizes": [{"rank": 1}]}}}),
        ("flexible", {"properties": {"skuProfile": {"vmSizes": "Standard_B2s"}}}),
        ("instance-mix", {"sku": {"name": "Standard_B2s"}}),
        (
            "web-100",
            {
                "sku": {"name": "Mix"},
                "properties": {"skuProfile": {"vmSizes": [{"name": "Standard_B2s"}]}},
            },
        ),
    ],
)
def test_a_mix_that_makes_no_sense_is_refused(
    make_client: ClientFactory, scenario: str, body: Any
) -> None:
    client = make_client(scenario)
    before = client.get().json()
    assert client.send("PATCH", client.set_path, body).status_code == 400
    assert client.get().json() == before

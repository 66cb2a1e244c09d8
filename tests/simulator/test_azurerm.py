"""A client other than the Azure SDK upgrades a scale set: azurerm 0.10, of the year 2018.

It is independent of vmss-tui, pages by `nextLink` alone, sends numbers where the SDK sends text
and text where it sends numbers, and polls no operation: the test reads the instances instead.
"""

import json
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from vmss_tui.simulator.server import Simulator

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import azurerm

NEWEST = "22.04.202601010"
TOKEN = "any"
GROUP, NAME = "web-rg", "web-vmss"


@pytest.fixture
def simulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    """A simulator as the endpoint of azurerm; only the test moves its time; lists have pages."""
    with Simulator("web-100", speed=0, page_size=30) as served:
        monkeypatch.setenv("AZURE_RM_ENDPOINT", served.endpoint)
        yield served


def instances(where: tuple[str, str, str, str]) -> dict[str, Any]:
    listed = azurerm.list_vmss_vms(*where)["value"]
    return {vm["instanceId"]: vm["properties"] for vm in listed}


def test_azurerm_performs_a_whole_upgrade(simulator: Simulator) -> None:
    subscription = simulator.subscription_id
    where = (TOKEN, subscription, GROUP, NAME)
    listed = azurerm.list_vmss_sub(TOKEN, subscription)["value"]
    assert [scale_set["name"] for scale_set in listed] == [NAME]

    model = azurerm.get_vmss(*where)
    storage = model["properties"]["virtualMachineProfile"]["storageProfile"]
    image = storage["imageReference"]
    versions = azurerm.list_sku_versions(
        TOKEN, subscription, "eastus", image["publisher"], image["offer"], image["sku"]
    )
    assert versions[-1]["name"] == NEWEST
    image["version"] = NEWEST
    response = azurerm.update_vmss(*where, json.dumps(model))
    assert (response.status_code, response.json()["properties"]["provisioningState"]) == (
        200,
        "Updating",
    )
    assert not any(vm["latestModelApplied"] for vm in instances(where).values())

    views = azurerm.list_vmss_vm_instance_view(*where)["value"]
    domains: dict[int, list[int]] = {}
    for vm in views:
        domain = vm["properties"]["instanceView"]["platformUpdateDomain"]
        domains.setdefault(domain, []).append(int(vm["instanceId"]))
    assert sorted(domains) == [0, 1, 2, 3, 4]
    for domain in sorted(domains):
        accepted = azurerm.upgrade_vmss_vms(*where, json.dumps(domains[domain]))
        assert accepted.status_code == 202
        simulator.clock.advance(30)
        states = [vm["provisioningState"] for vm in instances(where).values()]
        assert states.count("Updating") > 10
        simulator.clock.advance(120)
        done = [key for key, vm in instances(where).items() if vm["latestModelApplied"]]
        assert len(done) == 20 * (domain + 1)

    exact = {
        vm["storageProfile"]["imageReference"]["exactVersion"] for vm in instances(where).values()
    }
    assert exact == {NEWEST}
    view = azurerm.get_vmss_vm_instance_view(*where, 7)
    assert view["vmHealth"]["status"]["code"] == "HealthState/healthy"
    effects = [effect for effect in simulator.world.ledger.effects if effect["kind"] == "upgrade"]
    assert len(effects) == len({effect["instance_id"] for effect in effects}) == 100


def test_azurerm_scales_stops_starts_and_deletes(simulator: Simulator) -> None:
    where = (TOKEN, simulator.subscription_id, GROUP, NAME)
    assert azurerm.scale_vmss(*where, 98).status_code == 200
    simulator.clock.advance(60)
    assert azurerm.get_vmss(*where)["sku"]["capacity"] == len(instances(where)) == 98
    for action, seconds in (
        (azurerm.poweroff_vmss_vms, 60),
        (azurerm.start_vmss_vms, 60),
        (azurerm.restart_vmss_vms, 90),
        (azurerm.stopdealloc_vmss_vms, 120),
        (azurerm.reimage_vmss_vms, 120),
        (azurerm.delete_vmss_vms, 60),
    ):
        assert action(*where, "[1, 2]").status_code == 202
        simulator.clock.advance(seconds)
    assert {"1", "2"}.isdisjoint(instances(where))
    assert azurerm.get_vmss_instance_view(*where)["statuses"][0]["code"].endswith("succeeded")
    assert azurerm.get_vmss_rolling_upgrades(*where)["error"]["code"] == "NotFound"
    assert azurerm.list_vmss_skus(*where)["value"]
    assert azurerm.delete_vmss(*where).status_code == 202
    simulator.clock.advance(60)
    assert azurerm.get_vmss(*where)["error"]["code"] == "ResourceNotFound"

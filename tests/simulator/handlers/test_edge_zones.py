"""Scale sets in an Edge Zone, and the images that the zone offers."""

from typing import Any

import pytest

from tests.simulator.handlers.flexible_machines import list_machines
from tests.support.simulator_client import NEWER, NEWEST, ClientFactory, SimulatorClient, image_body

PLACE = {"name": "microsoftlosangeles1", "type": "EdgeZone"}
IMAGE = (
    "publishers/Canonical/artifacttypes/vmimage/offers/0001-com-ubuntu-server-jammy/skus/"
    "22_04-lts-gen2/versions"
)


@pytest.fixture
def edge(make_client: ClientFactory) -> SimulatorClient:
    """A client of the scenario edge-zone, without quotas."""
    return make_client("edge-zone", throttling=False)


def versions(client: SimulatorClient, place: str, query: str = "") -> list[Any]:
    """The versions of the image that a place offers."""
    path = f"{client.subscription_path}/providers/Microsoft.Compute/locations/{place}/{IMAGE}"
    entries: list[Any] = client.send("GET", path, query=query).json()
    return entries


def test_the_set_names_its_zone_in_its_list_and_for_itself(edge: SimulatorClient) -> None:
    assert edge.get().json()["extendedLocation"] == PLACE
    (listed,) = edge.send("GET", edge.set_path.rpartition("/")[0]).json()["value"]
    assert listed["extendedLocation"] == PLACE
    assert len(edge.list_instances()) == 8


def test_the_zone_offers_fewer_versions_than_its_region(edge: SimulatorClient) -> None:
    in_region = [entry["name"] for entry in versions(edge, "westus")]
    place = f"westus/edgeZones/{PLACE['name']}"
    in_zone = [entry["name"] for entry in versions(edge, place, "$expand=properties")]
    assert in_zone == in_region[:-2]
    assert {NEWER, NEWEST} & set(in_zone) == set()
    assert f"/EdgeZones/{PLACE['name']}/" in versions(edge, place)[0]["id"]
    newest = versions(edge, place, "$top=1&$orderby=name desc")
    assert [entry["name"] for entry in newest] == [in_zone[-1]]


def test_a_model_takes_only_what_the_zone_offers_and_latest_is_the_zones(
    edge: SimulatorClient,
) -> None:
    refused = edge.send("PATCH", edge.set_path, image_body(NEWEST))
    assert (refused.status_code, refused.json()["error"]["code"]) == (404, "PlatformImageNotFound")
    assert edge.send("PATCH", edge.set_path, image_body("latest")).status_code == 200
    edge.post("/manualupgrade", ["0"])
    edge.advance(200)
    storage = edge.get_instance("0")["properties"]["storageProfile"]
    assert storage["imageReference"]["exactVersion"] == "22.04.202511010"


def test_a_set_does_not_move_out_of_its_zone(edge: SimulatorClient) -> None:
    elsewhere = {"extendedLocation": {**PLACE, "name": "microsoftmiami1"}}
    refused = edge.send("PATCH", edge.set_path, elsewhere)
    assert refused.json()["error"]["code"] == "PropertyChangeNotAllowed"
    assert edge.get().json()["extendedLocation"] == PLACE


def test_a_new_set_and_its_machines_are_in_the_zone_they_were_created_in(
    make_client: ClientFactory,
) -> None:
    client = make_client("instance-mix")
    body = {**client.get().json(), "extendedLocation": PLACE}
    body["sku"] = {**body["sku"], "capacity": 1}
    client.set_path = client.set_path.replace("mix-vmss", "edge-vmss")
    assert client.send("PUT", client.set_path, body).status_code == 201
    (machine,) = list_machines(client).values()
    assert machine["extendedLocation"] == PLACE

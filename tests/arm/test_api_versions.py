"""A cloud that does not know the newest api-version: the three forms of its refusal."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.support.bench import NEWEST, BenchFactory
from tests.support.field_server import FieldServer, field_exchanges
from vmss_tui.arm.connect import connect
from vmss_tui.arm.gateway import ArmGateway
from vmss_tui.arm.transport.pipeline import RetryPolicy
from vmss_tui.fleet.scale_set_id import parse_resource_id
from vmss_tui.gateway import NotFound, Refused

SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000000"
METADATA = f"{SUBSCRIPTION}/providers/Microsoft.Compute"
SETS = f"{METADATA}/virtualMachineScaleSets"
SET = f"{SUBSCRIPTION}/resourceGroups/rg1/providers/Microsoft.Compute/virtualMachineScaleSets/gov1"
BEHIND = "2024-07-01"
KNOWN = ("2024-11-01", "2024-07-01", "2021-07-01")
WITH_LIST = field_exchanges("api-version-behind")[0]["response"]["body"]
WITHOUT_LIST = {
    "error": {
        "code": "InvalidResourceType",
        "message": "The resource type could not be found in the namespace 'Microsoft.Compute' for "
        "api version '2026-04-01'.",
    }
}
NOT_REGISTERED = {
    "error": {
        "code": "NoRegisteredProviderFound",
        "message": "No registered resource provider found for location 'usgovvirginia' and API "
        "version '2026-04-01' for type 'virtualMachineScaleSets'. The supported api-versions are "
        "'2015-06-15, 2024-11-01'. The supported locations are 'usgovvirginia'.",
    }
}


@contextmanager
def cloud_behind(refusal: tuple[int, Any], versions: tuple[str, ...]) -> Iterator[FieldServer]:
    """A cloud with one set, which says in its metadata that it knows these versions."""
    with FieldServer("api-version-behind") as azure:
        model = next(
            exchange["response"]["body"]
            for exchange in field_exchanges("list-unregistered-sub")
            if exchange["request"]["path"].endswith("/vmss9")
        )
        own = model | {"id": SET, "name": "gov1"}
        azure.reply("GET", SET, body=own)
        azure.reply("GET", f"{SET}/virtualMachines", body={"value": []})
        azure.reply("GET", SETS, body={"value": [own]})
        azure.reply("POST", f"{SET}/manualupgrade", 202)
        azure.known_versions, azure.refusal = KNOWN, refusal
        types = ("virtualMachineScaleSets", "virtualMachineScaleSets/virtualMachines")
        azure.reply("GET", METADATA, body=metadata(dict.fromkeys(types, versions)))
        yield azure


def metadata(versions: dict[str, tuple[str, ...]]) -> dict[str, Any]:
    entries = [
        {"resourceType": name, "apiVersions": ["2026-01-01-preview", *listed]}
        for name, listed in versions.items()
    ]
    return {"namespace": "Microsoft.Compute", "resourceTypes": entries}


def gateway_to(azure: FieldServer, **settings: Any) -> ArmGateway:
    gateway = connect(endpoint=azure.endpoint, retry_policy=RetryPolicy(attempts=1), **settings)
    gateway.prepare_write()
    return gateway


@pytest.mark.parametrize(
    "refusal",
    [(404, WITH_LIST), (404, WITHOUT_LIST), (400, NOT_REGISTERED)],
    ids=["a list", "no list", "a list beside locations"],
)
def test_the_newest_version_that_both_know_is_used_from_then_on(
    refusal: tuple[int, Any],
) -> None:
    with cloud_behind(refusal, KNOWN) as azure:
        gateway = gateway_to(azure)
        assert gateway.read_model(parse_resource_id(SET)).capacity == 2
        first = len(azure.read_paths)
        snapshot = gateway.observe(parse_resource_id(SET))
        assert snapshot.scale_set.name == "gov1"
        gateway.upgrade(parse_resource_id(SET), ["1"], "r")
        gateway.close()
    assert first == 3, "refused, metadata, read"
    assert all("api-version=2024-11-01" in query for query in azure.queries[2:])
    assert [path for _, path, _, _ in azure.writes] == [f"{SET}/manualupgrade"]


def test_a_version_that_the_cloud_knows_is_not_the_reason_of_a_refusal() -> None:
    with cloud_behind((400, NOT_REGISTERED), ("2026-04-01", *KNOWN)) as azure:
        gateway = gateway_to(azure)
        with pytest.raises(Refused, match="No registered resource provider"):
            gateway.read_model(parse_resource_id(SET))
        gateway.close()
    assert len(azure.read_paths) == 2


def test_without_metadata_the_list_of_the_refusal_is_used() -> None:
    with cloud_behind((404, WITH_LIST), KNOWN) as azure:
        azure.reply("GET", METADATA, 404, WITHOUT_LIST)
        gateway = gateway_to(azure)
        assert gateway.read_model(parse_resource_id(SET)).capacity == 2
        gateway.close()
    assert azure.queries[-1] == "api-version=2024-11-01"


def test_a_cloud_without_metadata_keeps_its_refusal_and_the_set_is_not_gone() -> None:
    with cloud_behind((404, WITHOUT_LIST), KNOWN) as azure:
        azure.reply("GET", METADATA, 404, WITHOUT_LIST)
        gateway = gateway_to(azure)
        with pytest.raises(Refused, match=r"azure\.api_version in the settings") as refused:
            gateway.read_model(parse_resource_id(SET))
        gateway.close()
    assert not isinstance(refused.value, NotFound)


def test_a_pinned_version_is_sent_and_kept() -> None:
    with cloud_behind((404, WITH_LIST), KNOWN) as azure:
        gateway = gateway_to(azure, api_version="2021-07-01")
        assert gateway.read_model(parse_resource_id(SET)).capacity == 2
        assert gateway.read_api_version(SUBSCRIPTION.rsplit("/", 1)[-1])[0] == "2021-07-01"
        gateway.close()
    assert azure.queries == ["api-version=2021-07-01"]


def test_a_field_that_the_version_does_not_have_is_not_sent() -> None:
    with cloud_behind((404, WITH_LIST), ("2021-07-01",)) as azure:
        azure.known_versions = ("2021-07-01",)
        gateway = gateway_to(azure)
        gateway.read_model(parse_resource_id(SET))
        body = {"properties": {"upgradePolicy": {"rollingUpgradePolicy": {"maxSurge": True}}}}
        with pytest.raises(Refused, match="2021-07-01, which is used with this cloud, has no max"):
            gateway.patch(parse_resource_id(SET), body, '"5"', "r")
        gateway.close()
    assert azure.writes == []


@pytest.mark.parametrize("shape", ["public", "not_found", "no_list", "invalid"])
def test_a_batch_is_upgraded_in_a_cloud_that_is_behind(
    make_bench: BenchFactory, shape: str
) -> None:
    bench = make_bench()
    bench.control("POST", "faults", {"refuse": "api_version", "newest": BEHIND, "shape": shape})
    snapshot = bench.services.queries.observe(bench.set_id)
    assert (snapshot.complete, len(snapshot.instances)) == (True, 100)
    versions = bench.services.images.read_versions(snapshot.scale_set)
    assert versions.newest == NEWEST
    bench.gateway.prepare_write()
    bench.gateway.upgrade(bench.set_id, ["3"], "r")
    assert bench.effects() == ["3"]
    assert bench.gateway.read_api_version(bench.simulator.subscription_id)[0] == BEHIND


def test_a_region_without_the_type_is_not_asked_in_other_versions(
    make_bench: BenchFactory,
) -> None:
    bench = make_bench()
    fault = {"refuse": "api_version", "newest": BEHIND, "shape": "misleading"}
    bench.control("POST", "faults", fault)
    with pytest.raises(Refused, match="No registered resource provider"):
        bench.services.queries.observe(bench.set_id)
    assert len(bench.requests("GET", "/web-vmss")) <= 2

"""Rows of Resource Graph: recorded ones, missing and wrong columns, and foreign answers."""

import json
from typing import Any

import msgspec
import pytest

from tests.support.fleets import scale_set
from tests.support.paths import TESTS
from vmss_tui.arm.resources.graph_client import GraphClient
from vmss_tui.arm.translate.index_row import count_instances, translate_indexed_set
from vmss_tui.arm.transport.pipeline import RetryPolicy
from vmss_tui.arm.transport.send import RequestSender, Response
from vmss_tui.arm.transport.urls import ArmUrls
from vmss_tui.arm.wire.decode import InvalidJson
from vmss_tui.fleet.estate.row import InstanceCount
from vmss_tui.fleet.image import ImageKind
from vmss_tui.fleet.scale_set_id import BadName
from vmss_tui.fleet.state_groups import StateGroup
from vmss_tui.fleet.states import PolicyMode, ProvisioningState
from vmss_tui.gateway import InvalidResponse

ID = (
    "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/Web-RG"
    "/providers/Microsoft.Compute/virtualMachineScaleSets/web-vmss"
)


def raw(tree: Any) -> msgspec.Raw:
    """A row as it is received."""
    return msgspec.Raw(json.dumps(tree).encode())


def recorded(name: str) -> Any:
    """The body of a recorded answer."""
    path = TESTS / "data" / "index" / f"{name}.json"
    return json.loads(path.read_text("utf-8"))["response"]["body"]


def test_a_row_without_columns_or_with_wrong_ones_is_a_scale_set_all_the_same() -> None:
    bare = translate_indexed_set(raw({"id": ID}))
    assert (bare.id.name, bare.image, bare.capacity) == ("web-vmss", None, None)
    assert (bare.policy_mode, bare.provisioning) == (PolicyMode.UNKNOWN, ProvisioningState.UNKNOWN)
    wrong = dict.fromkeys(
        ("location", "tags", "sku", "zones", "managedBy", "extendedLocation", "state", "policy"), 7
    ) | {"orchestration": ["Flexible"], "storage": "x", "extensions": {"a": 1}}
    assert translate_indexed_set(raw({"id": ID, **wrong})) == bare
    managed = {"id": ID, "storage": {"imageReference": {"id": "/x/images/web\u202e"}}}
    image = translate_indexed_set(raw(managed)).image
    assert image is not None
    assert (image.kind, image.reference) == (ImageKind.MANAGED, "/x/images/web\\u202E")
    for tree, error in (({"id": 7}, InvalidJson), ([], InvalidJson), ({"id": "/x/y"}, BadName)):
        with pytest.raises(error):
            translate_indexed_set(raw(tree))


def test_counts_take_what_is_there_and_leave_out_what_is_not_theirs() -> None:
    known = scale_set()
    reference = known.image
    assert reference is not None
    image = {
        "publisher": reference.publisher, "offer": reference.offer, "sku": reference.sku,
        "version": reference.version,
    }  # fmt: skip
    key = known.id.key
    rows: list[Any] = [
        {"scaleSet": key.upper(), "image": json.dumps(image), "instances": 3},
        {"scaleSet": key, "image": json.dumps(image | {"exactVersion": "1.0"}), "instances": 2},
        {"scaleSet": key, "image": "{", "latest": "true", "instances": 1},
        {"scaleSet": key, "image": 7, "power": "PowerState/deallocated", "instances": 1},
        {"scaleSet": key, "state": "Failed", "latest": "no"},
        {"scaleSet": "/other", "instances": 5},
        {"scaleSet": key, "instances": -4},
        "not a row",
    ]
    counts = count_instances(map(raw, rows), {key: known})
    assert set(counts) == {key}
    assert set(counts[key]) == {
        InstanceCount(reference.version, StateGroup.LATEST_MODEL, 3),
        InstanceCount("1.0", StateGroup.OUTDATED, 2),
        InstanceCount("", StateGroup.LATEST_MODEL, 1),
        InstanceCount("", StateGroup.DEALLOCATED, 1),
        InstanceCount("", StateGroup.FAILED, 1),
    }


def test_a_recorded_machine_of_a_flexible_set_is_counted_by_its_exact_version() -> None:
    table = recorded("arg-resources-vm-table-2019")["data"]
    names = [column["name"] for column in table["columns"]]
    properties = dict(zip(names, table["rows"][0], strict=True))["properties"]
    known = scale_set()
    row = {
        "scaleSet": known.id.key,
        "image": json.dumps(properties["storageProfile"]["imageReference"]),
        "size": properties["hardwareProfile"]["vmSize"],
        "state": properties["provisioningState"],
        "power": "",
        "latest": "",
        "instances": 1,
    }
    (count,) = count_instances([raw(row)], {known.id.key: known})[known.id.key]
    assert (count.version, count.group) == ("16.04.201906280", StateGroup.OUTDATED)


def test_an_answer_in_another_format_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    bodies = [json.dumps(recorded("arg-resources-vm-table-2019")).encode(), b"<html>", b"{}"]
    sender = RequestSender(None, None, RetryPolicy())  # type: ignore[arg-type]
    monkeypatch.setattr(RequestSender, "read_by_post", lambda *_: Response(200, {}, bodies.pop(0)))
    client = GraphClient(sender, ArmUrls("https://management.azure.com"), lambda: 0.0)
    for _ in range(3):
        with pytest.raises(InvalidResponse):
            client.query_page("resources", ["a"])

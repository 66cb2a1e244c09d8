"""Writes that Azure refuses however often they are sent, and that change nothing."""

from typing import Any

import pytest

from tests.support.simulator_client import (
    NEWER,
    ClientFactory,
    SimulatorClient,
    image_body,
)


def image(**reference: str) -> Any:
    """The body of a write of the image reference."""
    storage = {"storageProfile": {"imageReference": reference}}
    return {"properties": {"virtualMachineProfile": storage}}


def refused(client: SimulatorClient, body: Any) -> tuple[str, str]:
    """Code and message of a PATCH that is refused twice, and changes nothing."""
    before = client.get().json()
    for _ in range(2):
        response = client.send("PATCH", client.set_path, body)
        assert response.status_code == 409, response.text
        client.advance(60)
    assert client.get().json() == before
    error = response.json()["error"]
    return error["code"], error["message"]


def test_a_set_may_keep_its_image_type_and_change_its_version(make_client: ClientFactory) -> None:
    client = make_client("refused-changes", "web-rg/image-vmss")
    group = client.set_path.partition("/virtualMachineScaleSets")[0]
    for kind in ("images", "galleries/contoso/images"):
        code, message = refused(client, image(id=f"{group}/{kind}/web"))
        assert code == "OperationNotAllowed"
        assert message == "The Image type for a Virtual Machine Scale Set may not be changed."
    assert client.send("PATCH", client.set_path, image_body(NEWER)).status_code == 200


def test_a_set_may_not_change_the_sku_of_its_image(make_client: ClientFactory) -> None:
    client = make_client("refused-changes", "web-rg/sku-vmss")
    code, message = refused(client, image(sku="22_04-lts"))
    assert code == "PropertyChangeNotAllowed"
    assert message == "Changing property 'imageReference.sku' is not allowed."
    assert client.send("PATCH", client.set_path, image_body(NEWER)).status_code == 200


def test_a_size_is_not_available_in_the_region(make_client: ClientFactory) -> None:
    client = make_client("refused-changes", "web-rg/size-vmss")
    code, message = refused(client, {"sku": {"name": "Standard_E4s_v5"}})
    assert code == "SkuNotAvailable"
    assert "Standard_E4s_v5' is currently not available in location 'eastus'" in message
    assert client.send("PATCH", client.set_path, {"sku": {"capacity": 3}}).status_code == 200


def test_a_set_that_is_being_deleted_accepts_nothing_but_its_deletion(
    make_client: ClientFactory,
) -> None:
    client = make_client("refused-changes", "old-rg/deleting-vmss")
    assert client.get().json()["properties"]["provisioningState"] == "Deleting"
    code, message = refused(client, {"tags": {"a": "b"}})
    assert code == "OperationNotAllowed"
    assert "marked for deletion" in message
    for action in ("restart", "manualupgrade", "start", "reimage", "osRollingUpgrade"):
        answer = client.post(f"/{action}", ["0"])
        assert answer.json()["error"]["code"] == "OperationNotAllowed", action
    assert client.send("PUT", f"{client.set_path}/virtualMachines/0", {}).status_code == 409
    assert client.send("DELETE", client.set_path).status_code == 202
    client.advance(60)
    assert client.get().status_code == 404


def test_a_deletion_in_progress_refuses_writes_until_the_set_is_gone(
    make_client: ClientFactory,
) -> None:
    client = make_client()
    assert client.send("DELETE", client.set_path).status_code == 202
    assert client.patch_image_version(NEWER).status_code == 409
    assert client.post("/restart").status_code == 409
    client.advance(60)
    assert client.get().status_code == 404


def test_a_failed_set_says_why_in_its_view_and_which_instance_failed(
    make_client: ClientFactory,
) -> None:
    client = make_client("refused-changes", "MC_group_cluster_westeurope/aks-nodes-12345678-vmss")
    assert client.get().json()["properties"]["provisioningState"] == "Failed"
    view = client.get("/instanceView").json()
    (status,) = view["statuses"]
    assert status["code"] == "ProvisioningState/failed/VMExtensionHandlerNonTransientError"
    assert (status["level"], status["displayStatus"]) == ("Error", "Provisioning failed")
    assert "AKSLinuxExtension" in status["message"]
    summary = {"ProvisioningState/failed": 1, "ProvisioningState/succeeded": 1}
    counts = view["virtualMachine"]["statusesSummary"]
    assert {entry["code"]: entry["count"] for entry in counts} == summary
    states = {
        vm["instanceId"]: vm["properties"]["provisioningState"] for vm in client.list_instances()
    }
    assert states == {"0": "Succeeded", "1": "Failed"}


@pytest.mark.parametrize("kind", ["image_type", "image_sku", "size", "deletion"])
def test_a_refusal_is_of_the_set_it_names_and_ends_with_the_faults(
    make_client: ClientFactory, kind: str
) -> None:
    client = make_client()
    changes: dict[str, Any] = {
        "image_type": image(id=f"{client.subscription_path}/resourceGroups/web-rg/providers/x"),
        "image_sku": image(sku="22_04-lts"),
        "size": {"sku": {"name": "Standard_B2s"}},
        "deletion": {"tags": {}},
    }
    client.add_fault(refuse=kind, scale_set="web-rg/other-vmss")
    status = client.send("PATCH", client.set_path, changes[kind]).status_code
    client.add_fault(refuse=kind, scale_set="WEB-RG/web-vmss")
    if kind == "image_sku":
        changes[kind] = image(sku="22_04-lts-gen2")
    if kind == "size":
        changes[kind] = {"sku": {"name": "Standard_B1s"}}
    assert client.send("PATCH", client.set_path, changes[kind]).status_code == 409
    client.control("DELETE", "faults")
    assert client.send("PATCH", client.set_path, changes[kind]).status_code == status

"""Translation of a scale set: its model digest, health source, owner and image."""

import json
from typing import Any

import pytest

from tests.support.recorded_answers import ANY_SET, body_of
from vmss_tui.arm.translate.scale_set import translate_scale_set
from vmss_tui.fleet.image import ImageKind
from vmss_tui.fleet.model_edit.digest import model_digest
from vmss_tui.fleet.scale_set import (
    Orchestration,
    PolicyMode,
)
from vmss_tui.fleet.scale_set_id import ScaleSetId, scale_set_id


def test_the_digest_ignores_what_moves_by_itself_and_the_case_of_ids() -> None:
    tree = body_of("vmss-get-uniform")
    moved = json.loads(json.dumps(tree))
    moved["etag"], moved["sku"]["capacity"], moved["tags"] = '"9"', 77, {"a": "b"}
    moved["properties"]["provisioningState"] = "Updating"
    moved["properties"]["virtualMachineProfile"]["timeCreated"] = "2030-01-01T00:00:00Z"
    text = json.dumps(moved).replace("/resourceGroups/cli_test", "/resourceGroups/CLI_TEST")
    assert model_digest(json.loads(text)) == model_digest(tree)


@pytest.mark.parametrize(
    "path",
    [
        ("sku", "name"),
        ("zones",),
        ("plan",),
        ("properties", "virtualMachineProfile", "storageProfile", "imageReference", "version"),
        ("properties", "virtualMachineProfile", "networkProfile", "healthProbe"),
        ("properties", "virtualMachineProfile", "extensionProfile"),
    ],
)
def test_the_digest_moves_with_what_instances_are_built_from(path: tuple[str, ...]) -> None:
    tree = body_of("vmss-get-uniform")
    changed = json.loads(json.dumps(tree))
    holder = changed
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = ["2"]
    assert model_digest(changed) != model_digest(tree)


def test_an_empty_flexible_set_is_a_set_without_a_model() -> None:
    scale_set = translate_scale_set({"properties": {"orchestrationMode": "Flexible"}}, ANY_SET)
    assert scale_set.orchestration is Orchestration.FLEXIBLE
    assert scale_set.policy_mode is PolicyMode.UNKNOWN
    assert (scale_set.image, scale_set.capacity, scale_set.vm_size, scale_set.etag) == (
        None,
        None,
        None,
        None,
    )


def with_extension(publisher: str, kind: str) -> dict[str, Any]:
    """A model with one extension."""
    extension = {"name": "x", "properties": {"publisher": publisher, "type": kind}}
    profile = {"extensionProfile": {"extensions": [extension]}}
    return {"properties": {"virtualMachineProfile": profile}}


def managed_by(resource: str) -> dict[str, Any]:
    """A set whose `managedBy` names a resource of another service."""
    group = ANY_SET.resource_id.partition("/providers/")[0]
    return {"managedBy": f"{group}/providers/{resource}"}


@pytest.mark.parametrize("kind", ["ApplicationHealthLinux", "ApplicationHealthWindows"])
def test_a_health_extension_or_a_probe_is_a_health_source(kind: str) -> None:
    assert translate_scale_set(
        with_extension("Microsoft.ManagedServices", kind), ANY_SET
    ).has_health_source
    profile = {"networkProfile": {"healthProbe": {"id": "/subscriptions/x/probes/p"}}}
    probed = {"properties": {"virtualMachineProfile": profile}}
    assert translate_scale_set(probed, ANY_SET).has_health_source
    assert not translate_scale_set(with_extension("a", "CustomScript"), ANY_SET).has_health_source


def test_a_set_of_another_service_names_its_owner() -> None:
    def named(group: str) -> ScaleSetId:
        return scale_set_id(ANY_SET.subscription_id, group, "name")

    assert translate_scale_set({"tags": {"aks-managed-poolName": "np"}}, ANY_SET).owner
    assert (
        translate_scale_set({}, named("MC_group_cluster_eastus")).owner
        == "Azure Kubernetes Service"
    )
    fabric = with_extension("Microsoft.Azure.ServiceFabric", "ServiceFabricLinuxNode")
    assert translate_scale_set(fabric, ANY_SET).owner == "Service Fabric"
    assert translate_scale_set({}, named("AzureBatch-7f3a")).owner == "Azure Batch"
    assert (
        translate_scale_set({"managedBy": "/subscriptions/x"}, ANY_SET).owner == "/subscriptions/x"
    )
    assert translate_scale_set({}, ANY_SET).owner is None


@pytest.mark.parametrize(
    ("tree", "owner"),
    [
        ({"tags": {"__AzureDevOpsElasticPool": "linux-agents"}}, "Azure DevOps"),
        (with_extension("Microsoft.VisualStudio.Services", "TeamServicesAgent"), "Azure DevOps"),
        (managed_by("Microsoft.DevOpsInfrastructure/pools/p"), "Azure DevOps"),
        (managed_by("Microsoft.AzureFleet/fleets/f"), "Azure Compute Fleet"),
        (managed_by("Microsoft.Batch/batchAccounts/b"), "Azure Batch"),
        ({"tags": {"PoolName": "p", "BatchAccountName": "b"}}, "Azure Batch"),
        ({"tags": {"Vendor": "Databricks", "ClusterId": "1"}}, "Azure Databricks"),
        (managed_by("Microsoft.Databricks/workspaces/w"), "Azure Databricks"),
        ({"tags": {"CycleOwner": "cc(1):x"}}, "Azure CycleCloud"),
        (managed_by("Microsoft.MachineLearningServices/workspaces/w"), "Azure Machine Learning"),
        (with_extension("Microsoft.AKS", "Compute.AKS.Linux.AKSNode"), "Azure Kubernetes Service"),
        (managed_by("Microsoft.ContainerService/managedClusters/c"), "Azure Kubernetes Service"),
        ({"tags": {"resourceType": "Service Fabric", "clusterName": "c"}}, "Service Fabric"),
        ({"tags": {"poolName": "mine", "vendor": "contoso"}}, None),
    ],
)
def test_each_service_is_recognised_by_its_own_marks(
    tree: dict[str, Any], owner: str | None
) -> None:
    scale_set = translate_scale_set(tree, ANY_SET)
    assert scale_set.owner == owner
    assert (owner or "") in scale_set.owner_caution


def test_a_legacy_model_names_its_vhd() -> None:
    disk = {"image": {"uri": "https://account.blob.core.windows.net/images/web.vhd"}}
    profile = {"storageProfile": {"osDisk": disk}}
    scale_set = translate_scale_set({"properties": {"virtualMachineProfile": profile}}, ANY_SET)
    assert scale_set.image is not None
    assert scale_set.image.kind is ImageKind.VHD


def test_every_source_of_health_is_known_by_its_name() -> None:
    tree = body_of("vmss-get-uniform")
    profile = tree["properties"]["virtualMachineProfile"]
    profile.pop("extensionProfile", None)

    def source() -> str:
        model = translate_scale_set(tree, ANY_SET)
        assert model.has_health_source is bool(model.health_source)
        return model.health_source

    assert source() == ""
    tree["properties"]["externalHealthPolicy"] = {"enabled": False, "gracePeriod": "PT5M"}
    assert source() == ""
    tree["properties"]["externalHealthPolicy"]["enabled"] = True
    assert source() == "external health policy"
    profile["networkProfile"]["healthProbe"] = {"id": "/x"}
    assert source() == "load balancer probe"
    extension = {"type": "ApplicationHealthLinux", "typeHandlerVersion": "1.0"}
    profile["extensionProfile"] = {"extensions": [{"name": "h", "properties": extension}]}
    assert source() == "Application Health extension"
    extension["typeHandlerVersion"] = "2.0"
    assert source() == "Application Health extension, rich states"


@pytest.mark.parametrize("odd", [7, "x", {"name": "S"}, [None, 3, {"name": 4}]])
def test_odd_sizes_of_an_instance_mix_and_odd_extensions_are_left_out(odd: Any) -> None:
    tree = body_of("vmss-get-uniform")
    tree["properties"]["skuProfile"] = {"vmSizes": odd}
    tree["properties"]["virtualMachineProfile"]["extensionProfile"] = {"extensions": odd}
    tree["extendedLocation"] = odd
    model = translate_scale_set(tree, ANY_SET)
    assert (model.vm_sizes, model.extensions) == ((), ())

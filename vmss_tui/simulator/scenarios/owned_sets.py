"""Scenarios of scale sets that other services run, or that Azure does not let the user change."""

from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.scenarios.parts import FAILED
from vmss_tui.simulator.scenarios.spec import OperatorSchedule, ScaleSetSpec, Scenario

_DATABRICKS = (
    "/subscriptions/{sub}/resourceGroups/data-rg/providers/Microsoft.Databricks/workspaces/lake"
)
_AKS_FAILURE = (
    "VMExtensionHandlerNonTransientError",
    "The handler for VM extension type 'Microsoft.AKS.Compute.AKS.Linux.AKSNode' has reported "
    "terminal failure for VM extension 'AKSLinuxExtension' with error message: 'Failed to download "
    "artifacts: [ExtensionDownloadError] Timeout downloading extension package.'.",
)


def _extension(name: str, publisher: str, kind: str) -> Json:
    properties = {"publisher": publisher, "type": kind, "typeHandlerVersion": "1.0"}
    return {"name": name, "properties": {"autoUpgradeMinorVersion": True, **properties}}


AKS_NODE = _extension("AKSLinuxExtension", "Microsoft.AKS", "Compute.AKS.Linux.AKSNode")
_PIPELINES_AGENT = _extension(
    "Microsoft.Azure.DevOps.Pipelines.Agent",
    "Microsoft.VisualStudio.Services",
    "TeamServicesAgentLinux",
)
_FABRIC_NODE = _extension("node", "Microsoft.Azure.ServiceFabric", "ServiceFabricLinuxNode")
_POOL_TAG = "__AzureDevOpsElasticPool"


def _pool_tags(time: str) -> Json:
    return {_POOL_TAG: "linux-agents", f"{_POOL_TAG}TimeStamp": f"11/22/2026 {time}"}


OWNED_SETS = (
    Scenario(
        "owners",
        "Six scale sets, five of them managed by other services",
        "enter opens a set; those of other services are protected, ! unlocks one",
        "Azure Kubernetes Service, Azure DevOps, Azure Batch, Databricks and Service Fabric each "
        "manage one: they scale it, tag it and restart its instances meanwhile.",
        (
            ScaleSetSpec("web-rg", "web-vmss", 5),
            ScaleSetSpec(
                "MC_shop-rg_shop_eastus",
                "aks-nodes-12345678-vmss",
                4,
                tags={"aks-managed-poolName": "nodes", "aks-managed-createOperationID": "c0ffee"},
                extensions=(AKS_NODE,),
            ),
            ScaleSetSpec(
                "agents-rg",
                "agents-vmss",
                4,
                tags=_pool_tags("12:00:00 PM"),
                extensions=(_PIPELINES_AGENT,),
            ),
            ScaleSetSpec("AzureBatch-7f3a91", "7f3a91-azurebatch-VMSS-D", 3),
            ScaleSetSpec(
                "databricks-rg-analytics",
                "workers-vmss",
                3,
                tags={"Vendor": "Databricks", "databricks-environment": "true"},
                managed_by=_DATABRICKS,
            ),
            ScaleSetSpec("fabric-rg", "node-vmss", 5, extensions=(_FABRIC_NODE,)),
        ),
        operators=(
            OperatorSchedule(
                "azure-kubernetes-service",
                "MC_shop-rg_shop_eastus/aks-nodes-12345678-vmss",
                50,
                140,
                ({"scale": 2}, {"scale": -2}),
            ),
            OperatorSchedule(
                "azure-devops",
                "agents-rg/agents-vmss",
                30,
                90,
                (
                    {"scale": 3},
                    {"set": {"tags": _pool_tags("12:02:00 PM")}},
                    {"scale": -3},
                    {"set": {"tags": _pool_tags("12:05:00 PM")}},
                ),
            ),
            OperatorSchedule(
                "azure-batch",
                "AzureBatch-7f3a91/7f3a91-azurebatch-VMSS-D",
                70,
                200,
                ({"scale": 4}, {"scale": -4}),
            ),
            OperatorSchedule(
                "databricks", "databricks-rg-analytics/workers-vmss", 40, 150, ({"restart": ["0"]},)
            ),
        ),
    ),
    Scenario(
        "refused-changes",
        "Five scale sets that Azure does not let anyone change",
        "E edits the model of each, and shows what Azure answers to it",
        "One may not get another image type, one not another image SKU, for one no other size is "
        "available. One is being deleted, and does not end. One has failed.",
        (
            ScaleSetSpec("web-rg", "image-vmss", 4),
            ScaleSetSpec("web-rg", "sku-vmss", 2),
            ScaleSetSpec("web-rg", "size-vmss", 2),
            ScaleSetSpec("old-rg", "deleting-vmss", 2, provisioning="Deleting"),
            ScaleSetSpec(
                "MC_group_cluster_westeurope",
                "aks-nodes-12345678-vmss",
                2,
                location="westeurope",
                tags={"aks-managed-poolName": "nodes"},
                extensions=(AKS_NODE,),
                provisioning="Failed",
                failure=_AKS_FAILURE,
                states={1: {**FAILED, "failure": _AKS_FAILURE}},
            ),
        ),
        faults=(
            {"refuse": "image_type", "scale_set": "web-rg/image-vmss"},
            {"refuse": "image_sku", "scale_set": "web-rg/sku-vmss"},
            {"refuse": "size", "scale_set": "web-rg/size-vmss"},
        ),
    ),
    Scenario(
        "subscriptions",
        "Three subscriptions, of which one can be read",
        "r reads the list again, which names the two that do not answer",
        "One subscription has never registered Microsoft.Compute; in another the user has no role.",
        (
            ScaleSetSpec("web-rg", "web-vmss", 5),
            ScaleSetSpec("lab-rg", "lab-vmss", 3, subscription=1),
            ScaleSetSpec("vault-rg", "vault-vmss", 3, subscription=2),
        ),
        subscriptions=("Contoso Production", "Contoso New", "Contoso Restricted"),
        faults=(
            {"refuse": "unregistered", "subscription": "Contoso New"},
            {"refuse": "unreadable", "subscription": "Contoso Restricted"},
        ),
    ),
)

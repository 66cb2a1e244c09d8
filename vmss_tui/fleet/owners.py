"""Services of Azure that manage scale sets by themselves."""

from collections.abc import Mapping
from enum import StrEnum


class Owner(StrEnum):
    """Services that manage scale sets by themselves; the values are their display names."""

    AKS = "Azure Kubernetes Service"
    SERVICE_FABRIC = "Service Fabric"
    BATCH = "Azure Batch"
    DEVOPS = "Azure DevOps"
    COMPUTE_FLEET = "Azure Compute Fleet"
    DATABRICKS = "Azure Databricks"
    CYCLECLOUD = "Azure CycleCloud"
    MACHINE_LEARNING = "Azure Machine Learning"


OWNER_NOTES: Mapping[str, str] = {
    Owner.AKS: "its nodes are upgraded with `az aks nodepool upgrade`, which drains them first",
    Owner.SERVICE_FABRIC: "an upgrade takes down nodes without notice to the cluster, unless the "
    "durability tier prevents it",
    Owner.BATCH: "tasks on its nodes are lost",
    Owner.DEVOPS: "its agents may be running jobs, which then fail; it replaces idle agents by "
    "itself once the model is changed",
    Owner.COMPUTE_FLEET: "it creates and deletes instances to keep its capacity",
    Owner.DATABRICKS: "jobs on the cluster are lost",
    Owner.CYCLECLOUD: "jobs of its scheduler are lost, and it starts and ends nodes by itself",
    Owner.MACHINE_LEARNING: "jobs on the compute are lost",
}
"""What to know before changing a set of theirs."""

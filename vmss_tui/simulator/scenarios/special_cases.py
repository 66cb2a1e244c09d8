"""Scenarios of what Azure shows rarely, or only to some of its users."""

from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.scenarios.parts import NOBLE, WEB_SET, WINDOWS_SERVER
from vmss_tui.simulator.scenarios.spec import JAMMY, AttachedMachine, ScaleSetSpec, Scenario


def rolling_metrics(**values: object) -> Json:
    """The custom metrics that an application reports for Azure's rolling upgrades."""
    return {"rollingUpgrade": values}


SPECIAL_CASES = (
    Scenario(
        "lagging-views",
        "A hundred web servers that are shown as they were a while ago",
        "R over everything: cells follow late; e shows when a step was seen",
        "What Azure shows of an instance is behind the truth: the power state by up to 40 seconds, "
        "the provisioning state by 30, the model by 60, the image by 90, the health by 120.",
        (WEB_SET,),
        faults=(
            {
                "instance": "view_lag",
                "seconds": {
                    "latestModelApplied": [5, 60],
                    "provisioningState": [0, 30],
                    "model": [10, 90],
                    "power": [5, 40],
                    "health": [10, 120],
                },
            },
        ),
    ),
    Scenario(
        "instance-mix",
        "Nine machines of three sizes in one Flexible set",
        "o shows the table with the size of every machine, U upgrades it",
        "The set has no size: it names three, and Azure gives each machine one of them. An upgrade "
        "leaves every machine its own.",
        (
            ScaleSetSpec(
                "mix-rg",
                "mix-vmss",
                9,
                location="eastus2",
                zones=("1", "2", "3"),
                flexible=True,
                sizes=("Standard_D2as_v4", "Standard_D2as_v5", "Standard_D2s_v5"),
            ),
        ),
    ),
    Scenario(
        "attached",
        "Flexible sets with machines that were made elsewhere",
        "o shows the table; an attached machine has an image of its own",
        "Six machines are of the set's model. A Windows server and an older Ubuntu were attached "
        "later. The other set has no model at all, and only attached machines.",
        (
            ScaleSetSpec(
                "shop-rg",
                "shop-vmss",
                6,
                image=NOBLE,
                version="24.04.202511020",
                outdated_version="24.04.202510010",
                flexible=True,
                attached=(
                    AttachedMachine(
                        "billing-win", "Standard_E4s_v5", WINDOWS_SERVER, "20348.2655.240810"
                    ),
                    AttachedMachine("old-proxy", "Standard_B2s", JAMMY, "22.04.202509110"),
                ),
            ),
            ScaleSetSpec(
                "shop-rg",
                "sql-vmss",
                0,
                flexible=True,
                without_model=True,
                attached=(
                    AttachedMachine("sql-prod-01", "Standard_E4s_v5", None, windows=True),
                    AttachedMachine("sql-prod-02", "Standard_D8s_v5", None, windows=True),
                    AttachedMachine("web-01", "Standard_D2s_v5", JAMMY, "22.04.202510010"),
                ),
            ),
        ),
    ),
    Scenario(
        "rich-health",
        "Twelve servers that report more of their health than two states",
        "n goes to the next problem, d shows what the application reports",
        "The health extension of version 2.0 reports what the application says: instances are "
        "initializing, unknown or unhealthy; some ask rolling upgrades to skip them or to wait.",
        (
            ScaleSetSpec(
                "health-rg",
                "health-vmss",
                12,
                mode="Rolling",
                health_version="2.0",
                states={
                    1: {"health": "initializing"},
                    2: {"health": "unknown"},
                    3: {"health": "unhealthy"},
                    4: {"metrics": rolling_metrics(SkipUpgrade=True)},
                    5: {"metrics": rolling_metrics(SkipUpgrade=False, PhaseOrderingNumber=2)},
                    6: {"metrics": rolling_metrics(SkipUpgrade=False, PhaseOrderingNumber=0)},
                    7: {"metrics": {"RollingUpgrade": {"SkipUpgrade": "false"}}},
                },
            ),
        ),
    ),
    Scenario(
        "edge-zone",
        "Eight servers in an Edge Zone, which gets new images late",
        "i lists the versions: the zone offers fewer of them than its region",
        "The set is in the zone microsoftlosangeles1 of West US. The two newest versions of its "
        "image are offered in the region only.",
        (
            ScaleSetSpec(
                "edge-rg", "edge-vmss", 8, location="westus", edge_zone="microsoftlosangeles1"
            ),
        ),
    ),
)

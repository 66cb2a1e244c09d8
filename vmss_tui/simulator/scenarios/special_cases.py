"""Scenarios of what Azure shows rarely, or only to some of its users."""

from vmss_tui.simulator.scenarios.parts import NOBLE, WEB_SET, WINDOWS_SERVER
from vmss_tui.simulator.scenarios.spec import JAMMY, AttachedMachine, ScaleSetSpec, Scenario

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
)

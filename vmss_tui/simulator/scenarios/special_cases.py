"""Scenarios of what Azure shows rarely, or only to some of its users."""

from vmss_tui.simulator.scenarios.parts import WEB_SET
from vmss_tui.simulator.scenarios.spec import Scenario

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
)

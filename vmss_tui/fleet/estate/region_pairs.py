"""Azure's pairs of regions.

Source: "Azure region pairs and nonpaired regions", "List of Azure regions". Not every pair is
symmetric: West US 3 is paired with East US, whose own pair is West US. Regions that are missing
here have no pair.
"""

from collections.abc import Mapping

_SYMMETRIC = (
    ("australiacentral", "australiacentral2"),
    ("australiaeast", "australiasoutheast"),
    ("canadacentral", "canadaeast"),
    ("centralindia", "southindia"),
    ("centralus", "eastus2"),
    ("chinaeast", "chinanorth"),
    ("chinaeast2", "chinanorth2"),
    ("chinaeast3", "chinanorth3"),
    ("eastasia", "southeastasia"),
    ("eastus", "westus"),
    ("francecentral", "francesouth"),
    ("germanynorth", "germanywestcentral"),
    ("japaneast", "japanwest"),
    ("jioindiacentral", "jioindiawest"),
    ("koreacentral", "koreasouth"),
    ("northcentralus", "southcentralus"),
    ("northeurope", "westeurope"),
    ("norwayeast", "norwaywest"),
    ("southafricanorth", "southafricawest"),
    ("swedencentral", "swedensouth"),
    ("switzerlandnorth", "switzerlandwest"),
    ("uaecentral", "uaenorth"),
    ("uksouth", "ukwest"),
    ("usdodcentral", "usdodeast"),
    ("usgovtexas", "usgovvirginia"),
    ("westcentralus", "westus2"),
)
_PAIRS: Mapping[str, str] = {
    **dict(_SYMMETRIC),
    **{other: one for one, other in _SYMMETRIC},
    "brazilsouth": "southcentralus",
    "brazilsoutheast": "brazilsouth",
    "usgovarizona": "usgovtexas",
    "westindia": "southindia",
    "westus3": "eastus",
}


def region_name(region: str) -> str:
    """`northeurope` of `North Europe`: lower case without spaces, as in requests."""
    return region.replace(" ", "").lower()


def paired_region(region: str) -> str:
    """The region that is paired with this one; empty where there is none."""
    return _PAIRS.get(region_name(region), "")

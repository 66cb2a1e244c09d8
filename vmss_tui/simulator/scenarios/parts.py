"""Parts of scenario definitions: images, initial states, the forty scale sets of `fleet`."""

from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.scenarios.spec import JAMMY, ScaleSetSpec
from vmss_tui.simulator.world.platform_images import OperatingSystem

NOBLE = ("Canonical", "ubuntu-24_04-lts", "server")
DEBIAN = ("Debian", "debian-12", "12-gen2")
WINDOWS_SERVER = ("MicrosoftWindowsServer", "WindowsServer", "2022-datacenter-g2")


IMAGES = "/subscriptions/{sub}/resourceGroups/images-rg/providers/Microsoft.Compute"
MANAGED_IMAGE_ID = IMAGES + "/images/{version}"
GALLERY_IMAGE_ID = IMAGES + "/galleries/contoso/images/web-windows/versions/{version}"
BLOB_URI = "https://contosoimages.blob.core.windows.net/system/web-{version}-osDisk.vhd"

UBUNTU_OS = OperatingSystem("Linux", "ubuntu", "22.04")
WINDOWS_OS = OperatingSystem(
    "Windows", "Windows Server 2022 Datacenter", "10.0.20348.4294", size=127
)
WEB_SET = ScaleSetSpec("web-rg", "web-vmss", 100)
ADMIN_USERNAME_PATH = "properties.virtualMachineProfile.osProfile.adminUsername"
THROTTLED_BODY: Json = {
    "error": {
        "code": "OperationNotAllowed",
        "message": "The server rejected the request because too many requests have been received "
        "for this subscription.",
    }
}
UNHEALTHY: Json = {"health": "unhealthy"}
FAILED: Json = {
    "provisioning": "Failed",
    "failure": (
        "VMExtensionProvisioningError",
        "VM has reported a failure when processing extension 'bootstrap' (publisher "
        "'Microsoft.Azure.Extensions' and type 'CustomScript').",
    ),
}
STOPPED: Json = {"power": "stopped", "health": None}
DEALLOCATED: Json = {"power": "deallocated", "agent": None, "health": None}


def fleet_sets() -> tuple[ScaleSetSpec, ...]:
    """Ten teams with four stages each, over three subscriptions."""
    images = (
        (JAMMY, "22.04.202511010", "22.04.202510010"),
        (NOBLE, "24.04.202511020", "24.04.202510010"),
        (DEBIAN, "0.20251006.2257", "0.20250814.2204"),
        (WINDOWS_SERVER, "20348.4294.251009", "20348.2655.240810"),
    )
    locations = ("eastus", "westeurope", "northeurope", "australiaeast")
    teams = ("web", "api", "batch", "search", "cache", "queue", "ingest", "render", "edge", "auth")
    return tuple(
        ScaleSetSpec(
            group=f"{team}-rg",
            name=f"{team}-{stage}",
            capacity=(number * 7) % 13,
            image=images[number % 4][0],
            version=images[number % 4][1],
            outdated_version=images[number % 4][2],
            current_share=(1.0, 0.5, 0.2, 0.0)[number % 4],
            location=locations[number % len(locations)],
            mode=("Manual", "Manual", "Rolling", "Automatic")[number % 4],
            subscription=number % 3,
            tags={"team": team, "stage": stage},
        )
        for number, (team, stage) in enumerate(
            (team, stage) for team in teams for stage in ("prod", "test", "dev", "dr")
        )
    )

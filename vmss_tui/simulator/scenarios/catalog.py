"""The definitions of all scenarios, as data; `populate` builds a world from one."""

from collections.abc import Mapping

from vmss_tui.simulator.scenarios.estate import ESTATE
from vmss_tui.simulator.scenarios.owned_sets import OWNED_SETS
from vmss_tui.simulator.scenarios.parts import (
    ADMIN_USERNAME_PATH,
    BLOB_URI,
    DEALLOCATED,
    FAILED,
    GALLERY_IMAGE_ID,
    MANAGED_IMAGE_ID,
    NOBLE,
    STOPPED,
    THROTTLED_BODY,
    UBUNTU_OS,
    UNHEALTHY,
    WEB_SET,
    WINDOWS_OS,
    fleet_sets,
)
from vmss_tui.simulator.scenarios.spec import (
    GallerySpec,
    ImageSpec,
    OperatorSchedule,
    ScaleSetSpec,
    Scenario,
)
from vmss_tui.simulator.scenarios.special_cases import SPECIAL_CASES
from vmss_tui.simulator.scenarios.stories import STORY_SCENARIOS

_ALL = (
    Scenario(
        "web-100",
        "A hundred web servers in five update domains",
        "u selects the domain under the cursor, U upgrades it, R in batches",
        "Four of twenty instances in each domain have the model already. All are healthy. Two "
        "newer image versions wait in the catalogue.",
        (WEB_SET,),
    ),
    Scenario(
        "thousand",
        "A thousand instances in ten placement groups",
        "w cell size, n next problem, u selects a domain, R upgrades in batches",
        "Azure's largest set: ten placement groups of five update domains each.",
        (ScaleSetSpec("big-rg", "big-vmss", 1000, single_placement_group=False),),
    ),
    Scenario(
        "zonal",
        "Ninety instances over three zones",
        "s groups by zone, z selects a zone, U upgrades it",
        "Maximum spreading: zones stand where update domains stood, which are all 0.",
        (
            ScaleSetSpec(
                "zone-rg",
                "zone-vmss",
                90,
                zones=("1", "2", "3"),
                single_placement_group=False,
                location="eastus2",
            ),
        ),
    ),
    Scenario(
        "sick",
        "A hundred web servers, some of them sick before anything began",
        "n goes to the next problem, d tells what is wrong, f hides the rest",
        "Six instances are unhealthy, two failed to provision, one is stopped, two deallocated.",
        (
            ScaleSetSpec(
                "web-rg",
                "web-vmss",
                100,
                states={
                    **dict.fromkeys((3, 17, 24, 41, 58, 90), UNHEALTHY),
                    **dict.fromkeys((12, 66), FAILED),
                    33: STOPPED,
                    **dict.fromkeys((71, 85), DEALLOCATED),
                },
            ),
        ),
    ),
    Scenario(
        "bad-image",
        "A hundred web servers and a newest image that breaks them",
        "R to version 22.04.202601010, canary 2: it halts; V takes it back",
        "Instances of version 22.04.202601010 start, and never become healthy: their kernel stops "
        "with a panic as soon as they serve.",
        (WEB_SET,),
        faults=(
            {
                "instance": "never_healthy",
                "version": "22.04.202601010",
                "story": "kernel_panic",
            },
        ),
    ),
    Scenario(
        "flexible",
        "A Flexible set whose instances are virtual machines of their own",
        "o shows the table, y an instance as Azure says it, u and U upgrade",
        "Two dozen machines over three zones; beside them six Spot machines that can be evicted, "
        "and a set without a model.",
        (
            ScaleSetSpec(
                "flex-rg",
                "flex-vmss",
                24,
                image=NOBLE,
                version="24.04.202511020",
                outdated_version="24.04.202510010",
                zones=("1", "2", "3"),
                flexible=True,
            ),
            ScaleSetSpec("flex-rg", "spot-vmss", 6, flexible=True, spot=True),
            ScaleSetSpec("flex-rg", "bare-vmss", 0, flexible=True, without_model=True),
        ),
    ),
    Scenario(
        "windows-gallery",
        "Forty Windows servers from a gallery of one's own",
        "i lists the versions, E sets 2.10.0, then R upgrades to it",
        "Version 2.4.0 is the model's. Of the newer ones 2.5.0 and 2.10.0 can be used, 2.6.0 is "
        "not replicated here, and 3.0.0 is kept from being the latest.",
        (
            ScaleSetSpec(
                "win-rg",
                "win-vmss",
                40,
                image=GALLERY_IMAGE_ID,
                version="2.4.0",
                outdated_version="2.3.0",
                windows=True,
            ),
        ),
        galleries=(
            GallerySpec(
                "images-rg",
                "contoso",
                "web-windows",
                WINDOWS_OS,
                ("2.3.0", "2.4.0", "2.5.0", "!2.6.0", "2.10.0", "-3.0.0"),
            ),
        ),
    ),
    Scenario(
        "custom-image",
        "Forty servers from managed images",
        "i tells who runs which image, E sets another image id",
        "Each build is an image of its own: web-2026-09 runs, web-2026-10 is the model's, "
        "web-2026-11 waits.",
        (
            ScaleSetSpec(
                "custom-rg",
                "custom-vmss",
                40,
                image=MANAGED_IMAGE_ID,
                version="web-2026-10",
                outdated_version="web-2026-09",
            ),
        ),
        images=tuple(
            ImageSpec("images-rg", f"web-2026-{month}", UBUNTU_OS) for month in ("09", "10", "11")
        ),
    ),
    Scenario(
        "vhd",
        "Twenty servers from a blob, as before managed disks",
        "m changes what cells say, E edits the URI and shows what follows",
        "The model names a .vhd by its URI; nothing tells which build an instance runs.",
        (
            ScaleSetSpec(
                "legacy-rg",
                "legacy-vmss",
                20,
                image=BLOB_URI,
                version="7",
                outdated_version="6",
                size="Standard_DS1_v2",
            ),
        ),
    ),
    Scenario(
        "flaky-arm",
        "A hundred web servers behind an Azure that has a bad night",
        "R over everything, e shows how a lost answer is looked for",
        "Some reads are throttled, slow, old or refused; some writes are answered with an error, "
        "or not at all, although they happen; instances react late.",
        (WEB_SET,),
        faults=(
            {
                "match": {"method": "GET", "path": "virtualMachines"},
                "every": 7,
                "action": {"status": 429, "headers": {"Retry-After": "17"}, "body": THROTTLED_BODY},
            },
            {
                "match": {"method": "GET", "path": "/operations/"},
                "every": 4,
                "action": {"status": 503},
            },
            {"match": {"method": "GET"}, "every": 11, "action": {"delay": 3}},
            {"match": {"method": "GET"}, "every": 13, "action": {"stale": 20}},
            {"match": {"method": "GET"}, "every": 19, "action": {"status": 502}},
            {"match": {"method": "POST"}, "every": 5, "action": {"status": 500, "done": True}},
            {"match": {"method": "POST"}, "every": 7, "action": {"drop_after": True}},
            {"match": {"method": "POST"}, "every": 8, "action": {"status": 503}},
            {"instance": "lag", "period": 8},
        ),
    ),
    Scenario(
        "autoscaled",
        "Sixty servers whose number follows the load",
        "R over everything while instances come and go; e tells of each",
        "Every two minutes instances come or go: with overprovisioning, so ids have holes.",
        (ScaleSetSpec("scale-rg", "scale-vmss", 60, overprovision=True),),
        operators=(
            OperatorSchedule(
                "autoscale",
                "scale-rg/scale-vmss",
                45,
                120,
                ({"scale": 6}, {"scale": -9}, {"scale": 7}, {"scale": -4}),
            ),
        ),
    ),
    Scenario(
        "two-operators",
        "A hundred web servers and a colleague who works on them too",
        "R over everything: it halts when the colleague edits the model",
        "Dana (dana@contoso.example) works in the Azure Portal: she tags the set, restarts "
        "instances, changes the model and changes it back. The Activity Log names her.",
        (WEB_SET,),
        operators=(
            OperatorSchedule(
                "colleague",
                "web-rg/web-vmss",
                90,
                150,
                (
                    {"set": {"tags": {"env": "production", "ticket": "OPS-4711"}}},
                    {"restart": ["40", "41", "42"]},
                    {"set": {ADMIN_USERNAME_PATH: "contoso"}},
                    {"restart": ["7", "8"]},
                    {"set": {ADMIN_USERNAME_PATH: "azureuser"}},
                ),
            ),
        ),
    ),
    Scenario(
        "rolling-policy",
        "Azure's own rolling upgrade",
        "E changes the version and tells first that Azure begins to roll",
        "A model write starts the service's rolling upgrade, batch after batch.",
        (ScaleSetSpec("web-rg", "web-vmss", 20, mode="Rolling"),),
    ),
    Scenario(
        "automatic-policy",
        "A model write upgrades all at once",
        "E changes the version and tells first that all go down at once",
        "Upgrade mode Automatic: nobody is asked, every instance goes at the same time.",
        (ScaleSetSpec("web-rg", "web-vmss", 20, mode="Automatic"),),
    ),
    Scenario(
        "fleet",
        "Forty scale sets in three subscriptions",
        "/ finds by name, enter opens, space selects, [ and ] go on",
        "Ten teams with four stages each; images, modes and sizes of all kinds.",
        fleet_sets(),
        subscriptions=("Contoso Production", "Contoso Staging", "Contoso Labs"),
    ),
    Scenario(
        "empty",
        "A scale set without instances",
        "C adds instances, and tells first what it sets off",
        "Nothing runs here.",
        (ScaleSetSpec("empty-rg", "empty-vmss", 0),),
    ),
    ESTATE,
    *STORY_SCENARIOS,
    *SPECIAL_CASES,
    *OWNED_SETS,
)

SCENARIOS: Mapping[str, Scenario] = {scenario.name: scenario for scenario in _ALL}
"""The scenarios by name; the first is the demo's default."""

"""Rolling OS and extension upgrades, and their history."""

from tests.support.simulator_client import NEWER, NEWEST, ClientFactory


def test_the_history_lists_os_upgrades_newest_first(make_client: ClientFactory) -> None:
    client = make_client("rolling-policy", throttling=False)
    assert client.get("/osUpgradeHistory").json() == {"value": []}
    client.patch_rolling_policy(mode="Manual")
    for version in (NEWER, NEWEST):
        client.patch_image_version(version)
        accepted = client.post("/osRollingUpgrade")
        client.advance(2000)
        assert client.operation_status(accepted)["status"] == "Succeeded"
    history = client.get("/osUpgradeHistory").json()["value"]
    newest, older = (entry["properties"] for entry in history)
    assert newest["startedBy"] == older["startedBy"] == "User"
    assert newest["targetImageReference"]["version"] == NEWEST
    assert newest["progress"]["successfulInstanceCount"] == 20
    assert newest["runningStatus"]["endTime"] > newest["runningStatus"]["startTime"]


def test_the_platform_starts_automatic_os_upgrades(make_client: ClientFactory) -> None:
    client = make_client("rolling-policy", throttling=False)
    client.patch_rolling_policy(mode="Manual")
    client.patch_image_version("latest")
    client.advance(900)
    automatic = {"automaticOSUpgradePolicy": {"enableAutomaticOSUpgrade": True}}
    client.send("PATCH", client.set_path, {"properties": {"upgradePolicy": automatic}})
    client.advance(2000)
    (entry,) = client.get("/osUpgradeHistory").json()["value"]
    assert entry["properties"]["startedBy"] == "Platform"
    versions = {
        vm["properties"]["storageProfile"]["imageReference"]["exactVersion"]
        for vm in client.list_instances()
    }
    assert versions == {NEWEST}
    client.advance(20_000)
    assert len(client.get("/osUpgradeHistory").json()["value"]) == 1


def test_an_os_upgrade_affects_instances_with_the_model_and_an_older_image(
    make_client: ClientFactory,
) -> None:
    web = make_client(throttling=False)
    web.patch_image_version(NEWER)
    web.post("/manualupgrade", ["*"])
    web.advance(200)
    web.patch_image_version("latest")
    web.post("/manualupgrade", ["1"])
    web.advance(200)
    web.post("/osRollingUpgrade")
    web.advance(4000)
    assert len([effect for effect in web.effects("upgrade") if effect["instance_id"] == "1"]) == 2
    assert len(web.effects("upgrade")) == 200


def test_only_images_with_versions_have_os_upgrades(make_client: ClientFactory) -> None:
    for scenario in ("custom-image", "vhd"):
        refused = make_client(scenario).post("/osRollingUpgrade")
        assert (refused.status_code, refused.json()["error"]["code"]) == (
            409,
            "OperationNotAllowed",
        )


def test_an_upgrade_of_extensions_takes_ten_minutes(make_client: ClientFactory) -> None:
    web = make_client("rolling-policy", throttling=False)
    accepted = web.post("/extensionRollingUpgrade")
    web.advance(590)
    assert web.operation_status(accepted)["status"] == "InProgress"
    web.advance(20)
    assert web.operation_status(accepted)["status"] == "Succeeded"

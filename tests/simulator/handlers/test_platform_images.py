"""The catalogue of platform images."""

from tests.support.simulator_client import NEWER, NEWEST, SimulatorClient


def test_the_catalogue_has_newer_versions_than_the_model(web: SimulatorClient) -> None:
    base = (
        f"{web.subscription_path}/providers/Microsoft.Compute/locations/eastus/publishers/canonical"
        "/artifacttypes/vmimage/offers/0001-com-ubuntu-server-jammy/skus/22_04-lts-gen2/versions"
    )
    names = [version["name"] for version in web.send("GET", base).json()]
    assert names == sorted(names)
    assert names[-2:] == [NEWER, NEWEST]
    newest = web.send("GET", base, query="$top=1&$orderby=name%20desc").json()
    assert [version["name"] for version in newest] == [NEWEST]
    full = web.send("GET", base, query="$expand=properties").json()
    states = {version["properties"]["imageDeprecationStatus"]["imageState"] for version in full}
    assert states == {"Active", "Deprecated", "ScheduledForDeprecation"}
    one = web.send("GET", f"{base}/{NEWEST}").json()
    assert one["properties"]["osDiskImage"]["operatingSystem"] == "Linux"
    assert web.send("GET", f"{base}/1.2.3").status_code == 404


def test_web_100_has_no_managed_images_and_no_galleries(web: SimulatorClient) -> None:
    group = web.set_path.split("/providers/")[0]
    for base in (web.subscription_path, group):
        for kind in ("images", "galleries"):
            response = web.send("GET", f"{base}/providers/Microsoft.Compute/{kind}")
            assert response.json() == {"value": []}

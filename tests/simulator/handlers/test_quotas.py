"""VM sizes and quota usage."""

from tests.support.simulator_client import ClientFactory


def test_sizes_and_quotas_can_be_listed(make_client: ClientFactory) -> None:
    web = make_client()
    base = f"{web.subscription_path}/providers/Microsoft.Compute"
    skus = web.send("GET", f"{base}/skus", None, "$filter=location eq 'westus'").json()["value"]
    assert {sku["locations"][0] for sku in skus} == {"westus"}
    assert "Standard_D4s_v5" in {sku["name"] for sku in skus}
    usages = web.send("GET", f"{base}/locations/eastus/usages").json()["value"]
    used = {usage["name"]["value"]: usage["currentValue"] for usage in usages}
    assert (used["standardDSv5Family"], used["virtualMachines"]) == (400, 100)

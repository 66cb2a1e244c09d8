"""Names of groups, scale sets and instances: Azure's own rules, in letters of any script."""

import pytest

from vmss_tui.arm.transport.urls import ArmUrls
from vmss_tui.fleet.scale_set_id import (
    BadName,
    ScaleSetId,
    check_instance_id,
    parse_resource_id,
    split_scale_set,
)

SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"


@pytest.mark.parametrize("group", ["rg_(prod)-Köln", "東京-rg", "(a)", "x" * 90])
@pytest.mark.parametrize("name", ["web-vmss", "wéb.1", "_w", "a" * 64])
def test_a_name_that_azure_allows_is_parsed_in_both_forms(group: str, name: str) -> None:
    assert split_scale_set(f"{group}/{name}") == (None, group, name)
    scale_set = ScaleSetId(SUBSCRIPTION, group, name)
    assert parse_resource_id(scale_set.resource_id) == scale_set


@pytest.mark.parametrize("group", ["rg.", "..", "a b", "x" * 91, "rg*", "rg?x", "rg%28", "a\n"])
def test_a_group_that_azure_does_not_allow_is_refused(group: str) -> None:
    with pytest.raises(BadName, match="resource group"):
        split_scale_set(f"{group}/web-vmss")


@pytest.mark.parametrize("name", ["web.", "-web", "a" * 65, "w(1)", "..", "web\u202e"])
def test_a_scale_set_name_that_azure_does_not_allow_is_refused(name: str) -> None:
    with pytest.raises(BadName, match="scale set name"):
        split_scale_set(f"rg/{name}")


def test_names_of_any_script_are_quoted_in_a_request() -> None:
    urls = ArmUrls("https://management.azure.com")
    scale_set = ScaleSetId(SUBSCRIPTION, "rg_(prod)-Köln", "wéb")
    url = urls.instance(scale_set, check_instance_id("wéb_1"), flexible=True)
    assert "/resourceGroups/rg_%28prod%29-K%C3%B6ln/" in url
    assert "/virtualMachines/w%C3%A9b_1?" in url
    assert url.isascii()
    assert urls.instances(scale_set).isascii()

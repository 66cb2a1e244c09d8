"""Commands that read several things, of which one cannot be read."""

import json

import pytest

from tests.support.command_line import CommandLine
from tests.support.field_server import FieldServer

UNREGISTERED = "33333333-3333-3333-3333-333333333333"
LISTED = "00000000-0000-0000-0000-000000000000"
SETS = "/subscriptions/{}/providers/Microsoft.Compute/virtualMachineScaleSets"
REFUSAL = {"error": {"code": "AuthorizationFailed", "message": "ops may not list scale sets."}}


def test_a_subscription_that_cannot_be_listed_does_not_hide_the_others(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with FieldServer("list-unregistered-sub") as azure:
        code, out, err = CommandLine(capsys, "--endpoint", azure.endpoint)("list")
        as_json = CommandLine(capsys, "--endpoint", azure.endpoint)("list", "--json")
    assert code == as_json[0] == 0
    assert "vmss9" in out
    assert [entry["name"] for entry in json.loads(as_json[1])] == ["vmss9"]
    for message in (err, as_json[2]):
        assert f"subscription new ({UNREGISTERED}) cannot be listed" in message
        assert "not registered to use namespace 'Microsoft.Compute'" in message


def test_a_set_that_cannot_be_read_is_listed_with_the_reason(
    capsys: pytest.CaptureFixture[str],
) -> None:
    instances = f"/subscriptions/{LISTED}/resourceGroups/rg1/providers/Microsoft.Compute"
    with FieldServer("list-unregistered-sub") as azure:
        path = f"{instances}/virtualMachineScaleSets/vmss9/virtualMachines"
        azure.reply("GET", path, 403, REFUSAL)
        code, out, err = CommandLine(capsys, "--endpoint", azure.endpoint)("list")
    assert code == 0
    assert "vmss9" in out
    assert "Not counted: rg1/vmss9: Azure refused: ops may not list" in err


def test_where_no_subscription_can_be_listed_the_list_fails(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with FieldServer("list-unregistered-sub") as azure:
        azure.reply("GET", SETS.format(LISTED), 403, REFUSAL)
        code, out, err = CommandLine(capsys, "--endpoint", azure.endpoint)("list")
    assert (code, out) == (7, "")
    assert "ops may not list scale sets" in err


def test_a_page_that_cannot_be_read_does_not_hide_the_pages_before_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with FieldServer("list-unregistered-sub") as azure:
        first = azure.body("GET", SETS.format(LISTED))
        next_link = f"{azure.endpoint}{SETS.format(LISTED)}?api-version=2026-04-01&$skiptoken=2"
        azure.reply("GET", SETS.format(LISTED), 403, REFUSAL)
        azure.reply_first(
            "GET", SETS.format(LISTED), 200, first | {"nextLink": next_link}, headers={}
        )
        code, out, err = CommandLine(capsys, "--endpoint", azure.endpoint)("list")
    assert code == 0
    assert "vmss9" in out
    assert "Page 2 of the list is missing" in err


def test_a_scale_set_whose_name_azure_cannot_have_given_is_reported(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with FieldServer("list-unregistered-sub") as azure:
        listed = azure.body("GET", SETS.format(LISTED))
        odd = {"id": listed["value"][0]["id"] + "%2F..", "name": "odd"}
        listed["value"].append(odd)
        azure.reply("GET", SETS.format(LISTED), 200, listed)
        code, out, err = CommandLine(capsys, "--endpoint", azure.endpoint)("list")
    assert code == 0
    assert "vmss9" in out
    assert "a scale set is not listed: 'vmss9%2F..' is not a scale set name" in err

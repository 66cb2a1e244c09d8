"""What is checked before the first write, read from recorded answers and from damaged ones."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.canned_gateway import canned_gateway
from tests.support.json_mutations import JsonMutator
from tests.support.paths import EXCHANGES
from tests.support.recorded_answers import body_of
from vmss_tui.fleet.image import Image, ImageKind
from vmss_tui.fleet.preflight.facts import Grant, ReplicationState, SizeTraits, Usage
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.fleet.scale_set_id import BadName, scale_set_id
from vmss_tui.gateway import GatewayError, InvalidResponse
from vmss_tui.gateway.preflight import PreflightReads

SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
SET = scale_set_id(SUBSCRIPTION, "rg", "web")
SCALE_SET = ScaleSet(SET, location="westus")
JAMMY = Image(ImageKind.PLATFORM, "Canonical", "0001-com-ubuntu-server-jammy", "22_04-lts-gen2")
GALLERY = Image(
    ImageKind.GALLERY,
    reference=f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Compute/"
    "galleries/own/images/web/versions/1.2.0",
)
_FLOW = EXCHANGES / "flow-marketplace-terms-accept.json"
TERMS = json.loads(_FLOW.read_text(encoding="utf-8"))["exchanges"][0]["response"]["body"]
REPLICATION = {
    "properties": {
        "replicationStatus": {
            "aggregatedState": "InProgress",
            "summary": [
                {"region": "West US 2", "state": "Replicating", "details": "", "progress": 40},
                {"region": "East US", "state": "Completed", "progress": 100},
                {"region": "North Europe", "state": "Rehydrating"},
            ],
        }
    }
}
GRANTS = {"value": [{"actions": ["*/read"], "notActions": ["A/b/*"]}, {"actions": ["*"]}]}
READS: tuple[tuple[Any, Callable[[PreflightReads], object]], ...] = (
    (body_of("vmimage-version-get-features-2026"), lambda r: r.read_image(SCALE_SET, JAMMY, "1")),
    (body_of("gallery-images-list")["value"][0], lambda r: r.read_image(SCALE_SET, GALLERY, "1")),
    (REPLICATION, lambda r: r.read_replication(GALLERY, "1.2.0")),
    (body_of("skus-2017-restrictions"), lambda r: r.read_sizes(SUBSCRIPTION, "eastus")),
    (body_of("compute-usages-westus"), lambda r: r.read_usages(SUBSCRIPTION, "westus")),
    (TERMS, lambda r: r.read_terms(SUBSCRIPTION, "fortinet/offer/plan")),
    (GRANTS, lambda r: r.read_group_grants(SET)),
)


def results() -> list[Any]:
    """The facts of all recorded answers."""
    return [
        read(canned_gateway((200, {}, json.dumps(body).encode())).preflight) for body, read in READS
    ]


def test_the_recorded_answers_are_read() -> None:
    image, definition, replication, sizes, usages, accepted, grants = results()
    assert (image.generation, image.architecture, image.plan) == ("V2", "x64", "")
    assert (image.security, image.security_known) == ("TrustedLaunchSupported", True)
    assert (definition.generation, definition.security) == ("V1", "")
    assert replication.states == {
        "westus2": (ReplicationState.REPLICATING, 40),
        "eastus": (ReplicationState.COMPLETED, 100),
        "northeurope": (ReplicationState.UNKNOWN, None),
    }
    assert sizes["standard_nc6s_v2"].restriction == "NotAvailableForSubscription"
    assert isinstance(sizes["standard_ds2_v2"], SizeTraits)
    assert (sizes["standard_ds2_v2"].cores, sizes["standard_ds2_v2"].restriction) == (2, "")
    assert usages["cores"] == Usage("cores", "Total Regional vCPUs", 5, 100)
    assert accepted is False
    assert grants == (Grant(("*/read",), ("A/b/*",)), Grant(("*",)))


def test_what_is_not_understood_is_an_error_and_never_a_guess() -> None:
    for body, read in (
        ({"value": [{"actions": ["\x1b[2J*"]}]}, READS[6][1]),
        ({"properties": {}}, READS[5][1]),
        ([], READS[0][1]),
        ({}, READS[3][1]),
    ):
        with pytest.raises(InvalidResponse):
            read(canned_gateway((200, {}, json.dumps(body).encode())).preflight)
    reads = canned_gateway().preflight
    with pytest.raises(BadName):
        reads.read_terms(SUBSCRIPTION, "a/../b")
    with pytest.raises(BadName):
        reads.read_sizes(SUBSCRIPTION, "west' or '1")
    with pytest.raises(BadName):
        reads.read_replication(JAMMY, "1")


def test_a_damaged_answer_is_a_fact_or_an_error_of_the_gateway() -> None:
    mutator = JsonMutator(20)
    for round_number in range(210):
        body, read = READS[round_number % len(READS)]
        try:
            read(canned_gateway((200, {}, mutator.mutate(body))).preflight)
        except GatewayError:
            continue

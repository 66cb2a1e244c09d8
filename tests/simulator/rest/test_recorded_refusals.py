"""The refusals that were recorded: the simulator's have the same status, code and sentence.

Names, versions and regions in quotes may differ.
"""

import json
import re
from typing import Any

import pytest

from tests.support.paths import REFUSALS
from tests.support.simulator_client import ClientFactory

NEWEST = "2015-06-15"
"""Older than the version in every recorded request."""
FAULTS: dict[str, dict[str, Any]] = {
    "400-NoRegisteredProviderFound-location-not-version": {
        "refuse": "api_version", "newest": "2018-05-01", "shape": "misleading"},
    "doc-400-NoRegisteredProviderFound-version": {
        "refuse": "api_version", "newest": NEWEST},
    "doc-404-InvalidResourceType-list-usgov": {
        "refuse": "api_version", "newest": NEWEST},
    "doc-404-InvalidResourceType-no-list": {
        "refuse": "api_version", "newest": NEWEST, "shape": "no_list"},
    "doc-404-InvalidResourceType-resource": {
        "refuse": "api_version", "newest": NEWEST, "shape": "not_found"},
    "doc-409-image-type": {"refuse": "image_type"},
    "doc-409-subscription-not-registered": {"refuse": "unregistered"},
}  # fmt: skip
"""Recording → the fault under which the simulator refuses."""


def sentence(text: str) -> str:
    """A message without what stands in quotes."""
    return re.sub(r"'[^']*'", "''", text)


def recording(stem: str) -> Any:
    return json.loads((REFUSALS / f"{stem}.json").read_text(encoding="utf-8"))


def test_every_recorded_refusal_has_its_fault() -> None:
    assert {path.stem for path in REFUSALS.glob("*.json")} == set(FAULTS)


@pytest.mark.parametrize("stem", FAULTS)
def test_a_recorded_refusal_has_the_same_status_code_and_sentence(
    make_client: ClientFactory, stem: str
) -> None:
    web = make_client()
    web.add_fault(**FAULTS[stem])
    request, recorded = recording(stem)["request"], recording(stem)["response"]
    path = re.sub(r"/subscriptions/[^/]+", web.subscription_path, request["path"])
    path = re.sub(r"/resourceGroups/[^/]+", "/resourceGroups/web-rg", path)
    path = re.sub(r"(virtualMachineScaleSets)/[^/]+", r"\1/web-vmss", path)
    path = path.replace("Microsoft.BatchAI", "Microsoft.Compute")
    answer = web.send(request["method"], f"{path}?{request['query']}", request["body"])
    error, original = answer.json()["error"], recorded["body"]["error"]
    assert (answer.status_code, error["code"]) == (recorded["status"], original["code"])
    assert sentence(error["message"]) == sentence(original["message"])
    for name, value in recorded["headers"].items():
        if name.startswith("x-ms-failure"):
            assert answer.headers[name] == value

"""The names on disk: what an earlier version has written is read, and is written the same today."""

from typing import Any, get_args

import msgspec

from tests.support.paths import TESTS
from vmss_tui.campaign import events as ce
from vmss_tui.campaign.fold import apply_record
from vmss_tui.campaign.state import Campaign

FOLDER = TESTS / "data" / "campaign"
EVENTS = FOLDER.joinpath("events.jsonl").read_bytes().splitlines()
INTENTS = FOLDER.joinpath("intents.jsonl").read_bytes().splitlines()


def without_run_plans(line: bytes) -> dict[str, Any]:
    """A confirmed campaign without the plans of runs, whose fields `upgrade` keeps."""
    event: dict[str, Any] = msgspec.json.decode(line)
    for stage in event["plan"]["stages"]:
        for member in stage["members"]:
            assert member.pop("plan")["name"]
    return event


def test_every_kind_of_event_is_encoded_as_before_with_all_its_fields() -> None:
    examples = [msgspec.json.decode(line, type=ce.AnyCampaignEvent) for line in EVENTS]
    encoded = [msgspec.json.encode(event) for event in examples]
    assert encoded[1:] == EVENTS[1:]
    assert without_run_plans(encoded[0]) == without_run_plans(EVENTS[0])
    assert {type(event) for event in examples} == set(get_args(ce.AnyCampaignEvent))
    for event in examples:
        fields = msgspec.to_builtins(event)
        assert set(event.__struct_encode_fields__) == fields.keys() - {"event"}


def test_every_kind_of_intent_is_encoded_as_before() -> None:
    examples = [msgspec.json.decode(line, type=ce.CampaignIntent) for line in INTENTS]
    assert [msgspec.json.encode(intent) for intent in examples] == INTENTS
    assert {intent.kind for intent in examples} == set(ce.CampaignIntentKind)


def test_any_event_is_accepted_on_any_campaign() -> None:
    """Every prefix of a journal is valid, also a damaged one that begins later."""
    bodies = [msgspec.json.decode(line, type=ce.AnyCampaignEvent) for line in EVENTS]
    records = [
        ce.CampaignRecord(seq=number, at="", t=0.0, body=body)
        for number, body in enumerate(bodies, 1)
    ]
    for first in range(len(records)):
        campaign = Campaign()
        for record in (*records[first:], *records):
            campaign = apply_record(campaign, record)
        assert campaign.id == "ubuntu-1"

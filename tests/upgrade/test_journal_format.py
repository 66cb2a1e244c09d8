"""The names on disk: what an earlier version has written is read, and is written the same today."""

from typing import get_args

import msgspec
import pytest

from tests.support.paths import TESTS
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.report.report import Report

JOURNAL = TESTS / "data" / "journal"
EVENTS = JOURNAL.joinpath("events.jsonl").read_bytes().splitlines()
INTENTS = JOURNAL.joinpath("intents.jsonl").read_bytes().splitlines()


@pytest.mark.parametrize("line", EVENTS, ids=str)
def test_an_event_is_encoded_as_before(line: bytes) -> None:
    assert msgspec.json.encode(msgspec.json.decode(line, type=ev.AnyEvent)) == line


def test_a_plan_of_a_version_without_verdicts_is_read() -> None:
    tree = msgspec.json.decode(EVENTS[42])
    for name in ("bake", "verdict", "quarantine"):
        del tree["plan"]["policy"][name]
    older, newer = (
        msgspec.json.decode(line, type=ev.AnyEvent)
        for line in (msgspec.json.encode(tree), EVENTS[42])
    )
    assert older == newer


def test_every_kind_of_event_has_an_example_with_all_its_fields() -> None:
    examples = [msgspec.json.decode(line, type=ev.AnyEvent) for line in EVENTS]
    assert {type(event) for event in examples} == set(get_args(ev.AnyEvent))
    complete = {type(event): msgspec.to_builtins(event) for event in reversed(examples)}
    for kind, fields in complete.items():
        assert set(kind.__struct_encode_fields__) == fields.keys() - {"event"}


@pytest.mark.parametrize("line", INTENTS, ids=str)
def test_an_intent_is_encoded_as_before(line: bytes) -> None:
    assert msgspec.json.encode(msgspec.json.decode(line, type=ev.Intent)) == line


def test_every_kind_of_intent_has_an_example() -> None:
    kinds = {msgspec.json.decode(line, type=ev.Intent).kind for line in INTENTS}
    assert kinds == set(ev.IntentKind)


def test_a_report_is_encoded_as_before() -> None:
    line = JOURNAL.joinpath("report.json").read_bytes().rstrip(b"\n")
    assert msgspec.json.encode(msgspec.json.decode(line, type=Report)) == line

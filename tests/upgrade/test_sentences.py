"""Sentences about refused and lost writes: Azure's message once, and one prefix before it."""

import pytest

from tests.support.engine_harness import EngineHarness
from tests.support.engine_world import SET, small_set
from vmss_tui.arm.transport.errors import refusal_error
from vmss_tui.fleet.phrases import refusal_text
from vmss_tui.runtime.storage.operations_log import OperationRecord
from vmss_tui.ui.text.event_log import operation_lines
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.report.build import build_report
from vmss_tui.upgrade.report.markdown import render_markdown
from vmss_tui.upgrade.report.sentences import describe_event, exact_duration

BODY = b'{"error": {"code": "SkuNotAvailable", "message": "No such size."}}'
MESSAGE = refusal_error(400, {}, BODY).message
LOST = "The answer was lost: it closed the connection without a response"


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        (
            ev.ModelRefused(code="SkuNotAvailable", message=MESSAGE),
            "model edit: refused by Azure: No such size. (SkuNotAvailable)",
        ),
        (
            ev.BatchRefused(number=1, code="SkuNotAvailable", message=MESSAGE),
            "batch 1: refused by Azure: No such size. (SkuNotAvailable)",
        ),
        (
            ev.BatchUnknown(number=1, message=LOST),
            "batch 1: no response, checking its effect: "
            "it closed the connection without a response",
        ),
        (
            ev.ModelUnknown(message=LOST),
            "model edit: no response, checking its effect: it closed the connection without a "
            "response",
        ),
    ],
)
def test_a_sentence_says_once_that_azure_refused_or_the_answer_was_lost(
    event: ev.AnyEvent, sentence: str
) -> None:
    assert describe_event(ev.Record(seq=1, at="", t=0.0, body=event)).startswith(sentence)


def test_a_halt_after_a_refusal_names_code_and_refusal_once() -> None:
    harness = EngineHarness(small_set(1))
    harness.append(ev.BatchIntent(number=1, row="UD 0", instance_ids=("0",), client_request_id="c"))
    harness.append(ev.BatchRefused(number=1, code="SkuNotAvailable", message=MESSAGE))
    harness.cycle()
    assert harness.run.reason == "refused"
    assert harness.run.message == MESSAGE
    assert harness.run.message.count("Azure refused") == 1
    assert harness.run.message.count("SkuNotAvailable") == 1
    report = build_report("web-1234", harness.journal)
    assert report is not None
    requests = render_markdown(report).split("## Requests to Azure")[1].split("The same")[0]
    assert "refused: `No such size. (SkuNotAvailable)" in requests


def test_a_refusal_without_azures_words_gets_its_code() -> None:
    assert refusal_text("no.", "ScopeLocked") == "Azure refused (ScopeLocked): no."
    assert refusal_text("no.", "") == "Azure refused (no code): no."


def test_the_log_of_writes_says_once_that_one_was_refused() -> None:
    request = OperationRecord(
        at="", scale_set=SET.resource_id, request_id="r", verb="restart", instance_ids=("1",)
    )
    answer = OperationRecord(
        at="", scale_set=SET.resource_id, request_id="r", answer="refused", message=MESSAGE
    )
    _, line = operation_lines(SET, [request, answer])
    assert line.text.startswith("restart of instance 1: refused: No such size. (SkuNotAvailable)")


def test_the_times_of_a_report_are_exact_to_the_second_within_an_hour() -> None:
    times = [exact_duration(seconds) for seconds in (39.6, 84, 119.7, 3599, 11_100)]
    assert times == ["40 s", "1 min 24 s", "2 min 0 s", "59 min 59 s", "3 h 5 min"]

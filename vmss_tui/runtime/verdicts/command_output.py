"""The sample of a command: its exit code, and the message and numbers that it printed. Pure."""

from typing import Any

import msgspec

from vmss_tui.text import cell
from vmss_tui.upgrade.plan.verdict import Sample, SampleResult

MAX_MESSAGE = 300
MAX_NUMBERS = 10


def sample_of_command(
    code: int | None, output: str, seconds: float = 0.0, failure: str = ""
) -> Sample:
    """The sample of a command: exit code 0 is a success, 1 a failure, any other inconclusive, and
    so is None, where it was not run or did not exit in time, for which `failure` is the reason.

    `output` is what it printed: the last JSON object, in lines of its own, may have `message` and
    `numbers`; without one the last line is the message."""
    result = {0: SampleResult.SUCCESS, 1: SampleResult.FAILURE}.get(
        -1 if code is None else code, SampleResult.INCONCLUSIVE
    )
    message, numbers = _message_and_numbers(output)
    if code not in (0, 1, 2):
        reason = failure or f"exit code {code}"
        message = f"{reason}: {message}" if message else reason
    return Sample(
        result=result,
        message=cell(message, MAX_MESSAGE) if message else "",
        numbers=numbers,
        seconds=seconds,
    )


def _message_and_numbers(output: str) -> tuple[str, dict[str, float]]:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    for candidate in (output.strip(), *reversed(lines)):
        document = _json_object(candidate)
        if document is not None:
            message = document.get("message")
            return message if isinstance(message, str) else "", _numbers(document.get("numbers"))
    return (lines[-1] if lines else ""), {}


def _json_object(text: str) -> dict[str, Any] | None:
    if not text.startswith("{"):
        return None
    try:
        document = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _numbers(value: object) -> dict[str, float]:
    if not isinstance(value, dict):
        return {}
    pairs = [
        (cell(name, 40), float(number))
        for name, number in value.items()
        if isinstance(name, str)
        and isinstance(number, int | float)
        and not isinstance(number, bool)
        and abs(number) < 1e15
    ]
    return dict(pairs[:MAX_NUMBERS])

"""Headless commands that meet a throttled or unreachable Azure: they wait, and say so."""

from collections.abc import Mapping

import pytest
import requests

from tests.support.command_line import WEB, CommandLine
from vmss_tui.gateway.cancellation import Cancellation
from vmss_tui.simulator.server import Simulator

THROTTLED = {"status": 429, "headers": {"Retry-After": "2"}}
UNAVAILABLE = {"status": 503}
DROPPED = {"drop_before": True}
COMMANDS = (
    ("status", WEB),
    ("plan", WEB, "--domain", "1"),
    ("model", WEB),
)


def add_fault(azure: Simulator, action: Mapping[str, object], times: int | None) -> None:
    """The next requests about scale sets fail."""
    fault = {"match": {"path": "virtualMachineScaleSets"}, "action": action, "times": times}
    requests.post(f"{azure.endpoint}/_simulator/faults", json=fault, timeout=10).raise_for_status()


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds of every wait, none of which takes any time."""
    seconds: list[float] = []
    monkeypatch.setattr(Cancellation, "wait", lambda _self, wait: seconds.append(wait))
    return seconds


@pytest.mark.parametrize(
    ("action", "times"), [(THROTTLED, 1), (UNAVAILABLE, 3), (DROPPED, 5)], ids=str
)
@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda arguments: arguments[0])
def test_a_command_waits_for_azure_and_says_so(
    capsys: pytest.CaptureFixture[str],
    waits: list[float],
    arguments: tuple[str, ...],
    action: Mapping[str, object],
    times: int,
) -> None:
    with Simulator("web-100") as azure:
        add_fault(azure, action, times=times)
        code, out, err = CommandLine(capsys, "--endpoint", azure.endpoint)(*arguments)
    assert code == 0
    assert out
    assert err.count("Waiting ") == times == len(waits)


def test_without_patience_a_command_gives_up_at_once(
    capsys: pytest.CaptureFixture[str], waits: list[float]
) -> None:
    with Simulator("web-100") as azure:
        add_fault(azure, THROTTLED, times=1)
        code, _, err = CommandLine(capsys, "--endpoint", azure.endpoint, "--patience", "0")(
            "status", WEB
        )
    assert (code, waits) == (1, [])
    assert "Throttled by Azure for 2 s" in err


def test_at_the_end_of_its_patience_a_command_says_what_it_tried(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Simulator("web-100") as azure:
        add_fault(azure, UNAVAILABLE, times=None)
        code, _, err = CommandLine(capsys, "--endpoint", azure.endpoint, "--patience", "1")(
            "status", WEB
        )
    assert code == 1
    assert "HTTP 503" in err.splitlines()[-1]
    assert "(tried 2 times in " in err.splitlines()[-1]


@pytest.mark.parametrize("value", ["-1", "inf", "a", "3601"])
def test_a_patience_that_is_no_number_of_seconds_is_refused(cli: CommandLine, value: str) -> None:
    code, _, err = cli("status", WEB, "--patience", value)
    assert code == 2
    assert "patience" in err

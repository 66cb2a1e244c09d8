"""`rolling` and `repairs`: output, requests and exit codes."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.support.command_line import CommandLine, refusal
from vmss_tui.errors import ExitCode
from vmss_tui.simulator.server import Simulator

WEB = "web-rg/web-vmss"
IMAGE = "properties.virtualMachineProfile.storageProfile.imageReference.version"


class Shell(CommandLine):
    """The program in front of a simulator of this test's own."""

    def __init__(self, capsys: pytest.CaptureFixture[str], simulator: Simulator) -> None:
        super().__init__(capsys, "--endpoint", simulator.endpoint)
        self._control = f"{simulator.endpoint}/_simulator"

    def control(self, path: str, body: Any = None) -> Any:
        """The simulator's own interface."""
        method = "POST" if body else "GET"
        response = requests.request(method, f"{self._control}/{path}", json=body, timeout=10)
        response.raise_for_status()
        return response.json()

    def edit(self, **changes: Any) -> None:
        """Another operator's write."""
        self.control("edit", {"scale_set": WEB, "set": changes})

    def posts(self) -> list[str]:
        """The actions requested by POST."""
        received = self.control("ledger")["requests"]
        return [request["path"].partition(f"{WEB.partition('/')[2]}/")[2] for request in received
                if request["method"] == "POST"]  # fmt: skip

    def upgraded(self) -> int:
        """How many instances the simulator upgraded."""
        return sum(effect["kind"] == "upgrade" for effect in self.control("ledger")["effects"])


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """Real time, a thousand times as fast."""
    with Simulator("web-100", speed=1000.0) as running:
        yield running


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str], simulator: Simulator) -> Shell:
    return Shell(capsys, simulator)


@pytest.fixture
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits a short real time between two readings."""
    monkeypatch.setattr("vmss_tui.runtime.operations.maintenance._POLL_INTERVAL", 0.02)


def test_start_says_what_it_does_sends_once_and_waits_to_the_end(
    shell: Shell, short_waits: None
) -> None:
    code, out, err = shell("rolling", WEB, "start", "--yes", "--wait")
    assert code == ExitCode.DONE
    assert out == ""
    for message in ("Azure replaces OS disks", "az vmss rolling-upgrade start",
                  "Done: Azure's rolling OS upgrade is requested.",
                  "Completed: 80 successful, 0 in progress, 0 pending, 0 failed"):  # fmt: skip
        assert message in err
    assert shell.posts() == ["osRollingUpgrade"]
    assert shell.upgraded() == 80


def test_as_json_the_start_and_each_reading_are_a_line(shell: Shell, short_waits: None) -> None:
    code, out, _ = shell("rolling", WEB, "start", "--extensions", "-y", "--wait", "--json")
    first, *statuses = map(json.loads, out.splitlines())
    assert code == ExitCode.DONE
    assert (first["asked"], first["az"]) == (
        "start-extension-upgrade", "az vmss extension upgrade -g web-rg --vmss-name web-vmss",
    )  # fmt: skip
    assert first["operation"].startswith("http://127.0.0.1")
    assert statuses[-1]["code"] == "Completed"
    assert statuses[-1]["successful"] == 80
    assert shell.posts() == ["extensionRollingUpgrade"]


def test_a_faulted_upgrade_exits_with_3_and_azures_message(shell: Shell, short_waits: None) -> None:
    shell.edit(**{IMAGE: "22.04.202601010"})
    shell.control("faults", {"instance": "never_healthy", "version": "22.04.202601010"})
    code, _, err = shell("rolling", WEB, "start", "-y", "--wait")
    assert code == ExitCode.HALTED
    assert "Faulted: " in err
    assert "unhealthy" in err.splitlines()[-1]


def test_cancel_ends_the_upgrade_and_status_and_history_show_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Simulator("web-100", speed=0.0) as simulator:
        shell = Shell(capsys, simulator)
        assert "never had a rolling upgrade by Azure" in shell("rolling", WEB, "status")[1]
        assert "no OS upgrade history" in shell("rolling", WEB, "history")[1]
        assert shell("rolling", WEB, "start", "--yes")[0] == ExitCode.DONE
        simulator.clock.advance(15)
        assert (
            "RollingForward  0 successful, 20 in progress, 60 pending"
            in shell("rolling", WEB, "status")[1]
        )
        code, _, err = shell("rolling", WEB, "cancel", "--yes", "--wait")
        assert code == ExitCode.DONE
        assert "Nothing is rolled back" in err
        document = json.loads(shell("rolling", WEB, "status", "--json")[1])
        assert (document["code"], document["active"], document["last_action"]) == (
            "Cancelled",
            False,
            "Cancel",
        )
        (entry,) = json.loads(shell("rolling", WEB, "history", "--json")[1])
        assert (entry["code"], entry["started_by"]) == ("Cancelled", "User")
        assert entry["target"]["version"] == "22.04.202511010"
        assert "User  Cancelled" in shell("rolling", WEB, "history")[1]
        assert shell.posts() == ["osRollingUpgrade", "rollingUpgrades/cancel"]


def test_waiting_for_an_upgrade_that_is_cancelled_exits_with_4(
    capsys: pytest.CaptureFixture[str], short_waits: None
) -> None:
    with Simulator("web-100", speed=0.0) as simulator:
        shell = Shell(capsys, simulator)
        shell("rolling", WEB, "start", "--yes")
        shell("rolling", WEB, "cancel", "--yes")
        assert shell("rolling", WEB, "status", "--wait")[0] == ExitCode.ABORTED


def test_status_where_none_ever_ran_is_null_in_json(shell: Shell) -> None:
    document = json.loads(shell("rolling", WEB, "status", "--json")[1])
    assert document.pop("scale_set").endswith("/virtualMachineScaleSets/web-vmss")
    assert set(document.values()) == {None}
    assert json.loads(shell("rolling", WEB, "history", "--json")[1]) == []


def test_without_a_terminal_and_without_yes_nothing_is_sent(shell: Shell) -> None:
    code, _, err = shell("rolling", WEB, "start")
    assert code == ExitCode.USAGE
    assert "add --yes" in err
    assert shell.posts() == []


@pytest.mark.parametrize(
    ("arguments", "message", "code"),
    [
        (("rolling", WEB), "Missing argument", ExitCode.USAGE),
        (("rolling", WEB, "stop"), "'stop' is not one of 'start', 'cancel', 'status', 'history'",
         ExitCode.USAGE),
        (("rolling", WEB, "cancel", "--extensions"), "--extensions is for start",
         ExitCode.USAGE),
        (("rolling", WEB, "history", "--wait"), "--wait is for", ExitCode.USAGE),
        (("rolling", "nowhere", "status"), "RESOURCE_GROUP/NAME", ExitCode.USAGE),
        (("rolling", "web-rg/nothing", "start", "-y"), "was not found", ExitCode.ERROR),
        (("rolling", WEB, "cancel", "-y"), "none was ever started", ExitCode.ERROR),
        (("rolling", WEB, "start", "-y", "--read-only"), "is read-only", ExitCode.REFUSED),
        (("repairs", WEB, "off"), "'off' is not one of 'show', 'suspend', 'resume'",
         ExitCode.USAGE),
        (("repairs", WEB, "suspend", "-y"), "are off in the model", ExitCode.ERROR),
        (("repairs", WEB, "resume", "--read-only"), "is read-only", ExitCode.REFUSED),
    ],
)  # fmt: skip
def test_an_invalid_call_is_one_sentence_and_nothing_is_sent(
    shell: Shell, arguments: tuple[str, ...], message: str, code: ExitCode
) -> None:
    assert message in refusal(*shell(*arguments), code)
    assert shell.posts() == []


def test_repairs_are_shown_suspended_and_resumed(shell: Shell) -> None:
    assert shell("repairs", WEB, "show")[1] == "automatic repairs  off\n"
    policy = {"enabled": True, "gracePeriod": "PT20M", "repairAction": "Reimage"}
    shell.edit(**{"properties.automaticRepairsPolicy": policy})
    output = shell("repairs", WEB, "show")[1]
    for line in ("service            Running", "action             Reimage",
                 "grace period       20 minutes"):  # fmt: skip
        assert line in output
    code, out, err = shell("repairs", WEB, "suspend", "--yes", "--json")
    assert code == ExitCode.DONE
    assert json.loads(out)["asked"] == "suspend-repairs"
    assert "--action Suspend" in err
    document = json.loads(shell("repairs", WEB, "show", "--json")[1])
    assert (document["enabled"], document["state"], document["action"]) == (
        True,
        "Suspended",
        "Reimage",
    )
    assert shell("repairs", WEB, "resume", "-y")[0] == ExitCode.DONE
    assert json.loads(shell("repairs", WEB, "show", "--json")[1])["state"] == "Running"
    assert shell.posts() == ["setOrchestrationServiceState"] * 2


def test_ctrl_c_during_a_wait_leaves_with_5(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(
        "vmss_tui.runtime.operations.maintenance.MaintenanceControl.follow", interrupted
    )
    code, _, err = shell("rolling", WEB, "start", "-y", "--wait")
    assert code == ExitCode.LEFT
    assert f"vmss-tui rolling {WEB} status --wait" in err

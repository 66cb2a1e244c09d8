"""`vmss-tui instance` and `vmss-tui run-command` against a simulator over HTTP."""

import json
from pathlib import Path

import pytest

from tests.support.command_line import WEB, CommandLine, refusal
from vmss_tui.errors import ExitCode

pytestmark = pytest.mark.usefixtures("state")


@pytest.fixture
def web(capsys: pytest.CaptureFixture[str], state: Path) -> CommandLine:
    return CommandLine(capsys, "--demo", "--speed", "600")


def test_an_instance_is_shown_with_its_log_and_its_activity(web: CommandLine) -> None:
    code, out, _ = web("instance", WEB, "3")
    assert code == 0
    assert out.startswith("instance 3  web-vmss_3  ")
    assert "VM agent" in out
    assert "Application found to be healthy" in out
    code, out, _ = web("instance", WEB, "3", "--boot-log", "--tail", "2")
    assert code == 0
    assert out.splitlines()[-1] == "webvmss000003 login:"
    assert len(out.splitlines()) == 2
    assert web("power", WEB, "restart", "--instance", "3", "--yes")[0] == 0
    code, out, _ = web("instance", WEB, "3", "--json", "--boot-log", "--tail", "5", "--activity")
    fields = json.loads(out)
    assert code == 0
    assert fields["boot_log"]["state"] == "available"
    assert len(fields["boot_log"]["lines"]) == 5
    assert {handler["name"] for handler in fields["handlers"]} > {"VM agent"}
    assert fields["causes"] == []
    assert isinstance(fields["activity"], list)
    missing = refusal(*web("instance", WEB, "999"), ExitCode.ERROR)
    assert "no instance '999'" in missing


def test_a_script_is_confirmed_run_and_its_output_printed(web: CommandLine, tmp_path: Path) -> None:
    code, out, err = web("run-command", WEB, "--instance", "3", "--bundle", "disk", "--yes")
    assert code == 0
    assert out.startswith("instance 3  exit code 0\n")
    assert "/dev/root" in out
    assert "  df -h" in err, "the script is shown"
    script = tmp_path / "script.sh"
    script.write_text("uname -a\n")
    arguments = ("run-command", WEB, "--instance", "3", "--instance", "4", "--script", str(script))
    refusal_text = web(*arguments)
    assert refusal_text[0] == ExitCode.USAGE, "no terminal, and no --yes"
    code, out, _ = web(*arguments, "--yes", "--json")
    fields = json.loads(out)
    assert code == 0
    assert fields["script"] == ["uname -a"]
    assert [entry["instance_id"] for entry in fields["instances"]] == ["3", "4"]
    assert [entry["state"] for entry in fields["instances"]] == ["done", "done"]


REFUSALS = (
    (("--instance", "3"), ExitCode.USAGE, "choose what to run"),
    (("--bundle", "disk"), ExitCode.USAGE, "choose instances"),
    (("--all", "--bundle", "disk", "--yes"), ExitCode.REFUSED, "at most 20"),
    (("--instance", "3", "--script", "BINARY", "--yes"), ExitCode.USAGE, "not a text in UTF-8"),
    (("--instance", "3", "--script", "EMPTY", "--yes"), ExitCode.REFUSED, "script is empty"),
    (
        ("--instance", "3", "--bundle", "disk", "--yes", "--read-only"),
        ExitCode.REFUSED,
        "read-only",
    ),
)


def test_what_cannot_be_run_is_refused_in_one_sentence(web: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "BINARY").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "EMPTY").write_text(" \n")
    for arguments, expected, reason in REFUSALS:
        paths = [str(tmp_path / part) if part.isupper() else part for part in arguments]
        code, out, err = web("run-command", WEB, *paths)
        assert code == expected
        assert out == ""
        assert reason in err

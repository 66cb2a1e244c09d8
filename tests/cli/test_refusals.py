"""Invalid input to the command line: one sentence, the right exit code, and nothing sent."""

import json
import re
from pathlib import Path

import pytest

from tests.support.command_line import NEWER, WEB, CommandLine, refusal
from vmss_tui.config import schema
from vmss_tui.errors import ExitCode
from vmss_tui.simulator.server import Simulator
from vmss_tui.ui.drawing.glyphs import Glyphs
from vmss_tui.ui.drawing.themes import AUTO, THEMES
from vmss_tui.ui.instances.cell_modes import CellMode


def test_an_unknown_scale_set(at_web: CommandLine) -> None:
    message = refusal(*at_web("status", "web-rg/nothing"), ExitCode.ERROR)
    assert "nothing" in message
    assert "did you mean" not in message
    message = refusal(*at_web("status", "WEB-rg/web-vms"), ExitCode.ERROR)
    assert message.endswith("; did you mean web-rg/web-vmss?")
    message = refusal(*at_web("plan", WEB, "--instance", "abc"), ExitCode.USAGE)
    assert message == "'abc' cannot be an instance ID of web-rg/web-vmss: they are numbers"
    code, out, _ = at_web("plan", WEB, "--pause-between", "1h30m", "--patience", "90s", "--json")
    assert (code, json.loads(out)["policy"]["pause_time_between_batches"]) == (0, 5400)


@pytest.mark.parametrize("name", ["web-rg/", "a/b/c", "web-rg/web$vmss", "/subscriptions/x"])
def test_a_malformed_scale_set(cli: CommandLine, name: str) -> None:
    message = refusal(*cli("--endpoint", "http://127.0.0.1:1", "status", name), ExitCode.USAGE)
    assert "is not a" in message


def test_an_unknown_command_is_refused_with_a_hint(cli: CommandLine) -> None:
    message = refusal(*cli("stauts"), ExitCode.USAGE)
    assert "unknown command 'stauts'; did you mean 'status'?" in message


def test_an_unknown_domain_lists_the_existing_ones(at_web: CommandLine) -> None:
    message = refusal(*at_web("plan", WEB, "--domain", "7"), ExitCode.ERROR)
    assert message == "there is no update domain 7: choose from 0, 1, 2, 3, 4"


def test_an_unknown_instance(at_web: CommandLine) -> None:
    message = refusal(*at_web("plan", WEB, "--instance", "4711"), ExitCode.ERROR)
    assert "there is no instance 4711" in message


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--max-batch", "0"), "must be from 1 to 1000 instances"),
        (("--max-batch", "many"), "must be a number or a percentage such as 5 or 20%"),
        (("--checkpoint", "50%,25%"), "must be ascending"),
        (("--healthy-deadline", "1"), "must be longer than --min-healthy (10 s)"),
        (("--pause-between", "nan"), "must be a time such as 90s, 5m or 1h, a week at most"),
        (("--batch-deadline", "169h"), "a week at most, not '169h'"),
        (("--patience", "5 minutes"), "must be a time from 0s to 1h, such as 90s or 5m"),
        (("--image-version", "no such thing"), "is not possible"),
        (("--image-version", "1", "--image-id", "/x"), "one form"),
        (("--nonsense",), "unknown option '--nonsense'"),
    ],
)
def test_an_invalid_option_is_named_with_the_values_allowed(
    at_web: CommandLine, arguments: tuple[str, ...], expected: str
) -> None:
    assert expected in refusal(*at_web("plan", WEB, *arguments), ExitCode.USAGE)


def test_a_wrong_key_in_the_settings_is_named_with_file_and_line(
    cli: CommandLine, tmp_path: Path
) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("azure:\n  cloud: public\n  tenent: x\n")
    message = refusal(*cli("list", "--config", str(path)), ExitCode.USAGE)
    assert message.startswith(
        f"{path} line 3: azure.tenent is not a setting (did you mean tenant?)"
    )


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("upgrad: f5", "line 2: keys.upgrad is not a command (did you mean upgrade?)"),
        ("zzz: f5", "line 2: keys.zzz is not a command: the list of commands (:) has their names"),
        ("upgrade: R", "line 2: keys.upgrade uses 'R', which rolling-run uses already"),
        ("filter: question_mark", "line 2: keys.filter uses '?', which help uses"),
        ("filter: foo", "line 2: keys.filter names 'foo', which is no key of a terminal"),
        ("filter: [F5]", "line 2: keys.filter"),
        ("filter: 'f5,'", "line 2: keys.filter names ''"),
        ("theme: ctrl+m", "line 2: keys.theme names 'ctrl+m', which is no key of a terminal"),
        ("upgrade: ctrl+u", "line 2: keys.upgrade names 'ctrl+u', a Ctrl combination"),
        ("abort: Ctrl+A", "line 2: keys.abort names 'ctrl+a', a Ctrl combination"),
    ],
)
def test_an_invalid_key_binding_is_refused_before_the_first_frame(
    cli: CommandLine, tmp_path: Path, line: str, expected: str
) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(f"keys:\n  {line}\n")
    assert expected in refusal(*cli(WEB, "--config", str(path)), ExitCode.USAGE)


def test_the_settings_allow_the_themes_glyphs_and_cell_modes_of_the_dashboard() -> None:
    assert (AUTO, *(theme.name for theme in THEMES)) == schema.THEMES
    assert tuple(Glyphs) == schema.GLYPHS
    assert tuple(CellMode.from_setting(cell) for cell in schema.CELLS) == tuple(CellMode)


def test_without_az_nobody_is_signed_in(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    message = refusal(*cli("list"), ExitCode.NOT_SIGNED_IN)
    assert message.startswith("Not signed in")


@pytest.mark.parametrize(
    "endpoint", ["http://example.com", "https://127.0.0.1", "http://127.0.0.1@example.com", "x"]
)
def test_an_endpoint_that_is_not_loopback_is_refused(cli: CommandLine, endpoint: str) -> None:
    message = refusal(*cli("--endpoint", endpoint, "list"), ExitCode.USAGE)
    assert "must be http:// on 127.0.0.1 or localhost" in message


def test_deadlines_that_contradict_each_other_are_named_by_their_options(
    at_web: CommandLine,
) -> None:
    message = refusal(*at_web("plan", WEB, "--healthy-deadline", "6000"), ExitCode.USAGE)
    assert message == ("--batch-deadline (5400 s) must be longer than --healthy-deadline (6000 s)")


def test_a_port_in_use_is_named(cli: CommandLine) -> None:
    with Simulator("web-100") as other:
        port = other.endpoint.rpartition(":")[2]
        message = refusal(*cli("simulate", "--port", port), ExitCode.ERROR)
    assert message.startswith(f"port {port} of 127.0.0.1 cannot be used: address already in use")


def test_a_plan_of_one_instance_uses_the_singular(at_web: CommandLine) -> None:
    _, out, _ = at_web("plan", WEB, "--instance", "1")
    assert "\n1 instance in 1 batch\n" in out


def test_an_endpoint_without_a_server(cli: CommandLine) -> None:
    code, out, err = cli("--patience", "3s", "--endpoint", "http://127.0.0.1:1", "list")
    *waits, last = err.splitlines(keepends=True)
    assert all(line.startswith("Waiting ") for line in waits)
    message = refusal(code, out, last, ExitCode.ERROR)
    reason = r"Azure cannot be reached: connection refused \(127\.0\.0\.1:1\)"
    assert re.fullmatch(reason + r" \(tried \d+ times in \d+ s\)", message), message
    assert "HTTPConnection" not in err
    assert "Waiting 0 s" not in err


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--demo", "--scenario", "web-1000", "list"), "choose from web-100, thousand"),
        (("--scenario", "sick", "list"), "--scenario needs --demo"),
        (("--demo", "--endpoint", "http://127.0.0.1:1", "list"), "cannot be combined"),
        (("--demo", "--speed", "nan", "list"), "nan is not in the range from 0"),
    ],
)
def test_demo_options_that_make_no_sense(
    cli: CommandLine, arguments: tuple[str, ...], expected: str
) -> None:
    assert expected in refusal(*cli(*arguments), ExitCode.USAGE)


def test_control_characters_in_arguments_do_not_reach_the_terminal(cli: CommandLine) -> None:
    message = refusal(*cli("\x1b]52;c;aGk=\x07"), ExitCode.USAGE)
    assert message.isprintable()


def test_a_scale_set_in_one_of_several_subscriptions_needs_the_option(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Simulator("fleet") as simulator:
        at_fleet = CommandLine(capsys, "--endpoint", simulator.endpoint)
        message = refusal(*at_fleet("status", "web-rg/web-prod"), ExitCode.USAGE)
        assert "Contoso Production (" in message
        assert at_fleet("status", "web-rg/web-prod", "--subscription", "contoso production")[0] == 0
        message = refusal(*at_fleet("list", "--subscription", "Fabrikam"), ExitCode.USAGE)
        assert "there is no subscription 'Fabrikam'" in message


def test_a_set_with_automatic_policy_is_edited_only_with_let_azure_act(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Simulator("automatic-policy") as simulator:
        at_automatic = CommandLine(capsys, "--endpoint", simulator.endpoint)
        edit = (WEB, "--image-version", NEWER, "--yes")
        message = refusal(*at_automatic("run", *edit), ExitCode.REFUSED)
        assert "has upgrade policy Automatic" in message
        code, _, err = at_automatic("model", *edit)
        assert code == ExitCode.REFUSED
        assert "Azure upgrades every instance at once (20 of them)" in err
        assert "--yes does not cover that" in err
        assert "upgrading" not in at_automatic("status", WEB)[1]
        assert at_automatic("model", *edit, "--let-azure-act")[0] == ExitCode.DONE
        assert "20 upgrading" in at_automatic("status", WEB)[1]


def test_read_only_refuses_what_would_write(at_web: CommandLine, state: Path) -> None:
    for command in ("run", "model"):
        code, _, err = at_web(command, WEB, "--image-version", NEWER, "--yes", "--read-only")
        assert code == ExitCode.REFUSED
        assert "this session is read-only" in err
    assert not list((state / "runs").iterdir())


def test_without_a_terminal_and_without_yes_nothing_is_started(
    at_web: CommandLine, state: Path
) -> None:
    code, out, err = at_web("run", WEB, "--domain", "1")
    assert (code, out) == (ExitCode.USAGE, "")
    assert "no terminal for the confirmation: add --yes" in err
    assert not list((state / "runs").iterdir())


def test_a_protected_set_is_not_written_to_by_yes_alone(
    at_web: CommandLine, tmp_path: Path
) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("protected: [web-*/*]\n")
    code, _, err = at_web("run", WEB, "--config", str(path), "--yes")
    assert code == ExitCode.REFUSED
    assert "web-rg/web-vmss is protected by the settings" in err


def test_an_unknown_run(cli: CommandLine) -> None:
    message = refusal(*cli("attach", "web-vmss-0000"), ExitCode.ERROR)
    assert message == "there is no run 'web-vmss-0000' (runs: none yet)"


def test_the_dashboard_without_a_terminal_points_to_status(cli: CommandLine) -> None:
    message = refusal(*cli("--demo"), ExitCode.USAGE)
    assert "status" in message


def test_an_unforeseen_error_is_one_sentence_and_a_file_without_values(
    cli: CommandLine, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_options: object) -> None:
        secret = "hunter2"
        raise ZeroDivisionError(f"Bearer {secret}{secret}")

    monkeypatch.setattr("vmss_tui.cli.options.GlobalOptions.run_store", broken)
    message = refusal(*cli("runs"), ExitCode.ERROR)
    (crash_report,) = (state / "crashes").iterdir()
    assert message.endswith(f"(ZeroDivisionError): please report it with {crash_report}")
    assert "hunter2" not in crash_report.read_text().replace('secret = "hunter2"', "")
    assert crash_report.stat().st_mode & 0o077 == 0

"""The command line against a simulator over real HTTP: what it says, and its exit codes."""

import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from vmss_tui import demo
from vmss_tui.cli import main
from vmss_tui.cli.exit_codes import Exit
from vmss_tui.config import schema as config_schema
from vmss_tui.simulator.server import Simulator
from vmss_tui.ui.drawing.glyphs import Glyphs
from vmss_tui.ui.drawing.themes import AUTO, THEMES
from vmss_tui.ui.instances.cell_modes import CellMode

WEB = "web-rg/web-vmss"
NEWER = "22.04.202601010"


class CommandLine:
    """Calls the program in this process and keeps what it said."""

    def __init__(self, capsys: pytest.CaptureFixture[str], *before: str) -> None:
        self._capsys = capsys
        self.before = before

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        code = main([*self.before, *arguments])
        said = self._capsys.readouterr()
        assert "Traceback" not in said.err
        return code, said.out, said.err


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user without az, settings or earlier runs."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("AZURE_CONFIG_DIR", str(tmp_path / "azure"))
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("VMSS_TUI_CONFIG", "AZURE_SUBSCRIPTION_ID"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def state(home: Path) -> Path:
    """Where runs and demos are kept."""
    return home / "state" / "vmss-tui"


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """The program, without anything it could speak to."""
    return CommandLine(capsys)


@pytest.fixture
def at_web(capsys: pytest.CaptureFixture[str]) -> Iterator[CommandLine]:
    """The program in front of a simulator with a hundred web servers."""
    with Simulator("web-100") as simulator:
        yield CommandLine(capsys, "--endpoint", simulator.endpoint)


@pytest.fixture
def in_demo(capsys: pytest.CaptureFixture[str], state: Path) -> Iterator[CommandLine]:
    """The program in a quick demo world of its own."""
    yield CommandLine(capsys, "--demo", "--speed", "60")
    demo.leave(state, demo.World())


def one_sentence(code: int, out: str, err: str, wanted: Exit) -> str:
    """Checks that a refusal is one line on stderr, with the code, and returns it."""
    assert code == wanted
    assert out == ""
    assert err.startswith("vmss-tui: ")
    assert err.count("\n") == 1
    return err.removeprefix("vmss-tui: ").strip()


def ledger(state: Path) -> list[dict[str, Any]]:
    """What truly happened in the demo world."""
    found = demo.living(state, demo.World())
    assert found is not None
    effects = requests.get(f"{found.endpoint}/_simulator/ledger", timeout=10).json()["effects"]
    return [effect for effect in effects if effect["kind"] == "upgrade"]


# Reading


def test_list_shows_stale_counts_and_whole_cells_in_a_pipe(at_web: CommandLine) -> None:
    code, out, _ = at_web("list")
    assert code == 0
    assert out.splitlines()[1].split() == [
        *("WEB-RG/web-vmss", "eastus", "100", "80", "Manual", "22.04.202511010"),
    ]
    assert "\x1b" not in out


def test_ascii_asked_before_or_after_the_command_reaches_what_is_printed(
    at_web: CommandLine,
) -> None:
    for arguments in (["--ascii", "status", WEB], ["status", WEB, "--ascii"]):
        code, out, _ = at_web(*arguments)
        assert (code, out.isascii()) == (0, True)
        assert "stale 80 - current 20" in out
    assert "stale 80 · current 20" in at_web("status", WEB)[1]


def test_list_as_json_has_a_line_per_scale_set(at_web: CommandLine) -> None:
    code, out, _ = at_web("list", "--json")
    (line,) = json.loads(out)
    assert code == 0
    assert (line["name"], line["capacity"], line["stale"]) == ("web-vmss", 100, 80)
    assert line["live_run"] is None


def test_status_has_a_line_per_domain_and_counts(at_web: CommandLine) -> None:
    code, out, _ = at_web("status", WEB)
    assert code == 0
    assert "UD 1     4/20   current   16 stale, 4 current" in out
    assert out.rstrip().endswith("stale 80 · current 20")


def test_status_as_json_has_every_instance(at_web: CommandLine) -> None:
    _, out, _ = at_web("status", WEB, "--json")
    told = json.loads(out)
    assert told["complete"] is True
    assert told["stale"] == 80
    assert len(told["instances"]) == 100
    assert {each["update_domain"] for each in told["instances"]} == {0, 1, 2, 3, 4}


def test_global_options_are_taken_before_and_after_the_command(at_web: CommandLine) -> None:
    before, after = at_web("status", WEB), CommandLine.__call__
    assert before[0] == 0
    endpoint = at_web.before
    at_web.before = ()
    assert after(at_web, "status", WEB, *endpoint)[0] == 0


def test_plan_shows_batches_and_changes_nothing(at_web: CommandLine, tmp_path: Path) -> None:
    code, out, _ = at_web("plan", WEB, "--domain", "3", "--max-batch", "10")
    assert code == 0
    assert "16 instances in 2 batches" in out
    kept = tmp_path / "plan.json"
    kept.write_text("x" * 100_000)
    kept.chmod(0o644)
    code, out, _ = at_web("plan", WEB, "--out", str(kept), "--json")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600, "it may hold what a model holds"
    assert json.loads(out) == json.loads(kept.read_text())
    assert len(json.loads(out)["batches"]) == 5
    assert json.loads(out)["policy"]["max_batch_instance_percent"] == "20%"


def test_the_wait_before_a_second_try_is_said(
    at_web: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    fault = {"match": {"method": "GET", "path": "virtualMachines"}, "nth": 1, "times": 1}
    action = {"status": 503, "headers": {"Retry-After": "2"}}
    endpoint = at_web.before[1]
    requests.post(f"{endpoint}/_simulator/faults", json={**fault, "action": action}, timeout=10)
    code, _, err = at_web("status", WEB)
    assert code == 0
    assert "Waiting 2 s: " in err


def test_model_shows_itself_and_an_edit_says_what_it_sets_off(at_web: CommandLine) -> None:
    code, out, _ = at_web("model", WEB)
    assert code == 0
    assert "Standard_D4s_v5" in out
    code, out, err = at_web("model", WEB, "--image-version", NEWER, "--yes")
    assert code == 0
    assert f"imageReference.version: 22.04.202511010 → {NEWER}" in err
    assert "no instance changes until you upgrade it" in err
    assert json.loads(at_web("model", WEB, "--json")[1])["image"]["version"] == NEWER


# Bad input: one sentence, the right code, nothing sent


def test_an_unknown_scale_set(at_web: CommandLine) -> None:
    words = one_sentence(*at_web("status", "web-rg/nothing"), Exit.ERROR)
    assert "nothing" in words


@pytest.mark.parametrize("name", ["web-rg/", "a/b/c", "web-rg/web$vmss", "/subscriptions/x"])
def test_a_malformed_scale_set(cli: CommandLine, name: str) -> None:
    words = one_sentence(*cli("--endpoint", "http://127.0.0.1:1", "status", name), Exit.USAGE)
    assert "is not a" in words


def test_an_unknown_command_names_the_way_out(cli: CommandLine) -> None:
    words = one_sentence(*cli("stauts"), Exit.USAGE)
    assert "'stauts' is no command and no scale set" in words


def test_an_unknown_domain_names_those_there_are(at_web: CommandLine) -> None:
    words = one_sentence(*at_web("plan", WEB, "--domain", "7"), Exit.ERROR)
    assert words == "there is no update domain 7: there are 0, 1, 2, 3, 4"


def test_an_unknown_instance(at_web: CommandLine) -> None:
    words = one_sentence(*at_web("plan", WEB, "--instance", "4711"), Exit.ERROR)
    assert "there is no instance 4711" in words


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--max-batch", "0"), "must be from 1 to 1000 instances"),
        (("--max-batch", "many"), "must be a number or a percentage such as 5 or 20%"),
        (("--checkpoint", "50%,25%"), "must rise"),
        (("--healthy-deadline", "1"), "must be longer than --min-healthy (10 s)"),
        (("--pause-between", "nan"), "must be seconds"),
        (("--image-version", "no such thing"), "is not possible"),
        (("--image-version", "1", "--image-id", "/x"), "one form"),
        (("--nonsense",), "No such option"),
    ],
)
def test_a_bad_option_is_named_with_what_would_be_right(
    at_web: CommandLine, arguments: tuple[str, ...], said: str
) -> None:
    assert said in one_sentence(*at_web("plan", WEB, *arguments), Exit.USAGE)


def test_a_wrong_key_in_the_settings_is_named_with_file_and_line(
    cli: CommandLine, tmp_path: Path
) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("azure:\n  cloud: public\n  tenent: x\n")
    words = one_sentence(*cli("list", "--config", str(path)), Exit.USAGE)
    assert words.startswith(f"{path} line 3: azure.tenent is not a setting (did you mean tenant?)")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("upgrad: f5", "line 2: keys.upgrad is no command: the commands are left, down"),
        ("upgrade: R", "line 2: keys.upgrade takes 'R', which rolling-run has already"),
        ("filter: question_mark", "line 2: keys.filter takes '?', which help has"),
        ("filter: foo", "line 2: keys.filter names 'foo', which no terminal sends"),
        ("filter: [F5]", "line 2: keys.filter"),
        ("filter: 'f5,'", "line 2: keys.filter names ''"),
        ("theme: ctrl+m", "line 2: keys.theme names 'ctrl+m', which no terminal sends"),
        ("upgrade: ctrl+u", "line 2: keys.upgrade names 'ctrl+u', a control chord"),
        ("abort: Ctrl+A", "line 2: keys.abort names 'ctrl+a', a control chord"),
    ],
)
def test_a_key_that_cannot_be_moved_so_is_refused_before_the_first_frame(
    cli: CommandLine, tmp_path: Path, line: str, said: str
) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(f"keys:\n  {line}\n")
    assert said in one_sentence(*cli(WEB, "--config", str(path)), Exit.USAGE)


def test_the_settings_know_the_themes_glyphs_and_meanings_of_the_dashboard() -> None:
    assert (AUTO, *(theme.name for theme in THEMES)) == config_schema.THEMES
    assert tuple(Glyphs) == config_schema.GLYPHS
    assert tuple(CellMode.set_to(cell) for cell in config_schema.CELLS) == tuple(CellMode)


def test_without_az_nobody_is_signed_in(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    words = one_sentence(*cli("list"), Exit.NOT_SIGNED_IN)
    assert words.startswith("Not signed in")


@pytest.mark.parametrize(
    "endpoint", ["http://example.com", "https://127.0.0.1", "http://127.0.0.1@example.com", "x"]
)
def test_an_endpoint_that_is_not_loopback_is_refused(cli: CommandLine, endpoint: str) -> None:
    words = one_sentence(*cli("--endpoint", endpoint, "list"), Exit.USAGE)
    assert "must be http:// on 127.0.0.1 or localhost" in words


def test_deadlines_that_contradict_each_other_are_named_by_their_options(
    at_web: CommandLine,
) -> None:
    words = one_sentence(*at_web("plan", WEB, "--healthy-deadline", "6000"), Exit.USAGE)
    assert words == ("--batch-deadline (5400 s) must be longer than --healthy-deadline (6000 s)")


def test_a_port_in_use_is_named(cli: CommandLine) -> None:
    with Simulator("web-100") as other:
        port = other.endpoint.rpartition(":")[2]
        words = one_sentence(*cli("simulate", "--port", port), Exit.ERROR)
    assert words.startswith(f"port {port} of 127.0.0.1 cannot be served: address already in use")


def test_one_instance_is_said_to_be_one(at_web: CommandLine) -> None:
    _, out, _ = at_web("plan", WEB, "--instance", "1")
    assert "\n1 instance in 1 batch\n" in out


def test_an_endpoint_where_nobody_answers(cli: CommandLine) -> None:
    code, out, err = cli("--endpoint", "http://127.0.0.1:1", "list")
    *waits, last = err.splitlines(keepends=True)
    assert all(line.startswith("Waiting ") for line in waits)
    words = one_sentence(code, out, last, Exit.ERROR)
    assert words == "Azure cannot be reached: connection refused (127.0.0.1:1)"
    assert "HTTPConnection" not in err
    assert "Waiting 0 s" not in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--demo", "--scenario", "web-1000", "list"), "there are web-100, thousand"),
        (("--scenario", "sick", "list"), "--scenario belongs to --demo"),
        (("--demo", "--endpoint", "http://127.0.0.1:1", "list"), "exclude each other"),
        (("--demo", "--speed", "nan", "list"), "from 0"),
    ],
)
def test_demo_options_that_make_no_sense(
    cli: CommandLine, arguments: tuple[str, ...], said: str
) -> None:
    assert said in one_sentence(*cli(*arguments), Exit.USAGE)


def test_control_characters_in_arguments_do_not_reach_the_terminal(cli: CommandLine) -> None:
    words = one_sentence(*cli("\x1b]52;c;aGk=\x07"), Exit.USAGE)
    assert words.isprintable()


def test_a_group_and_name_in_several_subscriptions_asks_which(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Simulator("fleet") as simulator:
        at_fleet = CommandLine(capsys, "--endpoint", simulator.endpoint)
        words = one_sentence(*at_fleet("status", "web-rg/web-prod"), Exit.USAGE)
        assert "Contoso Production (" in words
        assert at_fleet("status", "web-rg/web-prod", "--subscription", "contoso production")[0] == 0
        words = one_sentence(*at_fleet("list", "--subscription", "Fabrikam"), Exit.USAGE)
        assert "there is no subscription 'Fabrikam'" in words


def test_a_set_that_azure_upgrades_by_itself_is_edited_only_where_that_was_agreed_to(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Simulator("automatic-policy") as simulator:
        at_automatic = CommandLine(capsys, "--endpoint", simulator.endpoint)
        edit = (WEB, "--image-version", NEWER, "--yes")
        words = one_sentence(*at_automatic("run", *edit), Exit.REFUSED)
        assert "has upgrade policy Automatic" in words
        code, _, err = at_automatic("model", *edit)
        assert code == Exit.REFUSED
        assert "Azure upgrades every instance at once (20 of them)" in err
        assert "--yes does not stand for that" in err
        assert "updating" not in at_automatic("status", WEB)[1]
        assert at_automatic("model", *edit, "--let-azure-act")[0] == Exit.DONE
        assert "updating 20" in at_automatic("status", WEB)[1]


def test_read_only_refuses_what_would_write(at_web: CommandLine, state: Path) -> None:
    for command in ("run", "model"):
        code, _, err = at_web(command, WEB, "--image-version", NEWER, "--yes", "--read-only")
        assert code == Exit.REFUSED
        assert "this session only looks" in err
    assert not list((state / "runs").iterdir())


def test_without_a_terminal_and_without_yes_nothing_is_started(
    at_web: CommandLine, state: Path
) -> None:
    code, out, err = at_web("run", WEB, "--domain", "1")
    assert (code, out) == (Exit.USAGE, "")
    assert "there is no terminal to ask at: add --yes" in err
    assert not list((state / "runs").iterdir())


def test_a_protected_set_is_not_written_to_by_yes_alone(
    at_web: CommandLine, tmp_path: Path
) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("protected: [web-*/*]\n")
    code, _, err = at_web("run", WEB, "--config", str(path), "--yes")
    assert code == Exit.REFUSED
    assert "the settings protect web-rg/web-vmss" in err


def test_an_unknown_run(cli: CommandLine) -> None:
    words = one_sentence(*cli("attach", "web-vmss-0000"), Exit.ERROR)
    assert words == "there is no run 'web-vmss-0000' (runs: none yet)"


def test_the_dashboard_without_a_terminal_points_to_status(cli: CommandLine) -> None:
    words = one_sentence(*cli("--demo"), Exit.USAGE)
    assert "status" in words


def test_an_unforeseen_error_is_one_sentence_and_a_file_without_values(
    cli: CommandLine, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        secret = "hunter2"
        raise ZeroDivisionError(f"Bearer {secret}{secret}")

    monkeypatch.setattr("vmss_tui.cli.commands.runs.run_store", broken)
    words = one_sentence(*cli("runs"), Exit.ERROR)
    (kept,) = (state / "crashes").iterdir()
    assert words.endswith(f"(ZeroDivisionError): please report it with {kept}")
    assert "hunter2" not in kept.read_text().replace('secret = "hunter2"', "")
    assert kept.stat().st_mode & 0o077 == 0


# Runs


def test_a_run_from_the_shell_upgrades_exactly_one_domain_once(state: Path) -> None:
    command = [sys.executable, "-m", "vmss_tui", "--demo", "--speed", "60", "run", WEB]
    command += ["--domain", "1", "--image-version", NEWER, "--yes", "--json"]
    try:
        done = subprocess.run(command, capture_output=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr.decode()
        events = [json.loads(line) for line in done.stdout.splitlines()]
        kinds = [event["body"]["event"] for event in events]
        assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
        assert kinds[0] == "plan_confirmed"
        assert kinds[-1] == "completed"
        assert events[-1]["body"]["upgraded"] == 20
        planned = events[0]["body"]["plan"]["batches"]
        ids = {i for batch in planned for i in batch["instance_ids"]}
        upgraded = [effect["instance_id"] for effect in ledger(state)]
        assert len(upgraded) == len(ids) == 20
        assert set(upgraded) == ids
    finally:
        demo.leave(state, demo.World())


def test_a_detached_run_is_listed_attached_to_and_over(
    in_demo: CommandLine, cli: CommandLine
) -> None:
    code, out, _ = in_demo("run", WEB, "--domain", "2", "--yes", "--detach")
    name = out.strip()
    assert code == 0
    assert name.startswith("web-vmss-")
    code, out, _ = cli("attach", name, "--json")
    assert code == 0
    assert json.loads(out.splitlines()[-1])["body"] == {
        **{"event": "completed", "upgraded": 16, "failed": 0, "gone": 0, "skipped": 0}
    }
    (line,) = json.loads(cli("runs", "--json")[1])
    assert (line["run"], line["phase"], line["settled"]) == (name, "Completed", 16)
    assert "is over" in one_sentence(*cli("resume", name), Exit.REFUSED)


def test_nothing_to_do_is_done(in_demo: CommandLine) -> None:
    assert in_demo("run", WEB, "--instance", "0", "--yes")[0] == 0
    code, out, err = in_demo("run", WEB, "--instance", "0", "--yes")
    assert (code, out) == (0, "")
    assert "nothing to do" in err


def test_a_checkpoint_holds_until_resumed_and_abort_ends_it(
    in_demo: CommandLine, cli: CommandLine, state: Path
) -> None:
    code, out, err = in_demo("run", WEB, "--checkpoint", "10%,30%", "--yes")
    name = out.strip()
    assert code == Exit.LEFT
    assert f"vmss-tui resume {name}" in err
    assert len(ledger(state)) == 16
    assert "a run is live" in in_demo("run", WEB, "--yes")[2]
    assert cli("resume", name)[0] == 0
    assert cli("attach", name)[0] == Exit.LEFT
    assert len(ledger(state)) == 32
    assert cli("abort", name)[0] == 0
    assert cli("attach", name)[0] == Exit.ABORTED


def test_a_run_keeps_its_own_context(in_demo: CommandLine, cli: CommandLine, state: Path) -> None:
    _, out, _ = in_demo("run", WEB, "--checkpoint", "10%", "--yes")
    name = out.strip()
    words = one_sentence(*cli("abort", name, "--endpoint", "http://127.0.0.1:1"), Exit.USAGE)
    assert "leave --endpoint out" in words
    pid = json.loads(next((state / "locks").iterdir()).read_text())["pid"]
    os.kill(pid, signal.SIGKILL)
    demo.leave(state, demo.World())
    words = one_sentence(*cli("resume", name), Exit.ERROR)
    assert "the demo world" in words
    assert "is gone" in words


def test_leaving_a_waiting_viewer_lets_the_run_go_on(state: Path, cli: CommandLine) -> None:
    command = [sys.executable, "-m", "vmss_tui", "--demo", "--speed", "5", "run", WEB]
    viewer = subprocess.Popen(
        [*command, "--yes", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        assert viewer.stdout is not None
        name = json.loads(viewer.stdout.readline())["run"]
        os.killpg(viewer.pid, signal.SIGINT)
        _, err = viewer.communicate(timeout=30)
        assert viewer.returncode == Exit.LEFT
        assert f"vmss-tui attach {name}" in err.decode()
        assert json.loads(cli("runs", "--json")[1])[0]["live"] is True
        assert cli("pause", name)[0] == 0
        assert cli("abort", name)[0] == 0
    finally:
        demo.leave(state, demo.World())


def test_simulate_says_where_it_is_and_ends_when_told() -> None:
    command = [sys.executable, "-m", "vmss_tui", "simulate", "--scenario", "sick", "--seed", "7"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        banner = json.loads(process.stdout.readline())
        assert banner["scale_sets"] == [WEB]
        assert demo.answers(banner["endpoint"])
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0


def test_a_reader_that_goes_away_ends_a_command_quietly() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "vmss_tui", "simulate", "--list"],
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (Exit.PIPE_CLOSED, b"")


def test_an_interrupted_reading_is_no_answer_to_a_question(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("vmss_tui.cli.commands.runs.run_store", interrupted)
    assert cli("runs") == (Exit.INTERRUPTED, "", "")


# Reports


def test_a_report_is_told_as_markdown_and_as_json(in_demo: CommandLine) -> None:
    code, _, err = in_demo("run", WEB, "--instance", "1", "--yes")
    assert code == 0, err
    (run,) = json.loads(in_demo("runs", "--json")[1])
    code, out, _ = in_demo("report", run["run"])
    assert code == 0
    assert out.startswith(f"# Run {run['run']}: Completed\n")
    assert "az vmss update-instances -g web-rg -n web-vmss --instance-ids 1" in out
    code, out, _ = in_demo("report", run["run"], "--format", "json")
    assert code == 0
    assert json.loads(out)["upgraded"] == 1


def test_a_report_of_a_damaged_run_tells_what_it_can_and_ends_with_1(
    in_demo: CommandLine, state: Path
) -> None:
    assert in_demo("run", WEB, "--instance", "1", "--yes")[0] == 0
    (journal,) = state.glob("runs/*/journal.jsonl")
    lines = journal.read_bytes().split(b"\n")
    lines[4] = lines[4].replace(b'"t":', b'"t":9')
    journal.write_bytes(b"\n".join(lines))
    code, out, err = in_demo("report", "web-vmss")
    assert code == Exit.ERROR
    assert "The journal is damaged" in out
    assert "line 5" in err


# Retry and revert


def test_a_run_is_reverted_from_the_command_line_after_a_yes(
    in_demo: CommandLine, state: Path
) -> None:
    code, _, err = in_demo("run", WEB, "--instance", "1", "--image-version", NEWER, "--yes")
    assert code == 0, err
    code, out, err = in_demo("revert", "web-vmss")
    assert "add --yes" in one_sentence(code, out, err.splitlines(True)[-1], Exit.USAGE)
    assert "put back  instance 1" in err
    assert f"→ {NEWER}" in err
    code, _, err = in_demo("revert", "web-vmss", "--yes")
    assert code == 0, err
    assert "RollingBack now" in err
    assert in_demo("attach", "web-vmss")[0] == 0
    assert [effect["instance_id"] for effect in ledger(state)] == ["1", "1"]
    model = json.loads(in_demo("model", WEB, "--json")[1])
    assert model["image"]["version"] == "22.04.202511010"
    code, out, err = in_demo("revert", "web-vmss", "--yes")
    assert "leads back already" in one_sentence(code, out, err, Exit.REFUSED)


def test_a_run_without_failures_has_nothing_to_retry(in_demo: CommandLine) -> None:
    assert in_demo("run", WEB, "--instance", "1", "--yes")[0] == 0
    code, out, err = in_demo("retry", "web-vmss", "--yes")
    assert "none of its instances has failed" in one_sentence(code, out, err, Exit.REFUSED)
    code, out, err = in_demo("retry", "web-vmss", "--yes", "--read-only")
    assert "only looks" in one_sentence(code, out, err, Exit.REFUSED)


# Gates


@pytest.mark.parametrize(
    ("gate", "words"),
    [
        ("no-such-gate --now", "gate: must name a command that can be run: 'no-such-gate'"),
        ("check 'it", "must be a command line (no closing quotation)"),
    ],
)
def test_a_gate_that_cannot_be_is_refused_with_the_field_and_the_rule(
    at_web: CommandLine, gate: str, words: str
) -> None:
    code, out, err = at_web("plan", WEB, "--gate", gate)
    assert words in one_sentence(code, out, err, Exit.USAGE)


def test_a_plan_names_its_gate(at_web: CommandLine) -> None:
    code, out, _ = at_web("plan", WEB, "--gate", "sh -c 'exit 1'")
    assert code == 0
    assert "/sh -c 'exit 1' before each batch and after the last, 600 s at most" in out

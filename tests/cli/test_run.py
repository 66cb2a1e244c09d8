"""`run`, `attach`, `resume`, `abort` and `simulate` in a demo world."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command_line import NEWER, WEB, CommandLine, refusal, upgrade_effects
from tests.support.program_forks import Fork, run_fork
from vmss_tui import demo
from vmss_tui.errors import ExitCode


def test_a_run_from_the_shell_upgrades_exactly_one_domain_once(state: Path) -> None:
    command = [sys.executable, "-m", "vmss_tui", "--demo", "--speed", "60", "run", WEB]
    command += ["--domain", "1", "--image-version", NEWER, "--yes", "--json"]
    try:
        done = run_fork(command, os.environ)
        assert done.returncode == 0, done.stderr
        events = [json.loads(line) for line in done.stdout.splitlines()]
        kinds = [event["body"]["event"] for event in events]
        assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
        assert kinds[0] == "plan_confirmed"
        assert kinds[-1] == "completed"
        assert events[-1]["body"]["upgraded"] == 20
        planned = events[0]["body"]["plan"]["batches"]
        ids = {i for batch in planned for i in batch["instance_ids"]}
        upgraded = [effect["instance_id"] for effect in upgrade_effects(state)]
        assert len(upgraded) == len(ids) == 20
        assert set(upgraded) == ids
    finally:
        demo.stop(state, demo.DemoWorld())


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
    assert "has ended" in refusal(*cli("resume", name), ExitCode.REFUSED)


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
    assert code == ExitCode.LEFT
    assert f"vmss-tui resume {name}" in err
    assert len(upgrade_effects(state)) == 16
    assert "a run is live" in in_demo("run", WEB, "--yes")[2]
    assert cli("resume", name)[0] == 0
    assert cli("attach", name)[0] == ExitCode.LEFT
    assert len(upgrade_effects(state)) == 32
    assert cli("abort", name)[0] == 0
    assert cli("attach", name)[0] == ExitCode.ABORTED


def test_a_run_keeps_its_own_context(in_demo: CommandLine, cli: CommandLine, state: Path) -> None:
    _, out, _ = in_demo("run", WEB, "--checkpoint", "10%", "--yes")
    name = out.strip()
    message = refusal(*cli("abort", name, "--endpoint", "http://127.0.0.1:1"), ExitCode.USAGE)
    assert "omit --endpoint" in message
    pid = json.loads(next((state / "locks").iterdir()).read_text())["pid"]
    os.kill(pid, signal.SIGKILL)
    demo.stop(state, demo.DemoWorld())
    message = refusal(*cli("resume", name), ExitCode.ERROR)
    assert "the demo world" in message
    assert "no longer exists" in message


def test_leaving_a_waiting_viewer_lets_the_run_go_on(state: Path, cli: CommandLine) -> None:
    command = [sys.executable, "-m", "vmss_tui", "--demo", "--speed", "5", "run", WEB]
    pipe = subprocess.PIPE
    viewer = Fork(
        [*command, "--yes", "--json"], os.environ, stdout=pipe, stderr=pipe, own_session=True
    )
    try:
        assert viewer.stdout is not None
        name = json.loads(viewer.stdout.readline())["run"]
        os.killpg(viewer.pid, signal.SIGINT)
        _, err = viewer.communicate(timeout=30)
        assert viewer.returncode == ExitCode.LEFT
        assert f"vmss-tui attach {name}" in err
        assert json.loads(cli("runs", "--json")[1])[0]["live"] is True
        assert cli("pause", name)[0] == 0
        assert cli("abort", name)[0] == 0
    finally:
        demo.stop(state, demo.DemoWorld())


def test_simulate_prints_its_endpoint_and_ends_on_sigterm() -> None:
    command = [sys.executable, "-m", "vmss_tui", "simulate", "--scenario", "sick", "--seed", "7"]
    with Fork(command, os.environ, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        banner = json.loads(process.stdout.readline())
        assert banner["scale_sets"] == [WEB]
        assert demo.is_reachable(banner["endpoint"])
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0


def test_a_closed_pipe_ends_a_command_without_a_message() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "vmss_tui", "simulate", "--list"]
    done = Fork(command, os.environ, stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    _, errors = done.communicate()
    assert (done.returncode, errors) == (ExitCode.PIPE_CLOSED, "")


def test_ctrl_c_while_reading_is_not_taken_for_declining(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("vmss_tui.cli.options.GlobalOptions.run_store", interrupted)
    assert cli("runs") == (ExitCode.INTERRUPTED, "", "")


@pytest.mark.parametrize(
    ("gate", "message"),
    [
        ("no-such-gate --now", "gate: must name a command that can be run: 'no-such-gate'"),
        ("check 'it", "must be a command line (no closing quotation)"),
    ],
)
def test_an_invalid_gate_is_refused_with_the_field_and_the_rule(
    at_web: CommandLine, gate: str, message: str
) -> None:
    code, out, err = at_web("plan", WEB, "--gate", gate)
    assert message in refusal(code, out, err, ExitCode.USAGE)


def test_a_plan_names_its_gate(at_web: CommandLine) -> None:
    code, out, _ = at_web("plan", WEB, "--gate", "sh -c 'exit 1'")
    assert code == 0
    assert "/sh -c 'exit 1' before each batch and after the last, timeout 600 s" in out

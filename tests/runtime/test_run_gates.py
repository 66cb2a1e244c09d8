"""Gates and notification hooks of a run that a worker carries out."""

import json
import os
import shlex
import signal
import sys
from pathlib import Path

import pytest

from tests.runtime.test_gates import _runs
from tests.support.bench import BenchFactory
from tests.support.gate_commands import (
    events_of,
    note_command,
    python_command,
    read_notes,
    run_two_batches,
)
from tests.support.processes import Machine, wait_until, worker_pid
from vmss_tui.cli.json_output.runs import event_json
from vmss_tui.cli.output import encode_json
from vmss_tui.runtime.runs.gates import (
    GateProcess,
    GateResult,
    encode_notify_input,
    run_notify_hook,
)
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.plan.policy import Amount, Policy
from vmss_tui.upgrade.plan.selection import Selection
from vmss_tui.upgrade.run.run import Phase, Run


def test_a_run_asks_its_gate_and_tells_it_what_is_done_and_what_is_next(
    make_bench: BenchFactory, tmp_path: Path
) -> None:
    bench = make_bench()
    name = run_two_batches(bench, gate=note_command(tmp_path / "told"))
    run = bench.services.store.find(name).read_run()[0]
    assert run.phase is Phase.COMPLETED
    first, second, last = read_notes(tmp_path / "told")
    assert first["run"] == name
    assert (first["finished"], last["next"]) == ([], [])
    assert first["next"] == second["finished"]
    assert [instance["update_domain"] for instance in first["next"]] == [1] * 5
    assert first["next"][0]["name"].startswith("web-vmss")
    assert len(events_of(bench, name, ev.GatePassed)) == 3


def test_a_gate_that_says_no_halts_the_run_with_its_output_in_the_journal(
    make_bench: BenchFactory,
) -> None:
    bench = make_bench()
    name = run_two_batches(
        bench, gate=python_command("print('queue is not empty'); raise SystemExit(1)")
    )
    run = bench.services.store.find(name).read_run()[0]
    assert (run.phase, run.reason) == (Phase.FAULTED, "gate")
    (failed,) = events_of(bench, name, ev.GateFailed)
    assert failed.output == "queue is not empty"
    assert bench.effects() == []
    assert bench.requests("POST", "manualupgrade") == []


def test_a_gate_that_is_gone_when_it_is_wanted_halts_in_words(
    make_bench: BenchFactory, tmp_path: Path
) -> None:
    bench = make_bench()
    gate = tmp_path / "gate"
    gate.write_text("#!/bin/sh\n")
    gate.chmod(0o700)
    snapshot = bench.services.queries.observe(bench.set_id)
    plan = bench.services.planner.plan(snapshot, Selection(("1",)), Policy(gate=(str(gate),)))
    gate.unlink()
    run = bench.run_worker(bench.services.run_control.start(plan))
    assert (run.phase, run.reason) == (Phase.FAULTED, "gate")
    assert "cannot be run: No such file" in run.message


def test_the_secrets_of_a_gate_are_in_its_arguments_and_in_the_manifest_only(
    make_bench: BenchFactory, tmp_path: Path
) -> None:
    bench = make_bench()
    note = f"import json, sys; json.dump(sys.argv[1:], open({str(tmp_path / 'argv')!r}, 'w'))"
    secrets = ("-H", "Authorization: planted1", "--token", "planted2", "X-Api-Key:planted3")
    name = run_two_batches(bench, gate=(*python_command(note), *secrets))
    assert json.loads((tmp_path / "argv").read_text()) == list(secrets)
    folder = bench.run_folder(name)
    assert "planted1" in (folder.path / "run.json").read_text()
    assert "planted" not in folder.journal_path.read_text()
    records = bench.services.run_control.follow(name).read_new()
    assert not any(b"planted" in encode_json(event_json(name, record)) for record in records)
    confirmed = ev.PlanConfirmed(plan=folder.manifest.plan, by="ops@bastion")
    assert b"planted" not in encode_notify_input(name, Run(), confirmed)
    assert folder.read_run()[0].phase is Phase.COMPLETED


def test_an_abort_ends_a_gate_at_work(make_bench: BenchFactory, tmp_path: Path) -> None:
    bench = make_bench()
    program = f"open({str(tmp_path / 'begun')!r}, 'w'); import signal; signal.pause()"
    snapshot = bench.services.queries.observe(bench.set_id)
    plan = bench.services.planner.plan(
        snapshot, Selection(("1",)), Policy(gate=python_command(program))
    )
    name = bench.services.run_control.start(plan)
    wait, waits = GateProcess.wait, [0]

    def wishing(gate: GateProcess, seconds: float) -> GateResult | None:
        waits[0] += 1
        if waits[0] == 1:
            wait_until((tmp_path / "begun").exists, "the gate")
            bench.services.run_control.send_intent(name, ev.IntentKind.ABORT)
        return wait(gate, 0.0)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(GateProcess, "wait", wishing)
        run = bench.run_worker(name)
    assert run.phase is Phase.CANCELLED
    assert bench.effects() == []
    assert events_of(bench, name, ev.GatePassed) == []


def test_a_gate_ends_with_its_killed_worker_and_is_asked_again_when_resumed(
    machine: Machine, tmp_path: Path
) -> None:
    marker, child, go = tmp_path / "asked", tmp_path / "child", tmp_path / "go"
    started = f"import os, signal; print(os.getpid(), file=open({str(child)!r}, 'w')); "
    gate = tmp_path / "gate.py"
    gate.write_text(
        "import os, pathlib, signal, subprocess, sys\n"
        f"with open({str(marker)!r}, 'a') as file: print(os.getpid(), file=file)\n"
        f"if not pathlib.Path({str(go)!r}).exists():\n"
        "    os.closerange(3, 99)\n"
        "    signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        f"    subprocess.run([sys.executable, '-c', {started + 'signal.pause()'!r}])\n"
    )
    command = shlex.join((sys.executable, str(gate)))
    chosen = ("--instance", "21", "--gate", command, "--yes", "--detach")
    done = machine.run("run", "web-rg/web-vmss", *chosen)
    assert done.returncode == 0, done.stderr
    folder = machine.single_run()
    second = int(wait_until(lambda: child.exists() and child.read_text(), "what the gate starts"))
    first = int(marker.read_text())
    assert (_runs(first), _runs(second)) == (True, True)
    os.kill(worker_pid(folder), signal.SIGKILL)
    wait_until(lambda: not (_runs(first) or _runs(second)), "the end of the gate and its child")
    wait_until(lambda: not folder.is_live, "the lock's release")
    assert machine.upgrade_posts() == 0
    go.write_text("")
    assert machine.run("resume", folder.name).returncode == 0
    assert machine.run("attach", folder.name).returncode == 0
    assert folder.read_run()[0].phase is Phase.COMPLETED
    assert len(marker.read_text().split()) == 3, "before it died, again, and after the last batch"
    assert machine.upgraded() == ["21"]


def test_a_hook_is_told_of_a_halt_and_nobody_waits_for_it(
    make_bench: BenchFactory, tmp_path: Path
) -> None:
    bench = make_bench()
    bench.notify = note_command(tmp_path / "told")
    run_two_batches(bench, gate=python_command("raise SystemExit(1)"))
    (halted,) = wait_until(lambda: read_notes(tmp_path / "told"), "the hook")
    assert (halted["phase"], halted["reason"]) == ("Faulted", "gate")
    assert halted["event"]["event"] == "halted"
    assert halted["waiting"] == halted["planned"]


def test_a_hook_is_told_of_a_checkpoint_and_of_the_end(
    make_bench: BenchFactory, tmp_path: Path
) -> None:
    bench = make_bench()
    bench.notify = note_command(tmp_path / "told")
    bench.clock.before_wait = lambda: None
    snapshot = bench.services.queries.observe(bench.set_id)
    plan = bench.services.planner.plan(
        snapshot,
        Selection(("21", "26", "31", "36")),
        Policy(max_batch_instance_percent=Amount(count=2), checkpoints=(50,)),
    )
    name = bench.services.run_control.start(plan)
    bench.run_worker(name, until=lambda run: run.phase is Phase.PAUSED)
    wait_until(lambda: read_notes(tmp_path / "told"), "the hook")
    bench.services.run_control.resume(name)
    assert bench.run_worker(name).phase is Phase.COMPLETED
    documents = wait_until(
        lambda: [n["event"]["event"] for n in read_notes(tmp_path / "told")][1:], "the end"
    )
    assert documents == ["completed"]


def test_what_a_hook_prints_is_kept_nowhere_and_its_no_is_said(
    capfd: pytest.CaptureFixture[str],
) -> None:
    run_notify_hook(
        python_command("print('Bearer abc'); raise SystemExit('\\x1b[31mpassword: abc')"), b"{}"
    )
    printed = wait_until(lambda: capfd.readouterr().err, "its no")
    assert printed == f"vmss-tui: notify {sys.executable}: exit code 1\n"


def test_a_hook_that_cannot_be_run_is_said_and_changes_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    run_notify_hook(("/no/such/hook",), b"{}")
    assert "notify /no/such/hook: No such file" in capsys.readouterr().err

"""The operator's own commands: asked before each batch and after the last, told of what happens."""

import json
import os
import shlex
import signal
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Bench
from tests.support.engine_harness import Crash, Rig
from tests.support.engine_world import small_set
from tests.support.processes import Machine, pid_of, until
from vmss_tui.runtime.runs.gates import KEPT, GateProcess, Outcome, notify, resolved
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.plan.policy import Amount, BadPolicy, Policy
from vmss_tui.upgrade.plan.selection import Selection
from vmss_tui.upgrade.run.run import Phase, Stage

Simulated = Callable[..., Bench]
NOTES = "import json, sys; open(sys.argv[1], 'a').write(sys.stdin.read() + '\\n')"
GATED = Policy(
    max_batch_instance_percent=Amount(count=2),
    max_unhealthy_instance_percent=Amount(percent=100),
    gate=("drain",),
)


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """A machine whose demo and workers end with the test."""
    found = Machine(tmp_path)
    yield found
    found.end()


def noting(path: Path) -> tuple[str, ...]:
    """A command that notes what it is told, and says yes."""
    return (sys.executable, "-c", NOTES, str(path))


def python(program: str) -> tuple[str, ...]:
    return (sys.executable, "-c", program)


def notes(path: Path) -> list[dict[str, Any]]:
    """What it was told, each time."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text().splitlines()]


def carried_out(bench: Bench, **policy: Any) -> str:
    """The name of a run over ten stale instances of domain 1, in two batches."""
    snapshot = bench.cockpit.readings.observe(bench.set_id)
    stale = [i for i in snapshot.instances if i.latest_model_applied is False]
    ids = [i.instance_id for i in stale if i.update_domain == 1][:10]
    limits = Policy(max_batch_instance_percent=Amount(count=5), **policy)
    plan = bench.cockpit.planning.plan(snapshot, Selection(instance_ids=tuple(ids)), limits)
    name = bench.cockpit.runs.start(plan)
    bench.carry_out(name)
    return name


def told(bench: Bench, name: str, kind: type[ev.Event]) -> list[Any]:
    return [r.body for r in bench.cockpit.runs.follow(name).poll() if isinstance(r.body, kind)]


# Decided


def test_a_gate_is_asked_before_each_batch_and_after_the_last() -> None:
    rig = Rig(small_set(4, domains=2), GATED)
    assert rig.finish() is Phase.COMPLETED
    asked = [(gate.finished, gate.instance_ids) for gate in rig.gates]
    assert asked == [((), ("0", "2")), (("0", "2"), ("1", "3")), (("1", "3"), ())]


def test_a_gate_that_says_no_halts_before_anything_is_sent_and_is_asked_again() -> None:
    rig = Rig(small_set(2, domains=1), GATED)
    rig.gate_says = "no"
    for _ in range(5):
        rig.cycle()
    assert (rig.run.phase, rig.run.reason) == (Phase.FAULTED, "gate")
    assert rig.world.sent == []
    rig.wish(ev.IntentKind.RESUME)
    assert rig.finish() is Phase.COMPLETED
    assert [gate.instance_ids for gate in rig.gates] == [("0", "1"), ("0", "1"), ()]


def test_a_gate_that_says_no_after_the_last_batch_halts_a_run_that_is_otherwise_done() -> None:
    rig = Rig(small_set(1), GATED)
    while not rig.run.count(Stage.UPGRADED):
        rig.cycle()
    rig.gate_says = "no"
    rig.cycle()
    rig.cycle()
    assert rig.run.phase is Phase.FAULTED
    assert rig.run.reason == "gate"


def test_a_crash_in_the_middle_of_a_gate_means_that_it_is_run_again() -> None:
    rig = Rig(small_set(1), GATED)
    rig.cycle()
    begun = ev.GateStarted(number=1, instance_ids=("0",))
    rig.crash_after = 1
    with pytest.raises(Crash):
        rig.append(begun)
    rig.crash()
    assert rig.run.gate is None
    assert rig.finish() is Phase.COMPLETED
    assert rig.gates[0] == begun


def test_what_the_gate_was_not_told_of_is_not_asked_on_its_word() -> None:
    rig = Rig(small_set(3, domains=1), GATED)
    while rig.run.gate is None or not rig.run.gate.passed:
        rig.cycle(1.0)
    assert rig.run.gate.instance_ids == ("0", "1")
    del rig.world.machines["0"]
    rig.finish()
    assert [sent.ids for sent in rig.world.sent] == [("1",), ("2",)]


def test_a_paused_run_asks_no_gate() -> None:
    rig = Rig(small_set(1), GATED)
    rig.wish(ev.IntentKind.PAUSE)
    for _ in range(5):
        rig.cycle()
    assert rig.gates == []


# Run as a process


def outcome(*argv: str, timeout: float = 30.0, document: bytes = b"{}") -> Outcome:
    gate = GateProcess(argv, document, timeout)
    found = until(lambda: gate.wait(0.05), "the gate's end")
    assert found is not None
    return found


def test_a_gate_reads_its_document_and_says_yes_with_zero() -> None:
    said = outcome(*python("import sys; print(sys.stdin.read())"), document=b'{"a": 1}')
    assert (said.words, said.output) == ("", '{"a": 1}')


def test_a_gate_that_does_not_read_is_not_waited_for() -> None:
    assert outcome(*python(""), document=b"x" * 1_000_000).words == ""


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("raise SystemExit(3)", "exit code 3"),
        ("raise SystemExit(127)", "exit code 127"),
        ("import os; os.kill(os.getpid(), 9)", "ended by SIGKILL"),
        ("import os; os.kill(os.getpid(), 15)", "ended by SIGTERM"),
    ],
)
def test_everything_but_zero_is_a_no(program: str, words: str) -> None:
    assert outcome(*python(program)).words == words


def test_a_gate_that_does_not_end_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    note = f"open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()))"
    child = f"import os, signal; {note}; signal.pause()"
    program = (
        "import subprocess, sys, signal; "
        f"subprocess.Popen([sys.executable, '-c', {child!r}]); signal.pause()"
    )
    gate = GateProcess(python(program), b"", 1000.0)
    pid = int(until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text()))
    gate._timeout = 0.0
    said = until(lambda: gate.wait(0.05))
    assert said is not None
    assert "did not end within" in said.words
    until(lambda: not _runs(pid), "the child's end")


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in ("Z", "X")


def test_a_gates_output_is_cleaned_redacted_and_capped() -> None:
    program = "print('x' * 9000); print('Bearer abc.def'); print('\\x1b[31mred')"
    said = outcome(*python(program)).output
    assert len(said) <= KEPT
    assert "abc.def" not in said
    assert "\x1b" not in said
    assert said.endswith("[31mred")


def test_a_secret_whose_beginning_was_not_kept_is_not_kept_either() -> None:
    token = "'eyJ' + 'x' * 70_000 + '.' + 'y' * 20"
    said = outcome(*python(f"print({token}); print('queue is not empty')")).output
    assert said == "queue is not empty"


def test_a_signal_without_a_name_is_a_no_like_the_others() -> None:
    words = outcome(*python("import os; os.kill(os.getpid(), 50)")).words
    assert words == "ended by signal 50"


# In a run


def test_a_gate_and_a_hook_have_the_operators_own_environment_and_no_more(
    simulated: Simulated, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DRAIN_TOKEN", "the operator's own")
    before = dict(os.environ)
    places = tmp_path / "gate", tmp_path / "hook"
    gate, hook = (
        python(
            "import json, os, sys; fds = os.listdir('/dev/fd'); "
            "said = json.dumps({'environment': dict(os.environ), 'descriptors': len(fds)}); "
            f"open({str(path)!r}, 'a').write(said + '\\n')"
        )
        for path in places
    )
    bench = simulated()
    bench.notify = hook
    snapshot = bench.cockpit.readings.observe(bench.set_id)
    plan = bench.cockpit.planning.plan(snapshot, Selection(("21",)), Policy(gate=gate))
    assert bench.carry_out(bench.cockpit.runs.start(plan)).phase is Phase.COMPLETED
    for path in places:
        seen = until(partial(notes, path), "its word")[0]
        environment, descriptors = seen["environment"], seen["descriptors"]
        added = {name: value for name, value in environment.items() if before.get(name) != value}
        assert not added.keys() - {"LC_CTYPE", "LINES", "COLUMNS"}, "python's and readline's own"
        assert environment["DRAIN_TOKEN"] == "the operator's own"
        assert descriptors == 4, "three, and the one that looks at them"


def test_a_run_asks_its_gate_and_tells_it_what_is_done_and_what_is_next(
    simulated: Simulated, tmp_path: Path
) -> None:
    bench = simulated()
    name = carried_out(bench, gate=noting(tmp_path / "told"))
    run = bench.cockpit.store.find(name).read()[0]
    assert run.phase is Phase.COMPLETED
    first, second, last = notes(tmp_path / "told")
    assert first["run"] == name
    assert (first["finished"], last["next"]) == ([], [])
    assert first["next"] == second["finished"]
    assert [each["update_domain"] for each in first["next"]] == [1] * 5
    assert first["next"][0]["name"].startswith("web-vmss")
    assert len(told(bench, name, ev.GatePassed)) == 3


def test_a_gate_that_says_no_halts_the_run_with_its_output_in_the_journal(
    simulated: Simulated,
) -> None:
    bench = simulated()
    name = carried_out(bench, gate=python("print('queue is not empty'); raise SystemExit(1)"))
    run = bench.cockpit.store.find(name).read()[0]
    assert (run.phase, run.reason) == (Phase.FAULTED, "gate")
    (failed,) = told(bench, name, ev.GateFailed)
    assert failed.output == "queue is not empty"
    assert bench.effects() == []
    assert bench.requests("POST", "manualupgrade") == []


def test_a_gate_that_is_gone_when_it_is_wanted_halts_in_words(
    simulated: Simulated, tmp_path: Path
) -> None:
    bench = simulated()
    gate = tmp_path / "gate"
    gate.write_text("#!/bin/sh\n")
    gate.chmod(0o700)
    snapshot = bench.cockpit.readings.observe(bench.set_id)
    plan = bench.cockpit.planning.plan(snapshot, Selection(("1",)), Policy(gate=(str(gate),)))
    gate.unlink()
    run = bench.carry_out(bench.cockpit.runs.start(plan))
    assert (run.phase, run.reason) == (Phase.FAULTED, "gate")
    assert "cannot be run: No such file" in run.message


def test_an_abort_ends_a_gate_at_work(simulated: Simulated, tmp_path: Path) -> None:
    bench = simulated()
    program = f"open({str(tmp_path / 'begun')!r}, 'w'); import signal; signal.pause()"
    snapshot = bench.cockpit.readings.observe(bench.set_id)
    plan = bench.cockpit.planning.plan(snapshot, Selection(("1",)), Policy(gate=python(program)))
    name = bench.cockpit.runs.start(plan)
    wait, waits = GateProcess.wait, [0]

    def wishing(gate: GateProcess, seconds: float) -> Outcome | None:
        waits[0] += 1
        if waits[0] == 1:
            until((tmp_path / "begun").exists, "the gate")
            bench.cockpit.runs.wish(name, ev.IntentKind.ABORT)
        return wait(gate, 0.0)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(GateProcess, "wait", wishing)
        run = bench.carry_out(name)
    assert run.phase is Phase.CANCELLED
    assert bench.effects() == []
    assert told(bench, name, ev.GatePassed) == []


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("no-such-command", "x"), "'no-such-command' is not found"),
        (("/etc",), "is not found"),
        (("~nobody-here/gate",), "is not found"),
    ],
)
def test_an_unknown_gate_command_is_refused_when_the_plan_is_made(
    simulated: Simulated, argv: tuple[str, ...], words: str
) -> None:
    bench = simulated()
    snapshot = bench.cockpit.readings.observe(bench.set_id)
    with pytest.raises(BadPolicy, match=words) as caught:
        bench.cockpit.planning.plan(snapshot, Selection(), Policy(gate=argv))
    assert caught.value.field == "gate"


def test_a_command_is_kept_with_its_full_path() -> None:
    found = resolved(("sh", "-c", "true"))
    assert Path(found[0]).is_absolute()
    assert found[1:] == ("-c", "true")


def test_a_gate_ends_with_its_killed_worker_and_is_asked_again_when_resumed(
    machine: Machine, tmp_path: Path
) -> None:
    asked, child, go = tmp_path / "asked", tmp_path / "child", tmp_path / "go"
    started = f"import os, signal; print(os.getpid(), file=open({str(child)!r}, 'w')); "
    gate = tmp_path / "gate.py"
    gate.write_text(
        "import os, pathlib, signal, subprocess, sys\n"
        f"with open({str(asked)!r}, 'a') as file: print(os.getpid(), file=file)\n"
        f"if not pathlib.Path({str(go)!r}).exists():\n"
        "    os.closerange(3, 99)\n"
        "    signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        f"    subprocess.run([sys.executable, '-c', {started + 'signal.pause()'!r}])\n"
    )
    command = shlex.join((sys.executable, str(gate)))
    chosen = ("--instance", "21", "--gate", command, "--yes", "--detach")
    done = machine.run("run", "web-rg/web-vmss", *chosen)
    assert done.returncode == 0, done.stderr
    folder = machine.only_run()
    second = int(until(lambda: child.exists() and child.read_text(), "what the gate starts"))
    first = int(asked.read_text())
    assert (_runs(first), _runs(second)) == (True, True)
    os.kill(pid_of(folder), signal.SIGKILL)
    until(lambda: not (_runs(first) or _runs(second)), "the end of the gate and its child")
    until(lambda: not folder.alive, "the lock's release")
    assert machine.posts() == 0
    go.write_text("")
    assert machine.run("resume", folder.name).returncode == 0
    assert machine.run("attach", folder.name).returncode == 0
    assert folder.read()[0].phase is Phase.COMPLETED
    assert len(asked.read_text().split()) == 3, "before it died, again, and after the last batch"
    assert machine.upgraded() == ["21"]


# Notify


def test_a_hook_is_told_of_a_halt_and_nobody_waits_for_it(
    simulated: Simulated, tmp_path: Path
) -> None:
    bench = simulated()
    bench.notify = noting(tmp_path / "told")
    carried_out(bench, gate=python("raise SystemExit(1)"))
    (halted,) = until(lambda: notes(tmp_path / "told"), "the hook")
    assert (halted["phase"], halted["reason"]) == ("Faulted", "gate")
    assert halted["event"]["event"] == "halted"
    assert halted["waiting"] == halted["planned"]


def test_a_hook_is_told_of_a_checkpoint_and_of_the_end(
    simulated: Simulated, tmp_path: Path
) -> None:
    bench = simulated()
    bench.notify = noting(tmp_path / "told")
    bench.clock.before_wait = lambda: None
    snapshot = bench.cockpit.readings.observe(bench.set_id)
    plan = bench.cockpit.planning.plan(
        snapshot,
        Selection(("21", "26", "31", "36")),
        Policy(max_batch_instance_percent=Amount(count=2), checkpoints=(50,)),
    )
    name = bench.cockpit.runs.start(plan)
    bench.carry_out(name, until=lambda run: run.phase is Phase.PAUSED)
    until(lambda: notes(tmp_path / "told"), "the hook")
    bench.cockpit.runs.resume(name)
    assert bench.carry_out(name).phase is Phase.COMPLETED
    found = until(lambda: [n["event"]["event"] for n in notes(tmp_path / "told")][1:], "the end")
    assert found == ["completed"]


def test_what_a_hook_prints_is_kept_nowhere_and_its_no_is_said(
    capfd: pytest.CaptureFixture[str],
) -> None:
    notify(python("print('Bearer abc'); raise SystemExit('\\x1b[31mpassword: abc')"), b"{}")
    said = until(lambda: capfd.readouterr().err, "its no")
    assert said == f"vmss-tui: notify {sys.executable}: exit code 1\n"


def test_a_hook_that_cannot_be_run_is_said_and_changes_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    notify(("/no/such/hook",), b"{}")
    assert "notify /no/such/hook: No such file" in capsys.readouterr().err

"""A gate run as a process: its exit code, its output, its time limit and its environment."""

import os
from functools import partial
from pathlib import Path

import pytest

from tests.support.bench import BenchFactory
from tests.support.gate_commands import python_command, read_notes
from tests.support.processes import wait_until
from vmss_tui.runtime.runs.gates import MAX_OUTPUT, GateProcess, GateResult, resolve_command
from vmss_tui.upgrade.plan.policy import Policy, PolicyError
from vmss_tui.upgrade.plan.selection import Selection
from vmss_tui.upgrade.run.run import Phase


def outcome(*argv: str, timeout: float = 30.0, document: bytes = b"{}") -> GateResult:
    gate = GateProcess(argv, document, timeout)
    result = wait_until(lambda: gate.wait(0.05), "the gate's end")
    assert result is not None
    return result


def test_a_gate_reads_its_document_and_says_yes_with_zero() -> None:
    answer = outcome(*python_command("import sys; print(sys.stdin.read())"), document=b'{"a": 1}')
    assert (answer.failure, answer.output) == ("", '{"a": 1}')


def test_a_gate_that_does_not_read_is_not_waited_for() -> None:
    assert outcome(*python_command(""), document=b"x" * 1_000_000).failure == ""


@pytest.mark.parametrize(
    ("program", "failure"),
    [
        ("raise SystemExit(3)", "exit code 3"),
        ("raise SystemExit(127)", "exit code 127"),
        ("import os; os.kill(os.getpid(), 9)", "ended by SIGKILL"),
        ("import os; os.kill(os.getpid(), 15)", "ended by SIGTERM"),
    ],
)
def test_everything_but_zero_is_a_no(program: str, failure: str) -> None:
    assert outcome(*python_command(program)).failure == failure


def test_a_gate_that_does_not_end_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    note = f"open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()))"
    child = f"import os, signal; {note}; signal.pause()"
    program = (
        "import subprocess, sys, signal; "
        f"subprocess.Popen([sys.executable, '-c', {child!r}]); signal.pause()"
    )
    gate = GateProcess(python_command(program), b"", 1000.0)
    pid = int(wait_until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text()))
    gate._timeout = 0.0
    answer = wait_until(lambda: gate.wait(0.05))
    assert answer is not None
    assert "did not exit within" in answer.failure
    wait_until(lambda: not _runs(pid), "the child's end")


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in ("Z", "X")


def test_a_gates_output_is_cleaned_redacted_and_capped() -> None:
    program = "print('x' * 9000); print('Bearer abc.def'); print('\\x1b[31mred')"
    answer = outcome(*python_command(program)).output
    assert len(answer) <= MAX_OUTPUT
    assert "abc.def" not in answer
    assert "\x1b" not in answer
    assert answer.endswith("[31mred")


def test_a_secret_whose_beginning_was_not_kept_is_not_kept_either() -> None:
    token = "'eyJ' + 'x' * 70_000 + '.' + 'y' * 20"
    answer = outcome(*python_command(f"print({token}); print('queue is not empty')")).output
    assert answer == "queue is not empty"


def test_a_signal_without_a_name_is_a_no_like_the_others() -> None:
    failure = outcome(*python_command("import os; os.kill(os.getpid(), 50)")).failure
    assert failure == "ended by signal 50"


def test_a_gate_and_a_hook_have_the_operators_own_environment_and_no_more(
    make_bench: BenchFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DRAIN_TOKEN", "the operator's own")
    before = dict(os.environ)
    places = tmp_path / "gate", tmp_path / "hook"
    gate, hook = (
        python_command(
            "import json, os, sys; fds = os.listdir('/dev/fd'); "
            "said = json.dumps({'environment': dict(os.environ), 'descriptors': len(fds)}); "
            f"open({str(path)!r}, 'a').write(said + '\\n')"
        )
        for path in places
    )
    bench = make_bench()
    bench.notify = hook
    snapshot = bench.services.queries.observe(bench.set_id)
    plan = bench.services.planner.plan(snapshot, Selection(("21",)), Policy(gate=gate))
    assert bench.run_worker(bench.services.run_control.start(plan)).phase is Phase.COMPLETED
    for path in places:
        seen = wait_until(partial(read_notes, path), "its word")[0]
        environment, descriptors = seen["environment"], seen["descriptors"]
        added = {name: value for name, value in environment.items() if before.get(name) != value}
        assert not added.keys() - {"LC_CTYPE", "LINES", "COLUMNS"}, "python's and readline's own"
        assert environment["DRAIN_TOKEN"] == "the operator's own"
        assert descriptors == 4, "three, and the one that looks at them"


@pytest.mark.parametrize(
    ("argv", "failure"),
    [
        (("no-such-command", "x"), "'no-such-command' is not found"),
        (("/etc",), "is not found"),
        (("~nobody-here/gate",), "is not found"),
    ],
)
def test_an_unknown_gate_command_is_refused_when_the_plan_is_made(
    make_bench: BenchFactory, argv: tuple[str, ...], failure: str
) -> None:
    bench = make_bench()
    snapshot = bench.services.queries.observe(bench.set_id)
    with pytest.raises(PolicyError, match=failure) as caught:
        bench.services.planner.plan(snapshot, Selection(), Policy(gate=argv))
    assert caught.value.field == "gate"


def test_a_command_is_kept_with_its_full_path() -> None:
    result = resolve_command(("sh", "-c", "true"))
    assert Path(result[0]).is_absolute()
    assert result[1:] == ("-c", "true")

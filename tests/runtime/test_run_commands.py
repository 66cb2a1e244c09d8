"""Run commands: recorded first, sent once to each instance, output kept, refused in time."""

import hashlib
import stat
from collections.abc import Sequence
from typing import Any

import pytest

from tests.support.bench import Bench, BenchFactory
from vmss_tui.gateway import Accepted, Busy, OperationStatus, PollResult, Refused, Unknown
from vmss_tui.gateway.diagnostics import CommandOutput
from vmss_tui.runtime.errors import RunRefused
from vmss_tui.runtime.operations.run_commands import CommandState
from vmss_tui.runtime.storage.operations_log import OperationRecord
from vmss_tui.upgrade.plan.policy import Amount, Policy
from vmss_tui.upgrade.plan.selection import Selection

SCRIPT = ("df -h", "echo s3cret")


class CommandDiagnostics:
    """Answers run commands as told; keeps what was sent."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, Sequence[str], str]] = []
        self.errors: dict[str, Exception] = {}
        self.outputs: dict[str, tuple[PollResult, CommandOutput | None]] = {}

    def run_command(
        self, _set: Any, instance_id: str, script: Sequence[str], request_id: str, *, windows: bool
    ) -> Accepted:
        """Accepted, or the error of the instance."""
        self.sent.append((instance_id, tuple(script), request_id))
        if instance_id in self.errors:
            raise self.errors[instance_id]
        return Accepted(f"operation-{instance_id}")

    def read_command_output(self, operation: str) -> tuple[PollResult, CommandOutput | None]:
        """The output of the instance; at first none."""
        return self.outputs.pop(operation, (PollResult(OperationStatus.IN_PROGRESS), None))

    def close(self) -> None:
        """Nothing is open."""


def prepare(bench: Bench) -> CommandDiagnostics:
    diagnostics = CommandDiagnostics()
    bench.gateway.diagnostics = diagnostics  # type: ignore[assignment]
    bench.services.queries.observe(bench.set_id)
    return diagnostics


def records(bench: Bench) -> list[OperationRecord]:
    return bench.services.operations_log.read()


def test_a_script_is_recorded_by_its_hash_and_sent_once_to_each_instance(
    make_bench: BenchFactory,
) -> None:
    bench = make_bench()
    diagnostics = prepare(bench)
    diagnostics.errors = {
        "5": Unknown("The answer was lost: reset"),
        "7": Busy("Run command extension execution is in progress."),
    }
    commands = bench.services.run_commands.begin(bench.set_id, ["3", "5", "7", "9", "3"], SCRIPT)
    assert [(c.instance_id, str(c.state)) for c in commands] == [
        ("3", "running"),
        ("5", "unknown"),
        ("7", "refused"),
        ("9", "running"),
    ]
    assert "may have run" in commands[1].message
    diagnostics.outputs = {
        "operation-3": (PollResult(OperationStatus.SUCCEEDED), CommandOutput("full", "", 3)),
        "operation-9": (PollResult(OperationStatus.FAILED, "C", "no agent"), None),
    }
    reports: list[Any] = []
    done = bench.services.run_commands.follow(commands, reports.append)
    assert [(str(c.state), c.succeeded, c.message) for c in (done[0], done[3])] == [
        ("done", False, ""),
        ("failed", False, "no agent"),
    ]
    assert reports == [done]
    assert sorted(instance_id for instance_id, _, _ in diagnostics.sent) == ["3", "5", "7", "9"]
    assert {script for _, script, _ in diagnostics.sent} == {SCRIPT}
    by_id = {r.instance_ids[0]: r for r in records(bench) if r.instance_ids}
    assert by_id["3"].script_sha256 == hashlib.sha256(b"df -h\necho s3cret").hexdigest()
    assert by_id["3"].az[0].startswith("az vmss run-command invoke -g ")
    answers = {(r.request_id, r.answer): r for r in records(bench)}
    assert {(by_id["5"].request_id, "unknown"), (by_id["7"].request_id, "refused")} <= set(answers)
    settled = answers[by_id["3"].request_id, "settled"]
    assert (settled.exit_code, settled.message) == (3, "exit code 3")
    output = bench.services.store.state_folder / settled.output
    assert "[stdout]\nfull\n" in output.read_text("utf-8")
    assert stat.S_IMODE(output.stat().st_mode) == 0o600
    assert stat.S_IMODE(output.parent.stat().st_mode) == 0o700
    log = (bench.services.store.state_folder / "operations.jsonl").read_text("utf-8")
    assert "s3cret" not in log


def test_what_cannot_be_sent_is_refused_before_anything_is_recorded(
    make_bench: BenchFactory,
) -> None:
    bench = make_bench()
    diagnostics = prepare(bench)
    commands = bench.services.run_commands
    for ids, script, message in (
        ([str(number) for number in range(21)], SCRIPT, "at most 20"),
        ([], SCRIPT, "no instance"),
        (["3"], (" ", ""), "empty"),
    ):
        with pytest.raises(RunRefused, match=message):
            commands.begin(bench.set_id, ids, script)
    bench.services.read_only = True
    with pytest.raises(RunRefused, match="read-only"):
        commands.begin(bench.set_id, ["3"], SCRIPT)
    bench.services.read_only = False
    diagnostics.errors = {"3": Refused("the VM is not running")}
    with pytest.raises(Refused, match="not running"):
        commands.begin(bench.set_id, ["3"], SCRIPT)
    assert [record.answer for record in records(bench)] == ["", "refused"]


def test_beside_a_live_run_only_instances_outside_of_its_open_batch_take_a_command(
    make_bench: BenchFactory,
) -> None:
    bench = make_bench()
    diagnostics = prepare(bench)
    policy = Policy(max_batch_instance_percent=Amount(count=3))
    plan = bench.plan_run(Selection(update_domains=(1,)), policy)
    name = bench.services.run_control.start(plan)
    seen: list[str] = []

    def try_command(run: Any) -> bool:
        if run.open_batch is None or seen:
            return bool(seen)
        member, other = run.open_batch.instance_ids[0], plan.batches[-1].instance_ids[0]
        with pytest.raises(RunRefused, match="its batch in progress has"):
            bench.services.run_commands.begin(bench.set_id, [other, member], SCRIPT)
        (command,) = bench.services.run_commands.begin(bench.set_id, [other], SCRIPT)
        assert command.state is CommandState.RUNNING
        seen.append(other)
        return True

    bench.run_worker(name, until=try_command)
    assert [instance_id for instance_id, _, _ in diagnostics.sent] == seen


def test_a_command_whose_end_is_not_seen_is_given_up_as_unknown(make_bench: BenchFactory) -> None:
    bench = make_bench()
    prepare(bench)
    commands = bench.services.run_commands
    (command,) = commands.follow(commands.begin(bench.set_id, ["3"], SCRIPT))
    assert (command.state, "not seen" in command.message) == (CommandState.UNKNOWN, True)

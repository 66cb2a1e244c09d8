"""How a run ends: completed, or completed with failures; the exit code and what is printed."""

import pytest
from msgspec.structs import replace

from tests.support.engine_harness import EngineHarness
from tests.support.engine_runs import PAIRS, events_of
from tests.support.engine_world import small_set
from tests.support.fake_runs import FakeFollower
from vmss_tui.cli.commands.attach import watch_run
from vmss_tui.errors import ExitCode
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.report.build import build_report
from vmss_tui.upgrade.report.markdown import render_markdown
from vmss_tui.upgrade.run.fold import fold
from vmss_tui.upgrade.run.run import Phase, Stage

LENIENT = replace(PAIRS, max_new_failures=9)


def run_with_a_failure() -> EngineHarness:
    world = small_set(4, domains=2)
    world.outcome["2"] = "fails"
    harness = EngineHarness(world, LENIENT)
    harness.finish()
    return harness


class LiveFollower(FakeFollower):
    """The journal of a run whose worker is there."""

    @property
    def is_live(self) -> bool:
        return True


def follower_of(harness: EngineHarness) -> FakeFollower:
    assert harness.run.plan is not None
    follower = LiveFollower("web-1", harness.run.plan)
    follower.records.extend(harness.journal)
    return follower


def test_a_run_with_a_failed_instance_is_completed_with_failures() -> None:
    run = run_with_a_failure().run
    assert (run.phase, run.phase.label) == (
        Phase.COMPLETED_WITH_FAILURES,
        "Completed with failures",
    )
    assert (run.count(Stage.UPGRADED), run.message) == (3, "1 of 4 instances failed")


def test_so_is_one_that_skipped_what_is_not_on_the_model() -> None:
    world = small_set(4, domains=2)
    harness = EngineHarness(world, PAIRS)
    while not harness.requested:
        harness.cycle()
    world.machines["1"].protected = True
    assert harness.finish() is Phase.COMPLETED_WITH_FAILURES
    assert events_of(harness, ev.Completed) == [
        ev.Completed(upgraded=3, failed=0, gone=0, skipped=1, unfinished=("1",))
    ]
    assert harness.run.message == "1 not upgraded: neither on the latest model nor healthy (1)"


def test_one_that_skipped_what_has_the_model_by_now_is_completed() -> None:
    world = small_set(4, domains=2)
    harness = EngineHarness(world, PAIRS)
    while not harness.requested:
        harness.cycle()
    world.machines["1"].version = world.version
    assert harness.finish() is Phase.COMPLETED
    assert harness.run.count(Stage.SKIPPED) == 1


@pytest.mark.parametrize(
    ("accepts_failures", "code"), [(False, ExitCode.HALTED), (True, ExitCode.DONE)]
)
def test_failures_exit_with_three_unless_zero_is_asked_for(
    accepts_failures: bool, code: ExitCode, capsys: pytest.CaptureFixture[str]
) -> None:
    follower = follower_of(run_with_a_failure())
    assert watch_run(follower, as_json=False, exit_zero_on_failures=accepts_failures) is code
    printed = capsys.readouterr().err
    assert "completed with failures: 3 upgraded, 1 failed, 0 deleted, 0 not upgraded" in printed
    assert "Retry 1 instance that failed, then continue: vmss-tui retry web-1" in printed


@pytest.mark.parametrize("edit_to", [None, "1.0.9"])
def test_a_halt_never_exits_with_zero_and_names_every_way_on_with_its_command(
    edit_to: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    world = small_set(4, domains=2)
    world.outcome["2"] = "fails"
    harness = EngineHarness(world, PAIRS, edit_to=edit_to)
    harness.finish()
    assert watch_run(follower_of(harness), as_json=False, exit_zero_on_failures=True) is (
        ExitCode.HALTED
    )
    lines = capsys.readouterr().err.splitlines()
    commands = [line.partition(": vmss-tui ")[2] for line in lines if ": vmss-tui " in line]
    revert = ["revert web-1"] if edit_to else []
    assert commands == ["abort web-1", *revert, "retry web-1", "resume web-1"]
    (halt,) = [line for line in lines if "halted (failure)" in line]
    assert ("revert rolls back what it changed" in halt) is bool(edit_to)
    assert "retry requests the failed ones once more" in halt


def test_a_journal_of_an_earlier_version_is_read_with_its_failures() -> None:
    harness = run_with_a_failure()
    old = ev.Completed(upgraded=3, failed=1, gone=0, skipped=0)
    records = [replace(harness.journal[-1], body=old)]
    assert fold([*harness.journal[:-1], *records]).phase is Phase.COMPLETED_WITH_FAILURES


def test_a_report_names_the_end_in_words_and_in_json() -> None:
    report = build_report("web-1", run_with_a_failure().journal)
    assert report is not None
    assert report.phase.value == "CompletedWithFailures"
    assert render_markdown(report).startswith("# Run web-1: Completed with failures\n")

"""A disk that fills up under a run: whoever looks at the run is told so, and what to do."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.processes import Machine
from tests.support.worker_harness import WorkerHarness
from vmss_tui.cli.program import main
from vmss_tui.errors import ExitCode
from vmss_tui.upgrade.run.run import Phase


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[WorkerHarness]:
    """A run whose worker ends with the test."""
    result = WorkerHarness(tmp_path)
    yield result
    result.end()


def test_the_viewer_and_the_list_say_that_the_disk_is_full_until_the_run_goes_on(
    harness: WorkerHarness,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in Machine(harness.home).environment.items():
        monkeypatch.setenv(name, value)
    name = harness.folder.name
    assert harness.run_worker("full", "BatchIntent", "40") == 1
    reason = "journal.jsonl: the disk is full"

    assert main(["attach", name]) == ExitCode.HALTED
    printed = capsys.readouterr().err
    assert f"The worker of the run has ended: {reason}" in printed
    assert f"vmss-tui resume {name}" in printed
    assert main(["runs"]) == 0
    assert reason in capsys.readouterr().out
    assert main(["runs", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert row["worker_failure"].startswith(reason)

    assert harness.run_worker() == 0
    assert harness.folder.summary().phase is Phase.COMPLETED
    assert harness.folder.worker_failure() == ""
    harness.check_complete()

"""Watching a run from another process: its worker may be replaced, or end without a word."""

from pathlib import Path

import pytest

from tests.support.run_folders import COMPLETED, HALTED, NOW, add_run, append_events
from vmss_tui.cli.commands import attach
from vmss_tui.errors import ExitCode
from vmss_tui.runtime.clock import BootClock
from vmss_tui.runtime.observe.run_follower import RunFollower
from vmss_tui.runtime.storage.run_folder import RunFolder
from vmss_tui.runtime.storage.run_store import FolderStore


class ScriptedFollower(RunFollower):
    """A follower whose looks at the lock are scripted; the run ends before a look of the script."""

    def __init__(self, folder: RunFolder, looks: list[bool], end_before: int = -1) -> None:
        super().__init__(folder, BootClock())
        self._looks, self._end_before = looks, end_before

    @property
    def is_live(self) -> bool:
        """The next look of the script; the last one stays."""
        self._end_before -= 1
        if self._end_before == 0:
            append_events(self.folder, COMPLETED)
        return self._looks.pop(0) if len(self._looks) > 1 else self._looks[0]


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A viewer that polls often, and gives a new worker little time."""
    monkeypatch.setattr(attach, "POLL_INTERVAL", 0.001)
    monkeypatch.setattr(attach, "SUCCESSOR_WAIT", 0.1, raising=False)


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return add_run(FolderStore(tmp_path / "state"))


def test_a_viewer_follows_the_worker_that_takes_the_run_over(
    folder: RunFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    follower = ScriptedFollower(folder, [True, False, False, True], end_before=6)
    assert attach.watch_run(follower, as_json=False) is ExitCode.DONE
    assert "has no worker" not in capsys.readouterr().err


def test_a_viewer_leaves_where_no_worker_follows(
    folder: RunFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    follower = ScriptedFollower(folder, [True, False])
    assert attach.watch_run(follower, as_json=False) is ExitCode.HALTED
    assert f"Resume with: vmss-tui resume {folder.name}" in capsys.readouterr().err


def test_a_viewer_says_which_other_run_has_taken_the_set_over(
    folder: RunFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    other = add_run(FolderStore(folder.state_folder), HALTED)
    assert other.take_lock(NOW)
    follower = ScriptedFollower(folder, [True, False])
    assert attach.watch_run(follower, as_json=False) is ExitCode.HALTED
    printed = capsys.readouterr().err
    assert f"{other.name} (" in printed
    assert "the scale set is locked by" in printed
    other.lock.release()

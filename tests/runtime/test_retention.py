"""`prune`: which runs it removes, and which it never does."""

import json
import os
import time
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.support.campaign_session import (
    CampaignSession,
    campaign_plan,
    complete_run,
    halt_run,
    stage,
)
from tests.support.command_line import CommandLine, refusal
from tests.support.run_folders import AZURE, COMPLETED, HALTED, NOW, add_run
from tests.support.user_home import set_user_home
from vmss_tui.errors import ExitCode
from vmss_tui.runtime.campaigns.campaign_folder import CampaignFolder
from vmss_tui.runtime.storage import retention
from vmss_tui.runtime.storage.run_folder import RunFolder
from vmss_tui.runtime.storage.run_store import FolderStore
from vmss_tui.upgrade import events as ev

DEMO = replace(AZURE, endpoint="http://127.0.0.1:1", demo=True)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FolderStore:
    return FolderStore(set_user_home(tmp_path, monkeypatch))


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(capsys)


def prune(cli: CommandLine, *arguments: str) -> set[str]:
    """Prunes without a question; returns the names of the removed runs."""
    code, out, _ = cli("prune", "--yes", "--json", *arguments)
    assert code == 0
    return set(json.loads(out)["removed"])


def test_ended_runs_beyond_the_age_are_removed_and_all_others_stay(
    store: FolderStore, cli: CommandLine
) -> None:
    old = add_run(store, COMPLETED, days_ago=91)
    aborted = add_run(store, ev.Aborted(by="anna@host"), days_ago=91)
    dead_demo = add_run(store, context=DEMO, days_ago=91)
    live = add_run(store, COMPLETED, days_ago=91)
    kept = [
        add_run(store, COMPLETED, days_ago=89),
        add_run(store, HALTED, days_ago=91),
        add_run(store, days_ago=91),
        add_run(store, ev.Paused(reason="asked", message="", by="anna@host"), days_ago=91),
        live,
    ]
    damaged = add_run(store, COMPLETED, days_ago=91)
    damaged.journal_path.write_bytes(b"x\n" + damaged.journal_path.read_bytes())
    os.utime(damaged.journal_path, (0, 0))
    assert live.take_lock(NOW)
    assert prune(cli) == {old.name, aborted.name, dead_demo.name}
    live.lock.release()
    assert set(store.names()) == {folder.name for folder in (*kept, damaged)}
    assert not old.path.exists()


def test_of_more_runs_than_are_to_be_kept_the_oldest_go_but_none_of_the_last_day(
    store: FolderStore, cli: CommandLine
) -> None:
    names = [add_run(store, COMPLETED, days_ago=days).name for days in (9, 8, 7, 0.9, 0.5)]
    assert prune(cli, "--keep-newest", "4") == {names[0]}
    assert prune(cli, "--keep-newest", "1") == {*names[1:3]}
    assert set(store.names()) == {*names[3:]}


def test_the_settings_set_the_bounds(store: FolderStore, cli: CommandLine, tmp_path: Path) -> None:
    old, _ = add_run(store, COMPLETED, days_ago=9), add_run(store, COMPLETED, days_ago=2)
    settings = tmp_path / "mine.yaml"
    settings.write_text("runs:\n  keep_days: 3\n")
    assert prune(cli, "--config", str(settings)) == {old.name}


def test_without_an_agreement_nothing_is_removed(store: FolderStore, cli: CommandLine) -> None:
    folder = add_run(store, COMPLETED, days_ago=91)
    code, out, err = cli("prune")
    assert (code, out) == (ExitCode.USAGE, "")
    assert folder.name in err
    assert "add --yes" in err
    assert "is read-only" in refusal(*cli("prune", "--yes", "--read-only"), ExitCode.REFUSED)
    assert folder.path.exists()


def test_nothing_to_remove_needs_no_question(store: FolderStore, cli: CommandLine) -> None:
    add_run(store, COMPLETED)
    assert cli("prune") == (0, "0 runs removed\n", "")


def test_a_run_that_is_continued_while_the_question_is_open_stays(
    store: FolderStore, cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = add_run(store, COMPLETED, days_ago=91)
    other = add_run(store, COMPLETED, days_ago=91)
    true_prune = retention.prune
    worker = RunFolder(folder.path, folder.lock.path.parent)

    def continue_first(*arguments: object) -> bool:
        if worker.lock.descriptor is None:
            assert worker.take_lock(NOW)
        return true_prune(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr("vmss_tui.cli.commands.runs.prune", continue_first)
    assert prune(cli) == {other.name}  # the lock is that of another run of the same set
    worker.lock.release()
    assert folder.path.exists()


def test_ended_campaigns_are_removed_within_the_same_bounds(
    store: FolderStore, cli: CommandLine
) -> None:
    session = CampaignSession(store.state_folder)
    control = session.control

    def add(days_ago: float, *, halts: bool = False) -> Path:
        session.clock.t += 60.0
        session.carry_out = halt_run if halts else complete_run
        name = control.start(campaign_plan(stage("all", "web-vmss")))
        assert session.work(name).phase.is_over is not halts
        path = control.find(name).path
        written_at = time.time() - days_ago * retention.DAY
        os.utime(path / "journal.jsonl", (written_at, written_at))
        return path

    old, live, halted, recent, new = add(91), add(91), add(91, halts=True), add(89), add(0.9)
    lock = CampaignFolder(live)
    assert lock.take_lock(NOW)
    code, out, _ = cli("prune", "--yes", "--json")
    removed = json.loads(out)
    assert (code, removed["removed_campaigns"]) == (0, [old.name.partition("-")[2]])
    assert removed["kept_campaigns"] == 4
    lock.lock.release()
    code, out, err = cli("prune", "--yes", "--keep-newest", "1")
    assert (code, out) == (0, "0 runs and 2 campaigns removed\n")
    assert f"campaign {recent.name.partition('-')[2]}  Completed  last event 89 days ago" in err
    assert [path.exists() for path in (old, live, halted, recent, new)] == [0, 0, 1, 0, 1]

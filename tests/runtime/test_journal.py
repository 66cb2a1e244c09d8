"""The journal on disk: what it promises before Azure is asked, and what damage does to it."""

import os
import threading
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.engine_harness import EngineHarness
from tests.support.engine_world import small_set
from vmss_tui.gateway import AzureContext
from vmss_tui.runtime.clock import BootClock
from vmss_tui.runtime.observe.run_follower import RunFollower
from vmss_tui.runtime.storage.journal import (
    Journal,
    JournalReadOnly,
    JournalTail,
    encode_record,
    read_journal,
)
from vmss_tui.runtime.storage.latest_view import LatestView, write_latest
from vmss_tui.runtime.storage.run_folder import RunFolder
from vmss_tui.runtime.storage.run_store import FolderStore
from vmss_tui.runtime.storage.state_folder import (
    FileLock,
    InsecurePath,
    ensure_private_folder,
    write_private,
)
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.run.run import Phase, Run

NOW = datetime(2026, 11, 22, 2, tzinfo=UTC)
WAITED = ev.WaitEnded(by="op@host")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A journal with three records."""
    journal = Journal(tmp_path / "journal.jsonl")
    for t in (0.0, 1.0, 2.5):
        journal.append(WAITED, NOW, t)
    journal.close()
    return journal.path


def test_what_was_appended_is_read_back_in_order(path: Path) -> None:
    contents = read_journal(path, expect_seq=1)
    assert [(r.seq, r.t, r.body) for r in contents.records] == [
        (1, 0.0, WAITED),
        (2, 1.0, WAITED),
        (3, 2.5, WAITED),
    ]
    assert contents.size == path.stat().st_size
    assert not contents.is_torn


def test_the_file_is_private(path: Path) -> None:
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_torn_last_line_is_dropped_told_and_written_over(path: Path) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[:-9])
    contents = read_journal(path, expect_seq=1)
    assert (len(contents.records), contents.is_torn, contents.damage) == (2, True, "")
    journal = Journal(path)
    assert journal.append(WAITED, NOW, 3.0).seq == 3
    journal.close()
    assert [r.t for r in read_journal(path, expect_seq=1).records] == [0.0, 1.0, 3.0]


@pytest.mark.parametrize(
    ("harm", "damage"),
    [
        (lambda line: line.replace(b"op@host", b"ev@host"), "checksum"),
        (lambda line: b"not json at all", "not a journal record"),
        (lambda line: _again(line.replace(b'"v":1', b'"v":9')), "newer version"),
        (lambda line: _again(line.replace(b"wait_ended", b"wait_mended")), "not understood"),
        (lambda line: b"", "not a journal record"),
    ],
)
def test_damage_before_the_end_means_look_only_and_says_which_line(
    path: Path, harm: object, damage: str
) -> None:
    assert callable(harm)
    lines = path.read_bytes().split(b"\n")
    lines[1] = harm(lines[1])
    path.write_bytes(b"\n".join(lines))
    contents = read_journal(path, expect_seq=1)
    assert len(contents.records) == 1
    assert "line 2" in contents.damage
    assert damage in contents.damage
    with pytest.raises(JournalReadOnly, match="line 2"):
        Journal(path)


def test_a_record_that_is_missing_in_the_middle_is_damage(path: Path) -> None:
    lines = path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join([lines[0], *lines[2:]]))
    assert "record 3 where 2 was expected" in read_journal(path, expect_seq=1).damage


def test_a_journal_is_followed_without_reading_again_what_was_read(path: Path) -> None:
    tail = JournalTail(path)
    assert [record.seq for record in tail.read_new()] == [1, 2, 3]
    _scrawled_over(path)
    assert tail.read_new() == ()
    _append(path, ev.Aborted(by="op@host"), seq=4)
    assert [(entry.seq, entry.body) for entry in tail.read_new()] == [(4, ev.Aborted(by="op@host"))]
    assert tail.damage == ""


def test_a_line_that_is_still_being_written_is_no_news_until_it_is_whole(path: Path) -> None:
    tail = JournalTail(path)
    tail.read_new()
    whole = path.read_bytes()
    _append(path, WAITED, seq=4)
    line = path.read_bytes()[len(whole) :]
    for length in range(len(line)):
        path.write_bytes(whole + line[:length])
        assert (tail.read_new(), tail.damage) == ((), "")
    path.write_bytes(whole + line)
    assert [record.seq for record in tail.read_new()] == [4]


def test_damage_that_is_met_while_following_has_the_number_of_its_line_each_time(
    path: Path,
) -> None:
    tail = JournalTail(path)
    tail.read_new()
    _append(path, WAITED, seq=4)
    _append(path, WAITED, seq=6)
    assert [record.seq for record in tail.read_new()] == [4]
    damage = "journal.jsonl line 5: record 6 where 5 was expected"
    assert tail.damage == damage
    assert (tail.read_new(), tail.damage) == ((), damage)


def test_a_follower_folds_what_came_and_nothing_twice(tmp_path: Path) -> None:
    folder = _run_folder(tmp_path)
    confirmed = ev.PlanConfirmed(plan=folder.manifest.plan, by="op@host")
    follower = RunFollower(folder, BootClock())
    assert (follower.read_new(), follower.run) == ((), Run())
    _append(folder.journal_path, confirmed, seq=1)
    assert [record.seq for record in follower.read_new()] == [1]
    _scrawled_over(folder.journal_path)
    _append(folder.journal_path, ev.Aborted(by="op@host"), seq=2)
    assert [record.seq for record in follower.read_new()] == [2]
    assert (follower.run.phase, follower.run.total) == (Phase.CANCELLED, 2)
    assert follower.damage == ""


class Later(BootClock):
    """Half a minute after the newest event, in a demo twenty times as fast."""

    def wall(self) -> datetime:
        return NOW + timedelta(seconds=30)

    def rate(self) -> float:
        return 20.0


def test_a_follower_reads_the_stopwatches_of_a_run_whose_clock_began_at_its_own_start(
    tmp_path: Path,
) -> None:
    folder = _run_folder(tmp_path)
    follower = RunFollower(folder, Later())
    assert follower.run_time() == 0.0
    _append(folder.journal_path, ev.PlanConfirmed(plan=folder.manifest.plan, by="op@host"), seq=1)
    follower.read_new()
    assert follower.run_time() == follower.run.t, "nobody is at work on it"
    assert folder.take_lock(NOW)
    assert follower.run_time() == follower.run.t + 600
    folder.lock.release()


class Now(BootClock):
    """The wall at a moment, in a demo of a speed."""

    def __init__(self, speed: float) -> None:
        super().__init__()
        self._speed = speed

    def wall(self) -> datetime:
        return NOW

    def rate(self) -> float:
        return self._speed


@pytest.mark.parametrize(
    ("ago", "speed", "waits", "silent"),
    [
        (70.0, 1.0, 6.0, False),
        (80.0, 1.0, 6.0, True),
        (40.0, 60.0, 6.0, False),
        (50.0, 60.0, 0.1, True),
        (200.0, 1.0, 180.0, False),
        (230.0, 1.0, 180.0, True),
    ],
)
def test_a_worker_is_silent_once_it_showed_no_life_for_longer_than_it_ever_waits(
    tmp_path: Path, ago: float, speed: float, waits: float, silent: bool
) -> None:
    folder, at = _run_folder(tmp_path), NOW.timestamp() - ago
    _append(folder.journal_path, ev.PlanConfirmed(plan=folder.manifest.plan, by="op@host"), seq=1)
    write_latest(folder.latest_path, LatestView(None, interval=waits))
    for path in (folder.journal_path, folder.latest_path):
        os.utime(path, (at, at))
    follower = RunFollower(folder, Now(speed))
    assert follower.silent_since() is None, "nobody is at work on it"
    assert follower.worker() is None
    assert folder.take_lock(NOW)
    worker = follower.worker()
    assert worker is not None
    assert worker.pid == os.getpid()
    since = follower.silent_since()
    folder.lock.release()
    assert (since is not None) is silent
    assert since is None or since.timestamp() == at


def test_every_line_carries_the_checksum_of_what_stands_before_it(path: Path) -> None:
    for record, line in zip(
        read_journal(path).records, path.read_bytes().splitlines(True), strict=True
    ):
        assert encode_record(record) == line


def test_a_lock_that_another_holds_says_who_and_is_free_when_they_end(tmp_path: Path) -> None:
    ours, theirs = FileLock(tmp_path / "set.lock"), FileLock(tmp_path / "set.lock")
    assert theirs.take(b"op@bastion")
    assert not ours.take(b"me")
    assert ours.owner() == b"op@bastion"
    theirs.release()
    assert ours.owner() is None
    assert ours.take(b"me")
    ours.release()


def test_a_folder_that_others_can_read_is_refused(tmp_path: Path) -> None:
    wide = tmp_path / "wide"
    wide.mkdir(mode=0o755)
    wide.chmod(0o755)
    with pytest.raises(InsecurePath, match="chmod 700"):
        ensure_private_folder(wide)


def test_a_folder_that_is_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(InsecurePath, match="symbolic link"):
        ensure_private_folder(tmp_path / "link")


def test_a_file_is_replaced_as_a_whole_however_many_read_it(tmp_path: Path) -> None:
    path = tmp_path / "latest.json"
    write_private(path, b"a" * 100_000)
    seen: set[bytes] = set()
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            seen.add(path.read_bytes())

    reader = threading.Thread(target=look)
    reader.start()
    for letter in b"bcdefgh":
        write_private(path, bytes([letter]) * 100_000, durable=False)
    done.set()
    reader.join()
    assert all(len(set(data)) == 1 and len(data) == 100_000 for data in seen)
    assert path.stat().st_mode & 0o777 == 0o600


def _append(path: Path, event: ev.AnyEvent, seq: int) -> None:
    """A record as a worker would have left it, whatever stands before it."""
    with path.open("ab") as file:
        file.write(encode_record(ev.Record(seq=seq, at=NOW.isoformat(), t=float(seq), body=event)))


def _scrawled_over(path: Path) -> None:
    """What stands there cannot be read a second time."""
    path.write_bytes(b"x" * path.stat().st_size)


def _run_folder(state: Path) -> RunFolder:
    """A run of two instances that no worker has taken up."""
    plan = EngineHarness(small_set(2)).plan
    context = AzureContext(endpoint="http://127.0.0.1:1", cloud="simulator", demo=True)
    return FolderStore(state).create(plan, context, NOW)


def _again(line: bytes) -> bytes:
    """The line with a checksum that fits it."""
    bare = line.rpartition(b',"crc":"')[0]
    return bare + b',"crc":"%08x"}' % zlib.crc32(bare)

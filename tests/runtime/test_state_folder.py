"""Files of the state folder: ours alone, or not written to."""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from vmss_tui.runtime.storage.journal import Journal, JournalError
from vmss_tui.runtime.storage.state_folder import (
    FileLock,
    InsecurePath,
    append_private,
    blocking_lock,
    ensure_private_folder,
    open_private,
    overwrite_reserved,
    reserve_private,
    write_private,
)

Write = Callable[[Path], object]


def wait(path: Path) -> None:
    """Takes a short-held lock."""
    with blocking_lock(path):
        return


WRITERS: dict[str, Write] = {
    "a line": lambda path: append_private(path, b"line\n"),
    "a whole file": lambda path: write_private(path, b"whole"),
    "a lock": lambda path: FileLock(path).take(b"me"),
    "a short lock": wait,
    "a journal": Journal,
    "a log": lambda path: open_private(path, os.O_WRONLY | os.O_APPEND),
}
every_writer = pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)


def names(folder: Path) -> tuple[Path, Path]:
    """The file, and the one that replaces it as a whole."""
    return folder / "kept", folder / f".kept.{os.getpid()}"


@every_writer
def test_a_file_that_others_could_read_is_not_written_to(tmp_path: Path, write: Write) -> None:
    for path in names(tmp_path):
        path.touch()
        path.chmod(0o640)
    with pytest.raises((InsecurePath, JournalError), match="chmod 600 it"):
        write(tmp_path / "kept")
    assert (tmp_path / "kept").read_bytes() == b""


@every_writer
def test_a_link_is_not_written_through(tmp_path: Path, write: Write) -> None:
    victim = tmp_path / "victim"
    victim.touch(0o600)
    for path in names(tmp_path):
        path.symlink_to(victim)
    with pytest.raises((InsecurePath, JournalError), match="symbolic link"):
        write(tmp_path / "kept")
    assert victim.read_bytes() == b""


@every_writer
def test_a_new_file_is_ours_alone(tmp_path: Path, write: Write) -> None:
    before = os.umask(0)
    try:
        write(tmp_path / "kept")
    finally:
        os.umask(before)
    assert (tmp_path / "kept").stat().st_mode & 0o777 == 0o600


def test_folders_above_a_new_one_are_ours_alone_too(tmp_path: Path) -> None:
    """A run's worker may write to a folder of the state whose other folders were removed."""
    ensure_private_folder(tmp_path / "state" / "vmss-tui" / "budgets")
    made = (tmp_path / "state", tmp_path / "state" / "vmss-tui")
    assert [folder.stat().st_mode & 0o777 for folder in made] == [0o700, 0o700]


def test_another_users_file_or_folder_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = ensure_private_folder(tmp_path / "state")
    append_private(folder / "kept", b"mine\n")
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(InsecurePath, match="another user"):
        append_private(folder / "kept", b"theirs\n")
    with pytest.raises(InsecurePath, match="another user"):
        ensure_private_folder(folder)


def test_a_line_that_was_not_kept_whole_is_no_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "write", lambda _handle, data: len(data) - 1)
    with pytest.raises(OSError, match="No space"):
        append_private(tmp_path / "kept", b"a line\n")


def test_a_torn_line_does_not_swallow_the_next(tmp_path: Path) -> None:
    append_private(tmp_path / "kept", b"one\n")
    append_private(tmp_path / "kept", b"to")  # as a full disk leaves it
    append_private(tmp_path / "kept", b"three\n")
    assert (tmp_path / "kept").read_bytes() == b"one\nto\nthree\n"


def test_a_lock_that_lapsed_and_that_another_took_is_not_held(tmp_path: Path) -> None:
    ours, theirs = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    assert ours.take(b"ours")
    assert not theirs.take(b"theirs")
    assert [ours.is_owned, theirs.is_owned] == [True, False]
    assert ours._file is not None
    fcntl.flock(ours._file, fcntl.LOCK_UN)  # as a network home may let it lapse
    assert theirs.take(b"theirs")
    assert [ours.is_owned, theirs.is_owned] == [False, True]
    theirs.release()
    ours.release()


def test_a_lock_is_passed_on_without_a_moment_in_which_it_is_free(tmp_path: Path) -> None:
    parent, child, other = (FileLock(tmp_path / "lock") for _ in range(3))
    assert parent.take(b"the parent")
    assert parent.descriptor is not None
    inherited = os.dup(parent.descriptor)
    assert child.adopt(inherited, b"the child")
    assert not other.take(b"another")
    parent.release()
    assert not other.take(b"another")
    assert (other.owner(), child.is_owned) == (b"the child", True)
    child.release()
    assert other.take(b"another")
    other.release()


def test_a_descriptor_of_another_file_or_of_none_is_no_lock(tmp_path: Path) -> None:
    lock, elsewhere = FileLock(tmp_path / "lock"), FileLock(tmp_path / "elsewhere")
    lock.path.touch(0o600)
    assert elsewhere.take(b"me")
    assert elsewhere.descriptor is not None
    assert not lock.adopt(elsewhere.descriptor, b"me")
    assert not lock.adopt(987_654, b"me")
    assert not lock.is_owned
    elsewhere.release()


def test_a_reserved_file_is_replaced_in_place(tmp_path: Path) -> None:
    path = tmp_path / "reserved"
    reserve_private(path, 16)
    before = path.stat()
    overwrite_reserved(path, b"a message that is too long")
    assert path.read_bytes() == b"a message that i"
    overwrite_reserved(path, b"short")
    assert path.read_bytes() == b"short".ljust(16)
    after = path.stat()
    assert (after.st_ino, after.st_size, after.st_blocks) == (
        before.st_ino,
        before.st_size,
        before.st_blocks,
    )

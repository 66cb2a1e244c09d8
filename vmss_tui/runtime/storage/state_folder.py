"""Files that only the user can read: their modes, atomic writes, durable appends and locks."""

import errno
import fcntl
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vmss_tui.errors import VmssError

_LOCK_CHECK_SECONDS = 0.01


class InsecurePath(VmssError, OSError):
    """A folder or file that other users could read or change."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        OSError.__init__(self, errno.EPERM, message)

    def __str__(self) -> str:
        return self.message


def ensure_private_folder(path: Path) -> Path:
    """Creates a folder as 0700, with the folders above it that are missing (`Path.mkdir` would
    leave these to the umask), or checks that it is the user's, no symbolic link and no wider."""
    for folder in (*reversed(path.parents), path):
        if not folder.exists():
            folder.mkdir(mode=0o700, exist_ok=True)
    file_status = path.lstat()
    if stat.S_ISLNK(file_status.st_mode):
        raise InsecurePath(f"{path} is a symbolic link: the state folder must be a real one")
    _check_mode(path, file_status, "700")
    return path


def open_private(path: Path, flags: int) -> int:
    """Opens a file, and creates it as 0600; raises `InsecurePath` for one that has a wider mode, is
    another user's or a symbolic link."""
    try:
        handle = os.open(path, flags | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise InsecurePath(f"{path} is a symbolic link: it must be a real file") from error
        raise
    try:
        _check_mode(path, os.fstat(handle), "600")
    except InsecurePath:
        os.close(handle)
        raise
    return handle


def _check_mode(path: Path, file_status: os.stat_result, required_mode: str) -> None:
    if file_status.st_uid != os.geteuid():
        raise InsecurePath(f"{path} belongs to another user")
    if (mode := stat.S_IMODE(file_status.st_mode)) & 0o077:
        raise InsecurePath(f"{path} is open to others (mode {mode:o}): chmod {required_mode} it")


def write_failure(name: str, error: OSError) -> str:
    """Why a file could not be written, for a message; `name` may be empty."""
    reason, place = error.strerror or str(error), f"{name}: " if name else ""
    match error.errno:
        case errno.ENOSPC:
            return f"{place}the disk is full ({reason})"
        case errno.EDQUOT:
            return f"{place}the disk quota is used up ({reason})"
    return f"{place}{reason}"


def write_private(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Replaces a file atomically, with mode 0600."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    handle = open_private(temporary, os.O_WRONLY | os.O_TRUNC)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def keep_file(run_path: Path, name: str, data: bytes) -> bool:
    """Writes a file below the folder of a run as 0600; False where that fails."""
    try:
        ensure_private_folder((run_path / name).parent)
        write_private(run_path / name, data)
    except OSError:
        return False
    return True


def read_kept_file(run_path: Path, name: str) -> bytes | None:
    """The content of such a file; None without it."""
    try:
        return (run_path / name).read_bytes()
    except OSError:
        return None


def reserve_private(path: Path, size: int) -> None:
    """Creates a file of so many spaces, durable on return, where there is none.

    `overwrite_reserved` needs no further space on the disk, except on file systems that copy on
    write.
    """
    if not path.exists():
        write_private(path, b" " * size)


def overwrite_reserved(path: Path, data: bytes) -> None:
    """Replaces the content of a reserved file in place, cut or filled with spaces to its size."""
    handle = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        size = os.fstat(handle).st_size
        os.pwrite(handle, data[:size].ljust(size), 0)
        os.fsync(handle)
    finally:
        os.close(handle)


def export_private(path: Path, data: bytes) -> None:
    """Writes to a path that the user has chosen. A regular file gets mode 0600, whatever its mode
    was and whatever the umask is; a pipe or a device gets only the data."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as file:
        if stat.S_ISREG(os.fstat(handle).st_mode):
            os.fchmod(handle, 0o600)
            os.ftruncate(handle, 0)
        file.write(data)


def append_private(path: Path, line: bytes) -> None:
    """Appends one line in one durable write; raises `OSError` where it was not written completely.

    A line that an earlier write left incomplete (full disk) is terminated first.
    """
    handle = open_private(path, os.O_RDWR | os.O_APPEND)
    try:
        size = os.fstat(handle).st_size
        is_torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
        data = b"\n" * is_torn + line
        if os.write(handle, data) != len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(handle)
    finally:
        os.close(handle)


class FileLock:
    """A `flock` on a file that contains its owner. The system releases it when the process ends."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: int | None = None
        self._owner = b""

    def take(self, owner: bytes) -> bool:
        """Takes the lock without waiting, and writes the owner; False where another has it."""
        handle = open_private(self.path, os.O_RDWR)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._become_owner(handle, owner)
        except OSError as error:
            os.close(handle)
            if isinstance(error, BlockingIOError):
                return False
            raise
        return True

    def adopt(self, handle: int, owner: bytes) -> bool:
        """Continues the lock of the parent process on this inherited descriptor, and writes the
        new owner; False where the descriptor is of another file or the lock is another's."""
        try:
            if not os.path.samestat(os.fstat(handle), self.path.stat()):
                return False
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        os.set_inheritable(handle, False)
        self._become_owner(handle, owner)
        return True

    def _become_owner(self, handle: int, owner: bytes) -> None:
        """Writes the owner in place first: on a full disk there is no space for it afterwards."""
        os.pwrite(handle, owner, 0)
        os.ftruncate(handle, len(owner))
        self._file, self._owner = handle, owner

    @property
    def descriptor(self) -> int | None:
        """The descriptor that a child process can inherit with the lock; None without it."""
        return self._file

    @property
    def is_owned(self) -> bool:
        """The lock is still this process's. Not after the file was removed (a clean-up), or after
        the lock was lost: on a network file system it can expire, and another owner is written."""
        if self._file is None:
            return False
        try:
            is_same_file = os.path.samestat(os.fstat(self._file), self.path.stat())
            return is_same_file and os.pread(self._file, 4096, 0) == self._owner
        except OSError:
            return False

    def hand_over(self) -> None:
        """A child process has inherited the descriptor: `release` closes only this copy, and the
        system keeps the lock as long as another is open."""

    def release(self) -> None:
        """Releases the lock."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def owner(self) -> bytes | None:
        """The content that the owner wrote; None where the lock is free."""
        try:
            handle = os.open(self.path, os.O_RDONLY)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return os.pread(handle, 4096, 0)
        finally:
            os.close(handle)
        return None


def _take_within(handle: int, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise TimeoutError(errno.ETIMEDOUT, "another process holds the lock") from None
            time.sleep(_LOCK_CHECK_SECONDS)


@contextmanager
def blocking_lock(path: Path, seconds: float | None = None) -> Iterator[None]:
    """Waits for a lock that is taken for a short time only, such as for the start of a demo.

    Raises `TimeoutError` after `seconds`: a process that was stopped may hold it for ever.
    """
    handle = open_private(path, os.O_RDWR)
    try:
        if seconds is None:
            fcntl.flock(handle, fcntl.LOCK_EX)
        else:
            _take_within(handle, seconds)
        yield
    finally:
        os.close(handle)

"""The lock of a scale set: a file lock between the processes of this machine, and a lease between
the machines.

The file contains the id of the lease, so that a worker continues that of the process which started
it, and the next process of this machine that of a worker which was killed.
"""

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import msgspec

from vmss_tui.gateway.blobs import LEASE_HELD, BlobContainer, BlobError, BlobRefused
from vmss_tui.runtime.storage.blob.lease import Lease
from vmss_tui.runtime.storage.machine_lock import lock_owner_of_process, take_lock
from vmss_tui.runtime.storage.run_records import LockOwner
from vmss_tui.runtime.storage.state_folder import FileLock


class _LocalOwner(LockOwner, frozen=True, kw_only=True):
    """Content of the lock file."""

    lease: str = ""


class LeasedLock:
    """The lock of one scale set, for one run."""

    def __init__(
        self, container: BlobContainer, blob: str, path: Path, now: Callable[[], float]
    ) -> None:
        """`blob` is that of the scale set, `path` the lock file of this machine."""
        self._container, self._blob, self._now = container, blob, now
        self.file = FileLock(path)
        self.lease: Lease | None = None
        self._is_handed_over = False

    @property
    def is_owned(self) -> bool:
        """File lock and lease are certainly still this process's."""
        return self.file.is_owned and self.lease is not None and self.lease.is_valid

    @property
    def descriptor(self) -> int | None:
        """The descriptor of the lock file, for a child process."""
        return self.file.descriptor

    def take(self, run: str, now: datetime) -> bool:
        """Takes both; False where another process or another machine has one of them. Raises
        `BlobError` where the storage does not answer."""
        lease = Lease(self._container, self._now, self._left_lease_id())
        owner = lock_owner_of_process(run, now)
        if not take_lock(self.file, _encode_local(owner, lease.id)):
            return False
        try:
            self._container.write(self._blob, b"{}", only_new=True)
            lease.acquire(self._blob)
            self._container.write(self._blob, msgspec.json.encode(owner), lease_id=lease.id)
        except BlobError as error:
            lease.release()
            self.file.release()
            if isinstance(error, BlobRefused) and error.code == LEASE_HELD:
                return False
            raise
        self.lease = lease
        return True

    def adopt(self, descriptor: int, run: str, now: datetime) -> bool:
        """Continues lock and lease of the parent process; False where that is not possible."""
        try:
            left = msgspec.json.decode(os.pread(descriptor, 4096, 0), type=_LocalOwner)
            lease = Lease(self._container, self._now, left.lease)
            owner = lock_owner_of_process(run, now)
            if not self.file.adopt(descriptor, _encode_local(owner, lease.id)):
                return False
            lease.adopt(self._blob)
            self._container.write(self._blob, msgspec.json.encode(owner), lease_id=lease.id)
        except (OSError, msgspec.MsgspecError, BlobError):
            self.file.release()
            return False
        self.lease = lease
        return True

    def hand_over(self) -> None:
        """The child process goes on with the lease: `release` leaves it alone."""
        self._is_handed_over = True

    def release(self) -> None:
        """Releases both."""
        if self.lease is not None and not self._is_handed_over:
            self.lease.release()
        self.lease = None
        self.file.release()

    def _left_lease_id(self) -> str:
        """The id in the lock file: of a process of this machine that has ended, if the file lock
        can be taken now."""
        try:
            return msgspec.json.decode(self.file.path.read_bytes(), type=_LocalOwner).lease
        except (OSError, msgspec.MsgspecError):
            return ""


def _encode_local(owner: LockOwner, lease_id: str) -> bytes:
    return msgspec.json.encode(_LocalOwner(lease=lease_id, **msgspec.structs.asdict(owner)))

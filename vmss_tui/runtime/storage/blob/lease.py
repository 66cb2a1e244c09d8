"""The lease on the blobs of one run: 60 s, renewed every 15 s by a thread of the worker.

Finite on purpose: after a crash another host can take over within a minute. The lease is proved by
the clock of this machine that counts while it sleeps, from before each renewal was sent.
"""

import threading
from collections.abc import Callable
from uuid import uuid4

from vmss_tui.gateway.blobs import (
    LEASE_LOST_CODES,
    BlobContainer,
    BlobError,
    BlobRefused,
    BlobUnavailable,
)

DURATION = 60
"""Seconds."""
RENEWAL_INTERVAL = 15.0
RETRY_INTERVAL = 2.0
"""Real seconds until the next attempt after a renewal that got no answer."""
MARGIN = 15.0
"""Seconds before its end from which on the lease does not count: a request that begins now is with
Azure before another worker can begin."""


class Lease:
    """One lease id on several blobs: that of the scale set, and the journal."""

    def __init__(
        self, container: BlobContainer, now: Callable[[], float], lease_id: str = ""
    ) -> None:
        """`now` is a clock in seconds that counts while the machine sleeps."""
        self._container, self._now = container, now
        self.id = lease_id or str(uuid4())
        self._names: list[str] = []
        self._proved_until = 0.0
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def is_valid(self) -> bool:
        """The lease can be proved, with a margin for a request that begins now."""
        return self._now() < self._proved_until - MARGIN

    def acquire(self, name: str) -> None:
        """Takes the lease of a further blob; raises `BlobError`, refused while another has it."""
        started_at = self._now()
        self._container.acquire_lease(name, self.id, DURATION)
        if not self._names:
            self._proved_until = started_at + DURATION
        self._names.append(name)

    def adopt(self, name: str) -> None:
        """Continues the lease of the process that has taken it; raises `BlobError`."""
        started_at = self._now()
        self._container.renew_lease(name, self.id)
        self._names.append(name)
        self._proved_until = started_at + DURATION

    def start_renewing(self) -> None:
        """Renews in a thread until `release`."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._keep, name="lease", daemon=True)
            self._thread.start()

    def renew(self) -> bool:
        """Renews on all blobs; False where there was no answer. A refusal ends the lease."""
        started_at = self._now()
        try:
            for name in tuple(self._names):
                self._container.renew_lease(name, self.id)
        except BlobRefused as error:
            if error.code in LEASE_LOST_CODES:
                self._proved_until = 0.0
                self._stop.set()
            return False
        except BlobError:
            return False
        self._proved_until = max(self._proved_until, started_at + DURATION)
        return True

    def release(self) -> None:
        """Ends the lease, as far as the storage can be reached."""
        self._stop.set()
        self._proved_until = 0.0
        for name in reversed(self._names):
            try:
                self._container.release_lease(name, self.id)
            except BlobUnavailable:
                break  # the others would take as long, and end by themselves as well
            except BlobError:
                continue
        self._names.clear()

    def _keep(self) -> None:
        pause = RENEWAL_INTERVAL
        while not self._stop.wait(pause):
            pause = RENEWAL_INTERVAL if self.renew() else RETRY_INTERVAL

"""Reads that wait for a throttled or unreachable Azure, for a command without a screen.

A screen and a run's worker decide by themselves when to read again; a headless command would end
with an error that a minute's patience avoids. Writes are not concerned: they are sent once.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from msgspec import structs

from vmss_tui.arm.delegating_sender import DelegatingSender, fields_of
from vmss_tui.arm.transport.send import RequestSender, Response
from vmss_tui.gateway import Throttled, Unreachable

_MIN_WAIT = 0.5
"""Seconds; random waits may be zero, and there is no limit of attempts."""


class Patience:
    """How long the reads of a command wait for the same outage, together. Thread-safe."""

    def __init__(self, seconds: float, monotonic: Callable[[], float]) -> None:
        self._seconds, self._monotonic = seconds, monotonic
        self._since: float | None = None
        self._lock = threading.Lock()

    def note_success(self) -> None:
        """The outage is over: a later one may take as long again."""
        with self._lock:
            self._since = None

    def elapsed(self) -> float:
        """Seconds since the first failure after a success; the first call begins to count."""
        with self._lock:
            if self._since is None:
                self._since = self._monotonic()
            return self._monotonic() - self._since

    def allows(self, wait: float) -> bool:
        """Whether a wait of so many seconds ends in time."""
        return self.elapsed() + wait <= self._seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientSender(DelegatingSender):
    """A sender whose reads are repeated while `patience` allows it."""

    patience: Patience

    @classmethod
    def over(cls, sender: RequestSender, patience: Patience) -> Self:
        """A sender that repeats the reads of `sender`, each of which is then sent once."""
        # Any Retry-After is an error of its own, with its seconds.
        once = replace(
            sender, retry_policy=structs.replace(sender.retry_policy, attempts=1, cap=0.0)
        )
        return cls(**fields_of(sender), inner=once, patience=patience)

    def read(self, url: str, cached_body: bytes = b"") -> Response:
        """Sends a GET until it is answered with 200; raises a `GatewayError`, which says how often
        it was sent, once the patience is at its end."""
        return self._repeat(lambda: self.inner.read(url, cached_body))

    def read_by_post(self, url: str, body: Mapping[str, Any] | None) -> Response:
        """As `read`, for a POST that changes nothing."""
        return self._repeat(lambda: self.inner.read_by_post(url, body))

    def _repeat(self, read: Callable[[], Response]) -> Response:
        policy = self.retry_policy
        attempt = 1
        while True:
            try:
                response = read()
            except (Throttled, Unreachable) as error:
                ceiling = min(policy.cap, policy.base * 2.0 ** min(attempt - 1, 16))
                requested = error.retry_after if isinstance(error, Throttled) else None
                seconds = requested or max(_MIN_WAIT, policy.jitter(ceiling))
                if not self.patience.allows(seconds):
                    raise self._exhausted(error, attempt) from error
                policy.on_wait(seconds, error.message)
                policy.wait(seconds)
                attempt += 1
            else:
                self.patience.note_success()
                return response

    def _exhausted(self, error: Throttled | Unreachable, attempts: int) -> Throttled | Unreachable:
        if attempts == 1:
            return error
        tried = f"(tried {attempts} times in {self.patience.elapsed():.0f} s)"
        message = f"{error.message.rstrip('.')} {tried}"
        if isinstance(error, Throttled):
            return Throttled(message, error.retry_after, code=error.code)
        return Unreachable(message, code=error.code, status=error.status)

"""Takes the samples of one verdict, one at a time, in a thread beside its caller.

Nothing waits for a sample. Each has a total deadline: what has not ended by then is interrupted and
left, and its later result is dropped. The caller's thread starts samples and takes their results.
"""

import threading
from typing import Protocol

from vmss_tui.gateway.background_call import BackgroundCall
from vmss_tui.runtime.clock import Clock
from vmss_tui.upgrade.plan.verdict import Sample, SampleResult

GRACE = 2.0
"""Real seconds after the timeout in which a probe may report the time-out by itself."""
MAX_LEFT = 3
"""Samples that did not end when they were interrupted; while so many remain, none is started."""


class Probe(Protocol):
    """Takes one sample; called in a thread of its own."""

    timeout: float
    """Real seconds."""
    late_result: SampleResult
    """What it means that there was no answer in time."""

    def take(self, document: bytes, stop: threading.Event) -> Sample:
        """The sample. `document` describes the run as JSON; returns soon after `stop` is set."""


class Sampler:
    """Starts and ends the samples of one probe."""

    def __init__(self, probe: Probe, clock: Clock) -> None:
        self._probe, self._clock = probe, clock
        self._call: BackgroundCall[Sample] | None = None
        self._refusal: Sample | None = None
        """The result of a sample that was not started; None where it was."""
        self._stop = threading.Event()
        self._started_at = 0.0
        self._left: list[BackgroundCall[Sample]] = []

    @property
    def is_busy(self) -> bool:
        """A sample is under way, or has ended and was not taken yet."""
        return self._call is not None or self._refusal is not None

    def start(self, document: bytes) -> None:
        """Starts a sample, where none is under way."""
        if self.is_busy:
            return
        stop, probe = threading.Event(), self._probe
        self._left = [call for call in self._left if not call.is_finished]
        self._stop, self._started_at = stop, self._clock.real()
        if len(self._left) >= MAX_LEFT:
            self._refusal = Sample(
                result=SampleResult.INCONCLUSIVE, message="earlier samples have not ended yet"
            )
            return
        self._call = BackgroundCall(lambda: probe.take(document, stop), "verdict")

    def take(self) -> Sample | None:
        """The sample that has ended since the last call; None while it is under way, or where none
        was started."""
        refusal, self._refusal = self._refusal, None
        call = self._call
        if call is None:
            return refusal
        seconds = self._clock.real() - self._started_at
        if call.is_finished:
            self._call = None
            return _result(call, seconds)
        if seconds < self._probe.timeout + GRACE:
            return None
        self._leave(call)
        message = f"no answer within {self._probe.timeout:g} s"
        return Sample(result=self._probe.late_result, message=message, seconds=round(seconds, 1))

    def cancel(self) -> None:
        """Ends the present sample without a result."""
        self._refusal = None
        if self._call is not None:
            self._leave(self._call)

    def _leave(self, call: BackgroundCall[Sample]) -> None:
        self._stop.set()
        self._left.append(call)
        self._call = None


def _result(call: BackgroundCall[Sample], seconds: float) -> Sample:
    """An unexpected error in a probe must not end a run, and proves nothing."""
    if call.error is None:
        return call.result()
    message = f"not sampled ({type(call.error).__name__})"
    return Sample(
        result=SampleResult.INCONCLUSIVE, message=message, seconds=round(max(0.0, seconds), 1)
    )

"""Polls the long-running operation of an accepted write until it ends.

That may take hours. An operation whose status cannot be read has not failed: the instances and the
model show the result, and nothing is sent again.
"""

import threading

from vmss_tui.gateway import Gateway, NotSignedIn, OperationStatus, PollResult, Throttled
from vmss_tui.runtime.clock import Clock

FIRST_PAUSE, LONGEST_PAUSE = 2.0, 30.0
"""Run seconds between two polls; doubled each time up to the longest."""
MAX_UNKNOWN = 5
"""Polls in a row without a status, after which polling ends."""
_NOT_TERMINAL = frozenset({OperationStatus.IN_PROGRESS, OperationStatus.UNKNOWN})


def wait_for_operation(
    gateway: Gateway, clock: Clock, operation_url: str, stop: threading.Event
) -> PollResult:
    """The final status; `IN_PROGRESS` where `stop` was set, `UNKNOWN` where it cannot be read."""
    pause, unknown = FIRST_PAUSE, 0
    while True:
        try:
            result = gateway.poll(operation_url)
        except Throttled as error:
            result, pause = PollResult(OperationStatus.IN_PROGRESS), max(pause, error.retry_after)
        except NotSignedIn as error:
            return PollResult(OperationStatus.UNKNOWN, message=error.message)
        unknown = unknown + 1 if result.status is OperationStatus.UNKNOWN else 0
        if result.status not in _NOT_TERMINAL or unknown >= MAX_UNKNOWN:
            return result
        if clock.wait(stop, pause):
            return PollResult(OperationStatus.IN_PROGRESS)
        pause = min(2 * pause, LONGEST_PAUSE)

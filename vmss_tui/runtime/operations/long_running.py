"""What became of a write that Azure took: its operation asked until it ends.

A set may take hours over one. An operation that cannot be asked is not a failure: instances and
model say how things stand, and nothing is ever sent again from here.
"""

import threading

from vmss_tui.gateway import Gateway, NotSignedIn, OperationStatus, PollResult, Throttled
from vmss_tui.runtime.clock import Clock

FIRST_PAUSE, LONGEST_PAUSE = 2.0, 30.0
"""Run seconds between two questions, growing."""
MAX_UNKNOWN = 5
"""Questions in a row without an answer, after which nothing more is to be learnt."""


def wait_for_operation(
    gateway: Gateway, clock: Clock, operation: str, stop: threading.Event
) -> PollResult:
    """How it ended; `IN_PROGRESS` where `stop` was set first, `UNKNOWN` where nobody can say."""
    pause, unknown = FIRST_PAUSE, 0
    while True:
        try:
            result = gateway.poll(operation)
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


_NOT_TERMINAL = frozenset({OperationStatus.IN_PROGRESS, OperationStatus.UNKNOWN})

"""A read that something more urgent may interrupt, and that is then sent again."""

from collections.abc import Callable
from typing import TypeVar

from vmss_tui.gateway import GatewayError, ReadCancelled

T = TypeVar("T")


def try_read(
    read: Callable[[], T], retry: Callable[[], bool]
) -> tuple[T, None] | tuple[None, GatewayError]:
    """The result of `read`, or the error with which it ended. `retry` waits, and is true where a
    read that was interrupted is to be sent again."""
    while True:
        try:
            return read(), None
        except ReadCancelled as error:
            if not retry():
                return None, error
        except GatewayError as error:
            return None, error

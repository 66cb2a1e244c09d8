"""Reads several lists, of which one may be unreadable without the others being lost."""

from collections.abc import Callable
from typing import TypeVar

from vmss_tui.gateway import GatewayError
from vmss_tui.gateway.failures import concerns_one_resource

T = TypeVar("T")


class PartialReads:
    """Collects descriptions of the reads that failed."""

    def __init__(self) -> None:
        self.damage: list[str] = []
        self._first_error: GatewayError | None = None
        self._succeeded = False

    def read(self, name: str, read: Callable[[], T], default: T) -> T:
        """The result, or `default` after a failure that concerns this read alone.

        Raises any other failure: the next read would fail, too.
        """
        try:
            result = read()
        except GatewayError as error:
            if not concerns_one_resource(error):
                raise
            self._first_error = self._first_error or error
            self.damage.append(f"{name}: {error.message}")
            return default
        self._succeeded = True
        return result

    def check_any(self) -> None:
        """Raises the first failure if no read has succeeded."""
        if self._first_error is not None and not self._succeeded:
            raise self._first_error

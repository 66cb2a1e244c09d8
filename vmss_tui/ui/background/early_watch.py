"""What the first screen shows, read in threads while the screens are still being imported."""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from vmss_tui.ui.background.workers import EXPECTED_ERRORS

if TYPE_CHECKING:
    from vmss_tui.fleet.scale_set_id import ScaleSetId
    from vmss_tui.runtime.observe.estate import EstateReading
    from vmss_tui.runtime.observe.watcher import Watcher
    from vmss_tui.runtime.session import Services
    from vmss_tui.runtime.storage.latest_view import LatestView

_LIST_SECONDS = 0.2
"""Seconds that the screen of the list waits for the list: it may be replaced by the only set."""


class EarlyWatch:
    """The watcher of a scale set whose screen does not exist yet."""

    def __init__(self, services: "Services", scale_set: "ScaleSetId") -> None:
        self.scale_set = scale_set
        self._lock = threading.Lock()
        self._listener: Callable[[LatestView], None] | None = None
        self._latest: LatestView | None = None
        self.watcher: Watcher = services.queries.watch(scale_set, self._take)

    def _take(self, latest: "LatestView") -> None:
        with self._lock:
            self._latest = latest
            listener = self._listener
        if listener is not None:
            listener(latest)

    def attach(self, listener: "Callable[[LatestView], None]") -> "LatestView | None":
        """Passes every later reading to `listener`; returns the newest one so far."""
        with self._lock:
            self._listener = listener
            return self._latest


class Opening:
    """The first reading: of the scale set named on the command line, else of the list. Where the
    list has a single scale set, it is read as well: its screen is shown first, then."""

    watch: EarlyWatch | None = None
    """Of the scale set to show; None for the list, and while there is none."""
    reading: "EstateReading | None" = None
    """The list; None for a named scale set, after an error, and while it is being read."""
    _error: Exception | None = None

    def __init__(self, services: "Services", scale_set: "ScaleSetId | None") -> None:
        self._services = services
        self._lock, self._is_late = threading.Lock(), False
        self._has_ended = threading.Event()
        if scale_set is not None:
            self.watch = EarlyWatch(services, scale_set)
            self._has_ended.set()
        else:
            threading.Thread(target=self._read_list, name="request", daemon=True).start()

    def _read_list(self) -> None:
        try:
            self.reading = reading = self._services.estate.read()
            is_only_set = len(reading.scale_sets) == 1 and not reading.damage
            with self._lock:
                if is_only_set and not self._is_late:
                    self.watch = EarlyWatch(self._services, reading.scale_sets[0].id)
        except EXPECTED_ERRORS as error:
            self._error = error
        finally:
            self._has_ended.set()

    def wait(self) -> None:
        """Waits a moment for the list. Where it takes longer, its screen is shown, which opens the
        only scale set by itself."""
        self._has_ended.wait(_LIST_SECONDS)
        with self._lock:
            self._is_late = True

    def list(self) -> "EstateReading":
        """Waits for the list; raises what its reading raised."""
        self._has_ended.wait()
        if self._error is not None:
            raise self._error
        return self.reading or self._services.estate.read()

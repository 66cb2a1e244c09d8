"""What a worker exchanges with the storage beside its journal: intents in, readings out.

A thread does it, so that the run never waits for it. A failure has no consequence: the next attempt
comes soon.
"""

import threading
from collections.abc import Callable
from contextlib import suppress

from vmss_tui.gateway.blobs import BlobContainer, BlobError

INTENT_INTERVAL = 1.0
"""Real seconds between two looks for intents."""
UPLOAD_INTERVAL = 5.0
"""Real seconds between two uploads of a reading, at least."""


class BackgroundExchange:
    """Looks for intents, and uploads the newest reading."""

    def __init__(
        self, container: BlobContainer, latest_name: str, count_intents: Callable[[], int]
    ) -> None:
        self._container, self._latest_name = container, latest_name
        self._count_intents = count_intents
        self.intents = 0
        """Number of intents at the last look."""
        self._pending: bytes | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="blobs", daemon=True)

    def start(self) -> None:
        """Starts the thread."""
        with suppress(BlobError):
            self.intents = self._count_intents()
        self._thread.start()

    def upload(self, data: bytes) -> None:
        """Uploads this reading as soon as the interval allows; a newer one replaces it."""
        self._pending = data

    def stop(self) -> None:
        """Ends the thread. What is not uploaded is of no use: viewers read Azure from now on."""
        self._stop.set()

    def _work(self) -> None:
        since_upload = UPLOAD_INTERVAL
        while not self._stop.wait(INTENT_INTERVAL):
            with suppress(BlobError):
                self.intents = self._count_intents()
            since_upload += INTENT_INTERVAL
            if self._pending is not None and since_upload >= UPLOAD_INTERVAL:
                since_upload = 0.0
                self._upload_pending()

    def _upload_pending(self) -> None:
        data, self._pending = self._pending, None
        if data is not None:
            with suppress(BlobError):
                self._container.write(self._latest_name, data)

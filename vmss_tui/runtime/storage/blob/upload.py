"""What a worker exchanges with the storage beside its journal: intents in, readings out.

A thread does it, so that the run never waits for it. A failure has no consequence: the next attempt
comes soon.
"""

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

from msgspec import structs

from vmss_tui.gateway.blobs import BlobContainer, BlobError
from vmss_tui.runtime.storage.blob import layout
from vmss_tui.runtime.storage.blob.map_preview import encode_preview
from vmss_tui.runtime.storage.blob.stop_record import StopRecord
from vmss_tui.runtime.storage.latest_view import LatestView, encode_view

INTENT_INTERVAL = 1.0
"""Real seconds between two looks for intents."""
UPLOAD_INTERVAL = 5.0
"""Real seconds between two uploads of a reading, at least."""


class BackgroundExchange:
    """Looks for intents, and uploads the newest reading and the preview of its heat map."""

    def __init__(
        self,
        container: BlobContainer,
        folder: str,
        count_intents: Callable[[], int],
        stop_record: StopRecord,
    ) -> None:
        """`stop_record` is that of an earlier worker, whose removal may have failed."""
        self._container, self._folder = container, folder
        self._count_intents, self._stop_record = count_intents, stop_record
        self.intents = 0
        """Number of intents at the last look."""
        self._pending: LatestView | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="blobs", daemon=True)

    def start(self) -> None:
        """Starts the thread."""
        with suppress(BlobError):
            self.intents = self._count_intents()
        self._thread.start()

    def upload(self, view: LatestView) -> None:
        """Uploads this reading as soon as the interval allows; a newer one replaces it."""
        self._pending = view

    def stop(self) -> None:
        """Ends the thread. What is not uploaded is of no use: viewers read Azure from now on."""
        self._stop.set()

    def _work(self) -> None:
        since_upload = UPLOAD_INTERVAL
        while not self._stop.wait(INTENT_INTERVAL):
            with suppress(BlobError):
                self.intents = self._count_intents()
            self._stop_record.remove_old()
            since_upload += INTENT_INTERVAL
            if self._pending is not None and since_upload >= UPLOAD_INTERVAL:
                since_upload = 0.0
                self._upload_pending()

    def _upload_pending(self) -> None:
        view, self._pending = self._pending, None
        if view is None:
            return
        view = structs.replace(view, sent_at=datetime.now(UTC))
        preview = encode_preview(view)
        with suppress(BlobError):  # the whole reading is not tried where the preview fails
            if preview is not None:
                self._container.write(layout.preview_blob(self._folder), preview)
            self._container.write(layout.latest_blob(self._folder), encode_view(view))

"""The intents of viewers for one run: numbered blobs, none of which is changed or removed."""

import msgspec

from vmss_tui.gateway.blobs import BlobContainer, BlobError, BlobUnavailable
from vmss_tui.runtime.storage.blob import layout
from vmss_tui.runtime.storage.journal import JournalError
from vmss_tui.runtime.storage.run_records import decode_intent
from vmss_tui.upgrade.events import Intent

_NUMBER_ATTEMPTS = 50


class IntentBlobs:
    """Adds intents, and reads each once."""

    def __init__(self, container: BlobContainer, folder: str) -> None:
        self._container, self._folder = container, folder
        self._intents: list[Intent] = []

    @property
    def prefix(self) -> str:
        """How the names of their blobs begin."""
        return layout.intents_prefix(self._folder)

    def count(self) -> int:
        """How many there are; their numbers have no gap. Raises `BlobError`."""
        return len(self._container.list(self.prefix))

    def append(self, intent: Intent) -> None:
        """Adds an intent under the next free number. Raises `JournalError`, whose message says
        where it may have been added all the same."""
        data = msgspec.json.encode(intent)
        try:
            number = self.count()
            for _ in range(_NUMBER_ATTEMPTS):
                number += 1
                name = layout.intent_blob(self._folder, number)
                if self._write(name, data):
                    return
        except BlobError as error:
            raise JournalError(error.message) from error
        raise JournalError("too many intents at once: try again")

    def read(self, count: int) -> list[Intent]:
        """The first `count` intents, in their order; those that were read are not read again."""
        for number in range(len(self._intents) + 1, count + 1):
            try:
                content = self._container.read(layout.intent_blob(self._folder, number))
            except BlobError:
                break  # at the next look
            if content is None:
                break
            self._intents.append(decode_intent(content.data))
        return list(self._intents)

    def _write(self, name: str, data: bytes) -> bool:
        """Creates the blob; False where it is another intent. After a lost answer the intent may be
        there, and a second attempt would be a second intent."""
        try:
            return self._container.write(name, data, only_new=True) or self._is_written(name, data)
        except BlobUnavailable as error:
            raise JournalError(
                f"{error.message}; whether the run receives this is not known: check the run "
                "before you repeat it"
            ) from error

    def _is_written(self, name: str, data: bytes) -> bool:
        """The blob is this intent: its creation was repeated after a lost answer."""
        content = self._container.read(name)
        return content is not None and content.data == data

"""From the first frame to the first screen: connects in a thread, and imports there what follows.

Light on purpose: a first frame must not wait for anything that only a later one needs.
"""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.app import App

from vmss_tui.ui.background.message_base import ReplaceableMessage

if TYPE_CHECKING:
    from vmss_tui.fleet.scale_set_id import ScaleSetId
    from vmss_tui.runtime.session import Services


class Connected(ReplaceableMessage):
    """The cockpit is there; the scale set to open first, if one was named."""

    def __init__(self, services: "Services", scale_set: "ScaleSetId | None") -> None:
        super().__init__()
        self.services, self.scale_set = services, scale_set


class ConnectionFailed(ReplaceableMessage):
    """There is no cockpit, and why."""

    def __init__(self, error: str) -> None:
        super().__init__()
        self.error = error


def connect_after_first_frame(app: App[int], connect: Callable[[], Connected]) -> None:
    """Runs `call` in a thread, which tells `app` what came of it."""

    def import_and_connect() -> None:
        from vmss_tui.ui import app_screens  # noqa: F401 - the screens, while there is time
        from vmss_tui.ui.background import workers as calls

        calls.run_in_thread(app, connect, ConnectionFailed)

    threading.Thread(target=import_and_connect, name="connect", daemon=True).start()

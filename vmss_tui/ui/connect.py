"""From the first frame to the first screen: connects in a thread, and imports the screens there.

Imports little: the first frame is drawn before anything that only a later one needs is imported.
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
    """The services are available. `scale_set` is the one named on the command line."""

    def __init__(self, services: "Services", scale_set: "ScaleSetId | None") -> None:
        super().__init__()
        self.services, self.scale_set = services, scale_set
        self.welcome = services.welcome
        """Read here, in the thread that connects."""


class ConnectionFailed(ReplaceableMessage):
    """There is no connection; `error` says why."""

    def __init__(self, error: str) -> None:
        super().__init__()
        self.error = error


def connect_after_first_frame(app: App[int], connect: Callable[[], Connected]) -> None:
    """Imports the screens and calls `connect` in a thread; `Connected` or `ConnectionFailed` is
    posted to `app`."""

    def import_and_connect() -> None:
        from vmss_tui.ui import app_screens  # noqa: F401 - imported here, needed later
        from vmss_tui.ui.background.workers import run_in_thread

        run_in_thread(app, connect, ConnectionFailed)

    threading.Thread(target=import_and_connect, name="connect", daemon=True).start()

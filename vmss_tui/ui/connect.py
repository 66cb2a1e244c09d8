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
    from vmss_tui.ui.background.early_watch import Opening

ScaleSetResolver = Callable[["Services"], "ScaleSetId"]
"""Finds the scale set that was named on the command line; may send requests."""


class Connected(ReplaceableMessage):
    """The services are available, and `opening` is or will be what the first screen shows."""

    def __init__(self, services: "Services", opening: "Opening") -> None:
        super().__init__()
        self.services, self.opening = services, opening
        self.welcome = services.welcome
        """Read here, in the thread that connects."""


class ConnectionFailed(ReplaceableMessage):
    """There is no connection; `error` says why."""

    def __init__(self, error: str) -> None:
        super().__init__()
        self.error = error


def connect_after_first_frame(
    app: App[int],
    connect: "Callable[[], Services]",
    scale_set: "ScaleSetId | ScaleSetResolver | None",
) -> None:
    """In a thread, calls `connect`, begins to read `scale_set` or the list, and imports the
    screens; `Connected` or `ConnectionFailed` is posted to `app`."""

    def connect_and_import() -> Connected:
        services = connect()
        from vmss_tui.ui.background.early_watch import Opening

        opening = Opening(services, scale_set(services) if callable(scale_set) else scale_set)
        from vmss_tui.ui import app_screens  # noqa: F401 - imported here, needed later

        opening.wait()
        return Connected(services, opening)

    def start() -> None:
        from vmss_tui.ui.background.workers import run_in_thread

        run_in_thread(app, connect_and_import, ConnectionFailed)

    threading.Thread(target=start, name="connect", daemon=True).start()

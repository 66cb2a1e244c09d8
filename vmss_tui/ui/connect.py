"""From the first frame to the first screen: connects in a thread, and imports there what follows.

Light on purpose: a first frame must not wait for anything that only a later one needs.
"""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.app import App
from textual.message import Message

if TYPE_CHECKING:
    from vmss_tui.fleet.scale_set_id import ScaleSetId
    from vmss_tui.runtime.session import Services


class ReplaceableMessage(Message):
    """Base of what a thread tells; the newest of a kind is enough."""

    def can_replace(self, message: Message) -> bool:
        """A newer one makes an older one of the same kind superfluous."""
        return type(message) is type(self)


class Connected(ReplaceableMessage):
    """The cockpit is there; the scale set to open first, if one was named."""

    def __init__(self, cockpit: "Services", scale_set: "ScaleSetId | None") -> None:
        super().__init__()
        self.cockpit, self.scale_set = cockpit, scale_set


class NotConnected(ReplaceableMessage):
    """There is no cockpit, and why."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self.words = words


def connect_after_first_frame(app: App[int], call: Callable[[], Connected]) -> None:
    """Runs `call` in a thread, which tells `app` what came of it."""

    def work() -> None:
        from vmss_tui.ui import app_screens  # noqa: F401 - the screens, while there is time
        from vmss_tui.ui.background import workers as calls

        calls.run_in_thread(app, call, NotConnected)

    threading.Thread(target=work, name="connect", daemon=True).start()

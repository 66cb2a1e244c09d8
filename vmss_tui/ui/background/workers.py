"""Blocking calls in threads of their own; their answers come back as messages.

Daemon threads, because leaving must not wait for Azure. What a call may raise is turned into
words here, so that no screen ever sees an error of another floor.
"""

import threading
from collections.abc import Callable

from textual.message import Message
from textual.message_pump import MessagePump

from vmss_tui.fleet.model_edit.edit import NotPossible
from vmss_tui.fleet.scale_set_id import BadName
from vmss_tui.gateway import GatewayError
from vmss_tui.runtime.errors import RunRefused
from vmss_tui.runtime.storage.journal import JournalFailed
from vmss_tui.runtime.storage.run_store import NoSuchRun
from vmss_tui.upgrade.plan.policy import BadPolicy
from vmss_tui.upgrade.plan.selection import NoPlan

EXPECTED = (
    GatewayError,
    RunRefused,
    NoSuchRun,
    JournalFailed,
    NoPlan,
    NotPossible,
    BadPolicy,
    BadName,
    OSError,
)
"""What can go wrong without anything being wrong with the program."""


def run_in_thread(
    target: MessagePump, call: Callable[[], Message], failed: Callable[[str], Message]
) -> threading.Thread:
    """Runs `call` in a thread and posts its message to `target`, or `failed(words)`."""

    def work() -> None:
        try:
            answer = call()
        except EXPECTED as error:
            answer = failed(words_of(error))
        post_from_thread(target, answer)

    thread = threading.Thread(target=work, name="ask", daemon=True)
    thread.start()
    return thread


def post_from_thread(target: MessagePump, message: Message) -> None:
    """Posts from a thread; says nothing to a screen that is gone."""
    if not target.is_running:
        return
    try:
        target.post_message(message)
    except RuntimeError:  # the event loop ended between the two lines
        return


def words_of(error: BaseException) -> str:
    """One sentence for the operator."""
    return error.words if isinstance(error, GatewayError) else str(error)

"""Blocking calls in threads of their own; their answers come back as messages.

Daemon threads, because leaving must not wait for Azure. What a call may raise is turned into
words here, so that no screen ever sees an error of another floor.
"""

import threading
from collections.abc import Callable

from textual.message import Message
from textual.message_pump import MessagePump

from vmss_tui.errors import VmssError

EXPECTED_ERRORS = (VmssError, OSError)
"""Errors that are shown to the operator; any other is a defect of the program."""


def run_in_thread(
    target: MessagePump, call: Callable[[], Message], on_error: Callable[[str], Message]
) -> threading.Thread:
    """Runs `call` in a thread and posts its message to `target`, or `failed(words)`."""

    def work() -> None:
        try:
            message = call()
        except EXPECTED_ERRORS as error:
            message = on_error(error_message(error))
        post_from_thread(target, message)

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


def error_message(error: BaseException) -> str:
    """One sentence for the operator."""
    return error.message if isinstance(error, VmssError) else str(error)

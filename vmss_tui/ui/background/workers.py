"""Runs blocking calls in threads and posts the results as messages.

The threads are daemons: leaving the program does not wait for Azure. Expected errors become
texts here, so that screens handle no exceptions of lower layers.
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
    """Runs `call` in a thread and posts its message to `target`, or `on_error(text)` after an
    expected error."""

    def work() -> None:
        try:
            message = call()
        except EXPECTED_ERRORS as error:
            message = on_error(error_message(error))
        post_from_thread(target, message)

    thread = threading.Thread(target=work, name="request", daemon=True)
    thread.start()
    return thread


def post_from_thread(target: MessagePump, message: Message) -> None:
    """Posts a message from a thread; does nothing where the screen is closed."""
    if not target.is_running:
        return
    try:
        target.post_message(message)
    except RuntimeError:  # the event loop ended between the two lines
        return


def error_message(error: BaseException) -> str:
    """The error as one sentence for the operator."""
    return error.message if isinstance(error, VmssError) else str(error)

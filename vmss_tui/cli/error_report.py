"""Turns an exception into one line on stderr and an exit code.

An unexpected exception also writes its traceback, without the values of variables, to a file in
the state folder.
"""

import os
import sys
import traceback
from datetime import UTC, datetime

import click

from vmss_tui import text
from vmss_tui.cli.colour import TextColour, has_colour, paint
from vmss_tui.cli.output import displayable, hide_progress
from vmss_tui.cli.suggestions import unknown_option_message
from vmss_tui.errors import ExitCode, VmssError


class CommandError(VmssError):
    """An error raised by a command itself, with its message and exit code."""

    def __init__(self, message: str, exit_code: ExitCode) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def describe_error(error: Exception) -> tuple[str, ExitCode] | None:
    """The message and exit code of an expected error; None for any other."""
    match error:
        case click.Abort():
            return "Cancelled: nothing was changed.", ExitCode.ABORTED
        case click.NoSuchOption():
            message = unknown_option_message(error.option_name, error.possibilities or ())
            return message, ExitCode.USAGE
        case click.ClickException():
            return error.format_message(), ExitCode.USAGE
        case VmssError():
            return error.full_message, error.exit_code
        case OSError():
            from vmss_tui.runtime.storage.state_folder import write_failure

            return write_failure(str(error.filename or ""), error), ExitCode.ERROR
    return None


def report_error(error: Exception) -> ExitCode:
    """Prints one line about the error on stderr and returns the exit code."""
    message, code = describe_error(error) or (_write_crash_report(error), ExitCode.ERROR)
    message = message.removeprefix("vmss-tui: ")  # present if a child process printed it
    hide_progress()
    name = paint("vmss-tui:", TextColour.FAILED) if has_colour(sys.stderr) else "vmss-tui:"
    sys.stderr.write(f"{name} {displayable(text.cell(text.redact(message), 2000))}\n")
    return code


def _write_crash_report(error: Exception) -> str:
    """Writes the traceback to a file, without values of variables; returns a message."""
    from vmss_tui.runtime.storage.state_folder import (
        ensure_private_folder,
        open_private,
        state_folder,
    )

    report = "".join(traceback.format_exception(error))
    message = f"internal error of vmss-tui ({type(error).__name__})"
    try:
        folder = ensure_private_folder(ensure_private_folder(state_folder()) / "crashes")
        path = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}.txt"
        handle = open_private(path, os.O_WRONLY | os.O_EXCL)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text.clean(text.redact(report)))
    except (OSError, VmssError):
        return message
    return f"{message}: please report it with {path}"

"""Exit codes, and what each error tells the person and the caller. The one place for both.

Everything that can go wrong is a sentence on stderr; a traceback goes to a file, without the
values of variables, and only where nobody foresaw the error.
"""

import os
import sys
import traceback
from datetime import UTC, datetime

import click

from vmss_tui import text
from vmss_tui.cli.output import displayable
from vmss_tui.errors import ExitCode, VmssError


class CommandError(VmssError):
    """A command's own refusal: its message and its exit code."""

    def __init__(self, message: str, exit_code: ExitCode) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def describe_error(error: Exception) -> tuple[str, ExitCode] | None:
    """The sentence and the code for an error that was foreseen; None for any other."""
    match error:
        case click.Abort():
            return "Declined: nothing was changed.", ExitCode.ABORTED
        case click.ClickException():
            return error.format_message(), ExitCode.USAGE
        case VmssError():
            return error.full_message, error.exit_code
        case OSError():
            place = f"{error.filename}: " if error.filename else ""
            return f"{place}{error.strerror or error}", ExitCode.ERROR
    return None


def report_error(error: Exception) -> ExitCode:
    """Says what went wrong, in one sentence, and returns the code."""
    found = describe_error(error)
    if found is None:
        found = _write_crash_report(error), ExitCode.ERROR
    words, code = found
    words = words.removeprefix("vmss-tui: ")  # said by a process that we started
    sys.stderr.write(f"vmss-tui: {displayable(text.cell(text.redact(words), 2000))}\n")
    return code


def _write_crash_report(error: Exception) -> str:
    """Keeps the traceback where a report can be made from it; values of variables stay out."""
    from vmss_tui import wiring
    from vmss_tui.runtime.storage.state_folder import open_private, ensure_private_folder

    told = "".join(traceback.format_exception(error))
    what = f"this is a defect of vmss-tui ({type(error).__name__})"
    try:
        folder = ensure_private_folder(ensure_private_folder(wiring.state_folder()) / "crashes")
        path = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}.txt"
        handle = open_private(path, os.O_WRONLY | os.O_EXCL)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text.clean(text.redact(told)))
    except OSError:
        return what
    return f"{what}: please report it with {path}"

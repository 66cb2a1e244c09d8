"""Exit codes, and what each error tells the person and the caller. The one place for both.

Everything that can go wrong is a sentence on stderr; a traceback goes to a file, without the
values of variables, and only where nobody foresaw the error.
"""

import os
import sys
import traceback
from collections.abc import Iterable
from datetime import UTC, datetime
from enum import IntEnum

import click

from vmss_tui import text
from vmss_tui.cli.output import drawn


class Exit(IntEnum):
    """What the caller of the program may rely on. A signal is 128 and its number."""

    DONE = 0
    """Done, or started with `--detach`."""
    ERROR = 1
    """Nothing changed."""
    USAGE = 2
    """Also: no terminal to ask at, and no `--yes`."""
    HALTED = 3
    """A run halted, or a write whose outcome is unknown."""
    ABORTED = 4
    """Also: declined at the prompt."""
    LEFT = 5
    """The run is paused, or the viewer left while waiting."""
    REFUSED = 6
    """Read-only, protected, lock held, run live."""
    NOT_SIGNED_IN = 7
    """Or not allowed."""
    INTERRUPTED = 130
    PIPE_CLOSED = 141


class Told(Exception):
    """A command's own refusal: its sentence and its code."""

    def __init__(self, words: str, code: Exit) -> None:
        super().__init__(words)
        self.code = code


def told(error: Exception) -> tuple[str, Exit] | None:
    """The sentence and the code for an error that was foreseen; None for any other."""
    match error:
        case Told(code=code):
            return str(error), code
        case click.Abort():
            return "Declined: nothing was changed.", Exit.ABORTED
        case click.ClickException():
            return error.format_message(), Exit.USAGE
    for classes, code in _codes():
        if isinstance(error, classes):
            return _words(error), code
    return None


def _codes() -> Iterable[tuple[tuple[type[Exception], ...], Exit]]:
    """Classes and their codes; the first that fits counts."""
    # Imported here: a program that goes well needs none of them.
    from vmss_tui import config, demo, gateway, subscriptions, wiring
    from vmss_tui import target as where
    from vmss_tui.fleet import scale_set_id
    from vmss_tui.fleet.model_edit import edit
    from vmss_tui.runtime import errors as refused
    from vmss_tui.runtime.operations import instances as operating
    from vmss_tui.runtime.operations import maintenance as tending
    from vmss_tui.runtime.operations import model_edits as model_writer
    from vmss_tui.runtime.runs import worker
    from vmss_tui.runtime.storage import journal, state_folder
    from vmss_tui.runtime.storage import run_store as runs
    from vmss_tui.upgrade.plan import policy, selection

    yield (gateway.NotSignedIn, gateway.NotAllowed), Exit.NOT_SIGNED_IN
    yield (gateway.ReadOnly, refused.RunRefused, worker.LockHeld), Exit.REFUSED
    yield (gateway.Unknown, operating.LostSight, tending.LostSight), Exit.HALTED
    yield (
        (
            scale_set_id.BadName,
            policy.BadPolicy,
            edit.NotPossible,
            config.BadConfig,
            where.BadEndpoint,
            wiring.Contradiction,
            subscriptions.NoSubscription,
        ),
        Exit.USAGE,
    )
    yield (
        (
            gateway.GatewayError,
            selection.NoPlan,
            runs.NoSuchRun,
            model_writer.ModelChanged,
            wiring.DemoGone,
            demo.DemoFailed,
            worker.WorkerFailed,
            journal.JournalFailed,
            journal.LookOnly,
            state_folder.NotPrivate,
            OSError,
        ),
        Exit.ERROR,
    )


def _words(error: Exception) -> str:
    from vmss_tui.gateway import Unknown
    from vmss_tui.runtime.operations.model_edits import ModelChanged

    match error:
        case ModelChanged(lines=lines):
            moved = "; ".join(f"{li.path}: {li.old or '–'} → {li.new or '–'}" for li in lines[:10])
            return f"{error} ({moved})"
        case Unknown():
            return f"{error}; look before doing anything else"
        case OSError():
            where = f"{error.filename}: " if error.filename else ""
            return f"{where}{error.strerror or error}"
    return str(error)


def report(error: Exception) -> Exit:
    """Says what went wrong, in one sentence, and returns the code."""
    found = told(error)
    if found is None:
        found = _crashed(error), Exit.ERROR
    words, code = found
    words = words.removeprefix("vmss-tui: ")  # said by a process that we started
    sys.stderr.write(f"vmss-tui: {drawn(text.cell(text.redact(words), 2000))}\n")
    return code


def _crashed(error: Exception) -> str:
    """Keeps the traceback where a report can be made from it; values of variables stay out."""
    from vmss_tui import wiring
    from vmss_tui.runtime.storage.state_folder import open_private, private_folder

    told = "".join(traceback.format_exception(error))
    what = f"this is a defect of vmss-tui ({type(error).__name__})"
    try:
        folder = private_folder(private_folder(wiring.state_folder()) / "crashes")
        path = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}.txt"
        handle = open_private(path, os.O_WRONLY | os.O_EXCL)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text.clean(text.redact(told)))
    except OSError:
        return what
    return f"{what}: please report it with {path}"

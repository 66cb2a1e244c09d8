"""The base class of every error that a person is shown, and the program's exit codes.

An error of this class is expected: it is one sentence, printed or drawn without a traceback.
Anything else that is raised, except `OSError`, is a defect of the program.
"""

from enum import IntEnum


class ExitCode(IntEnum):
    """What the caller of the program may rely on. A signal is 128 plus its number."""

    DONE = 0
    """Done, or started with `--detach`."""
    ERROR = 1
    """Nothing changed."""
    USAGE = 2
    """Also: a prompt is needed, and there is no terminal and no `--yes`."""
    HALTED = 3
    """A run halted or completed with failures, or a write whose outcome is unknown."""
    ABORTED = 4
    """Also: a run that was rolled back, and declined at the prompt."""
    LEFT = 5
    """The run is paused, or the viewer left while waiting."""
    REFUSED = 6
    """Read-only session, protected scale set, lock taken, or a live run."""
    NOT_SIGNED_IN = 7
    """Or not allowed."""
    INTERRUPTED = 130
    PIPE_CLOSED = 141


class VmssError(Exception):
    """Base of every expected error. Subclasses set `exit_code` where it is not `ERROR`."""

    exit_code: ExitCode = ExitCode.ERROR

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
        """One sentence for the operator."""

    @property
    def full_message(self) -> str:
        """The message with what a screen shows separately, for the command line."""
        return self.message

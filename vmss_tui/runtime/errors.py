"""Errors that this program raises by itself, without a response from Azure."""

from vmss_tui.errors import ExitCode, VmssError


class RunRefused(VmssError):
    """A run or an edit that is not allowed now; the message says why."""

    exit_code = ExitCode.REFUSED


class ObservationLost(VmssError):
    """An operation was sent, and its outcome can no longer be read; the message says why."""

    exit_code = ExitCode.HALTED

"""Every error that a person is shown has one base class, and its exit code and text are fixed."""

import importlib
import pkgutil
import re
from collections.abc import Iterator

import pytest

import vmss_tui
from tests.support.fleets import scale_set
from vmss_tui.arm.blobs.signed_address import ForeignAddress
from vmss_tui.arm.transport.compression import BodyTooLarge
from vmss_tui.arm.transport.exchange import DeadlinePassed
from vmss_tui.arm.transport.send import InvalidHttpResponse
from vmss_tui.arm.wire.decode import InvalidJson
from vmss_tui.cli.commands.attach import run_exit_code
from vmss_tui.cli.error_report import CommandError, describe_error
from vmss_tui.config import ConfigError
from vmss_tui.errors import ExitCode, VmssError
from vmss_tui.fleet.model_edit.diff import DiffLine
from vmss_tui.fleet.model_edit.edit import InvalidEdit
from vmss_tui.fleet.scale_set_id import BadName
from vmss_tui.gateway import NotAllowed, NotSignedIn, ReadOnly, Refused, Throttled, Unknown
from vmss_tui.gateway.background_call import Cancelled
from vmss_tui.run_stores import ContextMismatch
from vmss_tui.runtime.errors import ObservationLost, RunRefused
from vmss_tui.runtime.operations.model_edits import ModelConflict
from vmss_tui.runtime.runs.worker import LockTaken, WorkerError
from vmss_tui.runtime.storage.state_folder import InsecurePath
from vmss_tui.subscriptions import NoSubscription
from vmss_tui.target import InvalidEndpoint
from vmss_tui.upgrade.plan.policy import PolicyError
from vmss_tui.upgrade.plan.selection import PlanError
from vmss_tui.upgrade.run.run import Phase, Run

INTERNAL = {
    BodyTooLarge,
    Cancelled,
    DeadlinePassed,
    ForeignAddress,
    InvalidHttpResponse,
    InvalidJson,
}
"""Errors below the gateway, which its callers translate into gateway errors."""


def exception_classes() -> Iterator[type[Exception]]:
    """All exception classes of the product; the simulator has its own."""
    for module in pkgutil.walk_packages(vmss_tui.__path__, "vmss_tui."):
        if ".simulator" in module.name or module.name.endswith("__main__"):
            continue
        for value in vars(importlib.import_module(module.name)).values():
            is_exception = isinstance(value, type) and issubclass(value, Exception)
            if is_exception and re.match(r"vmss_tui\.(?!simulator)", value.__module__):
                yield value


def test_every_exception_has_the_one_base() -> None:
    strangers = {kind for kind in exception_classes() if not issubclass(kind, VmssError)}
    assert strangers == INTERNAL


@pytest.mark.parametrize(
    ("error", "message", "exit_code"),
    [
        (NotSignedIn("Not signed in: no."), "Not signed in: no.", 7),
        (NotAllowed("Azure refused: no."), "Azure refused: no.", 7),
        (ReadOnly("Read-only."), "Read-only.", 6),
        (RunRefused("a run is live"), "a run is live", 6),
        (LockTaken("run web-1 is at work"), "run web-1 is at work", 6),
        (Unknown("Lost"), "Lost; check the result before doing anything else", 3),
        (ObservationLost("gone"), "gone", 3),
        (BadName("no name"), "no name", 2),
        (PolicyError("canary", "must be less"), "canary: must be less", 2),
        (InvalidEdit("size", "no size"), "no size", 2),
        (ConfigError("config.yaml line 1"), "config.yaml line 1", 2),
        (InvalidEndpoint("no endpoint"), "no endpoint", 2),
        (ContextMismatch("leave it out"), "leave it out", 2),
        (NoSubscription("none"), "none", 2),
        (CommandError("no terminal", ExitCode.USAGE), "no terminal", 2),
        (Refused("Azure refused: no."), "Azure refused: no.", 1),
        (Throttled("Throttled.", 3.0), "Throttled.", 1),
        (PlanError("nothing to do"), "nothing to do", 1),
        (WorkerError("it ended"), "it ended", 1),
        (InsecurePath("runs is open to others"), "runs is open to others", 1),
        (OSError(2, "No such file", "x"), "x: No such file", 1),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_an_error_has_its_text_and_exit_code(
    error: Exception, message: str, exit_code: int
) -> None:
    assert describe_error(error) == (message, exit_code)


def test_a_changed_model_names_the_fields_on_the_command_line() -> None:
    error = ModelConflict((DiffLine("sku.capacity", "3", None),), scale_set())
    assert error.full_message == f"{error.message} (sku.capacity: 3 → –)"


def test_any_other_exception_is_a_defect() -> None:
    assert describe_error(ValueError("no")) is None


@pytest.mark.parametrize(
    ("phase", "code"),
    [
        (Phase.ROLLING_FORWARD, None),
        (Phase.PAUSED, ExitCode.LEFT),
        (Phase.FAULTED, ExitCode.HALTED),
        (Phase.COMPLETED, ExitCode.DONE),
        (Phase.COMPLETED_WITH_FAILURES, ExitCode.HALTED),
        (Phase.ROLLED_BACK, ExitCode.ABORTED),
        (Phase.CANCELLED, ExitCode.ABORTED),
    ],
)
def test_only_a_run_that_upgraded_everything_exits_with_0(
    phase: Phase, code: ExitCode | None
) -> None:
    assert run_exit_code(Run(phase=phase)) is code

"""Which 409s pass by themselves, which last, and which do not say; with Azure's own texts."""

import pytest

from vmss_tui.arm.transport.conflicts import Conflict, classify_conflict
from vmss_tui.arm.transport.errors import refusal_error
from vmss_tui.gateway import Busy, Refused, UnclearConflict
from vmss_tui.gateway.failures import write_refusal

LASTING = [
    ("OperationNotAllowed", "The Image type for a Virtual Machine Scale Set may not be changed."),
    ("PropertyChangeNotAllowed", "Changing property 'osDisk.name' is not allowed."),
    (
        "OperationNotAllowed",
        "Operation 'simulateEviction' is allowed only for Spot Virtual Machines",
    ),
    ("OperationNotAllowed", "There is no ongoing Rolling Upgrade to cancel."),
    (
        "OperationNotAllowed",
        "Operation 'update' is not allowed on VM 'web_3' since the VM is marked for deletion. You "
        "can only retry the Delete operation (or wait for an ongoing one to complete).",
    ),
    (
        "OperationNotAllowed",
        "Operation could not be completed as it results in exceeding approved Total Regional Cores "
        "quota. Additional details - Current Limit: 100, Current Usage: 100.",
    ),
    (
        "OperationNotAllowed",
        "Operation 'delete' is not allowed since the Virtual Machine ScaleSet 'web' is currently "
        "using the Image 'web-2'.",
    ),
    ("OperationNotAllowed", "Cannot modify extensions in the VM when the VM is not running."),
    ("SkuNotAvailable", "The requested size is currently not available. Please try another size."),
    ("AllocationFailed", "Allocation failed. Please try again later."),
    ("RequestDisallowedByPolicy", "Resource 'web' was disallowed by policy."),
    ("MissingSubscriptionRegistration", "The subscription is not registered to use namespace X."),
    ("ScopeLocked", "The scope cannot perform write operation because it is locked."),
]
PASSING = [
    ("Conflict", "The request failed due to conflict with a concurrent request."),
    ("Conflict", "no"),
    (
        "OperationNotAllowed",
        "Operation 'update' is not allowed on VM 'web_3' since another operation is in progress.",
    ),
    ("OperationPreempted", "Operation execution has been preempted by a more recent operation."),
    (
        "AttachDiskWhileBeingDetached",
        "Cannot attach data disk 'a' to VM 'b' because the disk is currently being detached. "
        "Please wait until the disk is completely detached and then try again.",
    ),
    ("Conflict", "Run command extension execution is in progress. Please wait for completion."),
]
UNCLEAR = [("OperationNotAllowed", "Something about the set."), ("", ""), ("SomethingNew", "No.")]


@pytest.mark.parametrize(("code", "message"), LASTING)
def test_a_409_that_means_no_is_a_refusal_that_is_not_repeated(code: str, message: str) -> None:
    assert classify_conflict(code, message) is Conflict.LASTING
    error = refusal_error(409, {}, body_of(code, message))
    assert type(error) is Refused
    refusal = write_refusal(error)
    assert refusal is not None
    assert refusal.retry_after is None


@pytest.mark.parametrize(("code", "message"), PASSING)
def test_a_409_of_another_operation_passes(code: str, message: str) -> None:
    assert classify_conflict(code, message) is Conflict.PASSING
    assert isinstance(refusal_error(409, {}, body_of(code, message)), Busy)


@pytest.mark.parametrize(("code", "message"), UNCLEAR)
def test_any_other_409_is_shown_with_both_readings(code: str, message: str) -> None:
    assert classify_conflict(code, message) is Conflict.UNCLEAR
    error = refusal_error(409, {}, body_of(code, message))
    assert isinstance(error, UnclearConflict)
    assert message in error.message
    assert "another operation" in error.message
    assert "not possible" in error.message


def body_of(code: str, message: str) -> bytes:
    return f'{{"error": {{"code": "{code}", "message": "{message}"}}}}'.encode()

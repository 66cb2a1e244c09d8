"""Writes protection policies, a few instances at a time: ARM has no request for several.

Each instance is read by its own path, written once with the etag that was read, and read again. The
first error that every instance would get (signed out, throttled, not allowed) stops the rest.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace

from msgspec import structs

from vmss_tui.errors import VmssError
from vmss_tui.fleet.instance_operation import ProtectionPolicy
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.gateway import (
    Gateway,
    GatewayError,
    NotAllowed,
    NotFound,
    NotSignedIn,
    PreconditionFailed,
    ReadOnly,
    Throttled,
    Unknown,
)
from vmss_tui.operations.plan import OperationPlan
from vmss_tui.operations.progress import OperationMember, Outcome, Progress
from vmss_tui.runtime.errors import RunRefused
from vmss_tui.runtime.operations.recorded_write import WriteRecorder
from vmss_tui.runtime.permission import Permission
from vmss_tui.runtime.storage.journal import JournalError
from vmss_tui.text import redact
from vmss_tui.upgrade.report.az_commands import operation_commands

PARALLEL_WRITES = 4
"""Instances that are written at the same time."""
_FATAL_ERRORS = (NotSignedIn, NotAllowed, ReadOnly, Throttled, JournalError, RunRefused)
"""Errors that the other instances would get, too."""


class ProtectionWriter:
    """Writes protection policies, and records each write."""

    def __init__(self, gateway: Gateway, recorder: WriteRecorder, permission: Permission) -> None:
        self._gateway, self._recorder, self._permission = gateway, recorder, permission

    def write(self, plan: OperationPlan) -> Mapping[str, OperationMember]:
        """The outcome of each instance; raises the error that stopped the writes where no instance
        was written."""
        fatal_errors: list[VmssError] = []

        def write_member(instance_id: str) -> OperationMember:
            if fatal_errors:
                return _untouched(Outcome.UNSETTLED, f"not requested: {fatal_errors[0]}")
            try:
                return self._write_instance(plan, instance_id)
            except _FATAL_ERRORS as error:
                fatal_errors.append(error)
                return _untouched(Outcome.UNSETTLED, f"not requested: {error}")
            except NotFound:
                return OperationMember(Outcome.GONE)
            except GatewayError as error:  # of the read before the write, or a refusal
                return _untouched(Outcome.FAILED, redact(error.message))

        with ThreadPoolExecutor(PARALLEL_WRITES) as pool:
            members = dict(
                zip(plan.instance_ids, pool.map(write_member, plan.instance_ids), strict=True)
            )
        if fatal_errors and all(member.outcome is Outcome.UNSETTLED for member in members.values()):
            raise fatal_errors[0]
        return members

    def read_open_members(self, progress: Progress) -> Mapping[str, OperationMember]:
        """New outcomes of open members. Each is read by its own path, because lists of Flexible
        sets do not contain the policy; one that cannot be read is left out."""
        members: dict[str, OperationMember] = {}
        for instance_id in progress.open_ids:
            member = progress.members[instance_id]
            try:
                policy = self._gateway.read_protection(progress.plan.scale_set, instance_id)
            except NotFound:
                members[instance_id] = structs.replace(member, outcome=Outcome.GONE)
                continue
            except GatewayError:
                continue
            if policy.settled and policy == policy.after(
                progress.plan.kind, progress.plan.protection_scope
            ):
                members[instance_id] = structs.replace(member, outcome=Outcome.DONE)
        return members

    def _write_instance(self, plan: OperationPlan, instance_id: str) -> OperationMember:
        scale_set = plan.scale_set
        current = self._gateway.read_protection(scale_set, instance_id)
        requested = current.after(plan.kind, plan.protection_scope)
        if current == requested:
            return _untouched(Outcome.DONE)
        try:
            self._send(plan, instance_id, current, replace(requested, etag=current.etag))
        except PreconditionFailed:
            changed = self._gateway.read_protection(scale_set, instance_id)
            if changed != current:
                return _untouched(
                    Outcome.FAILED, "its protection was changed meanwhile: refresh and try again"
                )
            self._send(plan, instance_id, changed, replace(requested, etag=changed.etag))
        return self._verify(scale_set, instance_id, requested)

    def _verify(
        self, scale_set: ScaleSetId, instance_id: str, requested: ProtectionPolicy
    ) -> OperationMember:
        try:
            policy = self._gateway.read_protection(scale_set, instance_id)
        except NotFound:
            raise
        except GatewayError:
            return OperationMember()
        if policy != requested:
            return OperationMember()
        return OperationMember(Outcome.DONE if policy.settled else Outcome.IN_PROGRESS)

    def _send(
        self,
        plan: OperationPlan,
        instance_id: str,
        current: ProtectionPolicy,
        requested: ProtectionPolicy,
    ) -> None:
        """One PUT. A lost answer is no error: the instance is read afterwards in any case."""
        scale_set, scope = plan.scale_set, plan.protection_scope
        self._permission.prepare_write(scale_set, operation=True)  # of this thread; a run may live
        request = self._recorder.make_request(
            scale_set,
            plan.kind,
            instance_ids=(instance_id,),
            az=operation_commands(scale_set, plan.kind, scope, (instance_id,)),
            body=requested.body,
            undo=current.body,
        )
        with suppress(Unknown):
            self._recorder.recorded_write(
                request,
                lambda: self._gateway.protect(
                    scale_set, instance_id, requested, request.request_id
                ),
                guard=lambda: self._permission.check(scale_set, operation=True),
            )


def _untouched(outcome: Outcome, message: str = "") -> OperationMember:
    """The outcome of an instance that was certainly not changed."""
    return OperationMember(outcome, message, is_untouched=True)

"""Protection written instance by instance, a few at a time, because ARM has no call for several.

Each is read by its own path first, recorded, written once over the etag that was read, and read
again. The first answer that all would get (signed out, throttled, not allowed) stops the rest.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import uuid4

from vmss_tui.fleet.instance_operation import ProtectionPolicy
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.gateway import (
    Accepted,
    PreconditionFailed,
    Gateway,
    GatewayError,
    NotFound,
    NotAllowed,
    NotSignedIn,
    ReadOnly,
    Throttled,
    Unknown,
)
from vmss_tui.operations.plan import OperationPlan
from vmss_tui.operations.progress import Member, Outcome, Progress
from vmss_tui.runtime.clock import Clock
from vmss_tui.runtime.storage.journal import JournalError
from vmss_tui.runtime.storage.operations_log import OperationRecord, OperationsLog, answer_record, timestamp
from vmss_tui.runtime.storage.run_folder import current_operator
from vmss_tui.text import redact
from vmss_tui.upgrade.report import az_commands as az

PARALLEL_WRITES = 4
"""Instances that are written at a time."""
_FATAL_ERRORS = (NotSignedIn, NotAllowed, ReadOnly, Throttled, JournalError)


class ProtectionWriter:
    """Writes protection policies and keeps the record of it."""

    def __init__(self, gateway: Gateway, clock: Clock, log: OperationsLog) -> None:
        self._gateway, self._clock, self._log = gateway, clock, log

    def write(self, plan: OperationPlan) -> Mapping[str, Member]:
        """What became of each; raises what concerns all of them where none was written."""
        fatal_errors: list[GatewayError | JournalError] = []

        def write_member(instance_id: str) -> Member:
            if fatal_errors:
                return Member(Outcome.UNSETTLED, f"not asked: {fatal_errors[0]}")
            try:
                return self._write_instance(plan, instance_id)
            except _FATAL_ERRORS as error:
                fatal_errors.append(error)
                return Member(Outcome.UNSETTLED, f"not asked: {error}")
            except NotFound:
                return Member(Outcome.GONE)
            except GatewayError as error:
                return Member(Outcome.FAILED, redact(error.message))

        with ThreadPoolExecutor(PARALLEL_WRITES) as pool:
            members = dict(zip(plan.instance_ids, pool.map(write_member, plan.instance_ids), strict=True))
        if fatal_errors and all(member.outcome is Outcome.UNSETTLED for member in members.values()):
            raise fatal_errors[0]
        return members

    def read_open_members(self, progress: Progress) -> Mapping[str, Member]:
        """Those that are waited for, read by their own paths (the lists of Flexible sets do not
        tell); one that cannot be read stays as it was."""
        members: dict[str, Member] = {}
        for instance_id in progress.open_ids:
            member = progress.members[instance_id]
            try:
                policy = self._gateway.read_protection(progress.plan.scale_set, instance_id)
            except NotFound:
                members[instance_id] = replace(member, outcome=Outcome.GONE)
                continue
            except GatewayError:
                continue
            if policy.settled and policy == policy.after(progress.plan.verb, progress.plan.guard):
                members[instance_id] = replace(member, outcome=Outcome.DONE)
        return members

    def _write_instance(self, plan: OperationPlan, instance_id: str) -> Member:
        scale_set = plan.scale_set
        current = self._gateway.read_protection(scale_set, instance_id)
        requested = current.after(plan.verb, plan.guard)
        if current == requested:
            return Member(Outcome.DONE)
        try:
            self._send(plan, instance_id, current, replace(requested, etag=current.etag))
        except PreconditionFailed:
            changed = self._gateway.read_protection(scale_set, instance_id)
            if changed != current:
                return Member(Outcome.FAILED, "its protection was changed meanwhile: look again")
            self._send(plan, instance_id, changed, replace(requested, etag=changed.etag))
        return self._verify(scale_set, instance_id, requested)

    def _verify(self, scale_set: ScaleSetId, instance_id: str, requested: ProtectionPolicy) -> Member:
        try:
            policy = self._gateway.read_protection(scale_set, instance_id)
        except NotFound:
            raise
        except GatewayError:
            return Member()
        if policy != requested:
            return Member()
        return Member(Outcome.DONE if policy.settled else Outcome.MOVING)

    def _send(
        self, plan: OperationPlan, instance_id: str, current: ProtectionPolicy, requested: ProtectionPolicy
    ) -> None:
        """One PUT. A lost answer is no error here: the instance is read afterwards anyway."""
        asked = OperationRecord(
            at=timestamp(self._clock.wall()),
            scale_set=plan.scale_set.resource_id,
            request_id=str(uuid4()),
            by=current_operator(),
            verb=plan.verb,
            instance_ids=(instance_id,),
            az=az.operation_commands(plan.scale_set, plan.verb, plan.guard, (instance_id,)),
            body=dict(requested.body),
            undo=dict(current.body),
        )
        self._log.write(asked)
        try:
            accepted = self._gateway.protect(plan.scale_set, instance_id, requested, asked.request_id)
        except Unknown as error:
            self._answered(asked, "unknown", error.message)
            return
        except GatewayError as error:
            self._answered(asked, "refused", error.message)
            raise
        self._answered(asked, "accepted", accepted=accepted)

    def _answered(
        self, asked: OperationRecord, answer: str, words: str = "", accepted: Accepted | None = None
    ) -> None:
        self._log.write_answer(answer_record(asked, self._clock.wall(), answer, words, accepted))

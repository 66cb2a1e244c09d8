"""Operations on instances outside a run: looked at once more, recorded, sent once, followed.

`begin` answers as soon as Azure has; `look` and `follow` say what came of it, by the instances'
own views. A lost answer is looked for and never sent again.
"""

import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from uuid import uuid4

from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.gateway import (
    Accepted,
    Gateway,
    GatewayError,
    NotSignedIn,
    OperationStatus,
    PowerAction,
    InvalidInstanceIds,
    Throttled,
    Unknown,
)
from vmss_tui.gateway.failures import read_failure
from vmss_tui.operations.plan import AS_WANTED, OperationPlan, refit
from vmss_tui.operations.progress import PATIENCE, TERMINAL, Progress, concluded, counts, seen, sent
from vmss_tui.runtime.clock import Clock
from vmss_tui.runtime.errors import ObservationLost
from vmss_tui.runtime.observe.pollers import Outlook
from vmss_tui.runtime.operations.protection import ProtectionWriter
from vmss_tui.runtime.permission import Permission
from vmss_tui.runtime.storage.operations_log import OperationRecord, OperationsLog, timestamp
from vmss_tui.runtime.storage.run_folder import current_operator
from vmss_tui.text import redact
from vmss_tui.upgrade.plan.selection import PlanError
from vmss_tui.upgrade.report import az_commands as az

_MAX_REQUESTS = 3
"""Requests at most, where Azure refuses one after the other for naming a stale id."""


@dataclass(frozen=True, slots=True)
class InstanceOperation:
    """An operation that was sent (or had nothing left to ask), and how far it is."""

    progress: Progress
    request_id: str = ""
    operation_url: str | None = None

    @property
    def key(self) -> tuple[str, tuple[str, ...], float]:
        """Tells it from another."""
        return self.plan.verb, self.plan.instance_ids, self.progress.sent_at

    @property
    def plan(self) -> OperationPlan:
        """What was really asked: what was confirmed, or less."""
        return self.progress.plan


class InstanceOperations:
    """Sends operations and follows them."""

    def __init__(
        self, gateway: Gateway, clock: Clock, log: OperationsLog, permission: Permission
    ) -> None:
        self._gateway, self._clock, self.log = gateway, clock, log
        self._permission = permission
        self._protection = ProtectionWriter(gateway, clock, log)

    def begin(self, plan: OperationPlan) -> InstanceOperation:
        """Looks, records and sends once what was confirmed, less what needs it no more.

        Raises `RunRefused`, `NoPlan`, `JournalFailed` or a `GatewayError`, and then nothing has
        happened; a lost answer is no error, but an undertaking that is not answered yet.
        """
        self._permission.check(plan.scale_set, operation=True)
        before = self._poller(plan).look(plan.instance_ids)
        removed_ids: set[str] = set()
        attempts_left = _MAX_REQUESTS
        while True:
            attempts_left -= 1
            refitted = refit(plan, before, removed_ids)
            if not refitted.instance_ids:
                return self._finish_unsent(refitted, before)
            self._permission.check(plan.scale_set, operation=True)  # a run may have begun since
            if plan.verb.changes_protection:
                return self._write_protection(refitted, before)
            try:
                return self._send(refitted, before)
            except InvalidInstanceIds as error:
                named_ids = set(error.instance_ids) & set(refitted.instance_ids)
                if not named_ids or not attempts_left:
                    raise
                removed_ids |= named_ids

    def update(self, operation: InstanceOperation, snapshot: Snapshot) -> InstanceOperation:
        """What a newer reading shows of it; asks Azure for its own word, too (one GET)."""
        progress = operation.progress
        if progress.over:
            return operation
        status, message = self._poll_status(operation)
        if progress.plan.verb.changes_protection:
            progress = concluded(progress, self._protection.read_open_members(progress))
        progress = seen(progress, snapshot, self._clock.run(), status, message)
        if progress.over:
            self._record(operation, answer="settled", words=counts(progress))
        return replace(operation, progress=progress)

    def follow(
        self,
        operation: InstanceOperation,
        report: Callable[[Progress], None],
        stop: threading.Event | None = None,
        update: "Callable[[InstanceOperation, Snapshot], InstanceOperation] | None" = None,
    ) -> InstanceOperation:
        """Waits until it is over, or `stop` is set, reading by itself; raises `ObservationLost`.

        `look` is this class's own, unless somebody else looks at it, too.
        """
        stop, update = stop or threading.Event(), update or self.update
        poller = self._poller(operation.plan)
        unreadable_since = self._clock.run()
        while not operation.progress.over:
            awaited = operation.progress.open_ids
            pause = poller.pause(awaited)
            if self._clock.wait(stop, pause):
                break
            try:
                operation = update(operation, poller.look(awaited))
                unreadable_since = self._clock.run()
            except GatewayError as error:
                self._check_unreadable(error, operation, self._clock.run() - unreadable_since)
                if isinstance(error, Throttled):
                    self._clock.wait(stop, error.retry_after)
            report(operation.progress)
        return operation

    def record_abandoned(self, operation: InstanceOperation, reason: str) -> None:
        """Records how far it was when nobody looked after it any longer, and why not."""
        self._record(operation, answer="left", words=f"{counts(operation.progress)} ({reason})")

    def _poller(self, plan: OperationPlan) -> Outlook:
        return Outlook(self._gateway, self._clock, plan.scale_set, plan.pages)

    def _send(self, plan: OperationPlan, before: Snapshot) -> InstanceOperation:
        request_id = str(uuid4())
        asked = InstanceOperation(sent(plan, before, self._clock.run(), answered=True), request_id)
        ids = plan.instance_ids
        self.log.write(
            OperationRecord(
                at=timestamp(self._clock.wall()),
                scale_set=plan.scale_set.resource_id,
                request_id=request_id,
                by=current_operator(),
                verb=plan.verb,
                instance_ids=ids,
                az=az.operation_commands(plan.scale_set, plan.verb, plan.guard, ids),
            )
        )
        power = PowerAction[plan.verb.name]
        try:
            accepted = self._gateway.power(plan.scale_set, power, ids, request_id)
        except Unknown as error:
            self._record(asked, answer="unknown", words=redact(error.message))
            return replace(asked, progress=replace(asked.progress, answered=False))
        except GatewayError as error:
            self._record(asked, answer="refused", words=redact(error.message))
            raise
        self._record(asked, answer="accepted", accepted=accepted)
        return replace(asked, operation_url=accepted.operation)

    def _write_protection(self, plan: OperationPlan, before: Snapshot) -> InstanceOperation:
        progress = sent(plan, before, self._clock.run(), answered=True)
        return InstanceOperation(concluded(progress, self._protection.write(plan)))

    def _finish_unsent(self, plan: OperationPlan, before: Snapshot) -> InstanceOperation:
        """Nobody is left to be asked: fine where all are as wanted."""
        reasons: Collection[str] = {str(omission.why) for omission in plan.omitted}
        if any(omission.why not in AS_WANTED for omission in plan.omitted):
            raise PlanError(f"nothing was sent: meanwhile all are {'; '.join(sorted(reasons))}")
        return InstanceOperation(sent(plan, before, self._clock.run(), answered=True))

    def _poll_status(self, operation: InstanceOperation) -> tuple[str, str]:
        """Azure's last word on the operation; nothing where it cannot be had."""
        known_status = operation.progress.status
        if operation.operation_url is None or known_status in TERMINAL:
            return known_status, operation.progress.status_words
        try:
            result = self._gateway.poll(operation.operation_url)
        except (Throttled, NotSignedIn):
            return "", ""
        status = "" if result.status is OperationStatus.UNKNOWN else str(result.status)
        failed = result.status in (OperationStatus.FAILED, OperationStatus.CANCELED)
        return status, redact(result.message) if failed else ""

    def _check_unreadable(self, error: GatewayError, operation: InstanceOperation, seconds: float) -> None:
        """Raises where looking again makes no sense any more."""
        if not read_failure(error).is_transient or seconds > PATIENCE:
            label = operation.plan.verb.label
            raise ObservationLost(
                f"{error.message} (Azure goes on with it: {label} of "
                f"{len(operation.plan.instance_ids)} instances; vmss-tui status shows them)"
            ) from error

    def _record(
        self,
        undertaking: InstanceOperation,
        *,
        answer: str,
        words: str = "",
        accepted: Accepted | None = None,
    ) -> None:
        plan = undertaking.plan
        several = not undertaking.request_id  # one for each instance, so it says of whom it is
        self.log.write_answer(
            OperationRecord(
                at=timestamp(self._clock.wall()),
                scale_set=plan.scale_set.resource_id,
                request_id=undertaking.request_id,
                verb=plan.verb if several else "",
                instance_ids=plan.instance_ids if several else (),
                answer=answer,
                message=words,
                operation=(accepted.operation or "") if accepted else "",
                correlation_id=accepted.correlation_id if accepted else "",
            )
        )

"""Operations on instances outside a run: start, stop, reimage, delete, protect and so on.

`begin` reads the instances again, sends one request and returns with Azure's answer; `update` and
`follow` find the outcome in the instances' own views. After a lost answer nothing is sent again.
"""

import threading
from collections.abc import Callable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from vmss_tui.fleet.instance_operation import TERMINAL_STATUSES
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.gateway import (
    Gateway,
    GatewayError,
    InvalidInstanceIds,
    NotSignedIn,
    OperationStatus,
    PowerAction,
    Throttled,
    Unknown,
)
from vmss_tui.gateway.failures import read_failure
from vmss_tui.operations.plan import ALREADY_DONE, OperationPlan, revalidate
from vmss_tui.operations.progress import (
    MAX_IDLE,
    Progress,
    outcome_counts_text,
    start_progress,
    update_progress,
    with_members,
)
from vmss_tui.runtime.clock import Clock
from vmss_tui.runtime.errors import ObservationLost
from vmss_tui.runtime.observe.poller import Poller
from vmss_tui.runtime.operations.protection import ProtectionWriter
from vmss_tui.runtime.operations.recorded_write import WriteRecorder
from vmss_tui.runtime.permission import Permission
from vmss_tui.runtime.runs.recent_requests import RecentRequests
from vmss_tui.runtime.storage.operations_log import OperationRecord, OperationsLog, timestamp
from vmss_tui.runtime.storage.port import RunStore
from vmss_tui.text import redact
from vmss_tui.upgrade.plan.selection import PlanError
from vmss_tui.upgrade.report.az_commands import operation_commands

RECENT_WINDOW = 60.0
"""Run seconds in which the effect of a request shows in the instance views."""
_MAX_REQUESTS = 3
"""Requests of one operation at most, where Azure refuses each for instance ids that are gone."""


class InstanceOperation(Struct, frozen=True):
    """An operation that was sent (or was not necessary any more), and its progress."""

    progress: Progress
    request_id: str = ""
    operation_url: str | None = None

    @property
    def key(self) -> tuple[str, tuple[str, ...], float]:
        """Identifies the operation within this process."""
        return self.plan.kind, self.plan.instance_ids, self.progress.sent_at

    @property
    def plan(self) -> OperationPlan:
        """What was sent: the confirmed plan, or a part of it."""
        return self.progress.plan


class InstanceOperations:
    """Sends operations, and finds out what became of them."""

    def __init__(
        self,
        gateway: Gateway,
        clock: Clock,
        log: OperationsLog,
        permission: Permission,
        store: RunStore,
    ) -> None:
        self._gateway, self._clock, self.log = gateway, clock, log
        self._permission, self._store = permission, store
        self._recorder = WriteRecorder(log, clock)
        self._protection = ProtectionWriter(gateway, self._recorder, permission)

    def begin(self, plan: OperationPlan) -> InstanceOperation:
        """Reads the instances, and sends the confirmed plan for those that still need it.

        Raises `RunRefused`, `PlanError`, `JournalError` or a `GatewayError`, and then nothing has
        happened. A lost answer is no error: it gives an operation that is not answered yet.
        """
        self._permission.prepare_write(plan.scale_set, operation=True)
        before = self._read(self._poller(plan), plan, plan.instance_ids)
        removed_ids: set[str] = set()
        attempts_left = _MAX_REQUESTS
        while True:
            attempts_left -= 1
            refitted = revalidate(plan, before, removed_ids, self._recently_requested(plan))
            if not refitted.instance_ids:
                return self._finish_unsent(refitted, before)
            self._permission.check(plan.scale_set, operation=True)  # a run may have started
            if plan.kind.changes_protection:
                return self._write_protection(refitted, before)
            try:
                return self._send(refitted, before)
            except InvalidInstanceIds as error:
                named_ids = set(error.instance_ids) & set(refitted.instance_ids)
                if not named_ids or not attempts_left:
                    raise
                removed_ids |= named_ids

    def update(self, operation: InstanceOperation, snapshot: Snapshot) -> InstanceOperation:
        """The operation over a newer snapshot; reads the status of Azure's operation, too (one
        GET)."""
        progress = operation.progress
        if progress.is_over:
            return operation
        status, message = self._poll_status(operation)
        if progress.plan.kind.changes_protection:
            progress = with_members(progress, self._protection.read_open_members(progress))
        progress = update_progress(progress, snapshot, self._clock.run(), status, message)
        if progress.is_over:
            self._record_end(operation, "settled", outcome_counts_text(progress))
        return replace(operation, progress=progress)

    def follow(
        self,
        operation: InstanceOperation,
        report: Callable[[Progress], None],
        stop: threading.Event | None = None,
        update: Callable[[InstanceOperation, Snapshot], InstanceOperation] | None = None,
    ) -> InstanceOperation:
        """Reads until the operation is over, or `stop` is set; raises `ObservationLost`.

        `update` replaces this class's own method, for a caller that shares the operation with
        other threads.
        """
        stop, update = stop or threading.Event(), update or self.update
        poller = self._poller(operation.plan)
        unreadable_since = self._clock.run()
        while not operation.progress.is_over:
            awaited = operation.progress.open_ids
            pause = poller.pause(awaited)
            if self._clock.wait(stop, pause):
                break
            try:
                operation = update(operation, self._read(poller, operation.plan, awaited))
                unreadable_since = self._clock.run()
            except GatewayError as error:
                self._check_unreadable(error, operation, self._clock.run() - unreadable_since)
                if isinstance(error, Throttled):
                    self._clock.wait(stop, error.retry_after)
            report(operation.progress)
        return operation

    def record_abandoned(self, operation: InstanceOperation, reason: str) -> None:
        """Records the progress when no one follows the operation any longer, and why."""
        self._record_end(operation, "left", f"{outcome_counts_text(operation.progress)} ({reason})")

    def _recently_requested(self, plan: OperationPlan) -> set[str]:
        """Instances of requests of this machine whose effect may not show in a reading yet."""
        requests = RecentRequests(self._store, plan.scale_set, self._clock, self._gateway.context)
        return {i for recent, _ in requests.find_all(RECENT_WINDOW) for i in recent.instance_ids}

    def _poller(self, plan: OperationPlan) -> Poller:
        poller = Poller(self._gateway, self._clock, plan.scale_set, pages=plan.pages)
        poller.adopt_budget()
        return poller

    def _read(self, poller: Poller, plan: OperationPlan, instance_ids: Sequence[str]) -> Snapshot:
        """A snapshot with these instances, and perhaps with no other."""
        if not poller.can_read_singly(instance_ids):
            return poller.read_whole()
        empty = Snapshot(ScaleSet(plan.scale_set), (), taken_at=self._clock.wall())
        return poller.read_instances(instance_ids, empty)

    def _send(self, plan: OperationPlan, before: Snapshot) -> InstanceOperation:
        scale_set, ids, action = plan.scale_set, plan.instance_ids, PowerAction[plan.kind.name]
        request = self._recorder.make_request(
            scale_set,
            plan.kind,
            instance_ids=ids,
            az=operation_commands(scale_set, plan.kind, plan.protection_scope, ids),
        )
        progress = start_progress(plan, before, self._clock.run(), answered=True)
        operation = InstanceOperation(progress, request.request_id)
        try:
            accepted = self._recorder.recorded_write(
                request,
                lambda: self._gateway.power(scale_set, action, ids, request.request_id),
                guard=lambda: self._permission.check(scale_set, operation=True),
            )
        except Unknown:
            return replace(operation, progress=replace(progress, answered=False))
        return replace(operation, operation_url=accepted.operation)

    def _write_protection(self, plan: OperationPlan, before: Snapshot) -> InstanceOperation:
        progress = start_progress(plan, before, self._clock.run(), answered=True)
        return InstanceOperation(with_members(progress, self._protection.write(plan)))

    def _finish_unsent(self, plan: OperationPlan, before: Snapshot) -> InstanceOperation:
        """No instance needs the operation any more; raises `PlanError` where one never got it."""
        reasons = {str(omission.reason) for omission in plan.omitted}
        if any(omission.reason not in ALREADY_DONE for omission in plan.omitted):
            raise PlanError(f"nothing was sent: by now all are {'; '.join(sorted(reasons))}")
        return InstanceOperation(start_progress(plan, before, self._clock.run(), answered=True))

    def _poll_status(self, operation: InstanceOperation) -> tuple[str, str]:
        """Status and error message of Azure's operation; empty where they cannot be read."""
        known_status = operation.progress.status
        if operation.operation_url is None or known_status in TERMINAL_STATUSES:
            return known_status, operation.progress.status_message
        try:
            result = self._gateway.poll(operation.operation_url)
        except (Throttled, NotSignedIn):
            return "", ""
        status = "" if result.status is OperationStatus.UNKNOWN else str(result.status)
        failed = result.status in (OperationStatus.FAILED, OperationStatus.CANCELED)
        return status, redact(result.message) if failed else ""

    def _check_unreadable(
        self, error: GatewayError, operation: InstanceOperation, seconds: float
    ) -> None:
        """Raises where reading again makes no sense any more."""
        if not read_failure(error).is_transient or seconds > MAX_IDLE:
            label = operation.plan.kind.label
            raise ObservationLost(
                f"{error.message} (Azure continues: {label} of "
                f"{len(operation.plan.instance_ids)} instances; vmss-tui status shows them)"
            ) from error

    def _record_end(self, operation: InstanceOperation, answer: str, message: str) -> None:
        plan = operation.plan
        several = not operation.request_id  # one request per instance: names them instead
        self.log.write_answer(
            OperationRecord(
                at=timestamp(self._clock.wall()),
                scale_set=plan.scale_set.resource_id,
                request_id=operation.request_id,
                verb=plan.kind if several else "",
                instance_ids=plan.instance_ids if several else (),
                answer=answer,
                message=message,
            )
        )

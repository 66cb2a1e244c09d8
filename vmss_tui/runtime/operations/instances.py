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
from vmss_tui.runtime.operations.protection import Guarding
from vmss_tui.runtime.permission import Permission
from vmss_tui.runtime.storage.operations_log import OperationRecord, OperationsLog, timestamp
from vmss_tui.runtime.storage.run_folder import current_operator
from vmss_tui.text import redact
from vmss_tui.upgrade.plan.selection import NoPlan
from vmss_tui.upgrade.report import az_commands as az

_TRIES = 3
"""Requests at most, where Azure refuses one after the other for naming a stale id."""


@dataclass(frozen=True, slots=True)
class Undertaking:
    """An operation that was sent (or had nothing left to ask), and how far it is."""

    progress: Progress
    request_id: str = ""
    operation: str | None = None

    @property
    def key(self) -> tuple[str, tuple[str, ...], float]:
        """Tells it from another."""
        return self.plan.verb, self.plan.instance_ids, self.progress.sent_at

    @property
    def plan(self) -> OperationPlan:
        """What was really asked: what was confirmed, or less."""
        return self.progress.plan


class Operating:
    """Sends operations and follows them."""

    def __init__(
        self, gateway: Gateway, clock: Clock, log: OperationsLog, permission: Permission
    ) -> None:
        self._gateway, self._clock, self.log = gateway, clock, log
        self._permission = permission
        self._guarding = Guarding(gateway, clock, log)

    def begin(self, plan: OperationPlan) -> Undertaking:
        """Looks, records and sends once what was confirmed, less what needs it no more.

        Raises `RunRefused`, `NoPlan`, `JournalFailed` or a `GatewayError`, and then nothing has
        happened; a lost answer is no error, but an undertaking that is not answered yet.
        """
        self._permission.check(plan.scale_set, operation=True)
        before = self._outlook(plan).look(plan.instance_ids)
        lost: set[str] = set()
        tries = _TRIES
        while True:
            tries -= 1
            fitted = refit(plan, before, lost)
            if not fitted.instance_ids:
                return self._nothing_left(fitted, before)
            self._permission.check(plan.scale_set, operation=True)  # a run may have begun since
            if plan.verb.changes_protection:
                return self._guarded(fitted, before)
            try:
                return self._send(fitted, before)
            except InvalidInstanceIds as error:
                named = set(error.instance_ids) & set(fitted.instance_ids)
                if not named or not tries:
                    raise
                lost |= named

    def look(self, undertaking: Undertaking, snapshot: Snapshot) -> Undertaking:
        """What a newer reading shows of it; asks Azure for its own word, too (one GET)."""
        progress = undertaking.progress
        if progress.over:
            return undertaking
        status, words = self._status(undertaking)
        if progress.plan.verb.changes_protection:
            progress = concluded(progress, self._guarding.look(progress))
        progress = seen(progress, snapshot, self._clock.run(), status, words)
        if progress.over:
            self._record(undertaking, answer="settled", words=counts(progress))
        return replace(undertaking, progress=progress)

    def follow(
        self,
        undertaking: Undertaking,
        tell: Callable[[Progress], None],
        stop: threading.Event | None = None,
        look: "Callable[[Undertaking, Snapshot], Undertaking] | None" = None,
    ) -> Undertaking:
        """Waits until it is over, or `stop` is set, reading by itself; raises `ObservationLost`.

        `look` is this class's own, unless somebody else looks at it, too.
        """
        stop, look = stop or threading.Event(), look or self.look
        outlook = self._outlook(undertaking.plan)
        blind_since = self._clock.run()
        while not undertaking.progress.over:
            awaited = undertaking.progress.open_ids
            pause = outlook.pause(awaited)
            if self._clock.wait(stop, pause):
                break
            try:
                undertaking = look(undertaking, outlook.look(awaited))
                blind_since = self._clock.run()
            except GatewayError as error:
                self._blind(error, undertaking, self._clock.run() - blind_since)
                if isinstance(error, Throttled):
                    self._clock.wait(stop, error.retry_after)
            tell(undertaking.progress)
        return undertaking

    def left(self, undertaking: Undertaking, why: str) -> None:
        """Records how far it was when nobody looked after it any longer, and why not."""
        self._record(undertaking, answer="left", words=f"{counts(undertaking.progress)} ({why})")

    def _outlook(self, plan: OperationPlan) -> Outlook:
        return Outlook(self._gateway, self._clock, plan.scale_set, plan.pages)

    def _send(self, plan: OperationPlan, before: Snapshot) -> Undertaking:
        request_id = str(uuid4())
        asked = Undertaking(sent(plan, before, self._clock.run(), answered=True), request_id)
        ids = plan.instance_ids
        self.log.write(
            OperationRecord(
                at=timestamp(self._clock.wall()),
                scale_set=plan.scale_set.resource_id,
                request_id=request_id,
                by=current_operator(),
                verb=plan.verb,
                instance_ids=ids,
                az=az.operate(plan.scale_set, plan.verb, plan.guard, ids),
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
        return replace(asked, operation=accepted.operation)

    def _guarded(self, plan: OperationPlan, before: Snapshot) -> Undertaking:
        progress = sent(plan, before, self._clock.run(), answered=True)
        return Undertaking(concluded(progress, self._guarding.write(plan)))

    def _nothing_left(self, plan: OperationPlan, before: Snapshot) -> Undertaking:
        """Nobody is left to be asked: fine where all are as wanted."""
        reasons: Collection[str] = {str(each.why) for each in plan.omitted}
        if any(each.why not in AS_WANTED for each in plan.omitted):
            raise NoPlan(f"nothing was sent: meanwhile all are {'; '.join(sorted(reasons))}")
        return Undertaking(sent(plan, before, self._clock.run(), answered=True))

    def _status(self, undertaking: Undertaking) -> tuple[str, str]:
        """Azure's last word on the operation; nothing where it cannot be had."""
        known = undertaking.progress.status
        if undertaking.operation is None or known in TERMINAL:
            return known, undertaking.progress.status_words
        try:
            told = self._gateway.poll(undertaking.operation)
        except (Throttled, NotSignedIn):
            return "", ""
        status = "" if told.status is OperationStatus.UNKNOWN else str(told.status)
        failed = told.status in (OperationStatus.FAILED, OperationStatus.CANCELED)
        return status, redact(told.message) if failed else ""

    def _blind(self, error: GatewayError, undertaking: Undertaking, seconds: float) -> None:
        """Raises where looking again makes no sense any more."""
        if not read_failure(error).is_transient or seconds > PATIENCE:
            verb = undertaking.plan.verb.label
            raise ObservationLost(
                f"{error.message} (Azure goes on with it: {verb} of "
                f"{len(undertaking.plan.instance_ids)} instances; vmss-tui status shows them)"
            ) from error

    def _record(
        self,
        undertaking: Undertaking,
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

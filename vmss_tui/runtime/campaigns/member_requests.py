"""Carries out what a campaign requests for its members' runs, and looks up what became of it.

A start is found by the run's name, everything else by the id of the intent in the run's intents
file: what was carried out before a worker of the campaign died is never repeated.
"""

from collections.abc import Callable

from vmss_tui.campaign import events as ce
from vmss_tui.campaign.member_view import campaign_operator
from vmss_tui.errors import VmssError
from vmss_tui.gateway import GatewayError, NotSignedIn
from vmss_tui.gateway.failures import NOT_SENT_WAIT, read_failure, write_refusal
from vmss_tui.runtime.account import current_operator
from vmss_tui.runtime.campaigns.campaign_folder import CampaignFolder
from vmss_tui.runtime.campaigns.member_plan import plan_again
from vmss_tui.runtime.clock import Clock
from vmss_tui.runtime.errors import RunRefused
from vmss_tui.runtime.session import Services
from vmss_tui.runtime.storage.operations_log import timestamp
from vmss_tui.runtime.storage.port import StoredRun, find_exact_run
from vmss_tui.upgrade.engine.pin_model import hopeless_edit
from vmss_tui.upgrade.engine.revert import retry_unavailable_reason, revert_unavailable_reason
from vmss_tui.upgrade.events import Intent, IntentKind
from vmss_tui.upgrade.plan.plan import Plan
from vmss_tui.upgrade.run.run import Run

RETRY_WAIT = 30.0
"""Campaign seconds after which a request that could not be carried out here is repeated."""
_INTENTS = {
    ce.RequestKind.PAUSE: IntentKind.PAUSE,
    ce.RequestKind.RESUME: IntentKind.RESUME,
    ce.RequestKind.RETRY: IntentKind.RETRY,
    ce.RequestKind.ABORT: IntentKind.ABORT,
    ce.RequestKind.REVERT: IntentKind.REVERT,
}
_UNAVAILABLE: dict[ce.RequestKind, Callable[[Run], str | None]] = {
    ce.RequestKind.RESUME: hopeless_edit,
    ce.RequestKind.RETRY: retry_unavailable_reason,
    ce.RequestKind.REVERT: revert_unavailable_reason,
}
"""Why the run's engine would not do it; empty or None where it would."""
_WAKES = frozenset(_INTENTS) - {ce.RequestKind.PAUSE}
"""Intents for which a run gets a worker: a run without one need not be paused."""

Outcome = ce.RequestAccepted | ce.RequestAbsent | ce.RequestRefused


class MemberRequests:
    """The requests of one campaign, carried out with the services of its worker."""

    def __init__(self, folder: CampaignFolder, services: Services, clock: Clock) -> None:
        self._folder, self._services, self._clock = folder, services, clock
        self._store, self._control = services.store, services.run_control
        self._plans = {member.key: member.plan for member in folder.manifest.plan.members}

    def carry_out(self, request: ce.MemberRequested) -> Outcome:
        """Carries the request out once: what a previous worker has done already is accepted."""
        try:
            if request.kind is ce.RequestKind.START:
                return self._start(request)
            run = self._find(request.run)
            if run is None:
                return _refusal(request, "gone", f"there is no run {request.run}: was it removed?")
            if request.kind is ce.RequestKind.WAKE:
                self._wake(run)
                return ce.RequestAccepted(member=request.member, id=request.id)
            return self._send_intent(request, run)
        except (VmssError, OSError) as error:
            return self._failure(request, error)

    def look_up(self, request: ce.MemberRequested) -> Outcome:
        """What became of a request whose worker died before it recorded the outcome."""
        run = self._find(request.run)
        absent = ce.RequestAbsent(member=request.member, id=request.id)
        if run is None or request.kind is ce.RequestKind.WAKE:
            return absent
        if request.kind is ce.RequestKind.START:
            is_there = run.has_begun or run.is_live
            return self._accepted(request) if is_there else absent
        line = _line_of(run, request.id)
        return self._accepted(request, line) if line else absent

    def _accepted(self, request: ce.MemberRequested, line: int = 0) -> Outcome:
        return ce.RequestAccepted(member=request.member, id=request.id, observed=True, line=line)

    def _start(self, request: ce.MemberRequested) -> Outcome:
        plan = self._plans[request.member]
        self._services.permission.unlock(plan.scale_set)  # the campaign was confirmed with it
        if self._find(request.run) is None and request.attempt > 1:
            plan = plan_again(self._services, plan)
        manifest = self._folder.manifest
        self._control.start(plan, assumed_yes=manifest.assumed_yes, name=request.run)
        return ce.RequestAccepted(member=request.member, id=request.id)

    def _send_intent(self, request: ce.MemberRequested, run: StoredRun) -> Outcome:
        line = _line_of(run, request.id)
        if not line:
            state, damage = run.read_run()
            if reason := damage or self._refusal_reason(request, run, state):
                return _refusal(request, "refused", f"{run.name}: {reason}")
            run.append_intent(
                Intent(
                    kind=_INTENTS[request.kind],
                    by=campaign_operator(current_operator(), self._folder.name),
                    at=timestamp(self._clock.wall()),
                    id=request.id,
                )
            )
            line = _line_of(run, request.id)
        if request.kind in _WAKES:
            self._wake(run)
        return ce.RequestAccepted(member=request.member, id=request.id, line=line)

    def _refusal_reason(self, request: ce.MemberRequested, run: StoredRun, state: Run) -> str:
        if state.phase.is_over and request.kind in (
            ce.RequestKind.PAUSE,
            ce.RequestKind.RESUME,
            ce.RequestKind.ABORT,
        ):
            return f"it has ended ({state.phase.label})"
        unavailable = _UNAVAILABLE.get(request.kind)
        if unavailable is not None and (reason := unavailable(state)):
            return reason
        permission, plan = self._services.permission, run.manifest.plan
        permission.check_principal(run.name, run.manifest.context)
        return permission.refusal_reason(plan.scale_set, own_run=run.name) or ""

    def _wake(self, run: StoredRun) -> None:
        """Gives the run a worker, unless it has one."""
        if not run.is_live:
            self._control.ensure_worker(run, run.read_run()[0])

    def _find(self, name: str) -> StoredRun | None:
        return find_exact_run(self._store, name)

    def _failure(self, request: ce.MemberRequested, error: VmssError | OSError) -> Outcome:
        """The refusal for an error: final, or to be repeated after a wait."""
        message = error.message if isinstance(error, VmssError) else str(error.strerror or error)
        plan: Plan = self._plans[request.member]
        match error:
            case NotSignedIn():
                return _refusal(request, "not signed in", message)
            case GatewayError():
                known = write_refusal(error)
                retry_after = known.retry_after if known is not None else NOT_SENT_WAIT
                if known is None and not read_failure(error).is_transient:
                    retry_after = None
                return _refusal(request, "refused", message, retry_after)
            case RunRefused():
                live = self._store.live_run(plan.scale_set)
                is_foreign = live is not None and live.name != request.run
                return _refusal(request, "foreign" if is_foreign else "refused", message)
            case OSError():
                return _refusal(request, "machine", message, RETRY_WAIT)
        return _refusal(request, "refused", message)


def _line_of(run: StoredRun, intent_id: str) -> int:
    """The line, from 1, of this intent in the run's intents file; 0 where it is not there."""
    ids = [intent.id for intent in run.read_intents()]
    return ids.index(intent_id) + 1 if intent_id in ids else 0


def _refusal(
    request: ce.MemberRequested, reason: str, message: str, retry_after: float | None = None
) -> ce.RequestRefused:
    return ce.RequestRefused(
        member=request.member,
        id=request.id,
        reason=reason,
        message=message,
        retry_after=retry_after,
    )

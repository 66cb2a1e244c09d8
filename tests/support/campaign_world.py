"""Runs of a campaign's members, without scale sets: they complete, fail, halt, lose their worker.

A run is two batches. Its worker handles the intents in order and then does one batch for each tick,
as a real worker would; what happens to it is set before it starts (`outcomes`).
"""

from dataclasses import dataclass, field

from tests.support.campaign_plans import CAMPAIGN_ID, stamp
from vmss_tui.campaign.events.member import RequestKind
from vmss_tui.campaign.member_view import MemberView, campaign_operator
from vmss_tui.upgrade.run.run import ENDED_PHASES, Phase

BATCHES = 2
PERSON = "ada"
OUTCOMES = (
    "fails", "partly", "drift", "foreign", "checkpoint", "dies", "dies often", "turns back",
    "stuck", "ineffective", "signed out",
)  # fmt: skip
"""What may become of a run instead of its completion."""
ACTIVE = (Phase.ROLLING_FORWARD, Phase.ROLLING_BACK)


@dataclass
class ModelRun:
    """One run and its worker."""

    name: str
    key: str
    attempt: int
    outcome: str = ""
    phase: Phase = Phase.ROLLING_FORWARD
    reason: str = ""
    done: int = 0
    has_failed: bool = False
    reverting: bool = False
    has_worker: bool = True
    intents: list[tuple[str, RequestKind]] = field(default_factory=list)
    handled: int = 0
    ended_at: float = 0.0
    by_person: bool = False
    """A person has controlled it directly."""
    paused_by: str = ""
    lacks_sign_in: bool = False
    signed_out_at: str = ""
    """When its worker last could not read, where it has not read since."""

    @property
    def is_live(self) -> bool:
        """Whether it is neither ended nor halted."""
        return self.phase not in ENDED_PHASES

    @property
    def will_live(self) -> bool:
        """Whether it is live, or will be once its worker has handled the intents."""
        going = (RequestKind.RETRY, RequestKind.RESUME, RequestKind.REVERT)
        return self.is_live or any(
            kind in going and not name.startswith("person")
            for name, kind in self.intents[self.handled :]
        )

    @property
    def can_retry(self) -> bool:
        """As the engine of runs decides it."""
        phases = (Phase.PAUSED, Phase.FAULTED, Phase.COMPLETED_WITH_FAILURES)
        return self.has_failed and self.phase in phases

    @property
    def revert_refusal(self) -> str:
        """As the engine of runs decides it."""
        if self.reverting and self.phase is not Phase.CANCELLED:
            return "it is rolling back already"
        return "" if self.has_changes else "it has not changed the model"

    @property
    def has_changes(self) -> bool:
        """Whether it has sent anything."""
        return self.done > 0 or self.has_failed or self.reverting

    def view(self) -> MemberView:
        """What the campaign sees of it."""
        return MemberView(
            run=self.name,
            phase=self.phase,
            reason=self.reason,
            message=self.reason,
            is_worker_live=self.has_worker,
            signed_out_at=self.signed_out_at if self.has_worker else "",
            paused_by=self.paused_by if self.phase is Phase.PAUSED else "",
            intents_handled=self.handled,
            reverting=self.reverting,
            has_changes=self.has_changes,
            can_retry=self.can_retry,
            can_resume=self.phase in (Phase.PAUSED, Phase.FAULTED),
            revert_refusal=self.revert_refusal,
            total=BATCHES,
            upgraded=0 if self.reverting else self.done,
            failed=int(self.has_failed),
            rolled_back=BATCHES if self.phase is Phase.ROLLED_BACK else 0,
        )

    def tick(self, t: float) -> None:
        """One round of its worker."""
        if not self.has_worker:
            return
        before = self.phase
        if self.phase in ACTIVE and self.outcome == "checkpoint":
            self._work(t)  # it comes to the checkpoint before it reads its intents
        for name, kind in self.intents[self.handled :]:
            self._handle(name, kind)
            self.handled += 1
        if self.phase in ACTIVE and self.phase is before:
            self._work(t)
        if self.phase in ENDED_PHASES:
            self.has_worker = False
            if before not in ENDED_PHASES:
                self.ended_at = t

    def _handle(self, name: str, kind: RequestKind) -> None:
        active = Phase.ROLLING_BACK if self.reverting else Phase.ROLLING_FORWARD
        match kind:
            case RequestKind.PAUSE if self.phase in ACTIVE:
                self.phase, self.reason = Phase.PAUSED, "asked"
                is_person = name.startswith("person")
                self.paused_by = PERSON if is_person else campaign_operator(PERSON, CAMPAIGN_ID)
            case RequestKind.RESUME if self.phase in (Phase.PAUSED, Phase.FAULTED):
                self.phase, self.reason = active, ""
            case RequestKind.ABORT if self.is_live or self.phase is Phase.FAULTED:
                self.phase, self.reason = Phase.CANCELLED, "aborted"
            case RequestKind.RETRY if self.can_retry:
                self.phase, self.reason, self.has_failed = active, "", False
            case RequestKind.REVERT if not self.revert_refusal:
                self.phase, self.reason, self.reverting = Phase.ROLLING_BACK, "", True

    def _work(self, t: float) -> None:
        outcome = self.outcome
        self.lacks_sign_in |= outcome == "signed out"
        self.signed_out_at = stamp(t) if self.lacks_sign_in else ""
        if self.lacks_sign_in:
            self.outcome = ""
            return
        if self.phase is Phase.ROLLING_BACK:
            self._work_back(outcome)
            return
        self.outcome = "" if outcome not in ("stuck", "dies often") else outcome
        match outcome:
            case "fails":
                self.has_failed = True
                self.phase, self.reason = Phase.FAULTED, "failure"
            case "partly":
                self.has_failed = True
                self.phase, self.reason = Phase.COMPLETED_WITH_FAILURES, ""
            case "drift" | "ineffective":
                reason = "drift" if outcome == "drift" else "refused"
                self.phase, self.reason = Phase.FAULTED, reason
            case "foreign" | "checkpoint":
                self.done = 1
                self.phase, self.reason, self.paused_by = Phase.PAUSED, outcome, ""
            case "dies" | "dies often":
                self.has_worker = False
            case "turns back":
                self.reverting, self.phase = True, Phase.ROLLING_BACK
            case _:
                self.done += 1
                if self.done >= BATCHES:
                    self.phase = Phase.COMPLETED

    def _work_back(self, outcome: str) -> None:
        if outcome == "stuck":
            self.outcome, self.has_failed = "", True
            self.phase, self.reason = Phase.FAULTED, "failure"
            return
        self.done -= 1
        if self.done <= 0:
            self.phase = Phase.ROLLED_BACK


class CampaignWorld:
    """All runs by name, and the time. Runs are created once for each name."""

    def __init__(self) -> None:
        self.t = 0.0
        self.runs: dict[str, ModelRun] = {}
        self.outcomes: dict[str, str] = {}
        """What becomes of the next run of a member, by key."""

    def tick(self, gap: float) -> None:
        """Time passes, and every worker does a round."""
        self.t += gap
        for run in self.runs.values():
            run.tick(self.t)

    def sign_in(self) -> None:
        """A person signs in again; each worker notices it with its next attempt."""
        for run in self.runs.values():
            run.lacks_sign_in = False

    def start(self, name: str, key: str, attempt: int) -> ModelRun:
        """A new run of a member."""
        run = ModelRun(name, key, attempt, self.outcomes.pop(key, ""))
        self.runs[name] = run
        return run

    def newest(self, key: str) -> ModelRun | None:
        """The newest run of a member."""
        runs = [run for run in self.runs.values() if run.key == key]
        return runs[-1] if runs else None

    def of_member(self, key: str) -> list[ModelRun]:
        """All runs of a member, oldest first."""
        return [run for run in self.runs.values() if run.key == key]

    @property
    def live(self) -> list[ModelRun]:
        """The runs that are neither ended nor halted."""
        return [run for run in self.runs.values() if run.is_live]

    def views(self) -> dict[str, MemberView]:
        """The views of the newest runs by member key."""
        return {run.key: run.view() for run in self.runs.values()}

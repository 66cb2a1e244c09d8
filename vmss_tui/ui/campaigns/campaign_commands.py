"""Commands for the campaign on screen: pause, approve, abort, skip, retry, roll back, report.

All but resuming append an intent to the campaign's journal folder, which its worker handles.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from msgspec import Struct
from textual.content import Content
from textual.message import Message

from vmss_tui.campaign.engine.operator_intents import retryable
from vmss_tui.campaign.events import CampaignIntentKind
from vmss_tui.campaign.report.campaign_facts import build_campaign_report
from vmss_tui.campaign.report.campaign_text import render_campaign_markdown
from vmss_tui.campaign.state import CampaignPhase
from vmss_tui.fleet.phrases import pluralize
from vmss_tui.runtime.campaigns.campaign_control import CampaignControl
from vmss_tui.runtime.errors import RunRefused
from vmss_tui.shell import quote_words
from vmss_tui.text import clean
from vmss_tui.ui.background.replies import IntentSent, RequestFailed
from vmss_tui.ui.background.workers import run_in_thread
from vmss_tui.ui.campaigns.campaign_status import CampaignStatus
from vmss_tui.ui.campaigns.campaign_texts import describe_intent
from vmss_tui.ui.commands.screen import CommandScreen
from vmss_tui.ui.dialogs.confirm import ConfirmScreen, Question
from vmss_tui.ui.dialogs.text_viewer import TextViewer


class ReportArrived(Message):
    """The report of a campaign as Markdown."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class CampaignView(Protocol):
    """What the commands know of the campaign's screen."""

    status: CampaignStatus | None

    @property
    def member_key(self) -> str:
        """The key of the cursor's member; empty where the cursor is on none."""

    def poll_now(self) -> None:
        """Reads the campaign again at once."""


class _OpenQuestion(Struct, frozen=True):
    """A question whose body changes with the campaign."""

    dialog: ConfirmScreen
    kind: CampaignIntentKind
    keys: tuple[str, ...]


class CampaignCommands:
    """Their `do_` methods."""

    _question: _OpenQuestion | None = None
    """The question that was opened last."""

    def __init__(self, screen: CommandScreen[None], view: CampaignView) -> None:
        self._screen, self._view = screen, view

    @property
    def _control(self) -> CampaignControl:
        return self._screen.session.services.campaign_control

    def do_pause_campaign(self) -> None:
        """Pauses the campaign, or resumes it; asks first where failures would be accepted."""
        status = self._view.status
        if status is None:
            return
        if status.control is CampaignIntentKind.PAUSE:
            text = "Pause requested: no run starts, and live runs pause before their next batch"
            self._run(lambda: self._send(status.name, CampaignIntentKind.PAUSE, text))
            return
        name, control = status.name, self._control

        def resume() -> IntentSent:
            control.resume(name)
            return IntentSent("The campaign continues")

        if status.campaign.phase is CampaignPhase.HALTED:
            question = Question(
                f"Resume campaign {name}?",
                describe_intent(status, CampaignIntentKind.RESUME),
                "resume",
            )
            self._confirm(question, CampaignIntentKind.RESUME, resume)
        else:
            self._run(resume)

    def do_approve_stage(self) -> None:
        """Asks, then lets the stage that waits for it begin."""
        if (status := self._view.status) is None:
            return
        current = status.campaign.current_stage
        stage = status.campaign.stage_plan(-1 if current is None else current).name
        kind = CampaignIntentKind.APPROVE
        text = f"Approved: stage {stage} begins"
        question = Question(
            f"Approve stage {stage} of {status.name}?", describe_intent(status, kind), "approve"
        )
        self._confirm(question, kind, lambda: self._send(status.name, kind, text, stage=stage))

    def do_abort_campaign(self) -> None:
        """Asks, then ends the campaign and its live runs."""
        if (status := self._view.status) is None:
            return
        kind = CampaignIntentKind.ABORT
        question = Question(
            f"Abort campaign {status.name}?", describe_intent(status, kind), "abort the campaign"
        )
        self._confirm(question, kind, lambda: self._send(status.name, kind, "Abort requested"))

    def do_skip_member(self) -> None:
        """Asks, then takes the cursor's scale set out."""
        status, key = self._view.status, self._view.member_key
        if status is None or key not in status.members:
            return
        kind, short = CampaignIntentKind.SKIP, status.members[key].plan.scale_set.short
        question = Question(f"Skip {short}?", describe_intent(status, kind, (key,)), "skip it")
        text = f"Skip of {short} requested"
        self._confirm(
            question, kind, lambda: self._send(status.name, kind, text, members=(key,)), (key,)
        )

    def do_retry_members(self) -> None:
        """Asks for the campaign's name, then retries what has failed."""
        if (status := self._view.status) is None:
            return
        kind, keys = CampaignIntentKind.RETRY, retryable(status.campaign)
        count = pluralize(len(keys), "failed scale set", "failed scale sets")
        question = Question(
            f"Retry {count} of {status.name}?", describe_intent(status, kind),
            f"retry {len(keys)}", _plan_name(status), name_of="campaign name",
        )  # fmt: skip
        text = f"Retry of {count} requested"
        self._confirm(question, kind, lambda: self._send(status.name, kind, text, members=keys))

    def do_revert_campaign(self) -> None:
        """Asks for the campaign's name, then rolls back what it has changed."""
        if (status := self._view.status) is None:
            return
        kind = CampaignIntentKind.REVERT
        question = Question(
            f"Roll back campaign {status.name}?", describe_intent(status, kind),
            "roll back", _plan_name(status), name_of="campaign name",
        )  # fmt: skip
        self._confirm(question, kind, lambda: self._send(status.name, kind, "Rolling back"))

    def do_report_campaign(self) -> None:
        """Shows the report."""
        if (status := self._view.status) is None:
            return
        name, control = status.name, self._control

        def read() -> ReportArrived:
            follower = control.follow(name)
            report = build_campaign_report(follower.read_new(), follower.views(), follower.damage)
            if report is None:
                raise RunRefused(f"{name} has not started: its journal is empty")
            return ReportArrived(render_campaign_markdown(report))

        self._run(read)

    def report_arrived(self, message: ReportArrived, name: str) -> None:
        """Opens the report."""
        text = Content("\n").join(Content(clean(line)) for line in message.text.splitlines())
        options = self._screen.session.services.command_options
        command = quote_words(("vmss-tui", "campaign", "report", name, *options))
        self._screen.open_dialog(TextViewer(f"Report of {name}", text, copy_text=command))

    def status_arrived(self, status: CampaignStatus) -> None:
        """Keeps the numbers of an open question up to date; closes one whose answer would have no
        effect any more."""
        question = self._question
        if question is None or not question.dialog.is_attached:
            return
        if obstacle := status.obstacle(question.kind, *question.keys):
            question.dialog.dismiss(False)
            self._screen.say(f"Not sent: {obstacle}", warning=True)
        else:
            question.dialog.show_body(describe_intent(status, question.kind, question.keys))

    def _confirm(
        self,
        question: Question,
        kind: CampaignIntentKind,
        call: Callable[[], IntentSent],
        keys: tuple[str, ...] = (),
    ) -> None:
        """Asks, and calls `call` in a thread after a yes."""

        def answered(yes: bool | None) -> None:
            self._question = None
            if yes:
                self._run(call)

        dialog = ConfirmScreen(question)
        self._question = _OpenQuestion(dialog, kind, keys)
        self._screen.open_dialog(dialog, answered)

    def _send(
        self,
        name: str,
        kind: CampaignIntentKind,
        text: str,
        *,
        members: Sequence[str] = (),
        stage: str = "",
    ) -> IntentSent:
        """Sends an intent, in a thread; `text` is shown then."""
        self._control.send_intent(name, kind, members=members, stage=stage)
        return IntentSent(text)

    def _run(self, call: Callable[[], Message]) -> None:
        run_in_thread(self._screen, call, RequestFailed)


def _plan_name(status: CampaignStatus) -> str:
    """The name that the plan has, which confirms."""
    plan = status.campaign.plan
    return plan.name if plan is not None else status.name

"""The form of a campaign of one stage over selected scale sets, with its plan.

The plan is made in a thread: it reads every scale set. It is made again for another image version
only; the other fields change the plan that is there.
"""

import threading
from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual.content import Content
from textual.message import Message
from textual.timer import Timer

from vmss_tui.campaign.plan import CampaignPlan
from vmss_tui.fleet.phrases import pluralize
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.text import capitalize_sentence
from vmss_tui.ui.background.message_base import ReplaceableMessage
from vmss_tui.ui.background.workers import post_from_thread, run_in_thread
from vmss_tui.ui.campaigns.plan_text import describe_campaign_plan
from vmss_tui.ui.campaigns.setup_fields import (
    FIELDS,
    CampaignSettings,
    initial_values,
    parse_settings,
)
from vmss_tui.ui.dialogs.confirm import ConfirmScreen, Question
from vmss_tui.ui.forms.base_form import FormField, FormScreen
from vmss_tui.ui.session import Session
from vmss_tui.upgrade.plan.policy import PolicyError

_ROW = 89
"""Columns of a row of the question, which is no wider on wide screens."""


class PlanProgressed(ReplaceableMessage):
    """So many scale sets are read for a plan; `ended` is the event that ends its making."""

    def __init__(self, ended: threading.Event, done: int) -> None:
        super().__init__()
        self.ended, self.done = ended, done


class CampaignPlanned(Message):
    """A plan, or why there is none or it is refused; `ended` is the event that ends its making."""

    def __init__(
        self,
        ended: threading.Event,
        plan: CampaignPlan | None,
        error: str = "",
        protection: str = "",
    ) -> None:
        super().__init__()
        self.ended, self.plan, self.error, self.protection = ended, plan, error, protection


class CampaignStarted(Message):
    """The campaign was started under this name, or why it was not."""

    def __init__(self, name: str, error: str = "") -> None:
        super().__init__()
        self.name, self.error = name, error


class CampaignSetupScreen(FormScreen[str]):
    """The result is the name of the campaign that was started."""

    FIELDS: ClassVar[Mapping[str, FormField]] = FIELDS
    KEY_HINTS: ClassVar[tuple[tuple[str, str], ...]] = (
        ("enter", "review"),
        ("tab", "next field"),
        ("PgDn", "scroll"),
        ("esc", "cancel"),
    )
    typing_pause: ClassVar[float] = 0.8
    """Seconds without a key after which the plan for a typed version is made."""

    def __init__(self, session: Session, scale_sets: Sequence[ScaleSetId]) -> None:
        count = pluralize(len(scale_sets), "selected scale set", "selected scale sets")
        values = initial_values(session.now())
        super().__init__(session, f"Campaign: upgrade {count}", values, "image_version")
        self._scale_sets = tuple(scale_sets)
        self._settings: CampaignSettings | None = None
        """What is typed; None while a field is invalid."""
        self._version: str | None = None
        """The image version of `_reply`, or of the plan that is being made."""
        self._reply: CampaignPlanned | None = None
        self._done = 0
        self._ended = threading.Event()
        """Set once the plan that is being made is not wanted any more."""
        self._timer: Timer | None = None
        self._is_starting = False

    def on_unmount(self) -> None:
        """Ends the reading."""
        self._ended.set()

    def evaluate(self, typed: Mapping[str, str]) -> None:
        """Shows the plan for what is typed, or the invalid field."""
        try:
            self._settings = parse_settings(typed)
        except PolicyError as error:
            self._settings = None
            self.show_error(str(error).removeprefix(f"{error.field}: "), error.field)
            return
        if self._settings.image_version != self._version:
            self._begin(self._settings)
        self._draw()

    def _begin(self, settings: CampaignSettings) -> None:
        """Makes the plan for another image version, once it is typed."""
        is_first = self._version is None
        self._ended.set()
        self._ended = threading.Event()
        self._version, self._reply, self._done = settings.image_version, None, 0
        if self._timer is not None:
            self._timer.stop()
        if is_first:
            self._make_plan()
        else:
            self._timer = self.set_timer(self.typing_pause, self._make_plan)

    def _make_plan(self) -> None:
        settings, ended = self._settings, self._ended
        if settings is None or settings.image_version != self._version:
            self._version = None  # the next valid value begins again
            return
        services = self.session.services
        strategy = settings.strategy(services.default_policy)

        def count(done: int, _total: int) -> None:
            post_from_thread(self, PlanProgressed(ended, done))

        def plan() -> CampaignPlanned:
            made = services.campaign_planner.plan(
                strategy, ids=self._scale_sets, report_count=count, is_cancelled=ended.is_set
            )
            control = services.campaign_control
            refusal = control.refusal_reason(made)
            return CampaignPlanned(ended, made, refusal, control.protection_reason(made))

        run_in_thread(self, plan, lambda error: CampaignPlanned(ended, None, error))

    def on_plan_progressed(self, message: PlanProgressed) -> None:
        """Shows how far the plan is."""
        if message.ended is self._ended:
            self._done = message.done
            self._draw()

    def on_campaign_planned(self, message: CampaignPlanned) -> None:
        """Shows the plan, unless another version was typed meanwhile."""
        if message.ended is self._ended:
            self._reply = message
            self._draw()

    @property
    def _plan(self) -> CampaignPlan | None:
        """The plan for what is typed; None while there is none."""
        settings, reply = self._settings, self._reply
        if settings is None or reply is None or reply.plan is None:
            return None
        return settings.apply(reply.plan)

    def _draw(self) -> None:
        if self._settings is None:
            return  # the error of the field is shown
        plan, reply = self._plan, self._reply
        if reply is None:
            total = pluralize(len(self._scale_sets), "scale set", "scale sets")
            text = f"Computing the plan … {self._done} of {total} read"
            self.show_result(Content.styled(text, "bold $tone-moving"))
        elif plan is None:
            self.show_error(capitalize_sentence(reply.error))
        else:
            self.show_result()
            if reply.error:
                self.show_error(capitalize_sentence(reply.error))
            self.show_outcome(*self._describe(plan))

    def _describe(self, plan: CampaignPlan) -> list[Content]:
        protection = self._reply.protection if self._reply is not None else ""
        session = self.session
        width = min(_ROW, self.size.width * 4 // 5)
        return describe_campaign_plan(
            plan, session.services.context, session.appearance, protection, width=width
        )

    def submit(self) -> None:
        """Asks for the campaign's name, then starts it; the form stays open until it has started.
        Without a plan, or where it is refused, nothing happens: the form says why."""
        plan, reply = self._plan, self._reply
        if plan is None or reply is None or reply.error or self._is_starting:
            return
        control = self.session.services.campaign_control

        def answered(yes: bool | None) -> None:
            if yes:
                self._is_starting = True
                self.show_note("Starting …")
                run_in_thread(
                    self,
                    lambda: CampaignStarted(control.start(plan)),
                    lambda error: CampaignStarted("", error),
                )

        count = pluralize(plan.member_count, "scale set", "scale sets")
        question = Question(
            f"Start campaign {plan.name}: upgrade {count}?",
            Content("\n").join(self._describe(plan)),
            f"upgrade {plan.member_count}",
            plan.name,
            name_of="campaign name",
        )
        self.open_dialog(ConfirmScreen(question), answered)

    def on_campaign_started(self, message: CampaignStarted) -> None:
        """Closes the form, or shows why the campaign was not started."""
        self._is_starting = False
        self.show_note("")
        if message.error:
            self.show_error(f"Not started: {message.error}")
        else:
            self.dismiss(message.name)

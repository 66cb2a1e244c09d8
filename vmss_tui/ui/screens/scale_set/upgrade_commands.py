"""Commands that start an upgrade run, each after a confirmation."""

from functools import partial
from typing import TYPE_CHECKING

from textual.content import Content

from vmss_tui.fleet.model_edit.edit import InvalidEdit
from vmss_tui.fleet.phrases import pluralize
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.runtime.errors import RunRefused
from vmss_tui.text import capitalize_sentence
from vmss_tui.ui.background.messages import PaceArrived
from vmss_tui.ui.background.replies import PreflightArrived, RunStarted
from vmss_tui.ui.dialogs.confirm import Question
from vmss_tui.ui.screens.scale_set.context import Controller, ScaleSetContext
from vmss_tui.ui.text.common import OUTDATED_READING, with_cautions
from vmss_tui.upgrade.plan.plan import Plan
from vmss_tui.upgrade.plan.policy import PolicyError
from vmss_tui.upgrade.plan.selection import PlanError, Selection
from vmss_tui.upgrade.report.estimate import BatchPace, measure_pace
from vmss_tui.upgrade.report.preflight_rows import PENDING_ROWS, reply_rows, with_findings
from vmss_tui.upgrade.report.rows import TextRow

if TYPE_CHECKING:
    from vmss_tui.ui.dialogs.plan_confirm import PlanConfirmScreen

PLAN_ERRORS = (PlanError, PolicyError, InvalidEdit, RunRefused)
"""Errors of making a plan; the text of each is for the operator."""
MODEL_CHANGED = "Not started: the model was changed while the plan was shown. Make a new plan."


class UpgradeCommands(Controller):
    """Upgrades of the selected instances, in one batch or in many."""

    def __init__(self, context: ScaleSetContext) -> None:
        super().__init__(context)
        self._earlier_pace: BatchPace | None = None
        """Pace of earlier runs on the scale set."""

    def mounted(self) -> None:
        """Reads how long batches took in earlier runs, from this machine's journals."""
        planning, scale_set = self.context.services.planner, self.context.scale_set
        self.context.run_in_thread(
            lambda: PaceArrived(planning.read_pace(scale_set)), lambda _: PaceArrived(None)
        )

    def pace_arrived(self, message: PaceArrived) -> None:
        """Plans show an expected time from now on."""
        self._earlier_pace = message.pace

    def do_upgrade(self) -> None:
        """Plans an upgrade of the selection, else of the cursor's row, with the default policy."""
        context, snapshot = self.context, self.context.snapshot
        if snapshot is None:
            return
        ids, _ = context.board.selection()
        try:
            plan = context.services.planner.plan(
                snapshot, Selection(instance_ids=ids), context.services.default_policy
            )
        except PLAN_ERRORS as error:
            context.say(capitalize_sentence(str(error)), warning=True)
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self._start(snapshot, plan)
            else:
                context.say("Not started")

        context.push(self._confirmation(snapshot, plan), answered)

    def do_rolling_run(self) -> None:
        """Opens the form of a rolling run over the selection, else over every outdated instance."""
        from vmss_tui.ui.forms.run_setup import RunSetupScreen

        context, snapshot = self.context, self.context.snapshot
        if snapshot is None:
            return
        ids = context.board.selection()[0] if context.board.selected_ids else ()
        setup = RunSetupScreen(
            context.session, snapshot, Selection(instance_ids=ids),
            partial(self._confirmation, snapshot), self._pace(),
        )  # fmt: skip

        def planned(plan: Plan | None) -> None:
            if plan is not None:
                self._start(snapshot, plan)

        context.push(setup, planned)

    def run_started(self, message: RunStarted) -> None:
        """Shows the run that was started or resumed here."""
        self.context.board.clear_selection()
        self.context.redraw()
        self.context.say(f"Run {message.name} {'continues' if message.resumed else 'started'}")
        self.context.show_run(message.name)

    def _pace(self) -> BatchPace | None:
        """Pace of the run on screen, else of earlier runs."""
        status = self.context.run
        return (measure_pace(status.name, status.run) if status else None) or self._earlier_pace

    def _confirmation(self, snapshot: Snapshot, plan: Plan) -> "PlanConfirmScreen":
        """The question, which begins the checks before the first write."""
        from vmss_tui.runtime.preflight.checker import plan_subject
        from vmss_tui.ui.dialogs.plan_confirm import PlanConfirmScreen

        checker, subject = self.context.services.preflight, plan_subject(snapshot.scale_set, plan)

        def describe(message: PreflightArrived) -> Content:
            return self._body(snapshot, plan, reply_rows(message.preflight, message.error))

        return PlanConfirmScreen(
            self._question(snapshot, plan), lambda: checker.check(subject), describe
        )

    def _question(self, snapshot: Snapshot, plan: Plan) -> Question:
        age = self.context.age_text()
        count = pluralize(len(plan.instance_ids), "instance", "instances")
        title = f"Upgrade {count} of {plan.scale_set.short}"
        return Question(
            f"{title}, {age}?" if age else f"{title}?",
            self._body(snapshot, plan, PENDING_ROWS),
            f"upgrade {len(plan.instance_ids)}",
            plan.name if plan.needs_typed_name else None,
            instance_ids=plan.instance_ids,
        )

    def _body(self, snapshot: Snapshot, plan: Plan, checks: tuple[TextRow, ...]) -> Content:
        from vmss_tui.ui.text.plan import describe_plan

        services = self.context.services
        subscription = services.subscription_names.name_of(plan.subscription_id)
        body = describe_plan(
            plan, snapshot, services.context, subscription, self.context.session.appearance,
            self._pace(), checks,
        )  # fmt: skip
        hidden = self.context.board.hidden_text(plan.instance_ids)
        return with_cautions(body, hidden, self.context.age_text() and OUTDATED_READING)

    def _start(self, snapshot: Snapshot, plan: Plan) -> None:
        """Starts the run, after the checks: a plan may be confirmed before they have arrived.

        A plan for a model that is no longer there is not started: the run would only halt.
        """
        from vmss_tui.runtime.preflight.checker import plan_subject, require_passed

        newest = self.context.snapshot
        if newest is not None and not plan.has_model_of(newest.scale_set):
            self.context.say(MODEL_CHANGED, warning=True)
            return
        services, subject = self.context.services, plan_subject(snapshot.scale_set, plan)

        def start() -> RunStarted:
            preflight = services.preflight.check(subject)
            require_passed(preflight)
            return RunStarted(services.run_control.start(with_findings(plan, preflight)))

        self.context.run_in_thread(start)

"""The commands of the scale-set screen that change something, each through a confirmation.

Every call that blocks runs in a thread.
"""

from vmss_tui.fleet.model_edit.edit import InvalidEdit
from vmss_tui.runtime.errors import RunRefused
from vmss_tui.ui.background.messages import PaceArrived
from vmss_tui.ui.background.replies import RequestFailed, RunStarted
from vmss_tui.ui.background.workers import run_in_thread
from vmss_tui.ui.dialogs.confirm import ConfirmScreen, Question
from vmss_tui.ui.dialogs.run_setup import RunSetupScreen
from vmss_tui.ui.screens.scale_set.model_commands import EditingScreen
from vmss_tui.ui.screens.scale_set.run_commands import sentence
from vmss_tui.ui.text.common import OLD, cautioned
from vmss_tui.ui.text.plan import plan_words
from vmss_tui.upgrade.plan.plan import Plan
from vmss_tui.upgrade.plan.policy import BadPolicy
from vmss_tui.upgrade.plan.selection import NoPlan, Selection
from vmss_tui.upgrade.report.estimate import Pace, pace_of
from vmss_tui.upgrade.report.sentences import counted

NO_PLAN = (NoPlan, BadPolicy, InvalidEdit, RunRefused)
"""What planning may raise; each says in words what is wrong."""


class ChangingScreen(EditingScreen):
    """A board whose scale set can be changed."""

    pace: Pace | None = None
    """Of the set's earlier runs, once they have been read."""

    def _pace(self) -> Pace | None:
        """Of the run on screen, else of earlier ones."""
        news = self.news
        return (pace_of(news.name, news.run) if news else None) or self.pace

    def learn_pace(self) -> None:
        """Reads what batches of this set took before, in a thread."""
        planning, scale_set = self.session.services.planning, self.scale_set
        run_in_thread(
            self, lambda: PaceArrived(planning.pace(scale_set)), lambda _: PaceArrived(None)
        )

    def on_pace_arrived(self, message: PaceArrived) -> None:
        """Plans say from now on how long they may take."""
        self.pace = message.pace

    def do_upgrade(self) -> None:
        """Plans an upgrade of the marks, or of the cursor's row, as one careful run."""
        ids, _ = self.board.selection()
        if self.view is None or self.view.snapshot is None:
            return
        cockpit = self.session.services
        try:
            plan = cockpit.planning.plan(
                self.view.snapshot, Selection(instance_ids=ids), cockpit.default_policy
            )
        except NO_PLAN as error:
            self.say(sentence(str(error)), warning=True)
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self._start(plan)
            else:
                self.say("Nothing was started")

        self.put_up(ConfirmScreen(self._question(plan)), answered)

    def do_rolling_run(self) -> None:
        """Sets a policy first; over the marks, else over every stale instance."""
        if self.view is None or self.view.snapshot is None:
            return
        marked = self.board.selection()[0] if self.board.selected_ids else ()
        wanted = Selection(instance_ids=marked)
        snapshot, pace = self.view.snapshot, self._pace()
        setup = RunSetupScreen(self.session, snapshot, wanted, self._question, pace)
        self.put_up(setup, self._set_up)

    def _question(self, plan: Plan) -> Question:
        session = self.session
        count = counted(len(plan.instance_ids), "instance", "instances")
        careful = len(plan.batches) > 1 or plan.edit is not None
        name = session.services.names.name_of(plan.subscription_id)
        body = plan_words(plan, session.services.context, name, session.appearance, self._pace())
        age = self.age()
        title = f"Upgrade {count} of {plan.scale_set.short}"
        return Question(
            f"{title}, {age}?" if age else f"{title}?",
            cautioned(body, self.board.hidden_text(plan.instance_ids), age and OLD),
            f"upgrade {len(plan.instance_ids)}",
            plan.name if careful else None,
        )

    def _start(self, plan: Plan) -> None:
        runs = self.session.services.runs
        run_in_thread(self, lambda: RunStarted(runs.start(plan)), RequestFailed)

    def on_run_started(self, message: RunStarted) -> None:
        """Follows the run that was started here."""
        self.board.clear_selection()
        self.redraw()
        self.say(f"Run {message.name} {'goes on' if message.resumed else 'is started'}")
        if self.following is not None:
            self.following.show(message.name)

    def _set_up(self, plan: Plan | None) -> None:
        if plan is not None:
            self._start(plan)

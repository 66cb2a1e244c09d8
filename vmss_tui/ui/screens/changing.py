"""The commands of the scale-set screen that change something, each through a confirmation.

And those that hold a run or let it go. Every call that blocks runs in a thread.
"""

from textual.content import Content

from vmss_tui.fleet.change import NotPossible
from vmss_tui.runtime.refused import RunRefused
from vmss_tui.runtime.watcher import View
from vmss_tui.text import cell
from vmss_tui.ui.calls import ask
from vmss_tui.ui.following import Following
from vmss_tui.ui.messages import Failed, RunNews, RunStarted, Wished
from vmss_tui.ui.screens.confirm import ConfirmScreen, Question
from vmss_tui.ui.screens.looking import LookingScreen
from vmss_tui.ui.screens.model_editor import ModelEditor
from vmss_tui.ui.screens.run_setup import RunSetupScreen
from vmss_tui.ui.telling import plan_words
from vmss_tui.upgrade.events import Want
from vmss_tui.upgrade.plan import Plan
from vmss_tui.upgrade.policy import BadPolicy
from vmss_tui.upgrade.run import Phase
from vmss_tui.upgrade.selection import NoPlan, Selection

NO_PLAN = (NoPlan, BadPolicy, NotPossible, RunRefused)
"""What planning may raise; each says in words what is wrong."""


class ChangingScreen(LookingScreen):
    """A board whose scale set can be changed."""

    view: View | None = None
    news: RunNews | None = None
    following: Following | None = None

    # The model and runs

    def do_edit_model(self) -> None:
        """Opens the editor over the heatmap."""
        if self.view is not None and self.view.snapshot is not None:
            editor = ModelEditor(self.session, self.view.snapshot.scale_set)
            self.app.push_screen(editor, self._said)

    def do_upgrade(self) -> None:
        """Plans an upgrade of the marks, or of the cursor's row, as one careful run."""
        ids, _ = self.board.chosen()
        if self.view is None or self.view.snapshot is None:
            return
        cockpit = self.session.cockpit
        try:
            plan = cockpit.plan(
                self.view.snapshot, Selection(instance_ids=ids), cockpit.default_policy
            )
        except NO_PLAN as error:
            self.say(_sentence(str(error)), warning=True)
            return
        self.confirm_plan(plan)

    def do_rolling_run(self) -> None:
        """Sets a policy first; over the marks, else over every stale instance."""
        if self.view is None or self.view.snapshot is None:
            return
        marked = self.board.chosen()[0] if self.board.marks else ()
        setup = RunSetupScreen(self.session, self.view.snapshot, Selection(instance_ids=marked))
        self.app.push_screen(setup, self._set_up)

    def confirm_plan(self, plan: Plan) -> None:
        """Asks; a yes starts the run."""

        def answered(yes: bool | None) -> None:
            if yes:
                self._start(plan)
            else:
                self.say("Nothing was started")

        self.app.push_screen(ConfirmScreen(self._question(plan)), answered)

    def _question(self, plan: Plan) -> Question:
        session = self.session
        count = len(plan.instance_ids)
        careful = len(plan.batches) > 1 or plan.edit is not None
        name = session.cockpit.subscription_name(plan.subscription_id)
        return Question(
            f"Upgrade {count} instance{'' if count == 1 else 's'} of {plan.scale_set.short}?",
            plan_words(plan, session.cockpit.context, name, session.look),
            f"upgrade {count}",
            plan.name if careful else None,
        )

    def _start(self, plan: Plan) -> None:
        cockpit = self.session.cockpit
        ask(self, lambda: RunStarted(cockpit.start(plan)), Failed)

    def on_run_started(self, message: RunStarted) -> None:
        """Follows the run that was started here."""
        self.board.clear()
        self.redraw()
        self.say(f"Run {message.name} is started")
        if self.following is not None:
            self.following.show(message.name)

    def on_failed(self, message: Failed) -> None:
        """What was asked for could not be done."""
        self.say(_sentence(cell(message.words, 600)), warning=True)

    def _set_up(self, plan: Plan | None) -> None:
        if plan is not None:
            self.confirm_plan(plan)

    def _said(self, words: str | None) -> None:
        if words:
            self.say(_sentence(words))
            self.do_refresh()

    def do_refresh(self) -> None:
        """Reads again as soon as the budget allows."""
        raise NotImplementedError

    # In a run

    def do_pause(self) -> None:
        """Holds the run, or takes it up again."""
        news = self.news
        if news is None:
            return
        stands = news.run.phase in (Phase.PAUSED, Phase.FAULTED) or not news.alive
        if not stands:
            self._wish(news.name, Want.PAUSE, "The run will hold before its next batch")
            return
        if self.session.read_only:
            self.say("This session only looks (read-only)", warning=True)
            return
        cockpit, name = self.session.cockpit, news.name

        def resume() -> RunStarted:
            cockpit.resume(name)
            return RunStarted(name)

        ask(self, resume, Failed)

    def do_promote(self) -> None:
        """Lets the run pass its checkpoint."""
        if self.news is not None:
            self._wish(self.news.name, Want.PROMOTE, "The run goes on past its checkpoint")

    def do_end_wait(self) -> None:
        """Cuts the pause between batches short."""
        if self.news is not None:
            self._wish(self.news.name, Want.END_WAIT, "The wait is over")

    def do_abort(self) -> None:
        """Asks, then ends the run; says what goes on all the same."""
        news = self.news
        if news is None:
            return
        opened = news.run.open_batch
        goes_on = f" Azure goes on with {len(opened.instance_ids)} instances." if opened else ""
        words = Content(
            f"{news.run.settled} of {news.run.total} instances are done; the rest stays as it is."
            f"{goes_on} What Azure has accepted cannot be called back."
        )

        def answered(yes: bool | None) -> None:
            if yes:
                self._wish(news.name, Want.ABORT, "The run is told to end")

        question = Question(f"Abort run {news.name}?", words, "abort the run")
        self.app.push_screen(ConfirmScreen(question), answered)

    def _wish(self, name: str, want: Want, words: str) -> None:
        cockpit = self.session.cockpit

        def wished() -> Wished:
            cockpit.wish(name, want)
            return Wished(words)

        ask(self, wished, Failed)

    def on_wished(self, message: Wished) -> None:
        """The worker will read it."""
        self.say(message.words)
        if self.following is not None:
            self.following.look()


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]

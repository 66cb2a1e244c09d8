"""The commands of the scale-set screen that concern its run: hold, go on, end, retry, revert."""

from collections.abc import Callable

from textual.content import Content

from vmss_tui.text import cell
from vmss_tui.ui.background.messages import RunStatus
from vmss_tui.ui.background.replies import RequestFailed, RunStarted, IntentSent
from vmss_tui.ui.background.run_follower import Following
from vmss_tui.ui.background.workers import run_in_thread
from vmss_tui.ui.dialogs.confirm import ConfirmScreen, Question
from vmss_tui.ui.dialogs.event_log import LogScreen
from vmss_tui.ui.screens.scale_set.view_commands import LookingScreen
from vmss_tui.ui.text.common import again_words, back_words
from vmss_tui.ui.text.event_log import Feed
from vmss_tui.upgrade.engine.late_effects import there_already
from vmss_tui.upgrade.engine.revert import again, back
from vmss_tui.upgrade.events import IntentKind
from vmss_tui.upgrade.report.sentences import counted
from vmss_tui.upgrade.run.run import Phase


def calls(before: RunStatus | None, now: RunStatus | None) -> bool:
    """Has the run on screen just come to where it wants a person: checkpoint, halt or end?"""
    if (
        before is None
        or now is None
        or before.name != now.name
        or before.run.phase is now.run.phase
    ):
        return False
    waits = now.run.phase is Phase.PAUSED and now.run.reason == "checkpoint"
    return waits or now.run.phase in (Phase.FAULTED, Phase.COMPLETED)


class SteeringScreen(LookingScreen):
    """A board with a run on it."""

    news: RunStatus | None = None
    following: Following | None = None

    def on_request_failed(self, message: RequestFailed) -> None:
        """What was asked for could not be done."""
        self.say(sentence(cell(message.error, 600)), warning=True)

    def do_log(self) -> None:
        """The run's events and the writes beside it, each with its `az` line."""
        run = self.news.name if self.news is not None else None
        feed = Feed(self.session.services, self.scale_set, run)
        title = f"events and commands of {self.scale_set.short}"
        self.put_up(LogScreen(title, feed, self.session.appearance))

    def do_pause(self) -> None:
        """Holds the run, or takes it up again."""
        news = self.news
        if news is None:
            return
        stands = news.run.phase in (Phase.PAUSED, Phase.FAULTED) or not news.alive
        if not stands:
            words = "The run will hold before its next batch"
            if news.silent_since is not None:
                words += ", once its worker shows life again"
            self._wish(news.name, IntentKind.PAUSE, words)
            return
        if self.session.read_only:
            self.say("This session only looks (read-only)", warning=True)
            return
        cockpit, name = self.session.services, news.name

        def resume() -> RunStarted:
            cockpit.runs.resume(name)
            return RunStarted(name, resumed=True)

        run_in_thread(self, resume, RequestFailed)

    def do_promote(self) -> None:
        """Lets the run pass its checkpoint."""
        if self.news is not None:
            self._wish(self.news.name, IntentKind.PROMOTE, "The run goes on past its checkpoint")

    def do_end_wait(self) -> None:
        """Cuts the pause between batches short."""
        if self.news is not None:
            self._wish(self.news.name, IntentKind.END_WAIT, "The wait is over")

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
                self._wish(news.name, IntentKind.ABORT, "The run is told to end")

        question = Question(f"Abort run {news.name}?", words, "abort the run")
        self.put_up(ConfirmScreen(question), answered)

    def do_take_over(self) -> None:
        """Asks for the run's id, then ends its worker and goes on in a new one."""
        news = self.news
        if news is None:
            return
        name, cockpit = news.name, self.session.services

        def take_over() -> IntentSent:
            cockpit.runs.resume(name, name)
            return IntentSent("The run goes on in a new worker")

        words = Content(
            f"{self._of_worker(news)}\n\n"
            "For a worker that stands still. It is told to leave, and killed if it does not; its "
            "journal says what was asked, and what Azure has accepted goes on. A new worker of "
            "this run looks first, then goes on."
        )
        question = Question(f"Take run {name} over?", words, "take it over", name)
        self._agreed(question, take_over)

    def _of_worker(self, news: RunStatus) -> str:
        """Which process it is, and when it last showed life."""
        worker, since = news.worker, news.silent_since
        life = f"no life since {self.session.appearance.clock(since)}" if since else "it shows life"
        if worker is None:
            return f"Run {news.name}: {life}."
        return cell(f"Run {news.name}, pid {worker.pid} of {worker.user} on {worker.host}, at work "
                    f"since {worker.since}: {life}.", 400)  # fmt: skip

    def do_retry(self) -> None:
        """Shows which failed instances would be asked again, and asks."""
        news = self.news
        if news is None:
            return
        wanted = again(news.run)
        name, ids, cockpit = news.name, wanted.instance_ids, self.session.services

        def retry() -> IntentSent:
            cockpit.runs.retry(name, ids)
            return IntentSent(f"{len(ids)} failed are tried once more")

        count = counted(len(ids), "failed instance", "failed instances")
        by_id = self.board.snapshot.by_id if self.board.snapshot else {}
        there = there_already(news.run, ids, by_id)
        words = again_words(wanted, there, self.scale_set, cockpit.context, self._subscription)
        typed = self.scale_set.name if wanted.waiting or len(ids) > 1 else None
        question = Question(f"Retry {count} of run {name}?", words, f"retry {len(ids)}", typed)
        self._agreed(question, retry)

    def do_revert(self) -> None:
        """Shows what would go back to the previous model, and asks for the set's name."""
        news = self.news
        if news is None:
            return
        name, cockpit = news.name, self.session.services

        def revert() -> IntentSent:
            cockpit.runs.revert(name)
            return IntentSent("The run turns back to the previous model")

        words = back_words(back(news.run), self.scale_set, cockpit.context, self._subscription)
        question = Question(f"Revert run {name}?", words, "revert", self.scale_set.name)
        self._agreed(question, revert)

    def _agreed(self, question: Question, call: Callable[[], IntentSent]) -> None:
        def answered(yes: bool | None) -> None:
            if yes:
                run_in_thread(self, call, RequestFailed)

        self.put_up(ConfirmScreen(question), answered)

    @property
    def _subscription(self) -> str:
        return self.session.services.names.name_of(self.scale_set.subscription_id)

    def _wish(self, name: str, want: IntentKind, words: str) -> None:
        cockpit = self.session.services

        def wished() -> IntentSent:
            cockpit.runs.wish(name, want)
            return IntentSent(words)

        run_in_thread(self, wished, RequestFailed)

    def on_intent_sent(self, message: IntentSent) -> None:
        """The worker will read it."""
        self.say(message.text)
        if self.following is not None:
            self.following.look()


def sentence(words: str) -> str:
    """The words with a capital."""
    return words[:1].upper() + words[1:]

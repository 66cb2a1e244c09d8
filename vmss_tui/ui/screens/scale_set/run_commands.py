"""Commands for the run on screen: pause, resume, continue, abort, take over, retry, revert.

All but resuming append an intent to the run's journal, which its worker reads.
"""

from collections.abc import Callable

from msgspec import Struct
from textual.content import Content

from vmss_tui.fleet.phrases import pluralize
from vmss_tui.runtime.storage.latest_view import LatestView
from vmss_tui.text import cell
from vmss_tui.ui.background.messages import RunStatus
from vmss_tui.ui.background.replies import IntentSent, RunStarted
from vmss_tui.ui.dialogs.confirm import ConfirmScreen, Question
from vmss_tui.ui.screens.scale_set.context import Controller
from vmss_tui.ui.text.common import describe_retry, describe_revert
from vmss_tui.ui.text.event_log import EventLogSource
from vmss_tui.upgrade.engine.late_effects import already_upgraded
from vmss_tui.upgrade.engine.revert import preview_retry, preview_revert
from vmss_tui.upgrade.events import IntentKind
from vmss_tui.upgrade.run.run import Phase

_TAKE_OVER = (
    "For a worker that does not respond. It receives SIGTERM, and SIGKILL if it does not exit. "
    "Its journal is kept, and upgrades in flight continue. A new worker reads the scale set, "
    "then resumes the run."
)


def needs_attention(previous: RunStatus | None, status: RunStatus | None) -> bool:
    """Return True where the run has just reached a checkpoint, halted or completed."""
    if previous is None or status is None or previous.name != status.name:
        return False
    phase = status.run.phase
    if phase is previous.run.phase:
        return False
    is_checkpoint = phase is Phase.PAUSED and status.run.reason == "checkpoint"
    is_end = phase is Phase.FAULTED or (phase.is_over and phase is not Phase.CANCELLED)
    return is_checkpoint or is_end


class _LiveQuestion(Struct, frozen=True):
    """An open question about the run, whose body changes with it."""

    dialog: ConfirmScreen
    describe: Callable[[RunStatus], Content]
    ends_with_run: bool


def _describe_abort(status: RunStatus) -> Content:
    """What is done, and what an abort cannot stop."""
    run, batch = status.run, status.run.open_batch
    azure = (
        f" Azure continues with {pluralize(len(batch.instance_ids), 'instance', 'instances')}."
        if batch
        else ""
    )
    return Content(
        f"{run.settled_targets} of {len(run.targets)} instances are complete; the others are "
        "not upgraded."
        f"{azure} Upgrades in flight cannot be cancelled."
    )


class RunCommands(Controller):
    """The run on screen."""

    _question: _LiveQuestion | None = None
    """The question that was opened last."""
    _shown_halt: tuple[str, tuple[str, ...]] | None = None
    """Run and failed instances of the halt for which the cursor was moved."""
    _halt_awaits_reading = False
    """The run has halted, and the scale set has not been read yet."""

    def do_log(self) -> None:
        """Opens the log of the run's events and of other writes, each with its `az` line."""
        from vmss_tui.ui.dialogs.event_log import LogScreen

        context, status = self.context, self.context.run
        feed = EventLogSource(context.services, context.scale_set, status.name if status else None)
        title = f"Event log: {context.scale_set.short}"
        context.log_screen = LogScreen(title, feed, context.session.appearance)
        context.push(context.log_screen)

    def do_pause(self) -> None:
        """Pauses the run before its next batch, or resumes it."""
        context, status = self.context, self.context.run
        if status is None:
            return
        if status.is_live and status.run.phase not in (Phase.PAUSED, Phase.FAULTED):
            text = "The run pauses before its next batch"
            if status.silent_since is not None:
                text += ", once its worker responds again"
            self._send_intent(status.name, IntentKind.PAUSE, text)
            return
        if context.session.read_only:
            context.say("This session is read-only", warning=True)
            return
        runs, name = context.services.run_control, status.name

        def resume() -> RunStarted:
            runs.resume(name)
            return RunStarted(name, resumed=True)

        context.run_in_thread(resume)

    def do_promote(self) -> None:
        """Lets the run continue past its checkpoint."""
        if status := self.context.run:
            self._send_intent(status.name, IntentKind.PROMOTE, "Approved: the run continues")

    def do_end_wait(self) -> None:
        """Ends the pause between two batches."""
        if status := self.context.run:
            self._send_intent(
                status.name, IntentKind.END_WAIT, "Pause skipped: the next batch starts"
            )

    def do_abort(self) -> None:
        """Asks for confirmation, then ends the run. Accepted requests are still carried out."""
        status = self.context.run
        if status is None:
            return
        question = Question(f"Abort run {status.name}?", _describe_abort(status), "abort the run")
        call = self._intent_call(status.name, IntentKind.ABORT, "Abort requested")
        self._confirm(question, call, _describe_abort, ends_with_run=True)

    def run_status_arrived(self, status: RunStatus | None) -> None:
        """Puts the cursor on a failed instance when the run halts. Keeps the numbers of an open
        question about the run up to date; closes one that has no answer any more, because the run
        has come to its end meanwhile."""
        self._show_halted_instance(status)
        question = self._question
        if question is None or status is None or not question.dialog.is_mounted:
            return
        if question.ends_with_run and status.run.phase.is_over:
            question.dialog.dismiss(False)
            self.context.say(
                f"Run {status.name} has ended ({status.run.phase.label})", warning=True
            )
        elif question.dialog.is_attached:
            question.dialog.show_body(question.describe(status))

    def snapshot_arrived(self, latest: LatestView) -> None:
        """Puts the cursor on a failed instance of a run that had halted before this reading."""
        if self._halt_awaits_reading and latest.snapshot is not None:
            self._halt_awaits_reading = False
            if self._show_halted_instance(self.context.run):
                self.context.redraw()

    def _show_halted_instance(self, status: RunStatus | None) -> bool:
        """Moves the cursor once for each halt, unless something is selected or open; True where it
        has."""
        run = status.run if status is not None else None
        halt = (status.name, run.halted_ids) if status and run and run.halted_ids else None
        if run is None or run.phase is not Phase.FAULTED or halt == self._shown_halt:
            return False
        context, board = self.context, self.context.board
        instance_id = next((i for i in run.halted_ids if i in board.shown_grid.row_keys), None)
        if instance_id is None:  # it is not read yet, or hidden by the filter
            self._halt_awaits_reading = board.snapshot is None
            return False
        self._shown_halt = halt
        if not context.screen.is_active or board.selected_ids:
            return False
        board.set_cursor(instance_id)
        return True

    def do_take_over(self) -> None:
        """Asks for the run's name, then ends its worker and continues in a new one."""
        status = self.context.run
        if status is None:
            return
        name, runs = status.name, self.context.services.run_control

        def take_over() -> IntentSent:
            runs.resume(name, name)
            return IntentSent("The run continues in a new worker")

        def describe(status: RunStatus) -> Content:
            return Content(f"{self._describe_worker(status)}\n\n{_TAKE_OVER}")

        question = Question(
            f"Force takeover of run {name}?",
            describe(status),
            "force takeover",
            name,
            name_of="run ID",
        )
        self._confirm(question, take_over, describe, ends_with_run=True)

    def do_retry(self) -> None:
        """Asks for confirmation, then upgrades the failed instances again."""
        context, status = self.context, self.context.run
        if status is None:
            return
        retry_plan = preview_retry(status.run)
        name, ids, runs = status.name, retry_plan.instance_ids, context.services.run_control

        def retry() -> IntentSent:
            runs.retry(name, ids)
            return IntentSent(f"Retry of {pluralize(len(ids), 'instance', 'instances')} requested")

        count = pluralize(len(ids), "failed instance", "failed instances")
        by_id = context.board.snapshot.by_id if context.board.snapshot else {}
        upgraded = already_upgraded(status.run, ids, by_id)
        body = describe_retry(
            retry_plan,
            upgraded,
            context.scale_set,
            context.services.context,
            context.subscription_name,
        )
        typed = context.scale_set.name if retry_plan.waiting or len(ids) > 1 else None
        question = Question(
            f"Retry {count} of run {name}?", body, f"retry {len(ids)}", typed, instance_ids=ids
        )
        self._confirm(question, retry, lambda _status: body)

    def do_revert(self) -> None:
        """Asks for the scale set's name, then restores the previous model and its instances."""
        context, status = self.context, self.context.run
        if status is None:
            return
        name, runs = status.name, context.services.run_control

        def revert() -> IntentSent:
            runs.revert(name)
            return IntentSent("Rolling back to the previous model")

        def describe(status: RunStatus) -> Content:
            return describe_revert(
                preview_revert(status.run),
                context.board.snapshot.by_id if context.board.snapshot else {},
                context.scale_set,
                context.services.context,
                context.subscription_name,
            )

        title = f"Roll back run {name}?"
        question = Question(
            title, describe(status), "roll back", context.scale_set.name,
            instance_ids=preview_revert(status.run).instance_ids,
        )  # fmt: skip
        self._confirm(question, revert, describe)

    def intent_sent(self, message: IntentSent) -> None:
        """Reports the intent, and reads the journal for the worker's answer."""
        self.context.say(message.text)
        self.context.update_run()

    def _describe_worker(self, status: RunStatus) -> str:
        """The worker's process, and when it last showed life."""
        worker, since = status.worker, status.silent_since
        life = "it responds"
        if since:
            life = f"no heartbeat since {self.context.session.appearance.clock(since)}"
        if worker is None:
            return f"Run {status.name}: {life}."
        return cell(f"Run {status.name}, pid {worker.pid} of {worker.user} on {worker.host}, "
                    f"running since {worker.since}: {life}.", 400)  # fmt: skip

    def _confirm(
        self,
        question: Question,
        call: Callable[[], IntentSent],
        describe: Callable[[RunStatus], Content],
        *,
        ends_with_run: bool = False,
    ) -> None:
        """Asks, and calls `call` in a thread after a yes. `describe` is the body of the question
        for a newer state of the run; with `ends_with_run` it is closed when the run is over."""

        def answered(yes: bool | None) -> None:
            self._question = None
            if yes:
                self.context.run_in_thread(call)

        dialog = ConfirmScreen(question)
        self._question = _LiveQuestion(dialog, describe, ends_with_run)
        self.context.push(dialog, answered)

    def _send_intent(self, name: str, kind: IntentKind, text: str) -> None:
        self.context.run_in_thread(self._intent_call(name, kind, text))

    def _intent_call(self, name: str, kind: IntentKind, text: str) -> Callable[[], IntentSent]:
        """A call that sends the intent; `text` is shown then."""
        runs = self.context.services.run_control

        def send() -> IntentSent:
            runs.send_intent(name, kind)
            return IntentSent(text)

        return send

"""The run on screen: its progress, the reason of a pause or halt, and its last events."""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from vmss_tui.text import cell
from vmss_tui.ui.background.messages import RunStatus
from vmss_tui.ui.drawing.glyphs import Appearance
from vmss_tui.ui.drawing.static_text import ComputedText, StaticText
from vmss_tui.ui.widgets.event_log import EventLog
from vmss_tui.upgrade.engine.revert import retry_unavailable_reason, revert_unavailable_reason
from vmss_tui.upgrade.report.sentences import eta_text, progress_text, stopwatch_text
from vmss_tui.upgrade.run.progress import instances_in_progress, remaining_pause
from vmss_tui.upgrade.run.run import Phase, Run, Stage

_TONES = {
    Phase.ROLLING_FORWARD: "$tone-moving",
    Phase.ROLLING_BACK: "$tone-moving",
    Phase.PAUSED: "$tone-outdated",
    Phase.COMPLETED: "$tone-good",
    Phase.ROLLED_BACK: "$tone-outdated",
    Phase.COMPLETED_WITH_FAILURES: "$tone-failed on $tone-failed-background",
    Phase.CANCELLED: "$tone-off",
    Phase.FAULTED: "$tone-failed on $tone-failed-background",
}

_PHASES_WITH_REASON = (
    Phase.PAUSED,
    Phase.FAULTED,
    Phase.CANCELLED,
    Phase.COMPLETED_WITH_FAILURES,
    Phase.ROLLED_BACK,
)
_MAX_MESSAGE_LENGTH = 400
"""Characters of a message from Azure that are shown at most."""


class RunPanel(Vertical):
    """A line of progress, a line of active instances or the reason of a pause, then events."""

    def __init__(self, appearance: Appearance) -> None:
        super().__init__()
        self.appearance = appearance
        self._line = StaticText(id="run-line")
        self._reason = StaticText(id="run-reason")
        self._at_work = ComputedText(self._stopwatches, id="run-at-work")
        self.event_log = EventLog(appearance)
        self._news: RunStatus | None = None

    def compose(self) -> ComposeResult:
        """The lines, from top to bottom."""
        yield self._line
        yield self._reason
        yield self._at_work
        yield self.event_log

    def show(self, news: RunStatus | None) -> None:
        """Takes the newest state of the run; hides the panel without a run."""
        self._news = news
        self.display = news is not None
        if news is None:
            return
        self._line.set_content(self._headline(news))
        self._show_reason(news)
        opened = news.run.open_batch is not None
        self._at_work.display = not news.run.ended and (opened or not self._reason.display)
        self._at_work.update_content()
        self.event_log.show(news.recent_records)

    def on_resize(self) -> None:
        """Fits bar and reason to the new width."""
        if self._news is not None:
            self._line.set_content(self._headline(self._news))
            self._show_reason(self._news)

    def _show_reason(self, news: RunStatus) -> None:
        reason_and_advice = _silence_reason(news, self.appearance) or _stop_reason(news)
        reason = _fit_two_lines(*reason_and_advice, self.app.size.width - 2)
        self._reason.display = bool(reason)
        if reason:
            tone = "$tone-unhealthy" if news.silent_since else _TONES[news.run.phase]
            self._reason.set_content(Content.styled(reason, f"bold {tone}"))
            self._reason.set_class(news.run.phase is Phase.FAULTED, "-faulted")

    def _headline(self, news: RunStatus) -> Content:
        run, width = news.run, self.size.width
        planned = len(run.plan.batches) if run.plan else 0
        batch = f"batch {run.batches_sent}"
        if not run.reverting:  # its batches are numbered on, and are not those of the plan
            batch += f" of {max(planned, run.batches_sent)}"
        row = run.open_batch.row if run.open_batch and width >= 100 else ""
        name = Content.assemble((" run ", "$quiet"), (cell(news.name, 40), "bold"))
        status = [
            Content.styled(f" {run.phase.label} ", f"bold {_TONES[run.phase]}"),
            Content.assemble(batch, (f" · {cell(row, 40)}" if row else "", "$quiet")),
        ]
        left = Content("  ").join([name, *status])
        right = Content("  ").join(
            Content.styled(text, style)
            for text, style in (
                (progress_text(run), "bold"),
                (eta_text(run, news.run_time), "$quiet"),
            )
            if text
        )
        if left.cell_length + len(progress_text(run)) + 4 > width:  # the counts matter more than it
            left = Content(" ").join(status)
        bar_width = min(40, width - left.cell_length - right.cell_length - 6)
        middle = self._bar(run, bar_width) if bar_width >= 5 else Content("")
        return Content.assemble(left, "  ", middle, "  ", right)

    def _stopwatches(self, width: int) -> Content:
        """The instances of the open batch, slowest first, grouped by time; as many as fit."""
        news = self._news
        entries = instances_in_progress(news.run, news.run_time) if news else ()
        if not entries:
            seconds_left = remaining_pause(news.run, news.run_time) if news else 0.0
            if seconds_left <= 0:
                return Content.styled(" nothing at work", "$quiet")
            pause = f" pause: next batch in {stopwatch_text(seconds_left)}, > ends it"
            return Content.styled(pause, "bold $tone-outdated")
        content = Content(f" {len(entries)} at work")
        previous = None
        for count, entry in enumerate(entries):
            time = (stopwatch_text(entry.seconds), entry.is_straggler)
            style = "bold $tone-outdated" if entry.is_straggler else ""
            part = Content.styled(f" {cell(entry.instance_id, 40)}", style)
            if time != previous:
                slow = ", slow" if entry.is_straggler else ""
                prefix = f"{';' if previous else ''} for {time[0]}{slow}:"
                part = Content.assemble((prefix, style or "$quiet"), part)
            previous = time
            if content.cell_length + part.cell_length + len(f" +{len(entries) - count}") > width:
                return Content.assemble(content, (f" +{len(entries) - count}", "$quiet"))
            content = Content.assemble(content, part)
        return content

    def _bar(self, run: Run, width: int) -> Content:
        """A bar of upgraded, failed, active and remaining instances, in that order."""
        total, count = max(1, len(run.targets)), run.count_targets
        done = width * count(Stage.UPGRADED, Stage.GONE, Stage.SKIPPED) // total
        failed = -(-width * count(Stage.FAILED) // total)
        at_work = -(-width * count(Stage.REQUESTED, Stage.PROVISIONED, Stage.READY) // total)
        failed, at_work = min(failed, width - done), min(at_work, width - done - failed)
        full, empty = self.appearance.sign("full"), self.appearance.sign("empty")
        return Content.assemble(
            (full * done, "$tone-outdated" if run.reverting else "$tone-good"),
            (self.appearance.sign("problem") * failed, "$tone-unhealthy"),
            (self.appearance.sign("moving") * at_work, "$tone-moving"),
            (empty * (width - done - failed - at_work), "$quiet"),
        )


def _silence_reason(news: RunStatus, appearance: Appearance) -> tuple[str, str] | None:
    """A warning that the worker does not respond, and advice; None while it responds."""
    if news.silent_since is None or news.damage or news.run.ended:
        return None
    since = appearance.clock(news.silent_since)
    return f"its worker has shown no life since {since}", ": take the run over gives it another"


def _stop_reason(news: RunStatus) -> tuple[str, str]:
    """Why the run does not advance, and advice; empty texts while it does."""
    run = news.run
    if news.damage:
        return f"the journal is damaged, the run can only be looked at: {news.damage}", ""
    if run.plan is None and not news.is_live:
        return "its worker is starting; where none comes, p starts another", ""
    if news.worker_failure:
        return (
            f"its worker has ended: {news.worker_failure}",
            "nothing is lost: once that is mended, p takes it up again",
        )
    if not run.ended and run.phase is not Phase.PAUSED and not news.is_live:
        return "its worker is gone; nothing is lost: p takes it up again", ""
    if run.phase not in _PHASES_WITH_REASON or not run.message:
        return "", ""
    return run.message, ". lets it go on, A aborts" if run.reason == "checkpoint" else _advice(run)


def _fit_two_lines(message: str, advice: str, width: int) -> str:
    """Message and advice on at most two lines; only the message is shortened."""
    for message_length in range(_MAX_MESSAGE_LENGTH, 0, -10):
        text = " · ".join(
            filter(None, (cell(message, message_length), cell(advice, _MAX_MESSAGE_LENGTH)))
        )
        if len(Content(text).wrap(max(1, width))) <= 2:
            return text
    return cell(advice, _MAX_MESSAGE_LENGTH)


def _advice(run: Run) -> str:
    """The keys that continue or end the run."""
    if run.phase not in (Phase.PAUSED, Phase.FAULTED):
        return ""
    advice = ["p resumes"]
    advice += ["F retries"] if not retry_unavailable_reason(run) else []
    advice += ["V reverts"] if not revert_unavailable_reason(run) else []
    return ", ".join([*advice, "A aborts"])

"""The texts around a run: its title, its corner, its keys, and why it does not advance. Pure."""

from collections.abc import Callable
from typing import NamedTuple

from textual.content import Content

from vmss_tui.fleet.phrases import instances_text, pluralize
from vmss_tui.text import cell
from vmss_tui.ui.background.messages import RunStatus
from vmss_tui.ui.drawing.glyphs import Appearance
from vmss_tui.upgrade.engine.revert import (
    preview_retry,
    preview_revert,
    retry_unavailable_reason,
    revert_unavailable_reason,
)
from vmss_tui.upgrade.overview.digest import Meaning
from vmss_tui.upgrade.overview.overview import RunOverview, overview
from vmss_tui.upgrade.report.sentences import duration_text, stopwatch_text
from vmss_tui.upgrade.run.progress import unobserved_text
from vmss_tui.upgrade.run.run import OPEN_STAGES, Phase, Run

STYLES = {
    Meaning.REQUESTED: "",
    Meaning.DONE: "$tone-good",
    Meaning.WAITING: "$tone-moving",
    Meaning.UNHEALTHY: "$tone-unhealthy",
    Meaning.FAILED: "$tone-failed",
    Meaning.NOTE: "$quiet",
    None: "$tone-moving",
}
"""The style of words with a meaning; None is work in progress."""
SIGNS = {
    Meaning.REQUESTED: "to",
    Meaning.DONE: "check",
    Meaning.WAITING: "approval",
    Meaning.UNHEALTHY: "unhealthy",
    Meaning.FAILED: "problem",
    Meaning.NOTE: "dot",
    None: "half",
}
_BLOCK_TONES = {Meaning.FAILED: "failed", Meaning.WAITING: "moving", Meaning.UNHEALTHY: "unhealthy"}
_PHASES_WITH_REASON = (
    Phase.PAUSED,
    Phase.FAULTED,
    Phase.CANCELLED,
    Phase.COMPLETED_WITH_FAILURES,
    Phase.ROLLED_BACK,
)
_MAX_MESSAGE_LENGTH = 400
"""Characters of a message from Azure that are shown at most."""

KeyLabel = Callable[[str], str]
"""The key of a command id."""


class RunView(NamedTuple):
    """A run to draw: what is known of it, and what follows from that."""

    status: RunStatus
    overview: RunOverview
    appearance: Appearance

    @classmethod
    def of(cls, status: RunStatus, appearance: Appearance) -> "RunView":
        """The view of a run's newest state."""
        return cls(status, overview(status.run, status.run_time), appearance)

    def sign(self, meaning: Meaning | None) -> str:
        """The sign of a meaning."""
        return self.appearance.sign(SIGNS[meaning])


class Reason(NamedTuple):
    """Why a run does not advance."""

    text: str
    advice: str
    meaning: Meaning

    @property
    def is_problem(self) -> bool:
        """Whether something is wrong, as opposed to a wait that was planned or requested."""
        return self.meaning in (Meaning.FAILED, Meaning.UNHEALTHY)

    @property
    def block_style(self) -> str:
        """The style of a block of this reason; empty where it is no block."""
        tone = _BLOCK_TONES.get(self.meaning)
        return f"bold $ink-{tone} on $cell-{tone}" if tone else ""


def run_title(view: RunView, width: int) -> Content:
    """`Run web-vmss-7f3a  ◐ Upgrading  batch 3 of 6 · UD 1`, shortened to `width` columns: the
    keys of the run are of no use without its name."""
    whole, short, state, _ = run_titles(view)
    titles = [Content("  ").join(parts) for parts in (whole, short, short[:2], state[:1])]
    return next((title for title in titles if title.cell_length <= width), titles[-1])


def run_titles(view: RunView) -> tuple[tuple[Content, ...], ...]:
    """Parts of titles, longest first: name, state and batch with its row; the same without the row;
    state and batch; state."""
    shown, appearance = view.overview, view.appearance
    name = Content.styled(f"Run {cell(view.status.name, 40)}", "bold $foreground")
    state = Content.styled(
        f"{view.sign(shown.meaning)} {shown.state}", f"bold {STYLES[shown.meaning]}"
    )
    prefix = "in " if shown.stopped_at and view.status.run.phase is Phase.FAULTED else ""
    batch = f"{prefix}{view.status.run.batch_label(shown.batch)}"
    if not shown.is_reverting:  # its batches are numbered on, and are not those of the plan
        batch += f" of {shown.batch_count}"
    number = Content.styled(batch if shown.batch else "not started", "$foreground")
    row = f" {appearance.sign('dot')} {cell(shown.row, 40)}" if shown.row else ""
    if prefix and shown.stopped_at:
        row = f" at {appearance.clock(shown.stopped_at)[:5]}"
    with_row = Content.assemble(number, (row, "$quiet"))
    return (name, state, with_row), (name, state, number), (state, number), (state,)


def run_corner(view: RunView, *, compact: bool, with_end: bool = True) -> Content:
    """`27 of 96 upgraded  ✖ 3`; compact and `with_end` with the time at which it ends."""
    shown = view.overview
    result = " rolled back" if shown.is_reverting else "" if compact else " upgraded"
    parts = [
        Content.assemble(
            (str(shown.upgraded), "bold $foreground"), (f" of {shown.total}{result}", "$quiet")
        )
    ]
    if shown.failed and shown.meaning is not Meaning.FAILED:  # else the reason says so
        parts.append(
            Content.styled(f"{view.sign(Meaning.FAILED)} {shown.failed}", "bold $tone-failed")
        )
    if compact and with_end and shown.ends_at:
        clock = view.appearance.clock(shown.ends_at)[:5]
        parts.append(Content.assemble(("ETA ", "$quiet"), (clock, "bold $foreground")))
    return Content("  ").join(parts)


def eta_content(view: RunView, *, is_short: bool = False) -> Content:
    """`ETA 02:34 in 32 min`, a short one without the minutes; empty where it is not known."""
    shown = view.overview
    if shown.ends_at is None or shown.remaining is None:
        return Content("")
    clock = view.appearance.clock(shown.ends_at)[:5]
    remaining = "" if is_short else f" in {duration_text(shown.remaining)}"
    return Content.assemble(("ETA ", "$quiet"), (clock, "bold"), (remaining, "$quiet"))


def started_content(view: RunView, *, is_short: bool = False) -> Content:
    """`by maria.oduya since 01:48   elapsed 14 min`; a short one without the user id."""
    shown, appearance = view.overview, view.appearance
    if shown.started_at is None:
        return Content("")
    clock = appearance.clock(shown.started_at)[:5]
    if shown.elapsed >= 86400:
        clock = appearance.day_and_clock(shown.started_at)
    ended = ""
    if shown.stopped_at:
        ended = f"{shown.state.lower()} {appearance.clock(shown.stopped_at)[:5]}   "
    return Content.assemble(
        ("by ", "$quiet"),
        cell(shown.by.split(" (")[0] if is_short else shown.by, 40),
        (f" since {clock}   {ended}elapsed ", "$quiet"),
        duration_text(shown.elapsed),
    )


def check_line(view: RunView, width: int) -> Content | None:
    """`Bake time 4:10 left   Verdict 0 of 3 failed, newest success: HTTP 200`; None where the run
    has neither now."""
    shown, plan = view.overview, view.status.run.plan
    if plan is None or shown.stopped_at is not None:
        return None
    if shown.is_reverting:
        cause = Content.assemble(("Cause ", "$quiet"), cell(view.status.run.revert_cause, 300))
        return cause.truncate(width, ellipsis=True) if view.status.run.revert_cause else None
    parts = []
    if shown.bake is not None:
        left = stopwatch_text(shown.bake)
        parts.append(
            Content.assemble(("Bake time ", "$quiet"), (left, "bold"), (" left", "$quiet"))
        )
    if shown.verdict:
        parts.append(Content.assemble(("Verdict ", "$quiet"), cell(shown.verdict, 300)))
    elif plan.policy.verdict is not None:
        parts.append(Content.assemble(("Verdict ", "$quiet"), "not sampled yet"))
    if ids := view.status.run.quarantined_ids:
        parts.append(Content.assemble(("Quarantined ", "$quiet"), cell(instances_text(ids), 100)))
    line = Content("   ").join(parts)
    return line.truncate(width, ellipsis=True) if parts else None


def run_keys(status: RunStatus, *, read_only: bool) -> list[tuple[str, str]]:
    """The commands that act on the run now, with their labels: pause, abort, event log …"""
    run, entries = status.run, list[tuple[str, str]]()
    if not read_only:
        entries += _writing_keys(run, is_live=status.is_live)
    entries.append(("log", "event log"))
    return entries


def _writing_keys(run: Run, *, is_live: bool) -> list[tuple[str, str]]:
    entries = []
    is_stopped = run.phase in (Phase.PAUSED, Phase.FAULTED) or not is_live
    if run.phase is Phase.PAUSED and run.reason == "checkpoint":
        entries.append(("promote", "approve"))
    elif not run.phase.is_over:
        entries.append(("pause", "resume" if is_stopped else "pause"))
    if not retry_unavailable_reason(run):
        entries.append(("retry", f"retry {len(preview_retry(run).instance_ids)} failed"))
    if not revert_unavailable_reason(run):
        entries.append(("revert", f"roll back {len(preview_revert(run).instance_ids)}"))
    if not run.phase.is_over:
        entries.append(("abort", "abort"))
    return entries


def stop_reason(view: RunView, key: KeyLabel) -> Reason | None:
    """Why the run does not advance, and what helps; None while it does."""
    status, run = view.status, view.status.run
    if status.damage:
        text = f"Journal damaged, this run is read-only: {cell(status.damage, 300)}"
        return Reason(text, "", Meaning.FAILED)
    if status.silent_since is not None and not run.ended:
        since = view.appearance.clock(status.silent_since)
        advice = "Force takeover gives the run another worker."
        return Reason(f"Worker: no heartbeat since {since}", advice, Meaning.UNHEALTHY)
    resume = key("pause")
    if run.plan is None and not status.is_live:
        advice = f"If it does not start, {resume} starts another."
        return Reason("Worker is starting", advice, Meaning.NOTE)
    if status.worker_failure:
        text = f"Worker ended: {cell(status.worker_failure, _MAX_MESSAGE_LENGTH)}"
        advice = f"Nothing is lost: fix the cause above, then {resume} resumes the run."
        return Reason(text, advice, Meaning.FAILED)
    if not run.ended and run.phase is not Phase.PAUSED and not status.is_live:
        advice = f"Nothing is lost: {resume} resumes the run."
        return Reason("Worker is not running", advice, Meaning.UNHEALTHY)
    return _phase_reason(view, key)


def _phase_reason(view: RunView, key: KeyLabel) -> Reason | None:
    run, shown = view.status.run, view.overview
    if run.phase not in _PHASES_WITH_REASON or not run.message:
        return None
    message = cell(run.message, _MAX_MESSAGE_LENGTH)
    if run.phase is Phase.FAULTED:
        untouched = pluralize(shown.untouched, "instance is untouched", "instances are untouched")
        left = f"{untouched}. " if shown.untouched else ""
        advice = f"{left}Nothing more happens until you decide."
        return Reason(_canary_text(view) or message, advice, Meaning.FAILED)
    if run.phase is Phase.PAUSED and run.reason == "checkpoint":
        percent = 100 * run.settled_count // max(1, run.total)
        checkpoint = run.checkpoints_passed[-1] if run.checkpoints_passed else percent
        text = f"{percent} % of the plan is done: waiting for approval at {checkpoint} %"
        following = next((s for s in shown.segments if not s.is_sent), None)
        batch = ""
        if following is not None:
            size = pluralize(following.size, "instance", "instances")
            batch = f": {size}, {cell(following.row, 40)}"
        advice = f"{key('promote')} approves batch {shown.batch + 1}{batch}."
        return Reason(text, advice, Meaning.WAITING)
    if run.phase is Phase.CANCELLED and (in_flight := run.count(*OPEN_STAGES)):
        message += f"; {pluralize(in_flight, 'instance', 'instances')} {unobserved_text(run)}"
    meaning = shown.meaning or Meaning.NOTE
    is_block = meaning is Meaning.FAILED
    return Reason(message, "", meaning if is_block else Meaning.NOTE)


def _canary_text(view: RunView) -> str:
    """`2 of 2 canary instances failed: …` after a halt for them; else empty."""
    run = view.status.run
    failed = [s for s in view.overview.segments if s.failed]
    if run.reason not in ("failure", "failures") or not failed or not failed[-1].is_canary:
        return ""
    reasons = [run.members[i].message for i in run.halted_ids if i in run.members]
    noun = "canary instance" if failed[-1].size == 1 else "canary instances"
    text = f"{failed[-1].failed} of {failed[-1].size} {noun} failed"
    return f"{text}: {cell(reasons[-1], 300)}" if reasons else text

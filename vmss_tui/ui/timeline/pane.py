"""The timeline view: legend, axis, rows, marks and the whole run, in a frame."""

from typing import cast

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.message_pump import MessagePump

from vmss_tui.fleet.phrases import pluralize
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.fleet.states import State
from vmss_tui.gateway.failures import Condition
from vmss_tui.runtime.session import Services
from vmss_tui.runtime.storage.latest_view import LatestView
from vmss_tui.text import cell
from vmss_tui.ui.background.message_base import ReplaceableMessage
from vmss_tui.ui.background.messages import RunStatus
from vmss_tui.ui.background.workers import run_in_thread
from vmss_tui.ui.commands.bindings import command_key
from vmss_tui.ui.drawing.glyphs import Appearance
from vmss_tui.ui.drawing.static_text import StaticText
from vmss_tui.ui.instances.board import Board
from vmss_tui.ui.session import HasSession
from vmss_tui.ui.timeline.overview import axis, cursor_reason, legend, marks, whole_run
from vmss_tui.ui.timeline.row_order import TrackOrder, build_rows
from vmss_tui.ui.timeline.row_painter import Scene, unhealthy_tracks
from vmss_tui.ui.timeline.time_scale import choose_scale
from vmss_tui.ui.timeline.track_view import TrackView, label_width, scale_columns
from vmss_tui.ui.widgets.frame import Frame, key_hint
from vmss_tui.upgrade.report.timeline.forecast import approval_times, expected_batches
from vmss_tui.upgrade.report.timeline.timeline import EMPTY_TIMELINE, Timeline
from vmss_tui.upgrade.report.timeline.timeline_builder import build_timeline
from vmss_tui.upgrade.run.phase import Phase

_NO_RUN = (
    "No run on this scale set yet.\n\n"
    "After {key} has started an upgrade, this view shows for each instance when its upgrade was "
    "requested, when it was provisioned, and when it was healthy and complete."
)
_NO_BATCH = "The run has requested no upgrade yet."
_TONES = {
    Phase.ROLLING_FORWARD: "$tone-moving",
    Phase.ROLLING_BACK: "$tone-moving",
    Phase.PAUSED: "$tone-moving",
    Phase.COMPLETED: "$tone-good",
    Phase.FAULTED: "$tone-failed",
    Phase.COMPLETED_WITH_FAILURES: "$tone-failed",
}
_SIGNS = {
    Phase.COMPLETED: "check",
    Phase.FAULTED: "problem",
    Phase.COMPLETED_WITH_FAILURES: "problem",
}
_ALL_LINES, _FEW_LINES = 18, 11
"""Lines of the pane from which it has the whole run, and from which it has a legend."""


_EDGES = 4
"""Columns of the frame's sides and of the margins inside them."""


class LastRunArrived(ReplaceableMessage):
    """The timeline of the newest run of the scale set; the name is empty where there is none."""

    def __init__(self, name: str, timeline: Timeline, error: str = "") -> None:
        super().__init__()
        self.name, self.timeline, self.error = name, timeline, error


class TimelineFrame(Frame):
    """The frame of the pane. It has a size later than the pane, which is mounted when shown."""

    class Resized(Message):
        """It has another size."""

    def on_resize(self) -> None:
        """Reports the size."""
        self.post_message(self.Resized())


class TimelinePane(Vertical):
    """The run on screen over time; without one, the last run of the scale set."""

    def __init__(self, board: Board, appearance: Appearance) -> None:
        super().__init__()
        self.board, self._appearance = board, appearance
        self.order, self._zoom = TrackOrder.BATCH, 0
        self.tracks = TrackView(board, appearance)
        self._legend, self._axis = StaticText(id="timeline-legend"), StaticText(id="timeline-axis")
        self._marks, self._whole = StaticText(id="timeline-events"), StaticText(id="timeline-whole")
        self._empty = StaticText(id="timeline-empty")
        parts = (self._legend, self._axis, self._empty, self.tracks, self._marks, self._whole)
        self.frame = TimelineFrame(parts, appearance)
        self._status: RunStatus | None = None
        self._run_name, self._timeline = "", EMPTY_TIMELINE
        self._unhealthy_since: dict[str, float] = {}
        self._last_reading: float | None = None
        """Seconds of the run at the last reading, while none succeeds."""

    def compose(self) -> ComposeResult:
        """The frame with everything in it."""
        yield self.frame

    def on_mount(self) -> None:
        """Focuses the rows: the pane is mounted when it is shown."""
        self.tracks.focus()

    def on_timeline_frame_resized(self) -> None:
        """Fits everything to the new size."""
        self.call_after_refresh(self.draw)

    def notify_style_update(self) -> None:
        """Draws everything again: the theme has changed."""
        super().notify_style_update()
        if self.is_mounted and self.display:
            self.call_later(self.draw)

    # What is shown

    def show(self, status: RunStatus | None) -> None:
        """Takes the newest state of the run on screen."""
        self._status = status
        if status is None:
            return
        if status.name != self._run_name:
            self._unhealthy_since = {}
        self._run_name, self._timeline = status.name, status.timeline
        self.draw()

    def take_reading(self, view: LatestView | None) -> None:
        """Takes the state of reading: while no reading succeeds, the live run is drawn as it was
        at the last one."""
        is_offline = view is not None and view.condition not in (Condition.FRESH, Condition.PENDING)
        if not is_offline:
            self._last_reading = None
        elif self._last_reading is None:
            self._last_reading = self._status.run_time if self._status else 0.0

    def read_last_run(
        self, receiver: MessagePump, services: Services, scale_set: ScaleSetId
    ) -> None:
        """Without a run on screen: reads the journal of the scale set's newest run in a thread,
        which posts `LastRunArrived` to the receiver: the pane may not be mounted yet."""
        runs = services.run_control

        def read() -> LastRunArrived:
            name = runs.latest_run_name(scale_set)
            if name is None:
                return LastRunArrived("", EMPTY_TIMELINE)
            return LastRunArrived(name, build_timeline(runs.follow(name).read_new()))

        self.tracks.follow_run()
        if self._status is None:
            run_in_thread(receiver, read, lambda error: LastRunArrived("", EMPTY_TIMELINE, error))

    def show_last_run(self, message: LastRunArrived) -> None:
        """Shows the newest run, unless another one is on screen by now."""
        if self._status is None:
            self._run_name, self._timeline = message.name, message.timeline
            self.draw()

    def sort_next(self) -> str:
        """Sorts the rows in the next way; returns its name."""
        self.order = self.order.next()
        self.draw()
        self.tracks.go_to_first()
        return str(self.order)

    def zoom_next(self) -> None:
        """Shows less time in more detail, then the whole run again."""
        self._zoom = self._zoom + 1
        self.draw()

    # Drawing

    @property
    def _is_live(self) -> bool:
        return self._status is not None and self._status.is_live and not self._timeline.is_over

    @property
    def _now(self) -> float:
        if self._status is not None and self._is_live:
            newest = self._status.run_time if self._last_reading is None else self._last_reading
            return max(newest, self._timeline.end)
        return self._timeline.end

    def draw(self) -> None:
        """Draws what differs: rows, axis, marks, and the lines about the whole run."""
        if not self.display or not self.frame.size.width:
            return
        timeline = self._timeline
        has_run = bool(timeline.tracks)
        if has_run and not self.tracks.display:
            self.tracks.display = True
            self.call_after_refresh(self._focus_rows)
        self._axis.display = self.tracks.display = has_run
        height, self._empty.display = self.size.height, not has_run
        self._legend.display = has_run and height >= _FEW_LINES
        self._marks.display = has_run and height >= _FEW_LINES
        self._whole.display = has_run and height >= _ALL_LINES
        if not has_run:
            self.frame.set_title(Content.styled("Timeline", "bold $foreground"))
            key = command_key("upgrade", cast(HasSession, self.app).session.keys) or "Upgrade"
            is_waiting = self._status is not None
            self._empty.set_content(Content(_NO_BATCH if is_waiting else _NO_RUN.format(key=key)))
            return
        self._draw_run(timeline)

    def _focus_rows(self) -> None:
        """Gives the rows the focus that they could not have while they were hidden."""
        if self.screen.focused is None:
            self.tracks.focus()

    def _draw_run(self, timeline: Timeline) -> None:
        now, width = self._now, self.frame.size.width - _EDGES
        self._note_unhealthy(now)
        known = self.board.full_grid.row_keys
        shown = self.board.shown_grid.row_keys
        hides = len(shown) < len(known)
        rows = build_rows(
            timeline,
            expected_batches(timeline, now),
            self.order,
            lambda i: i in shown or (i not in known and not hides),
            self._unhealthy_since,
            now,
        )
        shows_batch = self.order is not TrackOrder.BATCH
        left = label_width(rows, width, shows_batch=shows_batch)
        scene = Scene(
            timeline=timeline,
            scale=choose_scale(
                timeline, scale_columns(width, left), now, self._zoom, self._focus_time(now)
            ),
            left=left,
            now=now,
            is_live=self._is_live,
            approval_times=tuple(t for t in approval_times(timeline, now) if t is not None),
            unhealthy_since=dict(self._unhealthy_since),
            shows_batch=shows_batch,
            is_offline=self._is_live and self._last_reading is not None,
        )
        theme, appearance = self.app.theme, self._appearance
        self._legend.set_content(legend(appearance, theme, width))
        self._axis.set_content(axis(scene, appearance))
        self.tracks.show(rows, scene)
        self.tracks.draw()
        self._marks.set_content(marks(scene, appearance))
        self._whole.set_content(whole_run(scene, appearance, theme, width))
        self._draw_frame(timeline)

    def _draw_frame(self, timeline: Timeline) -> None:
        tone = _TONES.get(timeline.phase, "$quiet")
        name = f"Timeline of run {cell(self._run_name, 40)}"
        sign_id = "half" if self._is_live else _SIGNS.get(timeline.phase, "")
        sign = f"{self._appearance.sign(sign_id)} " if sign_id else ""
        phase = (f"{sign}{timeline.phase.label}", f"bold {tone}")
        title = Content.assemble((name, "bold $foreground"), "  ", phase)
        self.frame.set_title(title)
        keys = cast(HasSession, self.app).session.keys
        labels = (("sort", f"sort ({self.order})"), ("form", "zoom"))
        parts = [key_hint(command_key(command, keys) or ":", text) for command, text in labels]
        fits = self.size.width >= title.cell_length + 44
        self.frame.set_corner(Content("  ").join(parts) if fits else Content(""))
        count = len(timeline.batches) + len(timeline.planned)
        size = (
            f"{pluralize(timeline.total, 'instance', 'instances')} in "
            f"{pluralize(count, 'batch', 'batches')}"
        )
        size_text = Content.styled(size, "$quiet")
        reason = cursor_reason(timeline, self.board.cursor)
        self.frame.set_keys(reason or size_text, size_text if reason else Content(""))

    def _focus_time(self, now: float) -> float | None:
        """The time that a magnified view shows: the cursor's batch of a run that is over."""
        if self._is_live:
            return None
        track = next(
            (t for t in self._timeline.tracks if t.instance_id == self.board.cursor and t.spans),
            None,
        )
        return track.spans[-1].start if track else now

    def _note_unhealthy(self, now: float) -> None:
        """Remembers since when instances that wait for health are read as unhealthy."""
        cells = self.board.snapshot if self._is_live else None
        unhealthy = (
            {i.instance_id for i in cells.instances if i.state is State.UNHEALTHY}
            if cells
            else set()
        )
        waiting = unhealthy_tracks(self._timeline, unhealthy)
        self._unhealthy_since = {i: self._unhealthy_since.get(i, now) for i in waiting}

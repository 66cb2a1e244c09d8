"""The run on screen: its batches, limits and rate, the reason of a halt, and its last events."""

from typing import cast

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content

from vmss_tui.fleet.scale_set import Instance
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.ui.background.messages import RunStatus
from vmss_tui.ui.commands.bindings import command_key
from vmss_tui.ui.drawing.glyphs import Appearance
from vmss_tui.ui.drawing.line_text import LineText
from vmss_tui.ui.run.event_text import event_lines, unfinished_lines
from vmss_tui.ui.run.panel_text import events_heading, panel_text
from vmss_tui.ui.run.status_text import RunView, run_corner, run_keys, run_title, stop_reason
from vmss_tui.ui.session import HasSession
from vmss_tui.ui.widgets.frame import Frame, key_hint
from vmss_tui.upgrade.overview.digest import fold_events
from vmss_tui.upgrade.overview.overview import unfinished_instances
from vmss_tui.upgrade.run.run import Phase

_LIST_WIDTH = 90
"""Columns from which the instances that are not complete are listed beside the events."""
_COMPACT_WIDTH = 84
"""Below this width the corner has the time at which the run ends."""


class RunPanel(Vertical):
    """The text of a run; the frame around it shows its title, counts and keys."""

    def __init__(self, appearance: Appearance) -> None:
        super().__init__()
        self.appearance = appearance
        self._top = LineText(id="run-text")
        self._events = LineText(id="run-events")
        self._unfinished = LineText(id="run-unfinished")
        self._view: RunView | None = None
        self._instances: tuple[Instance, ...] = ()

    def compose(self) -> ComposeResult:
        """The lines above, then events and the instances that are not complete."""
        yield self._top
        with Horizontal():
            yield self._events
            yield self._unfinished

    def show(self, news: RunStatus | None) -> None:
        """Takes the newest state of the run; hides the panel without a run."""
        self._view = RunView.of(news, self.appearance) if news else None
        self.display = news is not None
        self._draw()

    def show_reading(self, snapshot: Snapshot | None) -> None:
        """Takes the newest reading, for what is unavailable and unhealthy."""
        instances = snapshot.instances if snapshot else ()
        if instances is not self._instances:
            self._instances = instances
            self._draw()

    def on_resize(self) -> None:
        """Fits the text to the new size."""
        self._draw()

    @property
    def _frame(self) -> Frame | None:
        return self.parent if isinstance(self.parent, Frame) else None

    def _key(self, command_id: str) -> str:
        return command_key(command_id, cast(HasSession, self.app).session.keys)

    def _draw(self) -> None:
        view = self._view
        if view is None or not self.size.width:
            return
        width, height = self.size
        text = panel_text(view, self._instances, self._key, (width, height))
        reason = stop_reason(view, self._key)
        self._draw_frame(view, is_problem=reason is not None and reason.is_problem)
        events_height = text.events_height
        top = text.top
        run, t = view.status.run, view.status.run_time
        entries = unfinished_instances(run, t, self._instances)
        lists = text.is_spacious and width >= _LIST_WIDTH and bool(entries)
        list_width = min(60, width * 2 // 5) if lists else 0
        left_width = width - list_width - lists
        lines: list[Content] = []
        if events_height >= 2 and len(top) > 2:
            is_tight = reason is not None and not text.is_spacious
            lines.append(events_heading(view, left_width, says_who=is_tight))
        digest = fold_events(view.status.recent_records, view.status.run)
        lines += event_lines(digest, view, self._key, (left_width, events_height - len(lines)))
        self._top.set_lines(top)
        self._events.set_lines(lines)
        self._unfinished.display = lists
        if lists:
            self._unfinished.styles.width = list_width
            self._unfinished.set_lines(unfinished_lines(entries, view, (list_width, events_height)))

    def _draw_frame(self, view: RunView, *, is_problem: bool) -> None:
        frame = self._frame
        if frame is None:
            return
        is_compact = self.size.width < _COMPACT_WIDTH and self.size.height < 7
        corner = run_corner(view, compact=is_compact)
        frame.set_corner(corner)
        frame.set_title(run_title(view, frame.size.width - corner.cell_length - 10))
        read_only = cast(HasSession, self.app).session.read_only
        entries = run_keys(view.status, read_only=read_only)
        frame.set_keys([key_hint(self._key(command), label) for command, label in entries])
        run = view.status.run
        is_at_work = not run.ended and run.phase is not Phase.PAUSED and not is_problem
        frame.set_class(is_problem, "-danger")
        frame.set_class(is_at_work, "-at-work")

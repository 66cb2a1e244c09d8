"""What is shown while there is no run: how much could be upgraded, and by which keys."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from textual.content import Content

from vmss_tui.fleet.domains import Grouping, Panel
from vmss_tui.fleet.phrases import pluralize
from vmss_tui.fleet.scale_set import Instance
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.fleet.state_groups import StateGroup, group_counts
from vmss_tui.fleet.states import State
from vmss_tui.text import cell
from vmss_tui.ui.background.messages import RunStatus
from vmss_tui.ui.commands.bindings import COMMANDS_BY_ID, key_labels
from vmss_tui.ui.detail.problem_list import problem_lines
from vmss_tui.ui.drawing.line_text import LineText
from vmss_tui.ui.instances.board import Board
from vmss_tui.ui.instances.heatmap_layout import free_room
from vmss_tui.ui.session import Session
from vmss_tui.ui.widgets.frame import Frame, key_hint
from vmss_tui.ui.widgets.rolling_upgrade_panel import RollingUpgradePanel
from vmss_tui.ui.widgets.summary_bar import bar_content
from vmss_tui.upgrade.report.sentences import duration_text
from vmss_tui.upgrade.run.phase import Phase

_LABEL, _COUNT, _SMALLEST_BAR, _LARGEST_BAR = 18, 10, 10, 60
_LEAST_LIST = 2
"""Rows for the heading of the unhealthy instances and one of them."""
_GAP = "   "
_ENDS = {
    Phase.COMPLETED: ("check", "$tone-good"),
    Phase.COMPLETED_WITH_FAILURES: ("problem", "$tone-failed"),
    Phase.FAULTED: ("problem", "$tone-failed"),
}
_PROBLEMS = (StateGroup.UNHEALTHY, StateGroup.FAILED)


class IdlePanel(LineText):
    """Counts and keys, then how far each zone or placement group is."""

    def __init__(
        self, board: Board, session: Session, unavailable_reason: Callable[[str], str | None]
    ) -> None:
        """`unavailable_reason` takes the id of a command."""
        super().__init__(id="idle-panel")
        self._board, self._session = board, session
        self._unavailable_reason = unavailable_reason
        self._last_run: RunStatus | None = None
        self._shown_for: tuple[object, ...] = ()
        """What the text was made for; objects by their identity, which `_kept` holds."""
        self._kept: tuple[object, ...] = ()
        self._problems: tuple[Sequence[Instance], tuple[int, int], list[Content]] = (), (0, 0), []
        """The instances and the size that the list of problems was made for, and the list."""

    def show_last_run(self, run: RunStatus) -> None:
        """Takes the newest run of the scale set, which has ended."""
        self._last_run = run
        self.update_content()

    def update_content(self) -> None:
        """Computes text and frame again where something has changed, unless a run is shown
        instead."""
        frame = self.parent
        if not self.display or not isinstance(frame, Frame) or not self.size.area:
            self._shown_for = ()
            return
        board = self._board
        rolls = any(panel.in_progress for panel in frame.query(RollingUpgradePanel))
        reasons = tuple(map(self._unavailable_reason, ("upgrade", "edit-model")))
        objects = (board.snapshot, board.full_grid, board.cursor_row, self._last_run)
        places = (board.arrangement, board.selected_ids)
        shown_for = (*map(id, (*objects, *places)), self.size, self.app.theme, reasons, rolls)
        if shown_for == self._shown_for:
            return
        self._shown_for, self._kept = shown_for, (objects, places)
        self.set_lines(self._lines(self.size.width, self.size.height))
        title = "Azure rolling upgrade in progress" if rolls else "No run"
        frame.set_title(Content.styled(title, "bold $foreground"))
        frame.set_corner(*self._last_run_texts())
        frame.set_keys([self._hint("runs", "runs"), self._hint("log", "event log")])
        frame.set_class(False, "-danger")
        frame.set_class(False, "-at-work")

    def _hint(self, command_id: str, label: str) -> Content:
        command = COMMANDS_BY_ID[command_id]
        key = next(iter(key_labels(command, self._session.keys.get(command_id))), ":")
        return key_hint(key, label)

    def _last_run_texts(self) -> Sequence[Content]:
        """`last: ✓ Completed 14 Oct 23:41 (45 d ago)`, and a shorter text."""
        status, appearance = self._last_run, self._session.appearance
        if status is None:
            return ()
        phase = status.run.phase
        sign, style = _ENDS.get(phase, ("", "$foreground"))
        mark = f"{appearance.sign(sign)} " if sign else ""
        head = Content.assemble(("last: ", "$quiet"), (f"{mark}{phase.label}", style))
        try:
            at = datetime.fromisoformat(status.recent_records[-1].at)
        except (IndexError, ValueError):
            return (head,)
        ago = duration_text(max(0.0, (self._session.now() - at).total_seconds()))
        date = appearance.day_and_clock(at)
        return (Content.assemble(head, (f" {date} ({ago} ago)", "$quiet")), head)

    def on_resize(self) -> None:
        """Computes the text for another size."""
        self.update_content()

    def _lines(self, width: int, height: int) -> list[Content]:
        snapshot = self._board.snapshot
        if snapshot is None:
            return []
        lines = [self._counts_line(snapshot, width)]
        if snapshot.instances:
            lines.append(self._keys_line(snapshot, width))
            panels = len(self._board.full_grid.panels)
            progress = panels + 2 if panels > 1 else 0
            size = (width, height - len(lines) - progress - 1)
            lines += self._problem_lines(snapshot.instances, size)
            lines += self._progress_lines(width, height - len(lines))
        return [line.truncate(width, ellipsis=True) for line in lines]

    def _counts_line(self, snapshot: Snapshot, width: int) -> Content:
        """`65 outdated, 4 unhealthy of 90 instances; 10 selected`, without the noun where that is
        too long."""
        line = self._counts(snapshot, is_short=False)
        return line if line.cell_length <= width else self._counts(snapshot, is_short=True)

    def _counts(self, snapshot: Snapshot, *, is_short: bool) -> Content:
        instances, outdated = snapshot.instances, snapshot.outdated
        if not instances:
            return Content.styled("There are no instances to upgrade.", "$quiet")
        counts = group_counts(snapshot.counts)
        groups = (StateGroup.OUTDATED, *_PROBLEMS)
        parts = [f"{counts[group]:,} {group}" for group in groups if counts[group]]
        unknown = len(instances) - outdated - snapshot.current
        total = f"{len(instances):,} instance" + ("" if len(instances) == 1 else "s")
        if parts:
            total = f" of {len(instances):,}" if is_short else f" of {total}"
        elif not outdated and not unknown:
            total = "1 instance has" if len(instances) == 1 else f"All {total} have"
            total += " the latest model"
        if outdated > counts[StateGroup.OUTDATED]:
            total += f", {outdated:,} not on latest model"
        if unknown:
            total += f", {unknown:,} model unknown"
        line = Content.assemble((", ".join(parts), "bold $foreground"), (total, "$quiet"))
        selected = len(self._board.selected_ids)
        if selected:
            line = Content.assemble(
                line, ("; ", "$quiet"), (f"{selected} selected", "bold $foreground")
            )
        return line

    def _keys_line(self, snapshot: Snapshot, width: int) -> Content:
        """The commands that can be used now, or why no upgrade is possible."""
        reason = self._unavailable_reason("upgrade")
        if reason:
            return Content.styled(cell(reason, 300), "$quiet")
        board, row = self._board, self._board.cursor_row
        hints = []
        if board.selected_ids:
            selected = [i for i in snapshot.instances if i.instance_id in board.selected_ids]
            count, due = len(board.selected_ids), self._due(selected)
            what = f"the {count} selected" if due == count else f"{due} of the {count} selected"
            hints.append(self._hint("upgrade", f"upgrade {what}"))
        elif row is not None and (due := self._due(row.instances)):
            size = pluralize(due, "instance", "instances")
            has_zone = row.key.zone and row.key.kind is not Grouping.ZONE
            zone = f" of zone {row.key.zone}" if has_zone else ""
            hints.append(self._hint("upgrade", f"upgrade {row.key.label}{zone} ({size})"))
        if snapshot.outdated:
            hints.append(self._hint("rolling-run", "upgrade all outdated in batches"))
        if board.selected_ids:
            hints.append(self._hint("clear-marks", "clear selection"))
        elif not self._unavailable_reason("edit-model"):
            hints.append(self._hint("edit-model", "edit model"))
        hints.append(self._hint("actions", "all actions"))
        while len(hints) > 1 and Content(_GAP).join(hints).cell_length > width:
            hints.pop()
        return Content(_GAP).join(hints)

    @staticmethod
    def _due(instances: Sequence[Instance]) -> int:
        """How many of them are not known to have the latest model."""
        return sum(instance.latest_model_applied is not True for instance in instances)

    def _progress_lines(self, width: int, height: int) -> Iterator[Content]:
        """A bar for each zone or placement group, where there is more than one."""
        panels = self._board.full_grid.panels
        bar_width = min(_LARGEST_BAR, width - _LABEL - _COUNT - 1)
        if len(panels) < 2 or height < len(panels) + 2 or bar_width < _SMALLEST_BAR:
            return
        yield Content("")
        yield Content.styled("Latest model", "$quiet")
        for panel in panels:
            yield self._progress_line(panel, bar_width)

    def _progress_line(self, panel: Panel, width: int) -> Content:
        """The count is before the bar, because a change is sent from the left edge on."""
        states: Counter[State] = Counter()
        for row in panel.rows:
            states.update(row.counts)
        counts, latest = group_counts(states), sum(row.current for row in panel.rows)
        is_plain = self.app.theme == "vmss-mono"
        heading = panel.heading.replace("placement group", "group").capitalize()
        if len(heading) >= _LABEL:  # without the beginning of the placement group's id
            heading = " · ".join(" ".join(part.split()[:2]) for part in heading.split(" · "))
        bar = bar_content(counts, width, self._session.appearance, is_plain=is_plain)
        return Content.assemble(
            f"{cell(heading, _LABEL - 1):<{_LABEL}}",
            (f"{latest:>4}", "bold $foreground"),
            (f"{f'/{states.total()}':<{_COUNT - 4}}", "$quiet"),
            bar,
        )

    def _problem_lines(self, instances: Sequence[Instance], size: tuple[int, int]) -> list[Content]:
        """The failed instances, then the unhealthy ones, unless the heat map has room for them."""
        board = self._board
        if size[1] < _LEAST_LIST or free_room(board.arrangement) is not None:
            return []
        listed, of_size, lines = self._problems
        if listed is not instances or of_size != size:
            lines = problem_lines(instances, board.full_grid, self._session.appearance, size)
            self._problems = instances, size, lines
        return [Content(""), *lines] if lines else []

"""What is shown while there is no run: how much could be upgraded, and by which keys."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from textual.content import Content

from vmss_tui.fleet.domains import Panel
from vmss_tui.fleet.phrases import pluralize
from vmss_tui.fleet.scale_set import Instance
from vmss_tui.fleet.state_groups import StateGroup, count_groups
from vmss_tui.runtime.storage.run_folder import RunSummary
from vmss_tui.text import cell
from vmss_tui.ui.commands.bindings import COMMANDS_BY_ID, key_labels
from vmss_tui.ui.drawing.static_text import ComputedText
from vmss_tui.ui.instances.board import Board
from vmss_tui.ui.session import Session
from vmss_tui.ui.widgets.frame import Frame, key_hint
from vmss_tui.ui.widgets.summary_bar import bar_content
from vmss_tui.upgrade.report.sentences import duration_text
from vmss_tui.upgrade.run.phase import Phase

_LABEL, _COUNT, _LARGEST_BAR = 18, 10, 60
_ENDS = {
    Phase.COMPLETED: ("check", "$tone-good"),
    Phase.COMPLETED_WITH_FAILURES: ("problem", "$tone-failed"),
    Phase.FAULTED: ("problem", "$tone-failed"),
}
_PROBLEMS = (StateGroup.UNHEALTHY, StateGroup.FAILED)


class IdlePanel(ComputedText):
    """Counts and keys, then how far each zone or placement group is."""

    def __init__(
        self, board: Board, session: Session, unavailable_reason: Callable[[str], str | None]
    ) -> None:
        """`unavailable_reason` takes the id of a command."""
        super().__init__(self._text, id="idle-panel")
        self._board, self._session = board, session
        self._unavailable_reason = unavailable_reason
        self._last_run: RunSummary | None = None

    def show_last_run(self, run: RunSummary | None) -> None:
        """Takes the newest run of the scale set, which has ended."""
        self._last_run = run
        self.update_content()

    def update_content(self) -> None:
        """Computes text and frame again, unless a run is shown instead."""
        super().update_content()
        frame = self.parent
        if not self.display or not isinstance(frame, Frame):
            return
        frame.set_title(Content.styled("No run", "bold $foreground"))
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
        run, appearance = self._last_run, self._session.appearance
        if run is None:
            return ()
        sign, style = _ENDS.get(run.phase, ("", "$foreground"))
        mark = f"{appearance.sign(sign)} " if sign else ""
        head = Content.assemble(("last: ", "$quiet"), (f"{mark}{run.phase.label}", style))
        try:
            at = datetime.fromisoformat(run.started_at)
        except ValueError:
            return (head,)
        ago = duration_text(max(0.0, (self._session.now() - at).total_seconds()))
        date = appearance.day_and_clock(at)
        return (Content.assemble(head, (f" {date} ({ago} ago)", "$quiet")), head)

    def _text(self, width: int) -> Content:
        snapshot = self._board.snapshot
        if snapshot is None:
            return Content("")
        lines = [self._counts_line(snapshot.instances)]
        if snapshot.instances:
            lines.append(self._keys_line(snapshot.instances))
            lines += self._progress_lines(width)
        return Content("\n").join(line.truncate(width, ellipsis=True) for line in lines)

    def _counts_line(self, instances: Sequence[Instance]) -> Content:
        """`65 outdated, 4 unhealthy of 90; 10 selected`."""
        if not instances:
            return Content.styled("There are no instances to upgrade.", "$quiet")
        outdated = sum(instance.latest_model_applied is False for instance in instances)
        counts = count_groups(instance.state for instance in instances)
        parts = [f"{outdated:,} outdated"] if outdated else []
        parts += [f"{counts[group]:,} {group}" for group in _PROBLEMS if counts[group]]
        total = f" of {pluralize(len(instances), 'instance', 'instances')}"
        if not parts:
            total = f"All {total.removeprefix(' of ')} have the latest model"
        line = Content.assemble((", ".join(parts), "bold $foreground"), (total, "$quiet"))
        selected = len(self._board.selected_ids)
        if selected:
            line = Content.assemble(
                line, ("; ", "$quiet"), (f"{selected} selected", "bold $foreground")
            )
        return line

    def _keys_line(self, instances: Sequence[Instance]) -> Content:
        """The commands that can be used now, or why no upgrade is possible."""
        reason = self._unavailable_reason("upgrade")
        if reason:
            return Content.styled(cell(reason, 300), "$quiet")
        board, row = self._board, self._board.cursor_row
        outdated = sum(instance.latest_model_applied is False for instance in instances)
        hints = []
        if board.selected_ids:
            hints.append(self._hint("upgrade", f"upgrade the {len(board.selected_ids)} selected"))
        elif row is not None:
            size = pluralize(len(row.instances), "instance", "instances")
            hints.append(self._hint("upgrade", f"upgrade {row.key.label} ({size})"))
        if outdated:
            hints.append(self._hint("rolling-run", f"upgrade all {outdated:,} in batches"))
        if board.selected_ids:
            hints.append(self._hint("clear-marks", "clear selection"))
        elif not self._unavailable_reason("edit-model"):
            hints.append(self._hint("edit-model", "edit model"))
        hints.append(self._hint("actions", "all actions"))
        return Content("    ").join(hints)

    def _progress_lines(self, width: int) -> Iterator[Content]:
        """A bar for each zone, or for each placement group, where there is more than one."""
        panels = self._board.full_grid.panels
        room = self.size.height - 4
        if len(panels) < 2 or room < len(panels):
            return
        yield Content("")
        yield Content.styled("Latest model", "$quiet")
        bar_width = min(_LARGEST_BAR, width - _LABEL - _COUNT - 1)
        if bar_width < 10:
            return
        for panel in panels:
            yield self._progress_line(panel, bar_width)

    def _progress_line(self, panel: Panel, width: int) -> Content:
        instances = [instance for row in panel.rows for instance in row.instances]
        counts = count_groups(instance.state for instance in instances)
        latest = sum(row.current for row in panel.rows)
        is_plain = self.app.theme == "vmss-mono"
        bar = bar_content(counts, width, self._session.appearance, is_plain=is_plain)
        return Content.assemble(
            f"{cell(panel.heading, _LABEL - 1):<{_LABEL}}",
            bar,
            (f" {latest:>4}", "bold $foreground"),
            (f"/{len(instances)}", "$quiet"),
        )


def newest_ended_run(runs: Sequence[RunSummary], key: str) -> RunSummary | None:
    """The newest of the runs of the scale set with this key."""
    own = [run for run in runs if run.scale_set.key == key and not run.is_live]
    return max(own, key=lambda run: run.started_at, default=None)

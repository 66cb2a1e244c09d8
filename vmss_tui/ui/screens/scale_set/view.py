"""The widgets of a scale-set screen, and what is drawn on them."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, cast

from textual.content import Content
from textual.geometry import Region, Size

from vmss_tui.fleet.causes.cause import Cause
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.fleet.state_groups import group_counts
from vmss_tui.runtime.storage.latest_view import LatestView
from vmss_tui.ui.background.messages import RunStatus
from vmss_tui.ui.commands.bindings import command_key
from vmss_tui.ui.commands.screen import CommandScreen
from vmss_tui.ui.drawing.panes import Pane, Panes
from vmss_tui.ui.drawing.static_text import ComputedText
from vmss_tui.ui.instances.board import Board
from vmss_tui.ui.instances.heatmap import Heatmap
from vmss_tui.ui.instances.layout.pane_layout import PaneLayout, pane_regions
from vmss_tui.ui.instances.layout.screen_layout import FLAT, with_largest_map
from vmss_tui.ui.instances.table import InstanceTable
from vmss_tui.ui.timeline.pane import TimelinePane
from vmss_tui.ui.timeline.track_view import TrackView
from vmss_tui.ui.widgets.demo_hint import DemoHint
from vmss_tui.ui.widgets.filter_bar import FilterBar
from vmss_tui.ui.widgets.footer import Footer
from vmss_tui.ui.widgets.header import Header, HeaderView
from vmss_tui.ui.widgets.idle_panel import IdlePanel
from vmss_tui.ui.widgets.instance_detail import InstanceDetail, instance_summary
from vmss_tui.ui.widgets.map_frame import MapFrame, empty_message
from vmss_tui.ui.widgets.run_panel import RunPanel
from vmss_tui.ui.widgets.status_notice import StatusNotice
from vmss_tui.ui.widgets.summary_bar import Legend, SummaryBar
from vmss_tui.upgrade.report.explanation import instance_causes
from vmss_tui.upgrade.report.sentences import describe_member

if TYPE_CHECKING:
    from vmss_tui.ui.widgets.operation_panel import OperationPanel

_LOW = 16
"""Below this many rows the legend is left out."""


class View(StrEnum):
    """What the main pane shows, in the order of the key that switches."""

    HEATMAP = "heat map"
    TABLE = "table"
    TIMELINE = "timeline"


class ScaleSetView:
    """Finds the widgets of the screen and draws on them."""

    def __init__(self, screen: CommandScreen[None], board: Board) -> None:
        self._screen, self._board = screen, board
        self._scale_set: ScaleSet | None = None
        self._view = View.HEATMAP
        self._latest: LatestView | None = None
        self._pane_layout = PaneLayout(board)
        self._has_map_frame = True

    @property
    def heatmap(self) -> Heatmap:
        """A cell for each instance."""
        return self._screen.query_one(Heatmap)

    @property
    def table(self) -> InstanceTable:
        """A row for each instance."""
        return self.map_frame.table

    @property
    def timeline(self) -> TimelinePane:
        """The run over time."""
        return cast(TimelinePane, self._screen.query_one(Panes).pane(Pane.TIMELINE))

    @property
    def is_timeline(self) -> bool:
        """The timeline is shown, not the instances."""
        return self._view is View.TIMELINE

    @property
    def cells(self) -> Heatmap | InstanceTable | TrackView:
        """Heatmap, table or the rows of the timeline: the one that is shown."""
        match self._view:
            case View.TIMELINE:
                return self.timeline.tracks
            case View.TABLE:
                return self.table
        return self.heatmap

    @property
    def page(self) -> int:
        """Lines that a page key moves."""
        return max(1, self.cells.container_size.height - 2)

    @property
    def detail(self) -> InstanceDetail:
        """The pane with all facts of the cursor's instance."""
        return self._screen.query_one(InstanceDetail)

    @property
    def filter_bar(self) -> FilterBar:
        """The line in which a filter is typed."""
        return self._screen.query_one(FilterBar)

    @property
    def demo_hint(self) -> DemoHint:
        """The hint at the top of the demo."""
        return self._screen.query_one(DemoHint)

    @property
    def operation_panel(self) -> "OperationPanel":
        """The panel of instance operations; mounted below the run when it is first needed."""
        from vmss_tui.ui.widgets.operation_panel import OperationPanel

        panels = list(self._screen.query(OperationPanel))
        if panels:
            return panels[0]
        panel = OperationPanel(self._screen.session.appearance)
        self._screen.mount(panel, after=self._screen.query_one(RunPanel))
        return panel

    @property
    def map_frame(self) -> MapFrame:
        """The frame around heat map or table."""
        return self._screen.query_one(MapFrame)

    @property
    def idle_panel(self) -> IdlePanel:
        """What is in the place of a run while there is none."""
        return self._screen.query_one(IdlePanel)

    def show_initial(self) -> None:
        """Hides what has nothing to show yet and focuses the heatmap."""
        self._screen.query_one(RunPanel).show(None)
        self.heatmap.focus()

    def set_size_classes(self, size: Size, *, update: bool = True) -> None:
        """Sets the CSS classes that adapt the layout to the terminal; `update` applies them."""
        height = size.height
        self._screen.update_classes(
            {
                "-short": height < _LOW,  # as the app's own breakpoints set it
                "-tall": height >= _LOW,
                "-low": height < _LOW,
                "-flat": height < FLAT,
            },
            update=update,
            animate=False,
        )

    # Panes

    def regions_for(self, size: Size) -> Mapping[Pane, Region]:
        """The regions of the panes for the size of their container."""
        if self.is_timeline:
            return {Pane.TIMELINE: size.region}
        layout = self._pane_layout.choose(size, self._screen.app.size, self.heatmap.density)
        if self._view is View.TABLE:
            layout = with_largest_map(layout)
        self.heatmap.framed_panels = layout.map_layout.framed
        self._has_map_frame = layout.has_outer_frame
        return pane_regions(layout, size)

    def place_panes(self) -> None:
        """Places the panes again, after instances or density have changed."""
        self._screen.query_one(Panes).place()

    def show_next(self) -> None:
        """Shows the table after the heatmap, then the timeline, then the heatmap again."""
        views = list(View)
        self._view = views[(views.index(self._view) + 1) % len(views)]
        self.heatmap.display = self._view is View.HEATMAP
        self.table.display = self._view is View.TABLE
        if self.table.display:
            self.map_frame.mount_table()
        self.place_panes()
        self.cells.focus()

    # Drawing

    def draw(
        self,
        snapshot: Snapshot | None,
        status: RunStatus | None,
        address_lines: tuple[tuple[str, str], ...],
    ) -> None:
        """Draws the instances, the cursor's details, legend and footer. `address_lines` are label
        and text of the cursor's instance."""
        board = self._board
        self._scale_set = snapshot.scale_set if snapshot else None
        self.place_panes()
        if self.is_timeline:
            self.timeline.draw()
        else:
            self.cells.draw()
        self._draw_map_frame()
        instance, run_text = board.cursor_instance, ""
        causes: tuple[Cause, ...] = ()
        if status is not None and instance is not None:
            run_text = describe_member(status.run, instance.instance_id, status.run_time)
            causes = instance_causes(status.run, instance.instance_id)
        self._draw_detail(snapshot, run_text, address_lines, causes)
        self._screen.query_one("#instance-summary", ComputedText).update_content()
        self._screen.query_one(Legend).update_content()
        if snapshot is not None:
            self._screen.query_one(SummaryBar).show(group_counts(snapshot.counts))
        self._screen.query_one(Footer).update_content()
        self.idle_panel.update_content()

    def _draw_map_frame(self) -> None:
        """Draws the frame around all instances; without it legend and filter have its note."""
        frame, is_table = self.map_frame, self._view is View.TABLE
        frame.set_class(not self._has_map_frame and not is_table, "-bare")
        frame.update_content(is_table=is_table)
        session = self._screen.session
        keys, read_only = session.keys, session.read_only
        frame.show_message(empty_message(self._board, self._latest, keys, read_only=read_only))
        note = frame.summary() if frame.has_class("-bare") else Content("")
        self._screen.query_one(Legend).set_note(note)
        self.filter_bar.set_note(note)

    def _draw_detail(
        self,
        snapshot: Snapshot | None,
        run_text: str,
        address_lines: tuple[tuple[str, str], ...],
        causes: tuple[Cause, ...],
    ) -> None:
        """Draws the pane of the cursor's instance, with its health in the last minutes."""
        instance, version = self._board.cursor_instance, self._board.latest_image_version
        if snapshot is None or instance is None:
            self.detail.show(None, None)
            return
        history = self._screen.session.health_history(snapshot.scale_set.id)
        history.record(snapshot)
        self.detail.show(
            instance, snapshot.scale_set, version, run_text, address_lines,
            history.levels(instance.instance_id), history.ends_at, snapshot.taken_at, causes,
        )  # fmt: skip

    def instance_summary(self, width: int) -> Content:
        """The instance of the cursor in two lines; in one where there is little room."""
        if self._screen.app.size.height >= _LOW:
            return self.detail.two_lines(width)
        board, appearance = self._board, self._screen.session.appearance
        version = board.latest_image_version
        return instance_summary(board.cursor_instance, self._scale_set, appearance, version, width)

    def draw_header(self, view: HeaderView) -> None:
        """Draws the header."""
        self._screen.query_one(Header).show(*view)

    def draw_condition(self, latest: LatestView | None, protection_reason: str) -> None:
        """Draws the notice bar, and dims the instances where the reading is too old."""
        key = command_key("read-only", self._screen.session.keys)
        text = f"{protection_reason}: read-only, {key} unlocks it" if protection_reason else ""
        self._latest = latest
        self.timeline.take_reading(latest)
        notice = self._screen.query_one(StatusNotice)
        notice.show(latest, text)
        self.heatmap.dimmed = self.table.dimmed = notice.is_outdated

    def dim_outdated(self) -> None:
        """Dims the instances where the reading has become too old."""
        self.heatmap.dimmed = self.table.dimmed = self._screen.query_one(StatusNotice).is_outdated
        self.cells.draw()

    def draw_run(self, status: RunStatus | None) -> None:
        """Draws the panel of the run; hides it where there is none."""
        self._screen.query_one(RunPanel).show(status)
        self.idle_panel.display = status is None
        self.timeline.show(status)
        self.demo_hint.set_run_is_live(run_is_live=status is not None and status.is_live)

    def draw_run_reading(self, snapshot: Snapshot | None) -> None:
        """Draws what the newest reading shows about the run."""
        self._screen.query_one(RunPanel).show_reading(snapshot)

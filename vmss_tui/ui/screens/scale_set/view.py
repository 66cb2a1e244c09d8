"""The widgets of a scale-set screen, and what is drawn on them."""

from textual.content import Content
from textual.geometry import Size

from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.gateway import AzureContext
from vmss_tui.runtime.storage.latest_view import LatestView
from vmss_tui.text import capitalize_sentence
from vmss_tui.ui.background.messages import RunStatus
from vmss_tui.ui.commands.screen import CommandScreen
from vmss_tui.ui.drawing.static_text import ComputedText
from vmss_tui.ui.instances.board import Board
from vmss_tui.ui.instances.heatmap import Heatmap
from vmss_tui.ui.instances.table import InstanceTable
from vmss_tui.ui.timeline.pane import TimelinePane
from vmss_tui.ui.timeline.track_view import TrackView
from vmss_tui.ui.widgets.demo_hint import DemoHint
from vmss_tui.ui.widgets.filter_bar import FilterBar
from vmss_tui.ui.widgets.footer import Footer, Legend
from vmss_tui.ui.widgets.header import Header
from vmss_tui.ui.widgets.instance_detail import InstanceDetail, instance_summary
from vmss_tui.ui.widgets.operation_panel import OperationPanel
from vmss_tui.ui.widgets.run_panel import RunPanel
from vmss_tui.ui.widgets.status_notice import StatusNotice
from vmss_tui.upgrade.report.sentences import describe_member

NARROW = 110
"""Below this many columns the detail pane opens over the heatmap instead of next to it."""


class ScaleSetView:
    """Finds the widgets of the screen and draws on them."""

    def __init__(self, screen: CommandScreen[None], board: Board) -> None:
        self._screen, self._board = screen, board
        self._scale_set: ScaleSet | None = None

    @property
    def heatmap(self) -> Heatmap:
        """A cell for each instance."""
        return self._screen.query_one(Heatmap)

    @property
    def table(self) -> InstanceTable:
        """A row for each instance."""
        return self._screen.query_one(InstanceTable)

    @property
    def timeline(self) -> TimelinePane:
        """The run over time."""
        return self._screen.query_one(TimelinePane)

    @property
    def cells(self) -> Heatmap | InstanceTable | TrackView:
        """Heatmap, table or the rows of the timeline: the one that is shown."""
        if self.timeline.display:
            return self.timeline.tracks
        return self.table if self.table.display else self.heatmap

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
    def operation_panel(self) -> OperationPanel:
        """The panel of instance operations; mounted below the run when it is first needed."""
        panels = list(self._screen.query(OperationPanel))
        if panels:
            return panels[0]
        panel = OperationPanel(self._screen.session.appearance)
        self._screen.mount(panel, after=self._screen.query_one(RunPanel))
        return panel

    def show_initial(self) -> None:
        """Hides what has nothing to show yet and focuses the heatmap."""
        self._screen.query_one(RunPanel).display = self.table.display = False
        self.timeline.display = False
        self.heatmap.focus()

    def set_size_classes(self, size: Size, *, update: bool = True) -> None:
        """Sets the CSS classes that adapt the layout to the terminal; `update` applies them."""
        width, height = size
        self._screen.update_classes(
            {
                "-narrow": width < NARROW,
                "-short": height < 16,  # as the app's own breakpoints set it
                "-tall": height >= 16,
                "-low": height < 16,
                "-flat": height < 12,
                "-high": height >= 30,
                "-higher": height >= 48,
            },
            update=update,
            animate=False,
        )

    def show_next(self) -> None:
        """Shows the table after the heatmap, then the timeline, then the heatmap again."""
        parts = (self.heatmap, self.table, self.timeline)
        index = next((i for i, part in enumerate(parts) if part.display), 0)
        for number, part in enumerate(parts):
            part.display = number == (index + 1) % len(parts)
        self._screen.set_class(self.timeline.display, "-timeline")
        self.cells.focus()

    def toggle_detail(self) -> None:
        """Opens or closes the detail pane."""
        self.detail.toggle_class("-open")
        self._screen.set_class(self.detail.has_class("-open"), "-detail")

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
        if self.timeline.display:
            self.timeline.draw()
        else:
            self.cells.draw()
        instance, run_text = board.cursor_instance, ""
        if status is not None and instance is not None:
            run_text = describe_member(status.run, instance.instance_id, status.run_time)
        self.detail.show(
            instance, self._scale_set, board.latest_image_version, run_text, address_lines
        )
        self._screen.query_one("#one-line", ComputedText).update_content()
        self._screen.query_one(Legend).update_content()
        self._screen.query_one(Footer).update_content()

    def instance_line(self, width: int) -> Content:
        """The cursor's instance in one line, for narrow terminals."""
        board, appearance = self._board, self._screen.session.appearance
        version = board.latest_image_version
        return instance_summary(board.cursor_instance, self._scale_set, appearance, version, width)

    def draw_header(
        self,
        path: tuple[str, ...],
        context: AzureContext,
        latest: LatestView | None,
        lock: str,
    ) -> None:
        """Draws the header. `path` is subscription, resource group and name; `lock` is
        `READ-ONLY`, `PROTECTED` or empty."""
        self._screen.query_one(Header).show(path, context, latest, lock)

    def draw_condition(self, latest: LatestView | None, protection_reason: str) -> None:
        """Draws the notice bar, and dims the instances where the reading is too old."""
        text = ""
        if protection_reason:
            text = f"{capitalize_sentence(protection_reason)}: only looked at, ! unlocks it"
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
        self.timeline.show(status)
        self.demo_hint.set_run_is_live(run_is_live=status is not None and status.is_live)

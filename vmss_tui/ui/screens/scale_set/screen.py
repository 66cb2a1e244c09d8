"""The scale-set screen: takes what threads tell, and is the only place that shows it."""

from collections.abc import Collection
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content

from vmss_tui.fleet.scale_set import Instance
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.operations.plan import stands_aside
from vmss_tui.runtime.observe.watcher import Watcher
from vmss_tui.ui.background.messages import RunStatusArrived, SnapshotArrived
from vmss_tui.ui.background.run_follower import Following
from vmss_tui.ui.background.workers import post_from_thread
from vmss_tui.ui.commands.availability import CommandContext
from vmss_tui.ui.commands.bindings import CommandScope, bindings_for
from vmss_tui.ui.dialogs.event_log import LogScreen
from vmss_tui.ui.drawing.static_text import ComputedText
from vmss_tui.ui.instances.heatmap import Heatmap
from vmss_tui.ui.instances.table import InstanceTable
from vmss_tui.ui.screens.leaving import LeavingScreen
from vmss_tui.ui.screens.run_list import RunsScreen
from vmss_tui.ui.screens.scale_set.run_commands import calls
from vmss_tui.ui.terminal.performance import freeze_garbage_collector
from vmss_tui.ui.widgets.demo_hint import Story
from vmss_tui.ui.widgets.filter_bar import FilterBar
from vmss_tui.ui.widgets.footer import Hints, Legend
from vmss_tui.ui.widgets.header import Header
from vmss_tui.ui.widgets.instance_detail import Detail, one_line
from vmss_tui.ui.widgets.rolling_upgrade_panel import RollingPanel
from vmss_tui.ui.widgets.run_panel import RunPanel
from vmss_tui.ui.widgets.status_notice import Notice
from vmss_tui.upgrade.engine.revert import no_retry, no_revert
from vmss_tui.upgrade.report.sentences import of_member
from vmss_tui.upgrade.run.progress import pause_left

WIDE = 110
"""From so many columns on the detail pane stands beside the heatmap."""


class ScaleSetScreen(LeavingScreen):
    """One scale set: header, heatmap, detail, run."""

    PANE = CommandScope.SCALE_SET
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for(CommandScope.SCALE_SET)]

    def __init__(self, scale_set: ScaleSetId, run: str | None = None) -> None:
        super().__init__(scale_set)
        self._run = run
        self._watcher: Watcher | None = None

    def compose(self) -> ComposeResult:
        """Top to bottom."""
        look = self.session.appearance
        yield Header(look)
        yield Story(self.session)
        yield Notice(self.session)
        with Horizontal(id="middle"):
            yield Heatmap(self.board, look)
            yield InstanceTable(self.board, look)
            yield Detail(look)
        yield ComputedText(self._one_line, id="one-line")
        yield RollingPanel(look)
        yield RunPanel(look)
        yield FilterBar(self._instances)
        yield Legend(self.board, look)
        yield Hints(CommandScope.SCALE_SET, self.standing, self.session.keys)

    def _instances(self) -> tuple[Instance, ...]:
        return self.view.snapshot.instances if self.view and self.view.snapshot else ()

    def on_mount(self) -> None:
        """Begins to watch the set, and a run where there is one."""
        cockpit = self.session.services
        self.query_one(RunPanel).display = self.table.display = False
        self.heatmap.focus()
        self.show_header()
        self._watcher = cockpit.readings.watch(
            self.scale_set, lambda v: post_from_thread(self, SnapshotArrived(v))
        )
        self.following = Following(cockpit, self.scale_set, self, self._run)
        self.learn_pace()
        self.look_at_rolling()

    def on_unmount(self) -> None:
        """Stops what was begun."""
        if self._watcher is not None:
            self._watcher.stop()
        if self.following is not None:
            self.following.stop()

    def on_resize(self) -> None:
        """Wide or narrow by itself."""
        self.set_class(self.size.width < WIDE, "-narrow")
        self.set_class(self.size.height < 16, "-low")
        self.set_class(self.size.height < 12, "-flat")
        self.set_class(self.size.height >= 30, "-high")
        self.set_class(self.size.height >= 48, "-higher")

    # What threads tell

    def on_snapshot_arrived(self, message: SnapshotArrived) -> None:
        """A newer reading, or why there is none."""
        old = self.view.snapshot if self.view else None
        view = self.view = message.view
        if view.snapshot is not None and view.snapshot is not old:
            self.learn_newest(view.snapshot)
            self.board.set_snapshot(view.snapshot)
            self.call_after_refresh(freeze_garbage_collector)
        self.show_header()
        self.show_condition()
        self.redraw()

    def on_run_status_arrived(self, message: RunStatusArrived) -> None:
        """The run's journal has grown."""
        before, news = self.news, message.status
        self.news = news
        if calls(before, news):
            self.app.bell()
        opened = news.run.open_batch if news else None
        self.board.batch_ids = frozenset(opened.instance_ids) if opened else frozenset()
        self.query_one(RunPanel).show(news)
        self.query_one(Story).beside(live=news is not None and news.alive)
        if isinstance(self.app.screen, LogScreen):
            self.app.screen.look_again()
        self.redraw()

    def redraw(self) -> None:
        """The cells or rows, and all that tells about its cursor."""
        snapshot = self.view.snapshot if self.view else None
        scale_set = snapshot.scale_set if snapshot else None
        self.cells.draw()
        instance = self.board.cursor_instance
        latest = self.board.latest_image_version
        news, of_run = self.news, ""
        if news is not None and instance is not None and not news.run.ended:
            of_run = of_member(news.run, instance.instance_id, news.t)
        reached = self.reached_at(instance)
        self.query_one(Detail).show(instance, scale_set, latest, of_run, reached)
        self.query_one("#one-line", ComputedText).update_content()
        self.redraw_foot()
        self.query_one(Hints).look()

    def _one_line(self, width: int) -> Content:
        snapshot = self.view.snapshot if self.view else None
        scale_set = snapshot.scale_set if snapshot else None
        board = self.board
        return one_line(board.cursor_instance, scale_set, self.session.appearance, board.latest_image_version, width)

    def standing(self) -> CommandContext:
        """What obstacles may know."""
        snapshot = self.view.snapshot if self.view else None
        run = self.news.run if self.news else None
        return CommandContext(
            read_only=self.session.read_only,
            protection_reason=self.protection(),
            has_reading=snapshot is not None,
            has_cursor=self.board.cursor_instance is not None,
            policy_mode=snapshot.scale_set.policy_mode if snapshot else None,
            rolling_upgrade_status=self.rolling_words,
            repairs_enabled=snapshot.scale_set.automatic_repairs if snapshot else False,
            run_phase=run.phase if run else None,
            run_is_live=self.news.alive if self.news else False,
            run_is_idle=stands_aside(run) if run else False,
            pause_reason=run.reason if run else "",
            run_is_between_batches=pause_left(run, self.news.t) > 0 if run and self.news else False,
            retry_obstacle=no_retry(run) if run else "there is no run on this set",
            revert_obstacle=no_revert(run) if run else "there is no run on this set",
        )

    # How old the reading is

    def show_condition(self) -> None:
        """Says what is wrong, and dims what is old."""
        notice = self.query_one(Notice)
        notice.show(self.view, self.protected_words())
        self.heatmap.dimmed = self.table.dimmed = notice.old

    def on_notice_aged(self) -> None:
        """Time alone has made the reading old."""
        self.heatmap.dimmed = self.table.dimmed = self.query_one(Notice).old
        self.cells.draw()

    def show_header(self) -> None:
        """Where we are, what the set is, and what closes it to writes."""
        cockpit, snapshot = self.session.services, self.view.snapshot if self.view else None
        at = snapshot.scale_set.id if snapshot else self.scale_set
        path = (cockpit.names.name_of(at.subscription_id), at.resource_group, at.name)
        self.query_one(Header).show(path, cockpit.context, self.view, self.closed_to_writes())

    # Commands that leave this screen

    def attend(self, instance_ids: Collection[str]) -> None:
        """Some are waited for: their readings come first."""
        if self._watcher is not None:
            self._watcher.follow_instances(instance_ids)

    def do_refresh(self) -> None:
        """Reads again as soon as the budget allows."""
        if self._watcher is not None:
            self._watcher.refresh()

    def do_runs(self) -> None:
        """Earlier and live runs."""
        self.put_up(RunsScreen(), self._open_run)

    def _open_run(self, run: str | None) -> None:
        if run is None:
            return
        scale_set = self.session.services.runs.follow(run).folder.manifest.plan.scale_set
        if scale_set.key == self.scale_set.key and self.following is not None:
            self.following.show(run)
        else:
            self.put_up(ScaleSetScreen(scale_set, run))

"""The screen of one scale set: its widgets, its controllers, and the routes of messages to them."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from vmss_tui.fleet.scale_set import Instance
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.operations.plan import allows_operations
from vmss_tui.text import capitalize_sentence, cell
from vmss_tui.ui.background import messages, replies
from vmss_tui.ui.background.early_watch import EarlyWatch
from vmss_tui.ui.background.message_base import ReplaceableMessage
from vmss_tui.ui.background.run_watcher import RunWatcher
from vmss_tui.ui.background.workers import post_from_thread
from vmss_tui.ui.commands.availability import CommandContext
from vmss_tui.ui.commands.bindings import COMMANDS_BY_ID, CommandScope, bindings_for
from vmss_tui.ui.commands.handlers import handlers_by_command
from vmss_tui.ui.commands.screen import CommandScreen
from vmss_tui.ui.commands.search import PaletteName
from vmss_tui.ui.drawing.cached_lines import blank_lines
from vmss_tui.ui.drawing.glyphs import Appearance
from vmss_tui.ui.drawing.panes import Pane, Panes
from vmss_tui.ui.drawing.static_text import ComputedText
from vmss_tui.ui.instances.board import Board
from vmss_tui.ui.instances.heatmap import Heatmap
from vmss_tui.ui.instances.heatmap_tiles import InstanceClicked
from vmss_tui.ui.instances.table import InstanceTable
from vmss_tui.ui.screens.scale_set.context import Controller, ScaleSetContext
from vmss_tui.ui.screens.scale_set.instance_commands import InstanceCommands
from vmss_tui.ui.screens.scale_set.maintenance_commands import MaintenanceCommands
from vmss_tui.ui.screens.scale_set.model_commands import ModelCommands
from vmss_tui.ui.screens.scale_set.navigation import Navigation
from vmss_tui.ui.screens.scale_set.operation_commands import OperationCommands
from vmss_tui.ui.screens.scale_set.operation_tracker import ScaleSetOperations
from vmss_tui.ui.screens.scale_set.run_commands import RunCommands, needs_attention
from vmss_tui.ui.screens.scale_set.selection_commands import SelectionCommands
from vmss_tui.ui.screens.scale_set.upgrade_commands import UpgradeCommands
from vmss_tui.ui.screens.scale_set.view_commands import ViewCommands
from vmss_tui.ui.screens.scale_set.write_lock import WriteLock
from vmss_tui.ui.terminal.performance import freeze_garbage_collector
from vmss_tui.ui.timeline.pane import LastRunArrived, TimelinePane
from vmss_tui.ui.widgets.demo_hint import DemoHint
from vmss_tui.ui.widgets.filter_bar import FilterBar
from vmss_tui.ui.widgets.footer import Footer
from vmss_tui.ui.widgets.frame import Frame
from vmss_tui.ui.widgets.header import Header
from vmss_tui.ui.widgets.idle_panel import IdlePanel
from vmss_tui.ui.widgets.instance_detail import InstanceDetail
from vmss_tui.ui.widgets.map_frame import MapFrame
from vmss_tui.ui.widgets.rolling_upgrade_panel import RollingUpgradePanel
from vmss_tui.ui.widgets.run_panel import RunPanel
from vmss_tui.ui.widgets.status_notice import StatusNotice
from vmss_tui.ui.widgets.summary_bar import Legend, SummaryBar
from vmss_tui.upgrade.engine.revert import retry_unavailable_reason, revert_unavailable_reason
from vmss_tui.upgrade.run.progress import remaining_pause

Receiver = Callable[[Any], None]
_NO_RUN = "there is no run on this set"


class ScaleSetScreen(CommandScreen[None]):
    """One scale set: header, heatmap or table, detail pane, panels, footer."""

    COMMAND_SCOPE = CommandScope.SCALE_SET
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for(CommandScope.SCALE_SET)]

    def __init__(
        self, scale_set: ScaleSetId, run: str | None = None, watch: EarlyWatch | None = None
    ) -> None:
        """`run` names the run to show; None shows the live one, or one that can be resumed.
        `watch` reads the scale set already."""
        super().__init__()
        self._run_name, self._watch = run, watch
        self.context = context = ScaleSetContext(self, scale_set)
        self.selection, self.views = SelectionCommands(context), ViewCommands(context)
        self.instances, self.runs = InstanceCommands(context), RunCommands(context)
        self.upgrades, self.model = UpgradeCommands(context), ModelCommands(context)
        self.navigation = Navigation(context, ScaleSetScreen)
        self.maintenance = MaintenanceCommands(context)
        self.operations = ScaleSetOperations(context)
        self.controllers: tuple[Controller, ...] = (
            self.selection,
            self.views,
            self.instances,
            self.runs,
            self.upgrades,
            self.model,
            self.navigation,
            self.maintenance,
            self.operations,
            OperationCommands(context),
            WriteLock(context),
        )
        context.controllers = self.controllers
        context.start_operation = self.operations.start
        self.handlers = handlers_by_command(self.controllers, self.COMMAND_SCOPE)
        self._receivers = self._routes()

    def compose(self) -> ComposeResult:
        """The widgets, top to bottom."""
        # Before there are widgets, so that none is styled twice.
        self.context.view.set_size_classes(self.app.size, update=False)
        appearance, board = self.session.appearance, self.context.board
        yield Header(appearance)
        yield SummaryBar(appearance)
        yield Legend(board, appearance)
        yield DemoHint(self.session)
        panes, regions_for = self._panes(board, appearance), self.context.view.regions_for
        yield Panes(panes, regions_for, later={Pane.TIMELINE}, id="panes")
        yield StatusNotice(self.session)  # below, so that it does not move the heat map
        yield FilterBar(self._instances)
        keys = self.session.keys
        yield Footer(CommandScope.SCALE_SET, self.command_context, keys, appearance)

    def _panes(self, board: Board, appearance: Appearance) -> Mapping[Pane, Widget]:
        heatmap, table = Heatmap(board, appearance), InstanceTable(board, appearance)
        idle = IdlePanel(board, self.session, self._unavailable_reason)
        runs = (RollingUpgradePanel(appearance), RunPanel(appearance), idle)
        summary = ComputedText(self.context.view.instance_summary, id="instance-summary")
        return {
            Pane.MAP: MapFrame(heatmap, table, board, appearance, id="map-frame"),
            Pane.SUMMARY: summary,
            Pane.RUN: Frame(runs, appearance, id="run-frame"),
            Pane.TIMELINE: TimelinePane(board, appearance),
            Pane.INSTANCE: Frame((InstanceDetail(appearance),), appearance, id="instance-frame"),
        }

    def _instances(self) -> Iterable[Instance]:
        return self.context.snapshot.instances if self.context.snapshot else ()

    def on_mount(self) -> None:
        """Starts to watch the scale set and its run."""
        context, services = self.context, self.session.services
        context.view.show_initial()
        context.draw_header()
        watch = self._watch or EarlyWatch(services, context.scale_set)
        context.watcher = watch.watcher
        first = watch.attach(
            lambda latest: post_from_thread(self, messages.SnapshotArrived(latest))
        )
        context.run_watcher = RunWatcher(services, context.scale_set, self, self._run_name)
        for controller in self.controllers:
            controller.mounted()
        if first is not None:
            self.on_snapshot_arrived(messages.SnapshotArrived(first))  # in the first frame

    def on_unmount(self) -> None:
        """Stops the threads of this screen."""
        if self.context.watcher is None:
            return  # the program ended before this screen was mounted
        self.context.watcher.stop()
        if self.context.run_watcher is not None:
            self.context.run_watcher.stop()
        for controller in self.controllers:
            controller.unmounted()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Only the background: what it shows are its widgets."""
        return blank_lines(self, crop)

    def on_resize(self) -> None:
        """Adapts the layout to the terminal."""
        self.context.view.set_size_classes(self.size)
        self.call_after_refresh(self.context.redraw)  # once the panes have their new sizes

    # Messages

    def _routes(self) -> dict[type[Message], tuple[Receiver, ...]]:
        """Message from a thread -> its receivers, in the order in which they are called."""
        return {
            messages.RollingUpgradeArrived: (self.maintenance.rolling_upgrade_arrived,),
            messages.PaceArrived: (self.upgrades.pace_arrived,),
            messages.NewestVersionArrived: (self.model.newest_version_arrived,),
            messages.SubscriptionNameArrived: (self.navigation.subscription_name_arrived,),
            messages.ModelEditEnded: (self.model.model_edit_ended,),
            messages.OperationStarted: (self.operations.operation_started,),
            messages.OperationUpdated: (self.operations.operation_updated,),
            LastRunArrived: (self.views.last_run_arrived,),
            replies.JsonArrived: (self.instances.show_json,),
            replies.AddressesArrived: (self.instances.show_addresses,),
            replies.NeighboursArrived: (self.navigation.neighbours_arrived,),
            replies.UndoArrived: (self.model.undo_arrived,),
            replies.ModelSaved: (self.model.model_saved,),
            replies.ModelSaveFailed: (self.model.model_save_failed,),
            replies.RunStarted: (self.upgrades.run_started,),
            replies.IntentSent: (self.runs.intent_sent,),
            replies.HistoryArrived: (self.maintenance.show_history,),
            replies.RepairsArrived: (self.maintenance.show_repairs,),
            replies.MaintenancePreviewArrived: (self.maintenance.confirm,),
            replies.MaintenanceActionSent: (self.maintenance.action_sent,),
        }

    @on(ReplaceableMessage)
    def route(self, message: ReplaceableMessage) -> None:
        """Passes a message from a thread to its receivers."""
        for receiver in self._receivers.get(type(message), ()):
            receiver(message)

    def on_snapshot_arrived(self, message: messages.SnapshotArrived) -> None:
        """Shows the newest report of the watcher, then informs every controller."""
        context, latest = self.context, message.latest
        previous, context.latest = context.snapshot, latest
        if latest.snapshot is not None and latest.snapshot is not previous:
            context.board.set_snapshot(latest.snapshot)
            self.call_after_refresh(freeze_garbage_collector)
        context.draw_header()
        context.draw_condition()
        context.redraw()
        context.view.draw_run_reading(latest.snapshot)
        for controller in self.controllers:
            controller.snapshot_arrived(latest)

    def on_run_status_arrived(self, message: messages.RunStatusArrived) -> None:
        """Shows the run; rings the bell where it needs the operator."""
        context, status = self.context, message.status
        previous, context.run = context.run, status
        if needs_attention(previous, status):
            self.app.bell()
        context.board.show_run(status.run if status else None)
        context.view.draw_run(status)
        self.runs.run_status_arrived(status)
        context.update_event_log()
        context.redraw()
        self.instances.view_changed()

    def on_earlier_run_arrived(self, message: messages.EarlierRunArrived) -> None:
        """Names the newest run in place of a run."""
        self.context.view.idle_panel.show_last_run(message.status)

    def on_request_failed(self, message: replies.RequestFailed) -> None:
        """Shows the error."""
        self.operations.request_failed()
        self.say(capitalize_sentence(cell(message.error, 600)), warning=True)

    def on_status_notice_expired(self) -> None:
        """The reading has become too old."""
        self.context.view.dim_outdated()

    def on_filter_bar_changed(self, message: FilterBar.Changed) -> None:
        """A filter is being typed."""
        self.views.filter_changed(message)

    def on_filter_bar_filter_accepted(self) -> None:
        """The filter bar was left."""
        self.views.filter_closed()

    def on_instance_clicked(self, message: InstanceClicked) -> None:
        """An instance, or the label of a row, was clicked."""
        self.selection.instance_clicked(message)

    def _unavailable_reason(self, command_id: str) -> str | None:
        return COMMANDS_BY_ID[command_id].unavailable_reason(self.command_context())

    def palette_names(self) -> Iterable[PaletteName]:
        """Instances and scale sets that the command palette can go to."""
        return self.navigation.palette_names()

    def command_context(self) -> CommandContext:
        """The state of the screen that the availability rules depend on."""
        context, snapshot, status = self.context, self.context.snapshot, self.context.run
        run = status.run if status else None
        pause = remaining_pause(status.run, status.run_time) if status else 0.0
        return CommandContext(
            read_only=self.session.read_only,
            protection_reason=context.protection_reason,
            has_reading=snapshot is not None,
            has_cursor=context.board.cursor_instance is not None,
            policy_mode=snapshot.scale_set.policy_mode if snapshot else None,
            rolling_upgrade_status=self.maintenance.rolling_upgrade_status,
            repairs_enabled=snapshot.scale_set.automatic_repairs if snapshot else False,
            run_phase=run.phase if run else None,
            run_is_live=status.is_live if status else False,
            run_is_idle=allows_operations(run) if run else False,
            pause_reason=run.reason if run else "",
            run_is_between_batches=pause > 0,
            retry_obstacle=retry_unavailable_reason(run) if run else _NO_RUN,
            revert_obstacle=revert_unavailable_reason(run) if run else _NO_RUN,
            run_name=status.name if status else "",
        )

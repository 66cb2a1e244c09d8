"""Commands that read or copy facts of the cursor's instance, and the popup of actions."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from vmss_tui.fleet.phrases import pluralize
from vmss_tui.fleet.scale_set import Orchestration
from vmss_tui.operations.plan import open_batch_obstacle
from vmss_tui.runtime.storage.latest_view import LatestView
from vmss_tui.text import cell
from vmss_tui.ui.background.replies import AddressesArrived, JsonArrived
from vmss_tui.ui.instance_screen.command_results import CommandResults
from vmss_tui.ui.screens.scale_set.context import Controller, ScaleSetContext
from vmss_tui.ui.terminal.output import clipboard_sequence, takes_clipboard
from vmss_tui.ui.text.actions import action_groups
from vmss_tui.ui.text.addresses import describe_addresses

if TYPE_CHECKING:
    from vmss_tui.ui.instance_screen.instance_screen import InstanceScreen

_SELECTION_SECONDS = 15.0
"""Seconds in which a text can be selected with the mouse."""


class InstanceCommands(Controller):
    """One instance: its screen, JSON, addresses and resource id."""

    _screen: "InstanceScreen | None" = None
    """The screen of the instance while it is open."""

    def __init__(self, context: ScaleSetContext) -> None:
        super().__init__(context)
        self._command_results = CommandResults()

    def do_detail(self) -> None:
        """Opens the screen of the instance."""
        self.open_instance()

    def open_instance(self, tab: int = 0) -> None:
        """Opens the screen of the cursor's instance on a tab."""
        from vmss_tui.ui.instance_screen.instance_screen import InstanceScreen, ScaleSetAccess
        from vmss_tui.ui.instance_screen.tab import TabContext

        context, view = self.context, self.context.view.detail.view
        if view is None:
            return
        run_name = context.run.name if context.run else ""
        selected_ids = tuple(sorted(context.board.selected_ids))
        shared = TabContext(
            context.session,
            context.scale_set,
            view,
            selected_ids,
            run_name,
            self._batch_obstacle,
        )
        access = ScaleSetAccess(context.screen.command_context, self._move, context.refresh)
        self._screen = InstanceScreen(
            shared, context.header_view(), access, self._command_results, tab
        )
        context.push(self._screen, self._closed)

    def _batch_obstacle(self, instance_ids: Sequence[str]) -> str:
        """Why no script may run on these instances now, as far as the run on screen decides it."""
        status = self.context.run
        if status is None or not status.is_live:
            return ""
        obstacle = open_batch_obstacle(status.run, instance_ids)
        return f"run {status.name} is live, and {obstacle}" if obstacle else ""

    def _closed(self, command_id: str | None) -> None:
        self._screen = None
        if command_id is not None:
            self.context.screen.action_command(command_id)

    def _move(self, step: int) -> None:
        """Moves the cursor to the next or previous instance of the map, and shows it."""
        board = self.context.board
        order = board.arrangement.order
        if board.cursor in order:
            board.set_cursor(order[(order.index(board.cursor) + step) % len(order)])
            self.context.redraw()
            self.view_changed(is_moved=True)

    def snapshot_arrived(self, latest: LatestView) -> None:
        """Shows the newer reading on the screen of the instance."""
        self.view_changed()

    def view_changed(self, *, is_moved: bool = False) -> None:
        """Shows what is known now on the screen of the instance. Closes it where the instance is
        gone: the cursor is on another one then."""
        screen, view = self._screen, self.context.view.detail.view
        if screen is None or not screen.is_mounted:
            return
        screen.show_header(self.context.header_view())
        shown_id = screen.context.instance.instance_id
        if view is not None and (is_moved or view.instance.instance_id == shown_id):
            screen.show_reading(view)
        elif screen.is_active:
            screen.leave(None)
            text = f"Instance {cell(shown_id, 40)} is no longer in the scale set"
            self.context.say(text, warning=True)

    def do_json(self) -> None:
        """Reads the instance as JSON: one GET request."""
        context, instance_id = self.context, self.context.board.cursor
        if instance_id is None:
            return
        queries, scale_set = context.services.queries, context.scale_set
        context.run_in_thread(
            lambda: JsonArrived(instance_id, queries.read_instance_json(scale_set, instance_id))
        )

    def show_json(self, message: JsonArrived) -> None:
        """Shows the JSON in a text viewer."""
        from vmss_tui.ui.dialogs.text_viewer import TextViewer

        title = f"Raw JSON: instance {message.instance_id} of {self.context.scale_set.short}"
        self.context.push(TextViewer(title, Content(message.json)))

    def do_addresses(self) -> None:
        """Reads the private and public addresses: one request, and one for each public address."""
        context, instance = self.context, self.context.board.cursor_instance
        if instance is None:
            return
        queries, scale_set, now = context.services.queries, context.scale_set, context.session.now
        context.run_in_thread(
            lambda: AddressesArrived(
                instance, queries.read_addresses(scale_set, instance.instance_id), now()
            )
        )

    def show_addresses(self, message: AddressesArrived) -> None:
        """Shows the addresses in a text viewer; the detail pane shows them from now on."""
        from vmss_tui.ui.dialogs.text_viewer import TextViewer

        context, instance_id = self.context, message.instance.instance_id
        context.addresses[instance_id] = message
        context.redraw()
        title = f"IP addresses: instance {instance_id} of {context.scale_set.short}"
        text = describe_addresses(message.addresses, context.session.appearance.clock(message.at))
        private = (address.private_ip for address in message.addresses if address.private_ip)
        context.push(TextViewer(title, text, copy_text=next(private, "")))

    def do_actions(self) -> None:
        """Opens the popup of actions on the selection, else on the cursor's row."""
        from vmss_tui.ui.dialogs.action_menu import ActionsScreen

        context, snapshot = self.context, self.context.snapshot
        if snapshot is None:
            return
        ids, selection = context.board.selection()
        instances = [snapshot.by_id[i] for i in ids if i in snapshot.by_id]
        row = context.board.cursor_row
        if not context.board.selected_ids and row is not None:
            count = pluralize(len(instances), "instance", "instances")
            selection = f"{row.key.label} ({count})"
        groups = action_groups(
            context.screen.command_context(),
            context.session.keys,
            instances,
            snapshot.scale_set.capacity,
        )

        def chosen(command_id: str | None) -> None:
            if command_id is not None:
                context.screen.action_command(command_id)

        context.push(ActionsScreen(f"Actions: {selection}", groups, ids), chosen)

    def do_copy_id(self) -> None:
        """Copies the resource id. Shows it where the terminal may not have copied it: none reports
        that."""
        context = self.context
        snapshot, base = context.board.snapshot, context.scale_set.resource_id
        if snapshot and snapshot.scale_set.orchestration is Orchestration.FLEXIBLE:
            base = base.rsplit("/", 2)[0]
        resource_id = f"{base}/virtualMachines/{context.board.cursor}"
        context.screen.app.copy_to_clipboard(resource_id)
        if takes_clipboard(os.environ):
            context.say(f"Copied {resource_id}")
        elif clipboard_sequence(resource_id, os.environ) is not None:
            text = "Sent to the terminal's clipboard; if it is empty, copy it here"
            context.say(f"{text}: {resource_id}", seconds=_SELECTION_SECONDS)

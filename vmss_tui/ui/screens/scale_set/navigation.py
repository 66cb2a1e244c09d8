"""Commands that leave the scale set: to its neighbours, to pinned sets, to runs, back, and out."""

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.screen import Screen

from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.runtime.storage.latest_view import LatestView
from vmss_tui.ui.background.messages import SubscriptionNameArrived
from vmss_tui.ui.background.replies import NeighboursArrived
from vmss_tui.ui.commands.search import PaletteName
from vmss_tui.ui.departure import leave_program
from vmss_tui.ui.instances.filter import Filter
from vmss_tui.ui.screens.scale_set.context import Controller, ScaleSetContext
from vmss_tui.ui.screens.scale_set_order import sort_scale_sets
from vmss_tui.ui.text.pins import no_pin_message, pinned_scale_set, toggle_pin

if TYPE_CHECKING:
    from vmss_tui.ui.campaigns.campaign_screen import ScreenFactory


class Navigation(Controller):
    """Ways to other screens and out of the program."""

    def __init__(self, context: ScaleSetContext, make_screen: "ScreenFactory") -> None:
        super().__init__(context)
        self._make_screen = make_screen
        self._name_requested = False

    # The name of the subscription, for a scale set that was opened without the list

    def snapshot_arrived(self, latest: LatestView) -> None:
        """Reads the name of the subscription once, after the first snapshot."""
        if self._name_requested or latest.snapshot is None:
            return
        self._name_requested = True
        names, subscription = (
            self.context.services.subscription_names,
            self.context.scale_set.subscription_id,
        )
        if names.name_of(subscription) == subscription:
            self.context.run_in_thread(lambda: SubscriptionNameArrived(names.look_up(subscription)))

    def subscription_name_arrived(self, message: SubscriptionNameArrived) -> None:
        """Shows the name in the header instead of the id."""
        self.context.draw_header()

    # Other scale sets

    def do_previous_set(self) -> None:
        """Goes to the scale set before this one in the list."""
        self._go_to_neighbour(-1)

    def do_next_set(self) -> None:
        """Goes to the scale set after this one in the list."""
        self._go_to_neighbour(1)

    def do_pin(self) -> None:
        """Pins the scale set to a number key, or unpins it."""
        self.context.say(toggle_pin(self.context.services, self.context.scale_set))

    def do_pinned(self, key: str) -> None:
        """Goes to the scale set that is pinned to a number key."""
        scale_set = pinned_scale_set(self.context.services, key)
        if scale_set is None:
            self.context.say(no_pin_message(key))
        elif scale_set.key == self.context.scale_set.key:
            self.context.say(f"{scale_set.name} is on screen already")
        else:
            self._switch_to(scale_set)

    def neighbours_arrived(self, message: NeighboursArrived) -> None:
        """Goes on to the neighbour, now that the list has been read."""
        session = self.context.session
        session.scale_sets = sort_scale_sets(
            message.scale_sets, session.services.subscription_names.name_of
        )
        if self.context.screen.is_current:
            self._go_in_list(message.step)

    def _go_to_neighbour(self, step: int) -> None:
        if self.context.session.scale_sets:
            self._go_in_list(step)
            return
        queries = self.context.services.queries
        self.context.say("Reading the list of scale sets …")
        self.context.run_in_thread(lambda: NeighboursArrived(queries.list_scale_sets(), step))

    def _go_in_list(self, step: int) -> None:
        session, scale_set = self.context.session, self.context.scale_set
        ids = [listed.id for listed in session.scale_sets]
        if scale_set.key in session.filtered_keys:
            ids = [listed for listed in ids if listed.key in session.filtered_keys]
        keys = [listed.key for listed in ids]
        if len(ids) < 2 or scale_set.key not in keys:
            self.context.say("There is no other scale set in the list")
            return
        self._switch_to(ids[(keys.index(scale_set.key) + step) % len(ids)])

    def palette_names(self) -> Iterator[PaletteName]:
        """Instances by id and name, then the scale sets of the list as it was last read."""
        snapshot = self.context.snapshot
        for instance in snapshot.instances if snapshot else ():
            title, name = instance.instance_id, instance.computer_name or instance.name
            if name and name != title:
                title = f"{title} {name}"
            go = partial(self._go_to_instance, instance.instance_id)
            yield PaletteName("Instances", title, str(instance.state), go)
        for scale_set in self.context.session.scale_sets:
            if scale_set.id.key != self.context.scale_set.key:
                note = f"{scale_set.id.group_label} {scale_set.place}"
                go = partial(self._switch_to, scale_set.id)
                yield PaletteName("Scale sets", scale_set.name, note, go)

    def _go_to_instance(self, instance_id: str) -> None:
        """Moves the cursor to an instance; shows all instances where a filter hides it."""
        board = self.context.board
        if instance_id not in board.shown_grid.row_keys:
            board.problems_only, board.filter = False, Filter()
            board.rebuild()
        board.set_cursor(instance_id)
        self.context.redraw()

    def _switch_to(self, scale_set: ScaleSetId) -> None:
        screen: Screen[Any] = self._make_screen(scale_set, None)
        self.context.screen.app.switch_screen(screen)

    # Runs

    def do_runs(self) -> None:
        """Opens the list of runs; the run chosen there is shown on its scale set."""
        from vmss_tui.ui.screens.run_list import RunListScreen

        self.context.push(RunListScreen(self._make_screen), self._show_run)

    def _show_run(self, name: str | None) -> None:
        if name is None:
            return
        scale_set = self.context.services.run_control.follow(name).folder.manifest.plan.scale_set
        if scale_set.key == self.context.scale_set.key and self.context.run_watcher is not None:
            self.context.show_run(name)
        else:
            self.context.push(self._make_screen(scale_set, name))

    # Back and out. A live run goes on in its own process

    def do_back(self) -> None:
        """Closes the detail pane, the filter or another panel; else goes back to the list."""
        if self.context.close_panel():
            return
        self._go_to_list()

    def do_leave(self) -> None:
        """Goes back to the list, or leaves the program: asks first where a run is live."""
        if not self._go_to_list():
            leave_program(self.context.screen.app, self.context.services)

    def _go_to_list(self) -> bool:
        """Goes back to the screen below, or to the list that was not opened at the start; False
        where there is neither."""
        screen, session = self.context.screen, self.context.session
        make_list = session.make_list
        if len(screen.app.screen_stack) > 2:
            screen.dismiss(None)
        elif make_list is not None:
            session.make_list = None
            screen.app.switch_screen(make_list())
        else:
            return False
        return True

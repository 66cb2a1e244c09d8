"""The commands of the scale-set screen that only look: moving, marking, filtering, showing.

They change the `Board` and ask for it to be drawn again; none of them speaks to Azure except
`json`, which is one GET, and `addresses`, one and another for each public address.
"""

from textual.content import Content

from vmss_tui.fleet.scale_set import Instance, Orchestration
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.ui.background.replies import AddressesArrived, RequestFailed, JsonArrived
from vmss_tui.ui.background.workers import run_in_thread
from vmss_tui.ui.commands.palette import ActionsProvider, Palette
from vmss_tui.ui.dialogs.text_viewer import ReaderScreen
from vmss_tui.ui.instances.board import SelectionScope
from vmss_tui.ui.instances.cursor import CursorMove
from vmss_tui.ui.instances.filter import Filter
from vmss_tui.ui.instances.heatmap_tiles import InstanceClicked
from vmss_tui.ui.screens.scale_set.view import ViewingScreen
from vmss_tui.ui.text.addresses import in_short, written_out
from vmss_tui.ui.widgets.filter_bar import FilterBar
from vmss_tui.ui.widgets.instance_detail import Detail


class LookingScreen(ViewingScreen):
    """A screen with a board on it."""

    def __init__(self, scale_set: ScaleSetId) -> None:
        super().__init__(scale_set)
        self.reached: dict[str, AddressesArrived] = {}
        """What was asked in this session, by instance id."""

    # Moving

    def _move(self, move: CursorMove) -> None:
        if self.query_one(Detail).has_focus and move in (CursorMove.UP, CursorMove.DOWN):
            self.query_one(Detail).scroll_relative(y=1 if move is CursorMove.DOWN else -1)
            return
        self.board.move_cursor(move, self.page)
        self.redraw()

    def do_left(self) -> None:
        """One cell to the left."""
        self._move(CursorMove.LEFT)

    def do_right(self) -> None:
        """One cell to the right."""
        self._move(CursorMove.RIGHT)

    def do_up(self) -> None:
        """One line up."""
        self._move(CursorMove.UP)

    def do_down(self) -> None:
        """One line down."""
        self._move(CursorMove.DOWN)

    def do_first(self) -> None:
        """To the first cell."""
        self._move(CursorMove.FIRST)

    def do_last(self) -> None:
        """To the last cell."""
        self._move(CursorMove.LAST)

    def do_page_up(self) -> None:
        """A page up."""
        self._move(CursorMove.PAGE_UP)

    def do_page_down(self) -> None:
        """A page down."""
        self._move(CursorMove.PAGE_DOWN)

    def do_next_pane(self) -> None:
        """Focus goes on to the next pane."""
        self.focus_next()

    def do_next_problem(self) -> None:
        """To the next instance that wants an eye."""
        self._problem(1)

    def do_previous_problem(self) -> None:
        """To the one before."""
        self._problem(-1)

    def _problem(self, step: int) -> None:
        if not self.board.move_to_problem(step):
            self.say("No problems: nothing failed, unhealthy or unknown")
        self.redraw()

    # Marking

    def do_mark(self) -> None:
        """Marks the instance, or takes its mark off."""
        self.board.toggle_selected()
        self.redraw()

    def do_mark_range(self) -> None:
        """Begins or ends a range."""
        self.board.toggle_range()
        self.redraw()

    def do_mark_row(self) -> None:
        """Marks the row."""
        self.board.select(SelectionScope.ROW)
        self.redraw()

    def do_mark_zone(self) -> None:
        """Marks the zone."""
        self.board.select(SelectionScope.ZONE)
        self.redraw()

    def do_mark_all(self) -> None:
        """Marks all that is shown."""
        self.board.select(SelectionScope.ALL)
        self.redraw()

    def do_clear_marks(self) -> None:
        """Takes all marks off."""
        self.board.clear_selection()
        self.redraw()

    # Looking

    def do_filter(self) -> None:
        """Opens the filter."""
        self.query_one(FilterBar).open()

    def on_filter_bar_narrowed(self, message: FilterBar.Narrowed) -> None:
        """The filter works as it is typed."""
        self._narrow(message.wanted)

    def on_filter_bar_kept(self) -> None:
        """Keys move the cursor again."""
        self.cells.focus()

    def _narrow(self, wanted: Filter) -> None:
        self.board.filter = wanted
        self.board.rebuild()
        self.redraw()

    def clear_filter(self) -> None:
        """Shows everything again."""
        self.query_one(FilterBar).close()
        self.board.problems_only = False
        self._narrow(Filter())
        self.cells.focus()

    def do_problems_only(self) -> None:
        """Problems only, or everything again."""
        self.board.problems_only = not self.board.problems_only
        self.board.rebuild()
        if self.board.problems_only and not self.board.shown_grid.rows:
            self.board.problems_only = False
            self.board.rebuild()
            self.say("No problems: nothing failed, unhealthy or unknown")
        self.redraw()

    def do_json(self) -> None:
        """Asks for the instance as Azure says it."""
        instance_id = self.board.cursor
        if instance_id is None:
            return
        readings, scale_set = self.session.services.readings, self.scale_set
        run_in_thread(
            self,
            lambda: JsonArrived(instance_id, readings.instance_json(scale_set, instance_id)),
            RequestFailed,
        )

    def on_json_arrived(self, message: JsonArrived) -> None:
        """Shows it in a pane of its own."""
        title = f"instance {message.instance_id} of {self.scale_set.short}"
        self.put_up(ReaderScreen(title, Content(message.json)))

    def do_addresses(self) -> None:
        """Asks where the instance can be reached."""
        instance = self.board.cursor_instance
        if instance is None:
            return
        readings, scale_set = self.session.services.readings, self.scale_set
        run_in_thread(
            self,
            lambda: AddressesArrived(
                instance, readings.addresses(scale_set, instance.instance_id), self.session.now()
            ),
            RequestFailed,
        )

    def on_addresses_arrived(self, message: AddressesArrived) -> None:
        """Shows them in a pane of their own; the detail pane keeps them."""
        self.reached[message.instance.instance_id] = message
        self.redraw()
        title = f"addresses of instance {message.instance.instance_id} of {self.scale_set.short}"
        told = written_out(message.addresses, self.session.appearance.clock(message.at))
        first = next((each.private_ip for each in message.addresses if each.private_ip), "")
        self.put_up(ReaderScreen(title, told, copies=first))

    def reached_at(self, instance: Instance | None) -> tuple[tuple[str, str], ...]:
        """What was answered of this machine, as lines of the detail; none where nobody asked."""
        known = self.reached.get(instance.instance_id) if instance else None
        if known is None or instance is None or known.instance.vm_id != instance.vm_id:
            return ()
        return in_short(known.addresses, self.session.appearance.clock(known.at))

    def do_actions(self) -> None:
        """The palette with nothing but what can be done here."""
        _, words = self.board.selection()
        placeholder = f"what to do with {words}"
        self.put_up(Palette([ActionsProvider], placeholder=placeholder))

    def do_copy_id(self) -> None:
        """Copies the resource id, and shows it: no terminal says whether it has copied."""
        snapshot, instance_id = self.board.snapshot, self.board.cursor
        base = self.scale_set.resource_id
        if snapshot and snapshot.scale_set.orchestration is Orchestration.FLEXIBLE:
            base = base.rsplit("/", 2)[0]
        resource_id = f"{base}/virtualMachines/{instance_id}"
        self.app.copy_to_clipboard(resource_id)
        self.say(f"Copied {resource_id}")

    def on_instance_clicked(self, message: InstanceClicked) -> None:
        """A click puts the cursor there; with ctrl it marks, twice it opens the detail."""
        self.board.set_cursor(message.instance_id)
        self.redraw()
        if message.toggles_selection:
            self.action_command("mark-row" if message.is_row_label else "mark")
        elif message.opens_detail:
            self.action_command("detail")

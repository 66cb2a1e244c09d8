"""The list of scale sets: one list request for each subscription, then counts and live runs."""

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Input

from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.ui.background.outdated_counter import CountArrived, OutdatedCounter
from vmss_tui.ui.background.replies import ScaleSetsArrived
from vmss_tui.ui.background.workers import run_in_thread
from vmss_tui.ui.commands.availability import CommandContext
from vmss_tui.ui.commands.bindings import (
    COMMANDS_BY_ID,
    CommandScope,
    bindings_for,
    command_keys,
    commands_in,
    key_labels,
)
from vmss_tui.ui.commands.keys import key_name
from vmss_tui.ui.departure import leave_program
from vmss_tui.ui.screens.base_table import TableScreen
from vmss_tui.ui.screens.run_list import RunListScreen
from vmss_tui.ui.screens.scale_set.screen import ScaleSetScreen
from vmss_tui.ui.screens.scale_set_rows import (
    COLUMNS,
    build_row,
    fitting_columns,
    matches_filter,
    sort_scale_sets,
    title_parts,
)
from vmss_tui.ui.text.pins import no_pin_message, pinned_scale_set, toggle_pin
from vmss_tui.ui.widgets.demo_hint import DemoHint

_AGE_INTERVAL = 30.0
"""Seconds between two checks for counts that have expired."""
_RETRY_INTERVAL = 15.0
"""Seconds until the list is read again after an error."""


class ScaleSetListScreen(TableScreen[None]):
    """All scale sets of the subscriptions that can be read."""

    COMMAND_SCOPE = CommandScope.SCALE_SET_LIST
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for(CommandScope.SCALE_SET_LIST)]
    COLUMNS: ClassVar[Sequence[str]] = COLUMNS
    counter: OutdatedCounter | None = None
    """Counts the rows in view; set when the screen is mounted."""

    def __init__(self) -> None:
        super().__init__()
        self._scale_sets: tuple[ScaleSet, ...] | None = None
        """All scale sets in order; None before the first reply."""
        self._shown_keys: tuple[str, ...] = ()
        """Keys of those that match the filter."""
        self._counts: dict[str, CountArrived] = {}
        self._filter_text = ""
        self._pins: dict[str, int] = {}

    def compose(self) -> ComposeResult:
        """The table, and a filter over names."""
        title, *others = super().compose()
        yield title
        yield DemoHint(self.session)
        yield from others
        field = Input(placeholder="part of a name, a group or a subscription", id="filter",
                      compact=True)  # fmt: skip
        field.display = False
        yield field

    def on_mount(self) -> None:
        """Prepares the counts of the rows in view."""
        self.counter = OutdatedCounter(self.session.services, self, self.session.now)
        self.watch(self.table, "scroll_y", self._count_visible, init=False)
        self.app.theme_changed_signal.subscribe(self, lambda _: self._draw())
        self.set_interval(_AGE_INTERVAL, self._draw_ages)
        self._update_title()

    def _update_title(self) -> None:
        total = len(self._scale_sets) if self._scale_sets is not None else None
        left, right = title_parts(
            self.session.services.context,
            self._filter_text,
            len(self._shown_keys),
            total,
            read_only=self.session.read_only,
        )
        self.set_title(left, right)

    def on_resize(self) -> None:
        """Fits the columns to the width."""
        self._draw()

    def on_screen_resume(self) -> None:
        """Reads the list again after a scale set: live runs may have changed."""
        self.query_one(DemoHint).display = bool(self.session.demo_hint[1])
        if self.counter is not None:
            self.counter.start()
        if self._scale_sets is not None:
            self.do_refresh()

    def on_screen_suspend(self) -> None:
        """Counts nothing while another screen is open over this one."""
        self._stop_counting()

    def on_unmount(self) -> None:
        """Stops counting."""
        self._stop_counting()

    def _stop_counting(self) -> None:
        if self.counter is not None:
            self.counter.stop()

    def on_scale_sets_arrived(self, message: ScaleSetsArrived) -> None:
        """Shows the list, with the cursor on the same scale set."""
        if message.error:
            interval = f"{_RETRY_INTERVAL:.0f} s"
            self.show_notice(f"{message.error} · asked again every {interval}, or now with r")
            self.set_timer(_RETRY_INTERVAL, self.do_refresh)
            return
        self.show_notice(" · ".join(message.damage))
        scale_sets = sort_scale_sets(message.scale_sets, self._subscription_name)
        self._scale_sets = self.session.scale_sets = scale_sets
        if not scale_sets and not message.damage:
            self.show_notice("No scale sets in the subscriptions that can be seen.")
        self._draw()

    def on_count_arrived(self, message: CountArrived) -> None:
        """Shows a new count, or the progress of a live run."""
        self._counts[message.key] = message
        self._draw_row(message.key)

    def command_context(self) -> CommandContext:
        """The state that the availability rules depend on."""
        read_only = self.session.read_only
        return CommandContext(read_only=read_only, has_reading=bool(self._scale_sets))

    # Drawing

    def _draw(self) -> None:
        """Draws all rows that match the filter, in as many columns as fit."""
        scale_sets, services = self._scale_sets or (), self.session.services
        pins = services.pins.all(services.context)
        self._pins = {pin.key: number for number, pin in enumerate(pins, 1)}
        rows = {
            scale_set.id.key: self._cells(scale_set)
            for scale_set in scale_sets
            if matches_filter(
                self._filter_text,
                scale_set,
                self._subscription_name(scale_set.id.subscription_id),
            )
        }
        subscriptions = {scale_set.id.subscription_id.lower() for scale_set in scale_sets}
        columns = fitting_columns(
            list(rows.values()), self.size.width, several_subscriptions=len(subscriptions) > 1
        )
        if columns != self.columns:
            self.set_columns(columns)
        self._shown_keys = tuple(rows)
        self.session.filtered_keys = frozenset(rows) if self._filter_text else frozenset()
        self.set_rows({key: [cells[name] for name in columns] for key, cells in rows.items()})
        self._update_title()
        self.call_after_refresh(self._count_visible)

    def _cells(self, scale_set: ScaleSet) -> dict[str, Text]:
        return build_row(
            scale_set,
            self._counts.get(scale_set.id.key),
            self._subscription_name(scale_set.id.subscription_id),
            self.session.appearance,
            self.app.theme_variables,
            self.session.now(),
            self._pins.get(scale_set.id.key),
        )

    def _draw_row(self, key: str) -> None:
        """Draws the cells of a row that have changed."""
        scale_set = self._find(key)
        if scale_set is None or key not in self._shown_keys:
            return
        cells = self._cells(scale_set)
        if cells["run"].cell_len != self.table.get_cell(key, "run").cell_len:
            self._draw()  # another set of columns may fit
            return
        for name in ("stale", "changed", "run"):
            if name in self.columns and self.table.get_cell(key, name) != cells[name]:
                self.table.update_cell(key, name, cells[name])

    def _draw_ages(self) -> None:
        """Shows the time of counts that have expired."""
        for key in self._shown_keys:
            self._draw_row(key)

    def _count_visible(self) -> None:
        """Passes the scale sets in view to the counter."""
        first = round(self.table.scroll_y)
        visible = self._shown_keys[first : first + max(1, self.table.size.height - 1)]
        ids = {scale_set.id.key: scale_set.id for scale_set in self._scale_sets or ()}
        if self.counter is not None:
            self.counter.set_visible([ids[key] for key in visible])

    def _find(self, key: str) -> ScaleSet | None:
        scale_sets = self._scale_sets or ()
        return next((scale_set for scale_set in scale_sets if scale_set.id.key == key), None)

    def _subscription_name(self, subscription_id: str) -> str:
        return self.session.services.subscription_names.name_of(subscription_id)

    # Commands

    def do_open(self) -> None:
        """Opens the cursor's scale set."""
        if scale_set := self._find(self.cursor_key):
            self.open_dialog(ScaleSetScreen(scale_set.id))

    def do_pin(self) -> None:
        """Pins the cursor's scale set to a number key, or unpins it."""
        if scale_set := self._find(self.cursor_key):
            self.say(toggle_pin(self.session.services, scale_set.id))
            self._draw()

    def do_pinned(self, key: str) -> None:
        """Opens the scale set that is pinned to a number key."""
        scale_set = pinned_scale_set(self.session.services, key)
        if scale_set is None:
            self.say(no_pin_message(key))
        else:
            self.open_dialog(ScaleSetScreen(scale_set))

    def do_refresh(self) -> None:
        """Reads the list, and counts again."""
        queries = self.session.services.queries
        if self.counter is not None:
            self.counter.recount()
        run_in_thread(
            self,
            lambda: ScaleSetsArrived.from_listing(queries.list_readable()),
            lambda error: ScaleSetsArrived((), error),
        )

    def do_filter(self) -> None:
        """Opens the filter."""
        field = self.query_one("#filter", Input)
        field.display = True
        field.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Applies the filter while it is typed."""
        self._filter_text = event.value.strip()
        self._draw()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Closes the input; the filter stays."""
        event.input.display = False
        self.table.focus()

    def on_key(self, event: events.Key) -> None:
        """Explains a key that only works on the screen of a scale set."""
        configured = self.session.keys
        for command in commands_in(CommandScope.SCALE_SET):
            keys = command_keys(command, configured.get(command.id))
            is_own = CommandScope.SCALE_SET_LIST in command.scopes
            if not is_own and event.key in map(key_name, keys):
                open_key = key_labels(COMMANDS_BY_ID["open"], configured.get("open"))[0]
                text = f"No {command.title} here: open a scale set first ({open_key})"
                self.say(text, warning=True)

    def do_back(self) -> None:
        """Hides the hint of the demo, else removes the filter; the list is the first screen."""
        field = self.query_one("#filter", Input)
        if not field.display and not self._filter_text and self.query_one(DemoHint).dismiss():
            return
        field.value, field.display = "", False
        self.table.focus()

    def do_runs(self) -> None:
        """Opens the list of runs; the run chosen there is shown on its scale set."""
        self.open_dialog(RunListScreen(), self._show_run)

    def do_leave(self) -> None:
        """Leaves the program; asks first where a run is live."""
        leave_program(self.app, self.session.services.run_control)

    def _show_run(self, name: str | None) -> None:
        if name is None:
            return
        scale_set = self.session.services.run_control.follow(name).folder.manifest.plan.scale_set
        self.open_dialog(ScaleSetScreen(scale_set, name))

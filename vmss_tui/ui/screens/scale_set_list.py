"""The list of scale sets: one list request for each subscription, then counts and live runs."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.content import Content
from textual.widget import Widget

from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.runtime.observe.estate import EstateReading
from vmss_tui.text import cell
from vmss_tui.ui.background.outdated_count import RECOUNT_INTERVAL
from vmss_tui.ui.background.outdated_counter import POLL_INTERVAL, CountArrived, OutdatedCounter
from vmss_tui.ui.background.replies import ScaleSetsArrived
from vmss_tui.ui.background.workers import run_in_thread
from vmss_tui.ui.commands.availability import CommandContext
from vmss_tui.ui.commands.bindings import CommandScope, bindings_for
from vmss_tui.ui.commands.handlers import CommandHandler, handlers_by_command
from vmss_tui.ui.commands.search import PaletteName
from vmss_tui.ui.departure import leave_program
from vmss_tui.ui.drawing.static_text import ComputedText
from vmss_tui.ui.lists.list_columns import Cell, ListColumn, RowMarks
from vmss_tui.ui.screens.base_table import TableScreen
from vmss_tui.ui.screens.estate import Estate
from vmss_tui.ui.screens.estate_commands import EstateCommands, explain_foreign_key
from vmss_tui.ui.screens.estate_texts import (
    edge_left,
    edge_right,
    empty_text,
    filter_result,
    legend_line,
    title_parts,
)
from vmss_tui.ui.screens.estate_totals import EstateTotals
from vmss_tui.ui.screens.scale_set.screen import ScaleSetScreen
from vmss_tui.ui.screens.scale_set_rows import COLUMNS, Look, draw_cell, text_widths
from vmss_tui.ui.widgets.demo_hint import DemoHint
from vmss_tui.ui.widgets.summary_bar import SummaryBar

_AGE_INTERVAL = 30.0
"""Seconds between two checks for counts that have expired."""
_RETRY_INTERVAL = 15.0
"""Seconds until the list is read again after an error."""


class ScaleSetListScreen(TableScreen[None]):
    """All scale sets of the subscriptions that can be read."""

    COMMAND_SCOPE = CommandScope.SCALE_SET_LIST
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for(CommandScope.SCALE_SET_LIST)]
    COLUMNS: ClassVar[Sequence[ListColumn]] = COLUMNS
    TITLE_TEXT = "Scale sets"
    FILTER_HINT = "filter by words: behind  problem  live  tag:role=web  region:eastus"
    CORNER_COMMANDS: ClassVar[Sequence[str]] = ("sort", "turn-order", "mark")
    HAS_TOTALS = True
    counter: OutdatedCounter | None = None
    """Counts the rows in view; set when the screen is mounted."""

    def __init__(self) -> None:
        super().__init__()
        self._pins: dict[str, int] = {}
        self._is_first_list = True

    @cached_property
    def estate(self) -> Estate:
        """The rows, with what is known of each."""
        services = self.session.services
        images = services.images
        return Estate(services.subscription_names.name_of, images.versions_behind, images.next_end)

    @cached_property
    def handlers(self) -> Mapping[str, CommandHandler]:
        """Command id -> method that carries it out."""
        others = EstateCommands(self, lambda: self.estate, self._open, ScaleSetScreen)
        return handlers_by_command((self, others), self.COMMAND_SCOPE)

    def compose_above(self) -> Sequence[Widget]:
        """The hint of the demo, the bar over all scale sets, and what its colours mean."""
        return (
            DemoHint(self.session),
            SummaryBar(self.session.appearance),
            ComputedText(self._legend, id="groups"),
        )

    def on_mount(self) -> None:
        """Prepares the counts of the rows in view."""
        self.counter = OutdatedCounter(self.session.services, self, self.session.now)
        self.app.theme_changed_signal.subscribe(self, lambda _: self._draw_counts())
        self.set_interval(_AGE_INTERVAL, self._draw_counts)
        self.set_interval(RECOUNT_INTERVAL, self._read_index_again)
        self.set_interval(POLL_INTERVAL, self.query_one("#groups", ComputedText).update_content)
        self._update_title()

    def _read_index_again(self) -> None:
        """Reads the index again, as the rows that are counted here are counted again."""
        if self.is_active and self.estate.indexed_at is not None:
            self.do_refresh()

    def on_screen_resume(self) -> None:
        """Reads the list again after a scale set: live runs may have changed."""
        self.query_one(DemoHint).display = bool(self.session.demo_hint[1])
        if self.counter is not None:
            self.counter.start()
        if self.estate.listed_at is not None:
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
            self.show_notice(f"{message.error} · read again every {interval}, or now with r")
            self.set_timer(_RETRY_INTERVAL, self.do_refresh)
            return
        reading = message.reading
        limit = 2 * self.size.width - 20  # two lines: more of them would hide rows
        self.show_notice(cell(" · ".join((*reading.damage, *reading.notes)), limit))
        self.query_one(DemoHint).set_listed(len(reading.scale_sets))
        self.estate.set_reading(reading, self.session.now())
        self.update_rows()
        is_first, self._is_first_list = self._is_first_list, False
        if is_first and len(reading.scale_sets) == 1 and not reading.damage and self.is_active:
            self._open(reading.scale_sets[0].id)  # nothing to choose from; q shows the list

    def on_count_arrived(self, message: CountArrived) -> None:
        """Shows a new count, or the progress of a live run."""
        self.estate.set_count(message)
        self.update_rows()

    def on_versions_arrived(self) -> None:
        """Shows how many newer versions the catalogue has."""
        self.estate.update_versions()
        self.update_rows()

    def command_context(self) -> CommandContext:
        """The state that the availability rules depend on."""
        return CommandContext(
            read_only=self.session.read_only,
            has_reading=bool(self.estate.rows),
            has_cursor=bool(self.is_mounted and self.cursor_key),
            selected_sets=len(self.estate.selected),
        )

    def palette_names(self) -> Iterator[PaletteName]:
        """All scale sets of the list."""
        for row in self.estate.rows.values():
            note = f"{row.group} {row.scale_set.place}"
            go = partial(self._open, row.scale_set.id)
            yield PaletteName("Scale sets", row.scale_set.name, note, go)

    def _open(self, scale_set: ScaleSetId, run: str | None = None) -> None:
        self.open_dialog(ScaleSetScreen(scale_set, run))

    # Rows

    def update_rows(self) -> None:
        """Filters and sorts the rows again, and draws them with their totals."""
        estate, services, order = self.estate, self.session.services, self.table.order
        pins = services.pins.all(services.context)
        self._pins = {pin.key: number for number, pin in enumerate(pins, 1)}
        problem = estate.arrange(self.filter_text, order)
        self.table.empty_text = empty_text(estate, self.session.keys)
        keys = [row.scale_set.id.key for row in estate.shown]
        self.table.show(keys, text_widths(estate.rows.values()), order)
        self.session.scale_sets = tuple(row.scale_set for row in estate.in_order)
        self.session.filtered_keys = estate.neighbours(self.filter_text)
        result = problem or filter_result(estate, self.filter_text)
        self.set_filter_result(result, is_error=bool(problem))
        self._draw_sums()
        self.call_after_refresh(self._count_visible)

    def draw_cell(self, key: str, column: str, width: int) -> Cell:
        """A cell of a row."""
        row = self.estate.rows.get(key)
        return draw_cell(row, column, width, self._look) if row else ()

    def draw_total(self, column: str, width: int) -> Cell:
        """A cell of the line of totals."""
        if self.estate.listed_at is None:
            return ()
        return EstateTotals(self.estate.shown).draw_cell(column, width, self._look)

    def row_marks(self, key: str) -> RowMarks:
        """Whether the row is selected, and the key on which it is pinned."""
        return RowMarks(key in self.estate.selected, str(self._pins.get(key, "")))

    @property
    def _look(self) -> Look:
        return Look(self.session.appearance, self.app.theme != "vmss-mono", self.session.now())

    # Drawing

    def on_list_table_view_changed(self) -> None:
        """Counts the rows that have come into view."""
        self._count_visible()

    def _draw_counts(self) -> None:
        """Draws what depends on counts and on their age."""
        self.table.draw()
        self._draw_sums()

    def _draw_sums(self) -> None:
        self.query_one(SummaryBar).show(EstateTotals(self.estate.shown).all_groups)
        self.query_one("#groups", ComputedText).update_content()
        self._update_title()
        self.draw_edges()

    def _legend(self, width: int) -> Content:
        look, totals = self._look, EstateTotals(self.estate.shown)
        wait = self.counter.next_read if self.counter is not None else None
        colours = look.has_colours
        return legend_line(totals, look.appearance, width, has_colours=colours, next_read=wait)

    def _update_title(self) -> None:
        calls_left = self.counter.requests_left if self.counter is not None else None
        left, right = title_parts(
            self.estate,
            self.session.services.context,
            self.session.appearance,
            calls_left,
            is_filtered=bool(self.filter_text),
            read_only=self.session.read_only,
        )
        self.set_title(left, right)

    def edge_texts(self) -> tuple[Content, Content]:
        """The selection, or why a run on the cursor's set would be refused; the rows in view."""
        position = super().edge_texts()[1]
        row = self.estate.rows.get(self.cursor_key)
        return edge_left(self.estate, row, self.size.width), edge_right(
            self.estate, row, position.plain, self.size.width
        )

    def _count_visible(self) -> None:
        """Passes the scale sets in view to the counter, and the others."""
        keys, rows = self.table.visible_keys, self.estate.rows
        visible = frozenset(keys)
        if self.counter is not None:
            self.counter.set_visible(
                [rows[key].scale_set for key in keys if key in rows],
                [row.scale_set for key, row in rows.items() if key not in visible],
                self.estate.indexed_keys,
            )

    # Commands

    def do_open(self) -> None:
        """Opens the cursor's scale set."""
        if row := self.estate.rows.get(self.cursor_key):
            self._open(row.scale_set.id)

    def do_refresh(self) -> None:
        """Reads the list, and counts again."""
        if self.counter is not None:
            self.counter.recount()
        run_in_thread(
            self,
            lambda: ScaleSetsArrived(self.session.services.estate.read()),
            lambda error: ScaleSetsArrived(EstateReading(()), error),
        )

    def on_key(self, event: events.Key) -> None:
        """Explains a key that only works on the screen of a scale set."""
        explain_foreign_key(self, event.key)

    def do_back(self) -> None:
        """Removes the filter, else the selection, else the hint of the demo."""
        if self.clear_filter():
            return
        if self.estate.selected:
            self.handlers["clear-marks"]()
        else:
            self.query_one(DemoHint).dismiss()

    def do_leave(self) -> None:
        """Leaves the program; asks first where a run is live."""
        leave_program(self.app, self.session.services)

"""The list of scale sets: one list request for each subscription, then counts and live runs."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.content import Content
from textual.widget import Widget

from vmss_tui.fleet.phrases import pluralize
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.fleet.state_groups import StateGroup
from vmss_tui.text import capitalize_sentence, cell
from vmss_tui.ui.background.outdated_counter import CountArrived, OutdatedCounter
from vmss_tui.ui.background.replies import ScaleSetsArrived
from vmss_tui.ui.background.workers import run_in_thread
from vmss_tui.ui.commands.availability import CommandContext
from vmss_tui.ui.commands.bindings import (
    COMMANDS_BY_ID,
    Command,
    CommandScope,
    bindings_for,
    command_keys,
    commands_in,
    key_labels,
)
from vmss_tui.ui.commands.keys import key_name
from vmss_tui.ui.commands.search import PaletteName
from vmss_tui.ui.departure import leave_program
from vmss_tui.ui.drawing.static_text import ComputedText
from vmss_tui.ui.lists.list_columns import Cell, ListColumn
from vmss_tui.ui.lists.list_table import RowMarks
from vmss_tui.ui.screens.base_table import TableScreen
from vmss_tui.ui.screens.run_list import RunListScreen
from vmss_tui.ui.screens.scale_set.screen import ScaleSetScreen
from vmss_tui.ui.screens.scale_set_filter import BadListFilter, filter_rows, needs_counts
from vmss_tui.ui.screens.scale_set_rows import (
    COLUMNS,
    ListTotals,
    Look,
    ScaleSetRow,
    draw_cell,
    sort_rows,
    sort_scale_sets,
    text_widths,
)
from vmss_tui.ui.text.pins import no_pin_message, pinned_scale_set, toggle_pin
from vmss_tui.ui.widgets.demo_hint import DemoHint
from vmss_tui.ui.widgets.header import Part
from vmss_tui.ui.widgets.summary_bar import SummaryBar, group_glyph, group_style

_AGE_INTERVAL = 30.0
"""Seconds between two checks for counts that have expired."""
_EMPTY_TEXT = "No scale sets here that this account can read. With the role Reader: r reads again"
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
        self._rows: dict[str, ScaleSetRow] | None = None
        """All scale sets by key, in the order of their names; None before the first reply."""
        self._totals = ListTotals(())
        """Over the rows that match the filter."""
        self._counts: dict[str, CountArrived] = {}
        self._selected: frozenset[str] = frozenset()
        self._pins: dict[str, int] = {}
        self._listed_at: datetime | None = None
        self._is_first_list = True

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
        self._update_title()

    def on_screen_resume(self) -> None:
        """Reads the list again after a scale set: live runs may have changed."""
        self.query_one(DemoHint).display = bool(self.session.demo_hint[1])
        if self.counter is not None:
            self.counter.start()
        if self._rows is not None:
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
        self.show_notice(" · ".join(message.damage))
        self._listed_at = self.session.now()
        scale_sets = sort_scale_sets(message.scale_sets, self._subscription_name)
        self._rows = {scale_set.id.key: self._row(scale_set) for scale_set in scale_sets}
        self._selected &= self._rows.keys()
        self.update_rows()
        is_first, self._is_first_list = self._is_first_list, False
        if is_first and len(scale_sets) == 1 and not message.damage and self.is_active:
            self._open(scale_sets[0].id)  # there is nothing to choose from; q shows the list

    def on_count_arrived(self, message: CountArrived) -> None:
        """Shows a new count, or the progress of a live run."""
        self._counts[message.key] = message
        row = self._rows.get(message.key) if self._rows else None
        if self._rows is not None and row is not None:
            self._rows[message.key] = self._row(row.scale_set)
            self.update_rows()

    def on_versions_arrived(self) -> None:
        """Shows how many newer versions the catalogue has."""
        if self._rows is not None:
            self._rows = {key: self._row(row.scale_set) for key, row in self._rows.items()}
            self.update_rows()

    def command_context(self) -> CommandContext:
        """The state that the availability rules depend on."""
        return CommandContext(
            read_only=self.session.read_only,
            has_reading=bool(self._rows),
            has_cursor=bool(self.is_mounted and self.cursor_key),
        )

    def palette_names(self) -> Iterator[PaletteName]:
        """All scale sets of the list."""
        for row in (self._rows or {}).values():
            note = f"{row.group} {row.scale_set.place}"
            go = partial(self._open, row.scale_set.id)
            yield PaletteName("Scale sets", row.scale_set.name, note, go)

    def _open(self, scale_set: ScaleSetId) -> None:
        self.open_dialog(ScaleSetScreen(scale_set))

    # Rows

    def _row(self, scale_set: ScaleSet) -> ScaleSetRow:
        latest = self._counts.get(scale_set.id.key)
        group = latest.count.group if latest and latest.count else ""
        return ScaleSetRow(
            scale_set,
            self._subscription_name(scale_set.id.subscription_id),
            latest.count if latest else None,
            latest.run if latest else None,
            self.session.services.images.versions_behind(scale_set),
            group or scale_set.id.resource_group,
        )

    def update_rows(self) -> None:
        """Filters and sorts the rows again, and draws them with their totals."""
        rows = list((self._rows or {}).values())
        services = self.session.services
        pins = services.pins.all(services.context)
        self._pins = {pin.key: number for number, pin in enumerate(pins, 1)}
        try:
            shown = filter_rows(self.filter_text, rows, self._selected)
        except BadListFilter as error:
            self.set_filter_result(str(error), is_error=True)
            return
        self._totals = ListTotals(tuple(shown))
        self.table.empty_text = (
            "No scale set matches the filter: esc shows all" if rows else _EMPTY_TEXT
        )
        ordered = sort_rows(shown, self.table.order)
        keys = [row.scale_set.id.key for row in ordered]
        self.table.show(keys, text_widths(rows), self.table.order)
        in_order = sort_rows(rows, self.table.order)
        self.session.scale_sets = tuple(row.scale_set for row in in_order)
        self._share_shown(keys)
        self.set_filter_result(self._filter_result(len(shown), len(rows)))
        self._draw_counts()
        self.call_after_refresh(self._count_visible)

    def _share_shown(self, keys: Sequence[str]) -> None:
        """Passes on through which scale sets `[` and `]` go: selected ones, else those shown."""
        if len(self._selected) > 1:
            self.session.filtered_keys = self._selected
        else:
            self.session.filtered_keys = frozenset(keys) if self.filter_text else frozenset()

    def _filter_result(self, shown: int, total: int) -> str:
        if not self.filter_text:
            return ""
        text = f"{shown:,} of {pluralize(total, 'scale set', 'scale sets')}"
        uncounted = ListTotals(tuple((self._rows or {}).values())).uncounted
        if uncounted and needs_counts(self.filter_text):
            text += f", {uncounted:,} not read yet"
        return text

    def draw_cell(self, key: str, column: str, width: int) -> Cell:
        """A cell of a row."""
        row = (self._rows or {}).get(key)
        return draw_cell(row, column, width, self._look) if row else ()

    def draw_total(self, column: str, width: int) -> Cell:
        """A cell of the line of totals."""
        return self._totals.draw_cell(column, width, self._look)

    def row_marks(self, key: str) -> RowMarks:
        """Whether the row is selected, and the key on which it is pinned."""
        return RowMarks(key in self._selected, str(self._pins.get(key, "")))

    @property
    def _look(self) -> Look:
        return Look(self.session.appearance, self.table.has_colours, self.session.now())

    # Drawing

    def on_list_table_view_changed(self) -> None:
        """Counts the rows that have come into view."""
        self._count_visible()

    def _draw_counts(self) -> None:
        """Draws what depends on counts and on their age."""
        self.table.draw()
        self.query_one(SummaryBar).show(self._all_groups)
        self.query_one("#groups", ComputedText).update_content()
        self._update_title()
        self.draw_edges()

    @property
    def _all_groups(self) -> dict[StateGroup, int]:
        groups = ListTotals(tuple((self._rows or {}).values())).groups
        return {group: groups[group] for group in StateGroup}

    def _legend(self, width: int) -> Content:
        """The groups of states with their glyphs and counts; unread sets at the end."""
        rows = tuple((self._rows or {}).values())
        uncounted = ListTotals(rows).uncounted
        is_plain = not self.table.has_colours
        parts = [
            Content.assemble(
                (f"{group_glyph(group, self.session.appearance):<2}",
                 group_style(group, is_plain=is_plain)),
                (f" {count:,}", "bold"), (f" {group}", "$quiet"),
            )
            for group, count in self._all_groups.items()
            if count
        ]  # fmt: skip
        if uncounted:
            sets = pluralize(uncounted, "scale set", "scale sets")
            parts.append(Content.styled(f"{sets} not read yet", "$dim"))
        line = Content("")
        for part in parts:
            if line.cell_length + part.cell_length + 2 > width:
                break
            line = Content.assemble(line, " " if not line.plain else "  ", part)
        return line

    def _update_title(self) -> None:
        context = self.session.services.context
        left = [
            Part("DEMO" if context.demo else "", "bold reverse $accent", 1),
            Part("READ-ONLY" if self.session.read_only else "", "bold reverse $primary", 0),
            Part(self._count_text(), "bold", 0),
        ]
        listed = self.session.appearance.clock(self._listed_at)[:5] if self._listed_at else ""
        right = [
            Part(cell(context.principal, 40), "$quiet", 9),
            Part(f"listed {listed}" if listed else "", "$quiet", 6),
        ]
        if self.counter is not None:
            calls, burst = self.counter.requests_left
            right.append(Part(f"API calls left {calls}/{burst}", "$quiet", 5))
        self.set_title(left, right)

    def _count_text(self) -> str:
        if self._rows is None:
            return "reading …"
        total = len(self._rows)
        ids = {row.scale_set.id.subscription_id.lower() for row in self._rows.values()}
        count = pluralize(total, "scale set", "scale sets")
        if self.filter_text:
            count = f"{len(self.table.keys):,} of {count}"
        return f"{count} in {len(ids)} subscriptions" if len(ids) > 1 else count

    def edge_texts(self) -> tuple[Content, Content]:
        """The selection, or why a run on the cursor's set would be refused; the rows in view."""
        _, right = super().edge_texts()
        row = (self._rows or {}).get(self.cursor_key)
        subscriptions = {other.subscription for other in (self._rows or {}).values()}
        if row is not None and len(subscriptions) > 1:
            name = Content(cell(row.subscription, 30))
            right = Content(" · ").join(part for part in (name, right) if part.plain)
        reason = ""
        if row is not None:
            reason = row.refusal or (row.count.error if row.count else "")
        parts = list(self._selection_parts())
        if reason:
            parts.append(Content.styled(cell(capitalize_sentence(reason), 90), "$quiet"))
        return Content("  ").join(parts), Content.styled(right.plain, "$quiet")

    def _selection_parts(self) -> Iterator[Content]:
        """`4 selected, 222 outdated`, and how many of them a run would refuse."""
        rows = [(self._rows or {})[key] for key in self._selected]
        if not rows:
            return
        totals = ListTotals(tuple(rows))
        number = f"{totals.outdated:,}{'…' if totals.uncounted else ''}"
        refused = sum(bool(row.refusal) for row in rows)
        hidden = len(self._selected - set(self.table.keys))
        rest = f", {number} outdated" + (f", {refused:,} not Manual" if refused else "")
        rest += f", {hidden:,} hidden by the filter" if hidden else ""
        yield Content.assemble((f"{len(rows):,} selected", "bold $foreground"), (rest, "$quiet"))

    def _count_visible(self) -> None:
        """Passes the scale sets in view to the counter, and the others."""
        visible = set(self.table.visible_keys)
        rows = self._rows or {}
        if self.counter is not None:
            self.counter.set_visible(
                [rows[key].scale_set for key in self.table.visible_keys if key in rows],
                [row.scale_set for key, row in rows.items() if key not in visible],
            )

    def _find(self, key: str) -> ScaleSet | None:
        row = (self._rows or {}).get(key)
        return row.scale_set if row else None

    def _subscription_name(self, subscription_id: str) -> str:
        return self.session.services.subscription_names.name_of(subscription_id)

    # Commands

    def do_open(self) -> None:
        """Opens the cursor's scale set."""
        if scale_set := self._find(self.cursor_key):
            self._open(scale_set.id)

    def do_pin(self) -> None:
        """Pins the cursor's scale set to a number key, or unpins it."""
        if scale_set := self._find(self.cursor_key):
            self.say(toggle_pin(self.session.services, scale_set.id))
            self.update_rows()

    def do_pinned(self, key: str) -> None:
        """Opens the scale set that is pinned to a number key."""
        scale_set = pinned_scale_set(self.session.services, key)
        if scale_set is None:
            self.say(no_pin_message(key))
        else:
            self._open(scale_set)

    def do_mark(self) -> None:
        """Selects the cursor's scale set, or deselects it, and moves on."""
        self._select(self._selected ^ {self.cursor_key})
        self.do_down()

    def do_mark_all(self) -> None:
        """Selects all scale sets that are shown; deselects them where all are selected."""
        shown = frozenset(self.table.keys)
        is_selected = shown <= self._selected
        self._select(self._selected - shown if is_selected else self._selected | shown)

    def do_clear_marks(self) -> None:
        """Deselects all."""
        self._select(frozenset())

    def _select(self, keys: frozenset[str]) -> None:
        self._selected = keys
        self._share_shown(self.table.keys)
        self.table.draw()
        self.draw_edges()

    def do_sort_name(self) -> None:
        """Sorts by name."""
        self.sort_by("name")

    def do_sort_outdated(self) -> None:
        """Sorts by the number of outdated instances."""
        self.sort_by("outdated")

    def do_sort_latest(self) -> None:
        """Sorts by the share of the latest model."""
        self.sort_by("bar")

    def do_sort_newer(self) -> None:
        """Sorts by live runs and newer image versions."""
        self.sort_by("newer")

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

    def on_key(self, event: events.Key) -> None:
        """Explains a key that only works on the screen of a scale set."""
        configured = self.session.keys

        def has_key(command: Command) -> bool:
            keys = command_keys(command, configured.get(command.id))
            return event.key in map(key_name, keys)

        if any(has_key(command) for command in commands_in(self.COMMAND_SCOPE)):
            return
        for command in commands_in(CommandScope.SCALE_SET):
            if has_key(command):
                open_key = key_labels(COMMANDS_BY_ID["open"], configured.get("open"))[0]
                text = f"No {command.title} here: open a scale set first ({open_key})"
                self.say(text, warning=True)

    def do_back(self) -> None:
        """Removes the filter, else the selection, else the hint of the demo."""
        if self.clear_filter():
            return
        if self._selected:
            self.do_clear_marks()
        else:
            self.query_one(DemoHint).dismiss()

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

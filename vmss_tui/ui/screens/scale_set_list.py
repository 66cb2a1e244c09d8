"""The list of scale sets: one cheap list call for each subscription, then counts and live runs."""

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Input

from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.text import cell
from vmss_tui.ui.background.replies import ScaleSetsArrived
from vmss_tui.ui.background.stale_counter import Tallied, Tallying
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
from vmss_tui.ui.screens.base_table import TableScreen
from vmss_tui.ui.screens.run_list import RunsScreen
from vmss_tui.ui.screens.scale_set.screen import ScaleSetScreen
from vmss_tui.ui.screens.scale_set_rows import COLUMNS, columns_for, found_by, in_order, row_of
from vmss_tui.ui.text.pins import nothing_on, pinned, toggled
from vmss_tui.ui.widgets.demo_hint import Story
from vmss_tui.ui.widgets.header import Part
from vmss_tui.upgrade.report.sentences import counted

_AGEING = 30.0
_TRY_AGAIN = 15.0
"""Seconds after which a list that could not be had is asked for once more."""


class ScaleSetsScreen(TableScreen[None]):
    """Choose a scale set."""

    PANE = CommandScope.SCALE_SET_LIST
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for(CommandScope.SCALE_SET_LIST)]
    COLUMNS: ClassVar[Sequence[str]] = COLUMNS

    def __init__(self) -> None:
        super().__init__()
        self._found: tuple[ScaleSet, ...] | None = None
        self._shown: tuple[str, ...] = ()
        self._news: dict[str, Tallied] = {}
        self._words = ""
        self._pins: dict[str, int] = {}

    def compose(self) -> ComposeResult:
        """The table, and a filter over names."""
        title, *rest = super().compose()
        yield title
        yield Story(self.session)
        yield from rest
        field = Input(placeholder="part of a name, a group or a subscription", id="filter",
                      compact=True)  # fmt: skip
        field.display = False
        yield field

    def on_mount(self) -> None:
        """Counts what comes in sight."""
        self.tallying = Tallying(self.session.services, self, self.session.now)
        self.watch(self.table, "scroll_y", self._look, init=False)
        self.app.theme_changed_signal.subscribe(self, lambda _: self._show())
        self.set_interval(_AGEING, self._age)

    def heading(self) -> tuple[list[Part], list[Part]]:
        """Where we are, as whom, and how many sets there are."""
        context = self.session.services.context
        guard = "READ-ONLY" if self.session.read_only else ""
        return [
            Part("DEMO" if context.demo else "", "bold reverse $accent", 1),
            Part(guard, "bold reverse $primary", 0),
            Part("scale sets", "bold", 2),
            Part(f"filter {cell(self._words, 40)}" if self._words else "", "bold $accent", 0),
        ], [Part(cell(context.principal, 40), "$quiet", 9), Part(self._how_many(), "bold", 0)]

    def _how_many(self) -> str:
        if self._found is None:
            return "looking …"
        count = len(self._found)
        said = counted(count, "scale set", "scale sets")
        return f"{len(self._shown)} of {said}" if self._words else said

    def on_resize(self) -> None:
        """Less room, fewer columns."""
        self._show()

    def on_screen_resume(self) -> None:
        """Back from a scale set: live runs may have changed."""
        self.query_one(Story).display = bool(self.session.welcome[1])
        self.tallying.start()
        if self._found is not None:
            self.do_refresh()

    def on_screen_suspend(self) -> None:
        """Nothing is counted while another screen stands before this one."""
        self.tallying.stop()

    def on_unmount(self) -> None:
        """Nothing is counted any more."""
        self.tallying.stop()

    def on_scale_sets_arrived(self, message: ScaleSetsArrived) -> None:
        """Shows the list, keeping the cursor on its scale set."""
        if message.error:
            self.notice(f"{message.error} · asked again every {_TRY_AGAIN:.0f} s, or now with r")
            self.set_timer(_TRY_AGAIN, self.do_refresh)
            return
        self.notice("")
        named = self.session.services.names.name_of
        self._found = self.session.scale_sets = in_order(message.scale_sets, named)
        if not self._found:
            self.notice("No scale sets in the subscriptions that can be seen.")
        self._show()

    def on_tallied(self, message: Tallied) -> None:
        """A set was counted, or its run has moved."""
        self._news[message.key] = message
        self._renew(message.key)

    def standing(self) -> CommandContext:
        """What obstacles may know."""
        return CommandContext(read_only=self.session.read_only, has_reading=bool(self._found))

    # What is shown

    def _show(self) -> None:
        """All rows that the filter lets through, in as many columns as fit."""
        found, named = self._found or (), self.session.services.names.name_of
        shown = [s for s in found if found_by(self._words, s, named(s.id.subscription_id))]
        cockpit = self.session.services
        pins = cockpit.pins.all(cockpit.context)
        self._pins = {pin.key: number for number, pin in enumerate(pins, 1)}
        rows = {scale_set.id.key: self._cells(scale_set) for scale_set in shown}
        several = len({scale_set.id.subscription_id.lower() for scale_set in found}) > 1
        columns = columns_for(list(rows.values()), self.size.width, several=several)
        if columns != self.columns:
            self.set_columns(columns)
        self._shown = tuple(rows)
        self.session.sifted = frozenset(rows) if self._words else frozenset()
        self.fill({key: [cells[name] for name in columns] for key, cells in rows.items()})
        self.say_title()
        self.call_after_refresh(self._look)

    def _cells(self, scale_set: ScaleSet) -> dict[str, Text]:
        session, news = self.session, self._news.get(scale_set.id.key)
        subscription = session.services.names.name_of(scale_set.id.subscription_id)
        variables = self.app.theme_variables
        pin = self._pins.get(scale_set.id.key)
        return row_of(
            scale_set, news, subscription, session.appearance, variables, session.now(), pin
        )

    def _renew(self, key: str) -> None:
        """Draws one row again, where it differs."""
        scale_set = next((s for s in self._found or () if s.id.key == key), None)
        if scale_set is None or key not in self._shown:
            return
        cells = self._cells(scale_set)
        if cells["run"].cell_len != self.table.get_cell(key, "run").cell_len:
            self._show()  # other columns may have to give way
            return
        for name in ("stale", "changed", "run"):
            if name in self.columns and self.table.get_cell(key, name) != cells[name]:
                self.table.update_cell(key, name, cells[name])

    def _age(self) -> None:
        """Counts that are old by now say since when they are."""
        for key in self._shown:
            self._renew(key)

    def _look(self) -> None:
        """The rows in sight are the ones to count."""
        first = round(self.table.scroll_y)
        sight = self._shown[first : first + max(1, self.table.size.height - 1)]
        ids = {scale_set.id.key: scale_set.id for scale_set in self._found or ()}
        self.tallying.look_at([ids[key] for key in sight])

    # Commands

    def do_open(self) -> None:
        """Opens the scale set under the cursor."""
        found = next((each for each in self._found or () if each.id.key == self.row_key), None)
        if found is not None:
            self.put_up(ScaleSetScreen(found.id))

    def do_pin(self) -> None:
        """Keeps the cursor's set on a key, or takes it off."""
        found = next((each for each in self._found or () if each.id.key == self.row_key), None)
        if found is not None:
            self.say(toggled(self.session.services, found.id))
            self._show()

    def do_pinned(self, key: str) -> None:
        """Opens the set on a key."""
        found = pinned(self.session.services, key)
        if found is None:
            self.say(nothing_on(key))
        else:
            self.put_up(ScaleSetScreen(found))

    def do_refresh(self) -> None:
        """Asks Azure for the list, and counts anew."""
        cockpit = self.session.services
        self.tallying.forget()
        run_in_thread(
            self,
            lambda: ScaleSetsArrived(cockpit.readings.list_scale_sets()),
            lambda words: ScaleSetsArrived((), words),
        )

    def do_filter(self) -> None:
        """Opens the filter."""
        field = self.query_one("#filter", Input)
        field.display = True
        field.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """The filter works as it is typed."""
        self._words = event.value.strip()
        self._show()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter keeps the filter."""
        event.input.display = False
        self.table.focus()

    def on_key(self, event: events.Key) -> None:
        """A key of a scale set's own screen says that one has to be opened first."""
        moved = self.session.keys
        for command in commands_in(CommandScope.SCALE_SET):
            keys = command_keys(command, moved.get(command.id))
            if CommandScope.SCALE_SET_LIST not in command.scopes and event.key in map(
                key_name, keys
            ):
                opens = key_labels(COMMANDS_BY_ID["open"], moved.get("open"))[0]
                self.say(f"No {command.title} here: open a scale set first ({opens})", warning=True)

    def do_back(self) -> None:
        """Shows all again; there is nothing behind the list."""
        field = self.query_one("#filter", Input)
        if not field.display and not self._words and self.query_one(Story).dismiss():
            return
        field.value, field.display = "", False
        self.table.focus()

    def do_runs(self) -> None:
        """Earlier and live runs."""
        self.put_up(RunsScreen(), self._open_run)

    def do_leave(self) -> None:
        """Leaves; a live run goes on by itself."""
        self.app.exit(0)

    def _open_run(self, run: str | None) -> None:
        if run is None:
            return
        scale_set = self.session.services.runs.follow(run).folder.manifest.plan.scale_set
        self.put_up(ScaleSetScreen(scale_set, run))

"""The list of scale sets: one cheap list call for each subscription, and the live runs."""

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import DataTable, Static

from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.text import cell
from vmss_tui.ui.calls import ask
from vmss_tui.ui.commanded import CommandScreen
from vmss_tui.ui.commands import Pane, bindings
from vmss_tui.ui.messages import ScaleSetsArrived
from vmss_tui.ui.obstacles import Standing
from vmss_tui.ui.screens.runs import RunsScreen
from vmss_tui.ui.screens.scale_set import ScaleSetScreen
from vmss_tui.ui.widgets.header import Part, line
from vmss_tui.ui.widgets.hints import Hints

_COLUMNS = ("name", "group", "region", "mode", "policy", "VMs", "model", "run")


class ScaleSetsScreen(CommandScreen[None]):
    """Choose a scale set."""

    PANE = Pane.LIST
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Pane.LIST)]

    def __init__(self) -> None:
        super().__init__()
        self._found: tuple[ScaleSet, ...] = ()

    def compose(self) -> ComposeResult:
        """A line of where we are, the table, the keys."""
        yield Static(markup=False, id="title")
        yield Static(markup=False, id="notice")
        table: DataTable[Text] = DataTable(cursor_type="row", zebra_stripes=False)
        table.can_focus = True
        yield table
        yield Hints(Pane.LIST, self.standing, self.session.keys)

    def on_mount(self) -> None:
        """Asks for the list."""
        for name in _COLUMNS:
            self._table.add_column(Text(name), key=name)
        self._table.focus()
        self._say_title()
        self.do_refresh()

    def on_resize(self) -> None:
        """The title follows the width."""
        self._say_title()

    def on_screen_resume(self) -> None:
        """Back from a scale set: live runs may have changed."""
        if self._found:
            self.do_refresh()

    def on_scale_sets_arrived(self, message: ScaleSetsArrived) -> None:
        """Shows the list, keeping the cursor on its scale set."""
        notice = self.query_one("#notice", Static)
        notice.display = bool(message.words)
        notice.update(Content(f" {cell(message.words, 400)}"))
        if message.words:
            return
        table = self._table
        at = self._found[table.cursor_row].id.key if self._found else ""
        self._found = self.session.scale_sets = message.scale_sets
        table.clear()
        for found in self._found:
            table.add_row(*self._cells(found, message.live.get(found.id.key, "")))
        keys = [found.id.key for found in self._found]
        table.move_cursor(row=keys.index(at) if at in keys else 0)
        if not self._found:
            notice.display = True
            notice.update(Content(" No scale sets in the subscriptions that can be seen."))
        self._say_title()

    def on_data_table_row_selected(self) -> None:
        """Enter, or a click on the cursor's row."""
        self.do_open()

    def standing(self) -> Standing:
        """What obstacles may know."""
        return Standing(read_only=self.session.read_only, has_reading=bool(self._found))

    # Commands

    def do_open(self) -> None:
        """Opens the scale set under the cursor."""
        if self._found:
            self.app.push_screen(ScaleSetScreen(self._found[self._table.cursor_row].id))

    def do_refresh(self) -> None:
        """Asks Azure for the list."""
        cockpit = self.session.cockpit

        def look() -> ScaleSetsArrived:
            found = cockpit.scale_sets()
            live = {run.scale_set.key: run.name for run in cockpit.runs() if run.live}
            return ScaleSetsArrived(found, live)

        ask(self, look, lambda words: ScaleSetsArrived((), {}, words))

    def do_runs(self) -> None:
        """Earlier and live runs."""
        self.app.push_screen(RunsScreen(), self._open_run)

    def do_leave(self) -> None:
        """Leaves; a live run goes on by itself."""
        self.app.exit(0)

    def do_back(self) -> None:
        """There is nothing behind the list."""

    def do_down(self) -> None:
        """Down a row."""
        self._table.action_cursor_down()

    def do_up(self) -> None:
        """Up a row."""
        self._table.action_cursor_up()

    def do_first(self) -> None:
        """To the first row."""
        self._table.move_cursor(row=0)

    def do_last(self) -> None:
        """To the last row."""
        self._table.move_cursor(row=self._table.row_count - 1)

    def do_page_up(self) -> None:
        """Up a page."""
        self._table.action_page_up()

    def do_page_down(self) -> None:
        """Down a page."""
        self._table.action_page_down()

    def _open_run(self, run: str | None) -> None:
        if run is None:
            return
        scale_set = self.session.cockpit.follow(run).folder.charter.plan.scale_set
        self.app.push_screen(ScaleSetScreen(scale_set, run))

    @property
    def _table(self) -> "DataTable[Text]":
        return self.query_one(DataTable)

    def _say_title(self) -> None:
        context = self.session.cockpit.context
        count = len(self._found)
        words = f"{count} scale set{'' if count == 1 else 's'}" if self._found else "looking …"
        self.query_one("#title", Static).update(
            line(
                [
                    Part("vmss-tui", "$quiet", 0),
                    Part("DEMO" if context.demo else "", "bold $background on $accent", 1),
                    Part("READ-ONLY" if self.session.read_only else "",
                         "bold $background on $primary", 0),
                    Part("scale sets", "bold", 2),
                ],
                [
                    Part(cell(context.principal, 40), "$quiet", 9),
                    Part(words, "bold", 0),
                ],
                self.size.width,
            )
        )  # fmt: skip

    def _cells(self, found: ScaleSet, live: str) -> list[Text]:
        look = self.session.look
        image = found.image
        version = (image.version or image.short_reference) if image else "no image"
        capacity = "?" if found.capacity is None else str(found.capacity)
        return [
            Text(cell(found.name, 40), style="bold"),
            Text(cell(found.id.resource_group, 30)),
            Text(cell(found.location, 16)),
            Text(str(found.orchestration)),
            Text(str(found.policy_mode)),
            Text(capacity, justify="right"),
            Text(cell(version, 30)),
            Text(f"{look.sign('live')} {cell(live, 30)}" if live else ""),
        ]

"""The list of scale sets: one cheap list call for each subscription, and the live runs."""

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.binding import BindingType

from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.text import cell
from vmss_tui.ui.calls import ask
from vmss_tui.ui.commands import Pane, bindings
from vmss_tui.ui.messages import ScaleSetsArrived
from vmss_tui.ui.obstacles import Standing
from vmss_tui.ui.screens.runs import RunsScreen
from vmss_tui.ui.screens.scale_set import ScaleSetScreen
from vmss_tui.ui.screens.table import TableScreen
from vmss_tui.ui.widgets.header import Part


class ScaleSetsScreen(TableScreen[None]):
    """Choose a scale set."""

    PANE = Pane.LIST
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Pane.LIST)]
    COLUMNS: ClassVar[Sequence[str]] = (
        "name", "group", "region", "mode", "policy", "VMs", "model", "run"
    )  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self._found: tuple[ScaleSet, ...] = ()

    def heading(self) -> tuple[list[Part], list[Part]]:
        """Where we are, as whom, and how many sets there are."""
        context = self.session.cockpit.context
        count = len(self._found)
        words = f"{count} scale set{'' if count == 1 else 's'}" if self._found else "looking …"
        guard = "READ-ONLY" if self.session.read_only else ""
        return [
            Part("DEMO" if context.demo else "", "bold $background on $accent", 1),
            Part(guard, "bold $background on $primary", 0),
            Part("scale sets", "bold", 2),
        ], [Part(cell(context.principal, 40), "$quiet", 9), Part(words, "bold", 0)]

    def on_screen_resume(self) -> None:
        """Back from a scale set: live runs may have changed."""
        if self._found:
            self.do_refresh()

    def on_scale_sets_arrived(self, message: ScaleSetsArrived) -> None:
        """Shows the list, keeping the cursor on its scale set."""
        self.notice(message.words)
        if message.words:
            return
        self._found = self.session.scale_sets = message.scale_sets
        self.fill({f.id.key: self._cells(f, message.live.get(f.id.key, "")) for f in self._found})
        if not self._found:
            self.notice("No scale sets in the subscriptions that can be seen.")
        self.say_title()

    def standing(self) -> Standing:
        """What obstacles may know."""
        return Standing(read_only=self.session.read_only, has_reading=bool(self._found))

    # Commands

    def do_open(self) -> None:
        """Opens the scale set under the cursor."""
        found = next((each for each in self._found if each.id.key == self.row_key), None)
        if found is not None:
            self.app.push_screen(ScaleSetScreen(found.id))

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

    def _open_run(self, run: str | None) -> None:
        if run is None:
            return
        scale_set = self.session.cockpit.follow(run).folder.charter.plan.scale_set
        self.app.push_screen(ScaleSetScreen(scale_set, run))

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

"""Commands of the list of scale sets that select, sort and pin."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from vmss_tui.fleet.estate.row import versions_in_use
from vmss_tui.fleet.phrases import pluralize
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.ui.commands.bindings import (
    COMMANDS_BY_ID,
    CommandScope,
    command_of_key,
    key_labels,
)
from vmss_tui.ui.screens.base_table import TableScreen
from vmss_tui.ui.screens.estate import Estate
from vmss_tui.ui.screens.estate_texts import version_texts
from vmss_tui.ui.text.pins import no_pin_message, pinned_scale_set, toggle_pin

if TYPE_CHECKING:
    from vmss_tui.ui.campaigns.campaign_screen import ScreenFactory

_LETTERS = "abcdefghilmnoprstuvwxyz"
"""Of the versions in use; the others move the cursor or close the dialog."""


class EstateCommands:
    """Their `do_` methods; opening a scale set is left to the screen."""

    def __init__(
        self,
        screen: TableScreen[None],
        estate: Callable[[], Estate],
        open_scale_set: Callable[[ScaleSetId, str | None], None],
        make_screen: "ScreenFactory",
    ) -> None:
        """`estate` returns the state of the list, which exists once the app is connected;
        `open_scale_set` shows a scale set, and a run on it where one is named; `make_screen`
        makes its screen."""
        self._make_screen = make_screen
        self._screen, self._get_estate, self._open_scale_set = screen, estate, open_scale_set

    @property
    def _estate(self) -> Estate:
        return self._get_estate()

    def do_mark(self) -> None:
        """Selects the cursor's scale set, or deselects it, and moves on."""
        self._select(self._estate.selected ^ {self._screen.cursor_key})
        self._screen.do_down()

    def do_mark_all(self) -> None:
        """Selects all scale sets that are shown; deselects them where all are selected."""
        shown, selected = frozenset(self._screen.table.keys), self._estate.selected
        self._select(selected - shown if shown <= selected else selected | shown)

    def do_clear_marks(self) -> None:
        """Deselects all."""
        self._select(frozenset())

    def _select(self, keys: frozenset[str]) -> None:
        screen, estate = self._screen, self._estate
        estate.selected = keys
        screen.session.filtered_keys = estate.neighbours(screen.filter_text)
        screen.table.draw()
        screen.draw_edges()

    def do_sort_name(self) -> None:
        """Sorts by name."""
        self._screen.sort_by("name")

    def do_sort_outdated(self) -> None:
        """Sorts by the number of outdated instances."""
        self._screen.sort_by("outdated")

    def do_sort_latest(self) -> None:
        """Sorts by the share of the latest model."""
        self._screen.sort_by("bar")

    def do_sort_newer(self) -> None:
        """Sorts by live runs and newer image versions."""
        self._screen.sort_by("newer")

    def do_versions(self) -> None:
        """Shows which image versions run where; the chosen one becomes the filter. Instances whose
        version Azure does not report are left out: no filter finds them."""
        from vmss_tui.ui.dialogs.choice import ChoiceScreen

        uses = versions_in_use([row.facts for row in self._estate.rows.values()])
        uses = [use for use in uses if use.version]
        if not uses:
            self._screen.say("No image version of an instance is known yet")
            return
        notes = []
        if len(uses) > len(_LETTERS):
            notes.append(f"first {len(_LETTERS)} of {len(uses)}")
        if unread := self._estate.totals.uncounted:
            notes.append(f"{pluralize(unread, 'scale set', 'scale sets')} not read yet")
        more = f" ({', '.join(notes)})" if notes else ""
        options = [
            (letter, text, use.version)
            for letter, use, text in zip(_LETTERS, uses, version_texts(uses), strict=False)
        ]
        self._screen.open_dialog(
            ChoiceScreen(f"Image versions in use{more}", options, "show its scale sets", note=""),
            self._show_version,
        )

    def _show_version(self, version: str | None) -> None:
        if version:
            self._screen.set_filter(
                f'running="{version}"' if " " in version else f"running={version}"
            )

    def do_pin(self) -> None:
        """Pins the cursor's scale set to a number key, or unpins it."""
        if row := self._estate.rows.get(self._screen.cursor_key):
            self._screen.say(toggle_pin(self._screen.session.services, row.scale_set.id))
            self._screen.update_rows()

    def do_pinned(self, key: str) -> None:
        """Opens the scale set that is pinned to a number key."""
        scale_set = pinned_scale_set(self._screen.session.services, key)
        if scale_set is None:
            self._screen.say(no_pin_message(key))
        else:
            self._open_scale_set(scale_set, None)

    def do_runs(self) -> None:
        """Opens the list of runs; the run chosen there is shown on its scale set."""
        from vmss_tui.ui.screens.run_list import RunListScreen

        self._screen.open_dialog(RunListScreen(self._make_screen), self._show_run)

    def do_upgrade_sets(self) -> None:
        """Opens the form of a campaign over the selected scale sets; shows it once it started."""
        from vmss_tui.ui.campaigns.campaign_screen import CampaignScreen
        from vmss_tui.ui.campaigns.campaign_setup import CampaignSetupScreen

        screen, estate = self._screen, self._estate
        ids = [row.scale_set.id for key, row in estate.rows.items() if key in estate.selected]

        def started(name: str | None) -> None:
            if name is not None:
                self.do_clear_marks()
                screen.open_dialog(CampaignScreen(name, self._make_screen))

        screen.open_dialog(CampaignSetupScreen(screen.session, ids), started)

    def do_campaigns(self) -> None:
        """Opens the list of campaigns."""
        from vmss_tui.ui.campaigns.campaign_list import CampaignListScreen

        self._screen.open_dialog(CampaignListScreen(self._make_screen))

    def _show_run(self, name: str | None) -> None:
        if name is not None:
            run = self._screen.session.services.run_control.follow(name)
            self._open_scale_set(run.folder.manifest.plan.scale_set, name)


def explain_foreign_key(screen: TableScreen[None], key: str) -> None:
    """Explains a key that only works on the screen of a scale set."""
    configured = screen.session.keys
    command = command_of_key(key, CommandScope.SCALE_SET, configured)
    is_own = command_of_key(key, screen.COMMAND_SCOPE, configured) is not None
    if command is not None and not is_own:
        open_key = key_labels(COMMANDS_BY_ID["open"], configured.get("open"))[0]
        text = f"No {command.title} here: open a scale set first ({open_key})"
        screen.say(text, warning=True)

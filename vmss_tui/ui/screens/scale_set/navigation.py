"""From one scale set straight to another: its neighbours in the list, and the pinned ones."""

from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.ui.background.replies import RequestFailed, NeighboursArrived
from vmss_tui.ui.background.workers import run_in_thread
from vmss_tui.ui.screens.naming import NamingScreen
from vmss_tui.ui.screens.scale_set_rows import in_order
from vmss_tui.ui.text.pins import nothing_on, pinned, toggled


class WalkingScreen(NamingScreen):
    """A scale set among others."""

    def do_previous_set(self) -> None:
        """The scale set before this one in the list."""
        self._neighbour(-1)

    def do_next_set(self) -> None:
        """The one after it."""
        self._neighbour(1)

    def do_pin(self) -> None:
        """Keeps this set on a key, or takes it off."""
        self.say(toggled(self.session.services, self.scale_set))

    def do_pinned(self, key: str) -> None:
        """Goes to the set on a key."""
        found = pinned(self.session.services, key)
        if found is None:
            self.say(nothing_on(key))
        elif found.key == self.scale_set.key:
            self.say(f"{found.name} is on screen already")
        else:
            self._go(found)

    def on_neighbours_arrived(self, message: NeighboursArrived) -> None:
        """The list that nobody had opened: goes on as if somebody had."""
        named = self.session.services.names.name_of
        self.session.scale_sets = in_order(message.scale_sets, named)
        if self.is_current:
            self._walk(message.step)

    def _neighbour(self, step: int) -> None:
        if self.session.scale_sets:
            self._walk(step)
            return
        readings = self.session.services.readings
        self.say("Reading the list of scale sets …")
        run_in_thread(self, lambda: NeighboursArrived(readings.list_scale_sets(), step), RequestFailed)

    def _walk(self, step: int) -> None:
        every, sifted = [found.id for found in self.session.scale_sets], self.session.sifted
        ids = [each for each in every if each.key in sifted]
        if self.scale_set.key not in sifted:
            ids = every
        keys = [found.key for found in ids]
        if len(ids) < 2 or self.scale_set.key not in keys:
            self.say("There is no other scale set in the list")
            return
        self._go(ids[(keys.index(self.scale_set.key) + step) % len(ids)])

    def _go(self, scale_set: ScaleSetId) -> None:
        self.app.switch_screen(type(self)(scale_set))

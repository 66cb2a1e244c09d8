"""A scale set that was opened directly learns what its subscription is called, once it is read."""

from vmss_tui.ui.background.messages import SubscriptionNameArrived, SnapshotArrived
from vmss_tui.ui.background.replies import RequestFailed
from vmss_tui.ui.background.workers import run_in_thread
from vmss_tui.ui.screens.scale_set.maintenance_commands import TendingScreen


class NamingScreen(TendingScreen):
    """A scale set under a subscription that has a name."""

    _named = False

    def on_snapshot_arrived(self, message: SnapshotArrived) -> None:
        """The first reading is there: now a name may be asked for, too."""
        if self._named or message.view.snapshot is None:
            return
        self._named = True
        names, of = self.session.services.names, self.scale_set.subscription_id
        if names.name_of(of) == of:
            run_in_thread(self, lambda: SubscriptionNameArrived(names.look_up(of)), RequestFailed)

    def on_subscription_name_arrived(self, message: SubscriptionNameArrived) -> None:
        """The header says it in place of the id."""
        self.show_header()

    def show_header(self) -> None:
        """Draws the header again."""
        raise NotImplementedError

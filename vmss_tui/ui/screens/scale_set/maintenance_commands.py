"""The commands of the scale-set screen that concern what Azure does by itself, and its panel.

None has a key of its own. Each asks Azure how things stand before the question is put, and what
was agreed to is asked once more, recorded and sent by `runtime.tending`.
"""

from textual.timer import Timer

from vmss_tui.fleet.azure_maintenance import RollingUpgrade
from vmss_tui.fleet.scale_set import ProvisioningState
from vmss_tui.operations.maintenance import Act, Prospect, at_work
from vmss_tui.ui.background.messages import RollingUpgradeArrived, SnapshotArrived
from vmss_tui.ui.background.replies import (
    MaintenanceActionSent,
    RequestFailed,
    HistoryArrived,
    MaintenancePreviewArrived,
    RepairsArrived,
)
from vmss_tui.ui.background.workers import run_in_thread
from vmss_tui.ui.dialogs.confirm import ConfirmScreen, Question
from vmss_tui.ui.dialogs.text_viewer import ReaderScreen
from vmss_tui.ui.screens.scale_set.run_commands import sentence
from vmss_tui.ui.screens.scale_set.write_lock import UnlockingScreen
from vmss_tui.ui.text.maintenance import history_words, prospect_words, repairs_words
from vmss_tui.ui.widgets.rolling_upgrade_panel import RollingPanel


class TendingScreen(UnlockingScreen):
    """A scale set that Azure may be at work on by itself."""

    rolling: RollingUpgrade | None = None
    """Azure's latest rolling upgrade, as it was last read."""
    _next_look: Timer | None = None
    _was_updating = False

    @property
    def rolling_words(self) -> str:
        """`RollingForward: 8 done, …` while Azure is at work; else empty."""
        return at_work(self.rolling) if self.rolling is not None and self.rolling.active else ""

    def look_at_rolling(self) -> None:
        """Reads how Azure's rolling upgrade stands: one small GET. A live run's worker does so."""
        if self._next_look is not None:
            self._next_look.stop()
            self._next_look = None
        if self.news is not None and self.news.alive:
            self._look_later()
            return
        tending, scale_set = self.session.services.tending, self.scale_set
        run_in_thread(
            self, lambda: RollingUpgradeArrived(tending.latest(scale_set)), RollingUpgradeArrived.from_error
        )

    def on_rolling_upgrade_arrived(self, message: RollingUpgradeArrived) -> None:
        """It was read, or could not be: then the last one stays, with its time."""
        if not message.error:
            self.rolling = message.latest
            self.query_one(RollingPanel).show(message.latest, self.session.now())
            self.redraw()
        self._look_later()

    def on_snapshot_arrived(self, message: SnapshotArrived) -> None:
        """A set that begins to update without a run of ours may have been set off by Azure."""
        view = message.view
        if view.snapshot is None:
            return
        updating = view.snapshot.scale_set.provisioning is ProvisioningState.UPDATING
        begun, self._was_updating = updating and not self._was_updating, updating
        if begun and self._next_look is not None:
            self.look_at_rolling()

    def _look_later(self) -> None:
        seconds = self.session.services.tending.next_look(self.rolling, moving=self._was_updating)
        self._next_look = self.set_timer(seconds, self.look_at_rolling)

    # Commands

    def do_start_os_upgrade(self) -> None:
        """Asks whether Azure shall upgrade the OS by its own rolling upgrade."""
        self._weigh(Act.START_OS)

    def do_start_extension_upgrade(self) -> None:
        """The same of extensions."""
        self._weigh(Act.START_EXTENSIONS)

    def do_cancel_rolling_upgrade(self) -> None:
        """Asks whether Azure shall end its rolling upgrade."""
        self._weigh(Act.CANCEL)

    def do_suspend_repairs(self) -> None:
        """Asks whether Azure shall repair no more for now."""
        self._weigh(Act.SUSPEND_REPAIRS)

    def do_resume_repairs(self) -> None:
        """Asks whether Azure shall repair again."""
        self._weigh(Act.RESUME_REPAIRS)

    def do_upgrade_history(self) -> None:
        """Reads what Azure remembers."""
        tending, scale_set = self.session.services.tending, self.scale_set
        run_in_thread(self, lambda: HistoryArrived(tending.history(scale_set)), RequestFailed)

    def on_history_arrived(self, message: HistoryArrived) -> None:
        """Upgrades of the OS."""
        title = f"OS upgrades by Azure of {self.scale_set.short}"
        self.put_up(ReaderScreen(title, history_words(message.history, self.session.appearance)))

    def do_repairs(self) -> None:
        """Reads how automatic repairs stand."""
        if self.view is None or self.view.snapshot is None:
            return
        tending, scale_set = self.session.services.tending, self.view.snapshot.scale_set
        run_in_thread(self, lambda: RepairsArrived(scale_set, tending.repairs(scale_set)), RequestFailed)

    def on_repairs_arrived(self, message: RepairsArrived) -> None:
        """The model's setting and the service's state."""
        title = f"automatic repairs of {self.scale_set.short}"
        words = repairs_words(message.scale_set, message.service)
        self.put_up(ReaderScreen(title, words))

    def _weigh(self, act: Act) -> None:
        tending, scale_set = self.session.services.tending, self.scale_set
        run_in_thread(self, lambda: MaintenancePreviewArrived(tending.prospect(scale_set, act)), RequestFailed)

    def on_maintenance_preview_arrived(self, message: MaintenancePreviewArrived) -> None:
        """Asks, unless somebody went elsewhere meanwhile."""
        wanted = message.preview
        if not self.is_current:
            return
        context = self.session.services.context
        question = Question(
            f"{wanted.title}?",
            prospect_words(wanted, context, self._subscription),
            wanted.verb,
            self.scale_set.name if wanted.typed else None,
        )

        def answered(yes: bool | None) -> None:
            if yes:
                self._begin(wanted)
            else:
                self.say("Nothing was asked of Azure")

        self.put_up(ConfirmScreen(question), answered)

    def _begin(self, wanted: Prospect) -> None:
        tending = self.session.services.tending
        run_in_thread(self, lambda: MaintenanceActionSent(tending.begin(wanted).words), RequestFailed)

    def on_maintenance_action_sent(self, message: MaintenanceActionSent) -> None:
        """Azure took it: how does it stand now?"""
        self.say(sentence(message.text))
        self.look_at_rolling()
        self.do_refresh()

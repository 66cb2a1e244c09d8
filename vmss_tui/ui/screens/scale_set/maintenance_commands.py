"""Commands for what Azure does by itself: rolling upgrades, upgrade history, automatic repairs.

None has a key of its own. An action is previewed over a new reading, confirmed, and then sent by
`runtime.operations.maintenance`. The panel of Azure's rolling upgrade is updated here, too.
"""

from textual.timer import Timer

from vmss_tui.fleet.azure_maintenance import RollingUpgrade
from vmss_tui.fleet.scale_set import ProvisioningState
from vmss_tui.operations.maintenance import MaintenanceAction, rolling_upgrade_text
from vmss_tui.operations.maintenance_preview import MaintenancePreview
from vmss_tui.runtime.storage.latest_view import LatestView
from vmss_tui.text import capitalize_sentence
from vmss_tui.ui.background.messages import RollingUpgradeArrived
from vmss_tui.ui.background.replies import (
    HistoryArrived,
    MaintenanceActionSent,
    MaintenancePreviewArrived,
    RepairsArrived,
)
from vmss_tui.ui.dialogs.confirm import ConfirmScreen, Question
from vmss_tui.ui.screens.scale_set.context import Controller, ScaleSetContext
from vmss_tui.ui.text.maintenance import (
    describe_maintenance,
    describe_repairs,
    describe_upgrade_history,
)
from vmss_tui.ui.widgets.rolling_upgrade_panel import RollingUpgradePanel


class MaintenanceCommands(Controller):
    """Azure's own rolling upgrades and repairs of the scale set."""

    def __init__(self, context: ScaleSetContext) -> None:
        super().__init__(context)
        self._rolling_upgrade: RollingUpgrade | None = None
        """The newest reading of Azure's latest rolling upgrade."""
        self._timer: Timer | None = None
        """Waits for the next reading; None while one is under way."""
        self._is_updating = False

    @property
    def rolling_upgrade_status(self) -> str:
        """`RollingForward: 8 done, …` while a rolling upgrade of Azure is active; else empty."""
        upgrade = self._rolling_upgrade
        return rolling_upgrade_text(upgrade) if upgrade is not None and upgrade.active else ""

    def mounted(self) -> None:
        """Reads the rolling upgrade for the first time."""
        self.read_rolling_upgrade()

    def read_rolling_upgrade(self) -> None:
        """Reads Azure's latest rolling upgrade: one GET request. Waits while a run of ours is
        live, because its worker reads it."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        status = self.context.run
        if status is not None and status.is_live:
            self._schedule_reading()
            return
        maintenance, scale_set = self.context.services.maintenance, self.context.scale_set
        self.context.run_in_thread(
            lambda: RollingUpgradeArrived(maintenance.read_rolling_upgrade(scale_set)),
            RollingUpgradeArrived.from_error,
        )

    def rolling_upgrade_arrived(self, message: RollingUpgradeArrived) -> None:
        """Shows the reading; after an error the last one stays on screen with its time."""
        if not message.error:
            self._rolling_upgrade = message.latest
            panel = self.context.screen.query_one(RollingUpgradePanel)
            panel.show(message.latest, self.context.session.now())
            self.context.redraw()
        self._schedule_reading()

    def snapshot_arrived(self, latest: LatestView) -> None:
        """Reads at once where the scale set has begun to update: Azure may have started it."""
        if latest.snapshot is None:
            return
        was_updating = self._is_updating
        provisioning = latest.snapshot.scale_set.provisioning
        self._is_updating = provisioning is ProvisioningState.UPDATING
        if self._is_updating and not was_updating and self._timer is not None:
            self.read_rolling_upgrade()

    def _schedule_reading(self) -> None:
        maintenance = self.context.services.maintenance
        seconds = maintenance.seconds_until_read(
            self._rolling_upgrade, operation_open=self._is_updating
        )
        self._timer = self.context.screen.set_timer(seconds, self.read_rolling_upgrade)

    # Commands that read

    def do_upgrade_history(self) -> None:
        """Reads Azure's history of OS upgrades."""
        maintenance, scale_set = self.context.services.maintenance, self.context.scale_set
        self.context.run_in_thread(
            lambda: HistoryArrived(maintenance.read_upgrade_history(scale_set))
        )

    def show_history(self, message: HistoryArrived) -> None:
        """Shows the history of OS upgrades in a text viewer."""
        from vmss_tui.ui.dialogs.text_viewer import TextViewer

        title = f"OS upgrade history: {self.context.scale_set.short}"
        text = describe_upgrade_history(message.history, self.context.session.appearance)
        self.context.push(TextViewer(title, text))

    def do_repairs(self) -> None:
        """Reads the state of automatic repairs."""
        snapshot, maintenance = self.context.snapshot, self.context.services.maintenance
        if snapshot is None:
            return
        scale_set = snapshot.scale_set
        self.context.run_in_thread(
            lambda: RepairsArrived(scale_set, maintenance.read_repairs(scale_set))
        )

    def show_repairs(self, message: RepairsArrived) -> None:
        """Shows the model's setting and the state of the service in a text viewer."""
        from vmss_tui.ui.dialogs.text_viewer import TextViewer

        title = f"Automatic repairs: {self.context.scale_set.short}"
        self.context.push(TextViewer(title, describe_repairs(message.scale_set, message.service)))

    # Commands that write

    def do_start_os_upgrade(self) -> None:
        """Starts Azure's rolling upgrade of the OS."""
        self._preview(MaintenanceAction.START_OS)

    def do_start_extension_upgrade(self) -> None:
        """Starts Azure's rolling upgrade of extensions."""
        self._preview(MaintenanceAction.START_EXTENSIONS)

    def do_cancel_rolling_upgrade(self) -> None:
        """Cancels Azure's rolling upgrade."""
        self._preview(MaintenanceAction.CANCEL)

    def do_suspend_repairs(self) -> None:
        """Suspends automatic repairs."""
        self._preview(MaintenanceAction.SUSPEND_REPAIRS)

    def do_resume_repairs(self) -> None:
        """Resumes automatic repairs."""
        self._preview(MaintenanceAction.RESUME_REPAIRS)

    def _preview(self, action: MaintenanceAction) -> None:
        maintenance, scale_set = self.context.services.maintenance, self.context.scale_set
        self.context.run_in_thread(
            lambda: MaintenancePreviewArrived(maintenance.preview(scale_set, action))
        )

    def confirm(self, message: MaintenancePreviewArrived) -> None:
        """Asks for confirmation, unless another screen was opened in the meantime."""
        context, preview = self.context, message.preview
        if not context.screen.is_current:
            return
        question = Question(
            f"{preview.title}?",
            describe_maintenance(preview, context.services.context, context.subscription_name),
            preview.confirm_label,
            context.scale_set.name if preview.needs_typed_name else None,
        )

        def answered(yes: bool | None) -> None:
            if yes:
                self._send(preview)
            else:
                context.say("Cancelled: nothing was sent")

        context.push(ConfirmScreen(question), answered)

    def _send(self, preview: MaintenancePreview) -> None:
        maintenance = self.context.services.maintenance
        self.context.run_in_thread(
            lambda: MaintenanceActionSent(maintenance.begin(preview).message)
        )

    def action_sent(self, message: MaintenanceActionSent) -> None:
        """Reports the action, and reads the result."""
        self.context.say(capitalize_sentence(message.text))
        self.read_rolling_upgrade()
        self.context.refresh()

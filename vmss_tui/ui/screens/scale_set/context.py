"""What the controllers of a scale-set screen share: its state, widgets and message queue."""

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, TypeVar

from textual.message import Message

from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.operations.plan import OperationPlan
from vmss_tui.runtime.observe.watcher import Watcher
from vmss_tui.runtime.session import Services
from vmss_tui.runtime.storage.latest_view import LatestView
from vmss_tui.ui.background.messages import RunStatus
from vmss_tui.ui.background.replies import AddressesArrived, RequestFailed
from vmss_tui.ui.background.run_watcher import RunWatcher
from vmss_tui.ui.background.workers import run_in_thread
from vmss_tui.ui.commands.screen import CommandScreen
from vmss_tui.ui.instances.board import Board
from vmss_tui.ui.layers import Dialog, Layer
from vmss_tui.ui.screens.scale_set.view import ScaleSetView
from vmss_tui.ui.session import Session
from vmss_tui.ui.text.addresses import address_lines
from vmss_tui.ui.text.reading_age import describe_age
from vmss_tui.ui.widgets.header import HeaderView

if TYPE_CHECKING:
    from vmss_tui.ui.dialogs.event_log import LogScreen

Answer = TypeVar("Answer")


class ScaleSetContext:
    """One scale set on screen. Used from the event loop only, as every widget is."""

    controllers: tuple["Controller", ...]
    """All controllers of the screen; set by the screen, as `start_operation` is."""
    start_operation: Callable[[OperationPlan], None]
    """Sends an operation on instances and shows its progress."""
    log_screen: "LogScreen | None" = None
    """The event log that was opened last."""

    def __init__(self, screen: CommandScreen[None], scale_set: ScaleSetId) -> None:
        self.screen, self.scale_set = screen, scale_set
        self.board = Board()
        self.view = ScaleSetView(screen, self.board)
        self.latest: LatestView | None = None
        """The newest report of the watcher; None until the first one."""
        self.run: RunStatus | None = None
        """The run on screen."""
        self.addresses: dict[str, AddressesArrived] = {}
        """Addresses that were read on this screen, by instance id."""
        self.watcher: Watcher | None = None
        self.run_watcher: RunWatcher | None = None

    @property
    def session(self) -> Session:
        """The session that all screens share."""
        return self.screen.session

    @property
    def services(self) -> Services:
        """The services of the session."""
        return self.screen.session.services

    @property
    def snapshot(self) -> Snapshot | None:
        """The newest snapshot of the scale set; None where it could not be read."""
        return self.latest.snapshot if self.latest else None

    @property
    def subscription_name(self) -> str:
        """The display name of the subscription, or its id where the name is not known."""
        return self.services.subscription_names.name_of(self.scale_set.subscription_id)

    @property
    def protection_reason(self) -> str:
        """Why the scale set's name must be typed before a write; empty where it need not be."""
        permission = self.services.permission
        if not permission.is_protected(self.scale_set):
            return ""
        return permission.protection_reason(self.scale_set)

    def age_text(self) -> str:
        """How old the reading is, for questions; empty while it is fresh."""
        if self.latest is None:
            return ""
        return describe_age(self.latest, self.session.appearance, self.session.now())

    # The screen

    def say(self, text: str, *, warning: bool = False, seconds: float | None = None) -> None:
        """Shows a short notification, for `seconds` where they are given."""
        self.screen.say(text, warning=warning, seconds=seconds)

    def push(
        self,
        dialog: Layer[Answer] | Dialog[Answer],
        callback: Callable[[Answer | None], Any] | None = None,
    ) -> None:
        """Opens a dialog over the screen; `callback` gets its result."""
        self.screen.open_dialog(dialog, callback)

    def redraw(self) -> None:
        """Draws the instances and everything that depends on the cursor."""
        instance = self.board.cursor_instance
        reply = self.addresses.get(instance.instance_id) if instance else None
        lines: tuple[tuple[str, str], ...] = ()
        if reply is not None and instance is not None and reply.instance.vm_id == instance.vm_id:
            lines = address_lines(reply.addresses, self.session.appearance.clock(reply.at))
        self.view.draw(self.snapshot, self.run, lines)

    def header_view(self) -> HeaderView:
        """What the header shows: names, state of the scale set, and whether writes are locked."""
        snapshot = self.snapshot
        scale_set = snapshot.scale_set.id if snapshot else self.scale_set
        subscription = self.services.subscription_names.name_of(scale_set.subscription_id)
        lock = "protected" if self.protection_reason else ""
        if self.session.read_only:
            lock = "read-only"
        path = (subscription, scale_set.group_label, scale_set.name)
        version = self.board.latest_image_version
        return HeaderView(path, self.services.context, self.latest, lock, version)

    def draw_header(self) -> None:
        """Draws the header."""
        self.view.draw_header(self.header_view())

    def draw_condition(self) -> None:
        """Draws the notice bar: why there is no newer reading, else why writes are locked."""
        self.view.draw_condition(self.latest, self.protection_reason)

    def close_panel(self) -> bool:
        """Closes the first open panel of the controllers; False where none is open."""
        return any(controller.close_panel() for controller in self.controllers)

    def update_event_log(self) -> None:
        """Reads the event log again where it is open."""
        if self.log_screen is not None and self.log_screen.is_current:
            self.log_screen.read_log()

    # Requests

    def run_in_thread(
        self,
        call: Callable[[], Message],
        on_error: Callable[[str], Message] = RequestFailed,
    ) -> None:
        """Runs a blocking call in a thread; its message is posted to the screen."""
        run_in_thread(self.screen, call, on_error)

    def refresh(self) -> None:
        """Reads the scale set again as soon as the request budget allows."""
        if self.watcher is not None:
            self.watcher.refresh()

    def read_first(self, instance_ids: Collection[str]) -> None:
        """Makes the watcher read these instances before the others."""
        if self.watcher is not None:
            self.watcher.follow_instances(instance_ids)

    def show_run(self, name: str) -> None:
        """Shows this run from now on."""
        if self.run_watcher is not None:
            self.run_watcher.switch_to(name)

    def update_run(self) -> None:
        """Reads the journal of the run at once."""
        if self.run_watcher is not None:
            self.run_watcher.poll_now()


class Controller:
    """A part of the scale-set screen. Its `do_` methods carry out commands; the other methods are
    called by the screen, for all controllers in the order of `ScaleSetScreen.controllers`."""

    def __init__(self, context: ScaleSetContext) -> None:
        self.context = context

    def mounted(self) -> None:
        """The widgets of the screen exist."""

    def snapshot_arrived(self, latest: LatestView) -> None:
        """The watcher has read the scale set, or has failed to."""

    def unmounted(self) -> None:
        """The screen is closed."""

    def close_panel(self) -> bool:
        """Closes a panel that `esc` closes; False where none is open."""
        return False

"""Messages about state that changes by itself, posted by threads that observe it."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from textual.message import Message

from vmss_tui.fleet.azure_maintenance import RollingUpgrade
from vmss_tui.gateway import PollResult
from vmss_tui.runtime.operations.instances import InstanceOperation
from vmss_tui.runtime.storage.latest_view import LatestView
from vmss_tui.runtime.storage.run_records import LockOwner
from vmss_tui.ui.background.message_base import ReplaceableMessage
from vmss_tui.ui.text.event_log import LogLine
from vmss_tui.upgrade.events import Record
from vmss_tui.upgrade.report.estimate import BatchPace
from vmss_tui.upgrade.report.timeline.timeline import EMPTY_TIMELINE, Timeline
from vmss_tui.upgrade.run.run import Run


class SnapshotArrived(ReplaceableMessage):
    """The watcher has read the scale set, or has failed to."""

    def __init__(self, latest: LatestView) -> None:
        super().__init__()
        self.latest = latest


class RunStatus(Struct, frozen=True):
    """The state of a run: the fold of its journal, and the newest records."""

    name: str
    run: Run
    recent_records: tuple[Record, ...]
    is_live: bool
    damage: str = ""
    run_time: float = 0.0
    """Seconds on the clock of the run."""
    worker: LockOwner | None = None
    """The worker process; None where none is alive."""
    silent_since: datetime | None = None
    """When the worker last showed life; None where that is recent."""
    worker_failure: str = ""
    """Why the last worker ended before the run did; empty while one is alive."""
    timeline: Timeline = EMPTY_TIMELINE
    """What happened to each instance and batch, and when."""


class RunStatusArrived(ReplaceableMessage):
    """The state of the run has changed, or another run is shown; None where there is none."""

    def __init__(self, status: RunStatus | None) -> None:
        super().__init__()
        self.status = status


class EarlierRunArrived(ReplaceableMessage):
    """The newest run of the scale set has ended, and is not shown by itself."""

    def __init__(self, status: RunStatus) -> None:
        super().__init__()
        self.status = status


class PaceArrived(ReplaceableMessage):
    """How long batches of earlier runs took; None where there was no run."""

    def __init__(self, pace: BatchPace | None) -> None:
        super().__init__()
        self.pace = pace


class LogArrived(ReplaceableMessage):
    """The whole event log."""

    def __init__(self, lines: Sequence[LogLine]) -> None:
        super().__init__()
        self.lines = lines


class NewestVersionArrived(ReplaceableMessage):
    """The image version that `latest` means now; empty where it is not known."""

    def __init__(self, version: str) -> None:
        super().__init__()
        self.version = version


class SubscriptionNameArrived(ReplaceableMessage):
    """The display name of the subscription; its id where the name is not known."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name


class ReadProgress(ReplaceableMessage):
    """The progress of a slow reading, as a text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class ModelEditEnded(ReplaceableMessage):
    """The long-running operation of a model edit has ended."""

    def __init__(self, operation: PollResult) -> None:
        super().__init__()
        self.operation = operation


class RollingUpgradeArrived(ReplaceableMessage):
    """Azure's latest rolling upgrade (None: none ever ran), or why it could not be read."""

    def __init__(self, latest: RollingUpgrade | None, error: str = "") -> None:
        super().__init__()
        self.latest, self.error = latest, error

    @classmethod
    def from_error(cls, error: str) -> "RollingUpgradeArrived":
        """The message after an error."""
        return cls(None, error or "not read")


class OperationStarted(ReplaceableMessage):
    """An operation on instances was sent: Azure accepted it, or the reply was lost."""

    def __init__(self, operation: InstanceOperation) -> None:
        super().__init__()
        self.operation = operation

    def can_replace(self, message: Message) -> bool:
        """Return False: each message is about another operation."""
        return False


class OperationUpdated(OperationStarted):
    """An operation was observed in a new snapshot."""

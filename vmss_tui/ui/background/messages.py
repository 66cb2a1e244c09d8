"""What comes to the screens unasked, from threads that look: a newer message of a kind replaces one
that still waits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from textual.message import Message

from vmss_tui.fleet.azure_maintenance import RollingUpgrade
from vmss_tui.gateway import PollResult
from vmss_tui.runtime.operations.instances import Undertaking
from vmss_tui.runtime.storage.latest_view import LatestView
from vmss_tui.runtime.storage.run_folder import LockOwner
from vmss_tui.ui.background.message_base import ReplaceableMessage
from vmss_tui.ui.text.event_log import LogLine
from vmss_tui.upgrade.events import Record
from vmss_tui.upgrade.report.estimate import Pace
from vmss_tui.upgrade.run.run import Run


class SnapshotArrived(ReplaceableMessage):
    """The watcher looked again."""

    def __init__(self, view: LatestView) -> None:
        super().__init__()
        self.view = view


@dataclass(frozen=True, slots=True)
class RunStatus:
    """A run as a viewer sees it: the fold so far and the end of its journal."""

    name: str
    run: Run
    tail: tuple[Record, ...]
    alive: bool
    damage: str = ""
    t: float = 0.0
    """The run's clock when this was told."""
    worker: LockOwner | None = None
    """Who works on it."""
    silent_since: datetime | None = None
    """When the worker last showed life, where that is too long ago."""


class RunStatusArrived(ReplaceableMessage):
    """The run's journal has grown, or another run is the one to follow; None: there is none."""

    def __init__(self, status: RunStatus | None) -> None:
        super().__init__()
        self.status = status


class PaceArrived(ReplaceableMessage):
    """What batches of the set took of late; None where there was no run yet."""

    def __init__(self, pace: Pace | None) -> None:
        super().__init__()
        self.pace = pace


class LogArrived(ReplaceableMessage):
    """The event and command log as it is now."""

    def __init__(self, lines: Sequence[LogLine]) -> None:
        super().__init__()
        self.lines = lines


class NewestVersionArrived(ReplaceableMessage):
    """What `latest` means now; empty where nobody can say."""

    def __init__(self, version: str) -> None:
        super().__init__()
        self.version = version


class SubscriptionNameArrived(ReplaceableMessage):
    """What the subscription is called; its id where nobody says."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name


class ReadProgress(ReplaceableMessage):
    """How far a slow reading is."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class ModelEditEnded(ReplaceableMessage):
    """Azure has carried an edit out, or could not."""

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
        """It could not be read."""
        return cls(None, error or "not read")


class OperationStarted(ReplaceableMessage):
    """An operation on instances was begun: Azure took it, or its answer was lost."""

    def __init__(self, operation: Undertaking) -> None:
        super().__init__()
        self.operation = operation

    def can_replace(self, message: Message) -> bool:
        """Each is another operation."""
        return False


class OperationUpdated(OperationStarted):
    """A reading showed more of it."""

"""What comes back to a screen that asked: what was wanted, or in words why it is not there. A newer
answer of a kind replaces one that still waits.
"""

from collections.abc import Sequence
from datetime import datetime

from textual.message import Message

from vmss_tui.fleet.azure_maintenance import OsUpgrade, RepairsService
from vmss_tui.fleet.model_edit.diff import DiffLine
from vmss_tui.fleet.scale_set import Instance, NetworkAddress, ScaleSet
from vmss_tui.operations.maintenance import Prospect
from vmss_tui.runtime.operations.model_edits import Saved, Undo
from vmss_tui.runtime.storage.run_folder import RunSummary
from vmss_tui.ui.background.message_base import ReplaceableMessage
from vmss_tui.ui.text.picker_rows import Page


class ScaleSetsArrived(ReplaceableMessage):
    """The list, or why there is none."""

    def __init__(self, scale_sets: Sequence[ScaleSet], error: str = "") -> None:
        super().__init__()
        self.scale_sets, self.error = tuple(scale_sets), error


class RunsArrived(ReplaceableMessage):
    """The list of runs, or why there is none."""

    def __init__(self, runs: Sequence[RunSummary], error: str = "") -> None:
        super().__init__()
        self.runs, self.error = tuple(runs), error


class JsonArrived(ReplaceableMessage):
    """An instance as Azure says it."""

    def __init__(self, instance_id: str, json: str) -> None:
        super().__init__()
        self.instance_id, self.json = instance_id, json


class AddressesArrived(ReplaceableMessage):
    """Where an instance can be reached."""

    def __init__(
        self, instance: Instance, addresses: Sequence[NetworkAddress], at: datetime
    ) -> None:
        super().__init__()
        self.instance, self.addresses, self.at = instance, tuple(addresses), at


class OffersArrived(Message):
    """What there is for a field; words where it could not be had."""

    def __init__(self, field: str, page: Page, error: str = "") -> None:
        super().__init__()
        self.field, self.page, self.error = field, page, error


class NeighboursArrived(ReplaceableMessage):
    """The list, for who goes from one set to the next without having seen it."""

    def __init__(self, scale_sets: Sequence[ScaleSet], step: int) -> None:
        super().__init__()
        self.scale_sets, self.step = tuple(scale_sets), step


class PageArrived(ReplaceableMessage):
    """Something to choose from."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self.page = page


class PageFailed(ReplaceableMessage):
    """Nothing to choose from, and why."""

    def __init__(self, error: str) -> None:
        super().__init__()
        self.error = error


class ModelSaved(ReplaceableMessage):
    """The model was written."""

    def __init__(self, saved: Saved) -> None:
        super().__init__()
        self.saved = saved


class UndoArrived(ReplaceableMessage):
    """The way back from the last edit; None where there is none."""

    def __init__(self, undo: Undo | None) -> None:
        super().__init__()
        self.undo = undo


class ModelSaveFailed(ReplaceableMessage):
    """It was not, and why; what another writer changed and the model as it is now, where known."""

    def __init__(
        self, error: str, changes: tuple[DiffLine, ...] = (), scale_set: ScaleSet | None = None
    ) -> None:
        super().__init__()
        self.error, self.changes, self.scale_set = error, changes, scale_set


class RunStarted(ReplaceableMessage):
    """A run was started under this name, or one that held goes on."""

    def __init__(self, name: str, *, resumed: bool = False) -> None:
        super().__init__()
        self.name, self.resumed = name, resumed


class HistoryArrived(ReplaceableMessage):
    """Upgrades of the OS that Azure remembers."""

    def __init__(self, history: Sequence[OsUpgrade]) -> None:
        super().__init__()
        self.history = tuple(history)


class RepairsArrived(ReplaceableMessage):
    """How automatic repairs stand."""

    def __init__(self, scale_set: ScaleSet, service: RepairsService) -> None:
        super().__init__()
        self.scale_set, self.service = scale_set, service


class MaintenancePreviewArrived(ReplaceableMessage):
    """What an act of Azure's own upkeep would do, to be agreed to."""

    def __init__(self, preview: Prospect) -> None:
        super().__init__()
        self.preview = preview


class MaintenanceActionSent(ReplaceableMessage):
    """Azure took what it was asked."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class RequestFailed(ReplaceableMessage):
    """Something asked for could not be had or done, in words for the person."""

    def __init__(self, error: str) -> None:
        super().__init__()
        self.error = error


class IntentSent(ReplaceableMessage):
    """A wish for a run is on disk, for its worker to read."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

"""Messages that are replies to a request of a screen: the result, or the text of an error."""

from collections.abc import Sequence
from datetime import datetime

from textual.message import Message

from vmss_tui.fleet.azure_maintenance import OsUpgrade, RepairsService
from vmss_tui.fleet.model_edit.diff import DiffLine
from vmss_tui.fleet.preflight.result import Preflight
from vmss_tui.fleet.scale_set import Instance, ScaleSet
from vmss_tui.gateway import NetworkAddress
from vmss_tui.operations.maintenance_preview import MaintenancePreview
from vmss_tui.runtime.observe.estate import EstateReading
from vmss_tui.runtime.operations.model_edits import ModelEditResult, ModelUndo
from vmss_tui.runtime.storage.run_records import RunSummary
from vmss_tui.ui.background.message_base import ReplaceableMessage
from vmss_tui.ui.text.picker_rows import Page


class ScaleSetsArrived(ReplaceableMessage):
    """The list of scale sets, or why it could not be read."""

    def __init__(self, reading: EstateReading, error: str = "") -> None:
        super().__init__()
        self.reading, self.error = reading, error


class RunsArrived(ReplaceableMessage):
    """The list of runs, or why it could not be read."""

    def __init__(self, runs: Sequence[RunSummary], error: str = "") -> None:
        super().__init__()
        self.runs, self.error = tuple(runs), error


class JsonArrived(ReplaceableMessage):
    """An instance as JSON, formatted."""

    def __init__(self, instance_id: str, json: str) -> None:
        super().__init__()
        self.instance_id, self.json = instance_id, json


class AddressesArrived(ReplaceableMessage):
    """The network addresses of an instance."""

    def __init__(
        self, instance: Instance, addresses: Sequence[NetworkAddress], at: datetime
    ) -> None:
        super().__init__()
        self.instance, self.addresses, self.at = instance, tuple(addresses), at


class OffersArrived(Message):
    """The choices of a form field, or why they could not be read."""

    def __init__(self, field: str, page: Page, error: str = "") -> None:
        super().__init__()
        self.field, self.page, self.error = field, page, error


class NeighboursArrived(ReplaceableMessage):
    """The list of scale sets, for going `step` places from the one on screen."""

    def __init__(self, scale_sets: Sequence[ScaleSet], step: int) -> None:
        super().__init__()
        self.scale_sets, self.step = tuple(scale_sets), step


class PageArrived(ReplaceableMessage):
    """The choices of a picker."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self.page = page


class PageFailed(ReplaceableMessage):
    """Why the choices of a picker could not be read."""

    def __init__(self, error: str) -> None:
        super().__init__()
        self.error = error


class ModelSaved(ReplaceableMessage):
    """The model was written."""

    def __init__(self, saved: ModelEditResult) -> None:
        super().__init__()
        self.saved = saved


class UndoArrived(ReplaceableMessage):
    """How to undo the last edit; None where there is none."""

    def __init__(self, undo: ModelUndo | None) -> None:
        super().__init__()
        self.undo = undo


class ModelSaveFailed(ReplaceableMessage):
    """Why the model was not written. After a conflict also what another writer changed, and the
    model as it is now."""

    def __init__(
        self, error: str, changes: tuple[DiffLine, ...] = (), scale_set: ScaleSet | None = None
    ) -> None:
        super().__init__()
        self.error, self.changes, self.scale_set = error, changes, scale_set


class RunStarted(ReplaceableMessage):
    """A run was started under this name, or resumed."""

    def __init__(self, name: str, *, resumed: bool = False) -> None:
        super().__init__()
        self.name, self.resumed = name, resumed


class PreflightArrived(ReplaceableMessage):
    """What was checked before a run; without it the error that prevented the checks. `model` is
    the image and size that were checked."""

    def __init__(self, preflight: Preflight | None, error: str = "", model: str = "") -> None:
        super().__init__()
        self.preflight, self.error, self.model = preflight, error, model


class HistoryArrived(ReplaceableMessage):
    """Azure's history of OS upgrades."""

    def __init__(self, history: Sequence[OsUpgrade]) -> None:
        super().__init__()
        self.history = tuple(history)


class RepairsArrived(ReplaceableMessage):
    """The state of automatic repairs."""

    def __init__(self, scale_set: ScaleSet, service: RepairsService) -> None:
        super().__init__()
        self.scale_set, self.service = scale_set, service


class MaintenancePreviewArrived(ReplaceableMessage):
    """What a maintenance action would do, to be confirmed."""

    def __init__(self, preview: MaintenancePreview) -> None:
        super().__init__()
        self.preview = preview


class MaintenanceActionSent(ReplaceableMessage):
    """Azure accepted a maintenance action."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class RequestFailed(ReplaceableMessage):
    """A request of the screen failed; `error` is for the operator."""

    def __init__(self, error: str) -> None:
        super().__init__()
        self.error = error


class IntentSent(ReplaceableMessage):
    """An intent was appended to the journal of a run; its worker reads it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

"""A form of one field: the capacity of a scale set."""

from collections.abc import Mapping
from typing import ClassVar

from vmss_tui.fleet.model_edit.edit import Edit
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.runtime.operations.model_edits import ModelEditResult
from vmss_tui.ui.background.replies import ModelSaved, ModelSaveFailed
from vmss_tui.ui.forms.base_form import FormField, FormScreen
from vmss_tui.ui.forms.editor_fields import EDITOR_FIELDS
from vmss_tui.ui.forms.model_form import ModelChangeReview
from vmss_tui.ui.session import Session
from vmss_tui.ui.text.model_fields import capacity_of


class CapacityEditor(FormScreen[ModelEditResult]):
    """Edits the number of instances; the result is what Azure replied."""

    FIELDS: ClassVar[Mapping[str, FormField]] = {"capacity": EDITOR_FIELDS["capacity"]}

    def __init__(self, session: Session, scale_set: ScaleSet) -> None:
        capacity = "" if scale_set.capacity is None else str(scale_set.capacity)
        title = f"Instance count (capacity): {scale_set.id.short}"
        super().__init__(session, title, {"capacity": capacity}, "capacity")
        self.review = ModelChangeReview(self, scale_set, "Capacity")

    def evaluate(self, typed: Mapping[str, str]) -> None:
        """Shows what the capacity would change."""
        self.review.evaluate(lambda: Edit(capacity=capacity_of(typed["capacity"])))

    def submit(self) -> None:
        """Asks for confirmation and saves."""
        self.review.submit()

    def on_model_saved(self, message: ModelSaved) -> None:
        """Closes the form with the result."""
        self.dismiss(message.saved)

    def on_model_save_failed(self, message: ModelSaveFailed) -> None:
        """Keeps the form open, with the reason."""
        self.review.show_failure(message)

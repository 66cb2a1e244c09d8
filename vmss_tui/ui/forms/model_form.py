"""The common part of the forms that change a scale set's model: review, question and save."""

from collections.abc import Callable, Iterable, Iterator

from textual.content import Content

from vmss_tui.fleet.model_edit.change import Change, change_from_edit
from vmss_tui.fleet.model_edit.diff import DiffLine
from vmss_tui.fleet.model_edit.edit import Edit, InvalidEdit
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.runtime.operations.model_edits import ModelConflict, ModelEditResult, ModelWriter
from vmss_tui.text import cell
from vmss_tui.ui.background.replies import ModelSaved, ModelSaveFailed
from vmss_tui.ui.background.workers import run_in_thread
from vmss_tui.ui.dialogs.confirm import ConfirmScreen, Question
from vmss_tui.ui.forms.base_form import FormScreen
from vmss_tui.ui.session import Session
from vmss_tui.ui.text.common import describe_change, describe_diff
from vmss_tui.ui.text.model_fields import current_fields


class ModelChangeReview:
    """Compares the fields of a form with the model, asks for confirmation, saves the change.

    Only what differs from the model is sent.
    """

    def __init__(
        self, form: FormScreen[ModelEditResult], scale_set: ScaleSet, subject: str
    ) -> None:
        """`subject` is what the form edits, as its title says it."""
        self.scale_set, self.subject = scale_set, subject
        self._form = form
        self._change: Change | None = None

    def evaluate(self, read_edit: Callable[[], Edit]) -> None:
        """Shows the difference from the model, or the invalid field; `read_edit` may raise
        `InvalidEdit`."""
        self._change = None
        try:
            self._change = change_from_edit(self.scale_set, read_edit())
        except InvalidEdit as error:
            self._form.show_error(str(error), error.field)
            return
        change = self._change
        if change:
            style = "bold $tone-unhealthy" if change.azure_acts else "bold $accent"
            self._show(change.consequence, style, change.lines)
        else:
            self._show("No changes", "$quiet")

    def submit(self, warnings: str = "") -> None:
        """Asks for confirmation of the change, with the warnings first; saves it after a yes."""
        if self._change:
            session, change = self._form.session, self._change
            question = change_question(session, self.scale_set, change, self.subject, warnings)
            self._form.open_dialog(ConfirmScreen(question), self._save)

    def _save(self, confirmed: bool | None) -> None:
        if confirmed and self._change:
            self._show("Saving …", "$quiet")
            writer = self._form.session.services.model_writer
            scale_set, change = self.scale_set, self._change
            run_in_thread(self._form, lambda: save(writer, scale_set, change), ModelSaveFailed)

    def show_failure(self, message: ModelSaveFailed) -> None:
        """Shows why the change was not saved. A model that was changed elsewhere in the meantime
        becomes the one that the form edits: fields without input take its values, so restoring a
        previous value has to be typed."""
        if message.scale_set is not None:
            old, self.scale_set = self.scale_set, message.scale_set
            self._form.replace_initial_values(current_fields(old), current_fields(self.scale_set))
            self._form.update_result()
        error = Content.styled(cell(message.error, 1600), "bold $tone-unhealthy")
        self._form.show_result(error, *self._difference(message.changes))

    def _show(self, text: str, style: str, lines: Iterable[DiffLine] = ()) -> None:
        message = Content.styled(cell(text, 1600), style)
        self._form.show_result(*self._difference(lines), message)

    def _difference(self, lines: Iterable[DiffLine]) -> Iterator[Content]:
        return describe_diff(lines, self._form.session.appearance)


def change_question(
    session: Session, scale_set: ScaleSet, change: Change, subject: str, intro: str = ""
) -> Question:
    """The question before a change is sent. The scale set's name must be typed for changes that
    cannot be undone: instances are deleted, or Azure itself changes them."""
    scale_set_id, services = scale_set.id, session.services
    subscription = services.subscription_names.name_of(scale_set_id.subscription_id)
    body = describe_change(change, scale_set_id, services.context, subscription, session.appearance)
    if intro:
        body = Content("\n\n").join([Content(cell(intro, 300)), body])
    action = f"change the {subject.lower()}"
    if change.azure_acts:
        action += ", let Azure apply it now"
    is_final = change.azure_acts or _removes_instances(scale_set, change)
    title = f"Change the {subject.lower()} of {scale_set_id.short}?"
    return Question(
        title,
        body,
        action,
        scale_set_id.name if is_final else None,
        _removes_instances(scale_set, change),
    )


def save(
    models: ModelWriter, scale_set: ScaleSet, change: Change, undoes: str = ""
) -> ModelSaved | ModelSaveFailed:
    """Saves a change; blocks until Azure has replied. `undoes` names the edit that it undoes."""
    try:
        return ModelSaved(models.save(scale_set, change, undoes))
    except ModelConflict as error:
        return ModelSaveFailed(f"{error}. Current model:", error.lines, error.scale_set)


def _removes_instances(scale_set: ScaleSet, change: Change) -> bool:
    """Whether the capacity may decrease: Azure then chooses instances and deletes them."""
    requested_capacity = change.body.get("sku", {}).get("capacity")
    if requested_capacity is None:
        return False
    return scale_set.capacity is None or requested_capacity < scale_set.capacity

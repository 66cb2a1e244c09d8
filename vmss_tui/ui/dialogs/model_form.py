"""A form whose fields come to a change of the scale set: shown, asked about, sent, or kept.

What is refused stays in the form, with the words of whoever refused it.
"""

from collections.abc import Mapping
from typing import ClassVar

from textual.content import Content
from textual.widgets import Input

from vmss_tui.fleet.model_edit.change import Change, change_from_edit
from vmss_tui.fleet.model_edit.diff import DiffLine
from vmss_tui.fleet.model_edit.edit import Edit, InvalidEdit
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.runtime.operations.model_edits import ModelChanged, ModelWriter, Saved
from vmss_tui.text import cell
from vmss_tui.ui.background.replies import ModelSaveFailed, ModelSaved
from vmss_tui.ui.background.workers import run_in_thread
from vmss_tui.ui.dialogs.base_form import FormScreen
from vmss_tui.ui.dialogs.confirm import ConfirmScreen, Question
from vmss_tui.ui.session import Session
from vmss_tui.ui.text.common import change_words, diff_words
from vmss_tui.ui.text.model_fields import current_fields


class ChangeForm(FormScreen[Saved]):
    """Only what differs from the model is sent; gives back what was said of it."""

    GOES_ON: ClassVar[str] = "Review and save"
    EDITS: ClassVar[str]
    """What is edited, as the title says it."""

    def __init__(
        self, session: Session, scale_set: ScaleSet, values: Mapping[str, str], at: str
    ) -> None:
        super().__init__(session, f"{self.EDITS} of {scale_set.id.short}", values, at)
        self.scale_set = scale_set
        self._change: Change | None = None

    def edit(self, typed: Mapping[str, str]) -> Edit:
        """What is wanted of the model; raises `NotPossible`."""
        raise NotImplementedError

    def doubts(self) -> str:
        """What the question should mention beside the difference; empty where there is nothing."""
        return ""

    def work_out(self, typed: Mapping[str, str]) -> None:
        """The difference so far, or which field is wrong."""
        self._change = None
        try:
            self._change = change_from_edit(self.scale_set, self.edit(typed))
        except InvalidEdit as error:
            self.refuse(str(error), error.field)
            return
        wanted = self._change
        if wanted:
            style = "bold $tone-unhealthy" if wanted.azure_acts else "bold $accent"
            self._say(wanted.consequence, style, wanted.lines)
        else:
            self._say("Nothing would change yet.", "$quiet")

    def go_on(self) -> None:
        """Shows difference, consequence and command; a yes sends it."""
        if self._change:
            wanted, doubts = self._change, self.doubts()
            question = change_question(self.session, self.scale_set, wanted, self.EDITS, doubts)
            self.put_up(ConfirmScreen(question), self._answered)

    def _answered(self, yes: bool | None) -> None:
        if yes and self._change:
            self._say("asking Azure …", "$quiet")
            models, scale_set, wanted = self.session.services.models, self.scale_set, self._change
            run_in_thread(self, lambda: save(models, scale_set, wanted), ModelSaveFailed)

    def on_model_saved(self, message: ModelSaved) -> None:
        """Done; the heatmap shows what came of it."""
        self.dismiss(message.saved)

    def on_model_save_failed(self, message: ModelSaveFailed) -> None:
        """The form stays; what another writer changed is shown, and is now what we edit."""
        if message.scale_set is not None:
            self._follow(message.scale_set)
            self.again()
        words = Content.styled(cell(message.error, 1600), "bold $tone-unhealthy")
        self.tell(words, *diff_words(message.changes, self.session.appearance))

    def _follow(self, scale_set: ScaleSet) -> None:
        """Fields that nobody touched say what the model says now: they are no edit, and putting
        back what another writer changed has to be typed."""
        before, now = current_fields(self.scale_set), current_fields(scale_set)
        self.scale_set = scale_set
        with self.prevent(Input.Changed):
            for field in self.FIELDS:
                typed = self.query_one(f"#{field}", Input)
                if typed.value.strip() == before[field]:
                    typed.value = now[field]
        self._values = now

    def _say(self, words: str, style: str, lines: tuple[DiffLine, ...] = ()) -> None:
        said = Content.styled(cell(words, 1600), style)
        self.tell(*diff_words(lines, self.session.appearance), said)


def change_question(
    session: Session, scale_set: ScaleSet, wanted: Change, edits: str, intro: str = ""
) -> Question:
    """What is asked before a change is sent. A name must be typed for what cannot be taken back:
    instances deleted, or changed by Azure itself."""
    at, cockpit = scale_set.id, session.services
    name = cockpit.names.name_of(at.subscription_id)
    body = change_words(wanted, at, cockpit.context, name, session.appearance)
    if intro:
        body = Content("\n\n").join([Content(cell(intro, 300)), body])
    verb = f"change the {edits.lower()}"
    if wanted.azure_acts:
        verb += ", and let Azure act at once"
    typed = at.name if wanted.azure_acts or _removes(scale_set, wanted) else None
    return Question(f"Change the {edits.lower()} of {at.short}?", body, verb, typed)


def save(
    models: ModelWriter, scale_set: ScaleSet, wanted: Change, undoes: str = ""
) -> ModelSaved | ModelSaveFailed:
    """Blocks until Azure has answered."""
    try:
        return ModelSaved(models.save(scale_set, wanted, undoes))
    except ModelChanged as error:
        return ModelSaveFailed(f"{error}. It says now:", error.lines, error.scale_set)


def _removes(scale_set: ScaleSet, wanted: Change) -> bool:
    """Fewer instances: Azure chooses which, and deletes them."""
    asked = wanted.body.get("sku", {}).get("capacity")
    return asked is not None and asked < (scale_set.capacity or 0)

"""The model editor: a form over the heatmap. Only what differs from the model is sent.

What is refused stays in the form, with the words of whoever refused it.
"""

from collections.abc import Mapping
from typing import ClassVar

from textual.content import Content
from textual.suggester import SuggestFromList
from textual.widgets import Input

from vmss_tui.fleet.change import Change
from vmss_tui.fleet.diff import DiffLine
from vmss_tui.fleet.edit import Edit, NotPossible
from vmss_tui.fleet.image import ImageKind
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.runtime.cockpit import Cockpit
from vmss_tui.runtime.model_writer import ModelChanged
from vmss_tui.text import cell
from vmss_tui.ui.calls import ask
from vmss_tui.ui.messages import ModelNotSaved, ModelSaved, VersionsArrived
from vmss_tui.ui.screens.confirm import ConfirmScreen, Question
from vmss_tui.ui.screens.form import FormScreen
from vmss_tui.ui.session import Session
from vmss_tui.ui.telling import change_words, diff_words

FIELDS = {
    "image_publisher": "publisher",
    "image_offer": "offer",
    "image_sku": "SKU",
    "image_version": "version",
    "image_id": "or image id",
    "image_uri": "or VHD URI",
    "vm_size": "VM size",
}
_SHOWN_VERSIONS = 6


class ModelEditor(FormScreen[str]):
    """Edits image and VM size; gives back what was said of the saved model."""

    FIELDS: ClassVar[Mapping[str, str]] = FIELDS
    GOES_ON: ClassVar[str] = "Review and save"
    EDITS: ClassVar[str] = "Model"

    def __init__(self, session: Session, scale_set: ScaleSet) -> None:
        values = current_fields(scale_set)
        at = _starts_at(scale_set) if "image_id" in self.FIELDS else next(iter(self.FIELDS))
        super().__init__(session, f"{self.EDITS} of {scale_set.id.short}", values, at)
        self.scale_set = scale_set
        self._change: Change | None = None

    def on_mount(self) -> None:
        """Asks which versions there are, where one is edited."""
        if "image_version" not in self.FIELDS:
            return
        cockpit, scale_set = self.session.cockpit, self.scale_set
        ask(
            self,
            lambda: VersionsArrived([v.name for v in cockpit.offered(scale_set).versions]),
            lambda words: VersionsArrived((), words),
        )

    def on_versions_arrived(self, message: VersionsArrived) -> None:
        """Offers them while the version is typed."""
        versions = message.versions
        if not versions:
            self.note(message.words)
            return
        self.query_one("#image_version", Input).suggester = SuggestFromList(versions)
        more = " …" if len(versions) > _SHOWN_VERSIONS else ""
        self.note(f"newest: {', '.join(versions[:_SHOWN_VERSIONS])}{more}")

    def edit(self, typed: Mapping[str, str]) -> Edit:
        """What is wanted of the model; raises `NotPossible`."""
        return edit_of(self.scale_set, typed)

    def work_out(self, typed: Mapping[str, str]) -> None:
        """The difference so far, or which field is wrong."""
        self._change = None
        try:
            self._change = self.session.cockpit.change(self.scale_set, self.edit(typed))
        except NotPossible as error:
            self.refuse(str(error), error.field)
            return
        if self._change:
            self._say(self._change.consequence, "bold $accent", self._change.lines)
        else:
            self._say("Nothing would change yet.", "$quiet")

    def go_on(self) -> None:
        """Shows difference, consequence and command; a yes sends it."""
        wanted = self._change
        if not wanted:
            return
        session, at = self.session, self.scale_set.id
        name = session.cockpit.subscription_name(at.subscription_id)
        body = change_words(wanted, at, session.cockpit.context, name, session.look)
        thing = self.EDITS.lower()
        typed = at.name if self.destroys(wanted) else None
        question = Question(
            f"Change the {thing} of {at.short}?", body, f"change the {thing}", typed
        )
        self.app.push_screen(ConfirmScreen(question), self._answered)

    def destroys(self, wanted: Change) -> bool:
        """Takes something away at once, so that a `y` is not enough."""
        return False

    def _answered(self, yes: bool | None) -> None:
        if yes and self._change:
            self._say("asking Azure …", "$quiet")
            cockpit, scale_set, wanted = self.session.cockpit, self.scale_set, self._change
            ask(self, lambda: _save(cockpit, scale_set, wanted), ModelNotSaved)

    def on_model_saved(self, message: ModelSaved) -> None:
        """Done; the heatmap shows what came of it."""
        self.dismiss(message.words)

    def on_model_not_saved(self, message: ModelNotSaved) -> None:
        """The form stays; what another writer changed is shown, and is now what we edit."""
        if message.scale_set is not None:
            self.scale_set = message.scale_set
            self.on_input_changed()
        self._say(message.words, "bold $tone-sick", message.lines)

    def _say(self, words: str, style: str, lines: tuple[DiffLine, ...] = ()) -> None:
        said = Content.styled(cell(words, 600), style)
        self.tell(*diff_words(lines, self.session.look), said)


class CapacityEditor(ModelEditor):
    """Edits how many instances there are, and nothing else."""

    FIELDS: ClassVar[Mapping[str, str]] = {"capacity": "VMs"}
    EDITS: ClassVar[str] = "Capacity"

    def edit(self, typed: Mapping[str, str]) -> Edit:
        """The number that was typed; raises `NotPossible`."""
        text = typed["capacity"]
        if not (text.isascii() and text.isdigit()):
            raise NotPossible("capacity", f"must be a number from 0 to 1000, not {text!a}")
        return Edit(capacity=int(text))

    def destroys(self, wanted: Change) -> bool:
        """Fewer instances: Azure chooses which, and deletes them."""
        asked = wanted.body.get("sku", {}).get("capacity")
        return asked is None or asked < (self.scale_set.capacity or 0)


def _starts_at(scale_set: ScaleSet) -> str:
    kind = scale_set.image.kind if scale_set.image else ImageKind.PLATFORM
    return {ImageKind.VHD: "image_uri", ImageKind.MANAGED: "image_id"}.get(kind, "image_version")


def current_fields(scale_set: ScaleSet) -> dict[str, str]:
    """What the form starts with: the model as it is."""
    image = scale_set.image
    found = dict.fromkeys(FIELDS, "") | {"vm_size": scale_set.vm_size or ""}
    found["capacity"] = "" if scale_set.capacity is None else str(scale_set.capacity)
    if image is None:
        return found
    if image.kind is ImageKind.VHD:
        return found | {"image_uri": image.reference}
    if image.kind is not ImageKind.PLATFORM:
        return found | {"image_id": image.reference}
    return found | {
        "image_publisher": image.publisher,
        "image_offer": image.offer,
        "image_sku": image.sku,
        "image_version": image.version,
    }


def edit_of(scale_set: ScaleSet, fields: Mapping[str, str]) -> Edit:
    """Only the fields that differ; an emptied one is no wish (an image cannot be taken away)."""
    now = current_fields(scale_set)
    moved = {field: value for field, value in fields.items() if value and value != now[field]}
    return Edit(**moved)  # type: ignore[arg-type]


def _save(cockpit: Cockpit, scale_set: ScaleSet, wanted: Change) -> ModelSaved | ModelNotSaved:
    try:
        return ModelSaved(cockpit.save(scale_set, wanted).words)
    except ModelChanged as error:
        return ModelNotSaved(f"{error}. It says now:", error.lines, error.scale_set)

"""The model editor: a form over the heatmap. Only what differs from the model is sent.

What is refused stays in the form, with the words of whoever refused it.
"""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.suggester import SuggestFromList
from textual.widgets import Button, Input, Label, Static

from vmss_tui.fleet.change import Change, Edit, NotPossible
from vmss_tui.fleet.diff import DiffLine
from vmss_tui.fleet.image import ImageKind
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.runtime.cockpit import Cockpit
from vmss_tui.runtime.model_writer import ModelChanged
from vmss_tui.text import cell
from vmss_tui.ui.calls import ask
from vmss_tui.ui.messages import ModelNotSaved, ModelSaved, VersionsArrived
from vmss_tui.ui.screens.confirm import ConfirmScreen, Question
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


class ModelEditor(ModalScreen[str | None]):
    """Edits image and VM size; gives back what was said of the saved model."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "close", show=False),
        Binding("pagedown", "scroll(5)", "down", show=False),
        Binding("pageup", "scroll(-5)", "up", show=False),
        Binding("ctrl+s", "save", "save", show=False),
    ]

    def __init__(self, session: Session, scale_set: ScaleSet) -> None:
        super().__init__()
        self.session, self.scale_set = session, scale_set
        self._change: Change | None = None

    def compose(self) -> ComposeResult:
        """A field a line, then what it comes to."""
        now = current_fields(self.scale_set)
        with Vertical(classes="sheet"):
            title = Content(f"Model of {self.scale_set.id.short}")
            yield Static(title, markup=False, classes="sheet-title")
            for field, label in FIELDS.items():
                with Horizontal(classes="field"):
                    yield Label(Content(label), markup=False)
                    yield Input(value=now[field], id=field, compact=True)
            with VerticalScroll(can_focus=False):
                yield Static(markup=False, id="versions")
                yield Static(markup=False, id="outcome")
            with Horizontal(classes="answer"):
                yield Button(Content("Cancel"), id="cancel", compact=True)
                yield Button(Content("Review and save"), id="save", compact=True)
                yield Static(Content("Enter or ctrl+s: review"), markup=False, id="how")

    def on_mount(self) -> None:
        """Starts at the version; asks which there are."""
        kind = self.scale_set.image.kind if self.scale_set.image else ImageKind.PLATFORM
        at = {ImageKind.VHD: "image_uri", ImageKind.MANAGED: "image_id"}.get(kind, "image_version")
        self.query_one(f"#{at}", Input).focus()
        cockpit, scale_set = self.session.cockpit, self.scale_set
        ask(
            self,
            lambda: VersionsArrived(cockpit.image_versions(scale_set)),
            lambda words: VersionsArrived((), words),
        )
        self._work_out()

    def on_versions_arrived(self, message: VersionsArrived) -> None:
        """Offers them while the version is typed."""
        shown = self.query_one("#versions", Static)
        if not message.versions:
            shown.update(Content.styled(cell(message.words, 300), "$quiet"))
            return
        self.query_one("#image_version", Input).suggester = SuggestFromList(message.versions)
        listed = ", ".join(message.versions[:_SHOWN_VERSIONS])
        more = " …" if len(message.versions) > _SHOWN_VERSIONS else ""
        shown.update(Content.styled(f"newest: {cell(listed + more, 300)}", "$quiet"))

    def on_input_changed(self) -> None:
        """Shows at every key what would change."""
        self._work_out()

    def on_input_submitted(self) -> None:
        """Enter only leads to the question."""
        self.action_save()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Cancel, or on to the question."""
        if event.button.id == "save":
            self.action_save()
        else:
            self.dismiss(None)

    def action_scroll(self, lines: int) -> None:
        """Reads on while a field has the focus."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

    def action_close(self) -> None:
        """Nothing is sent."""
        self.dismiss(None)

    def action_save(self) -> None:
        """Shows difference, consequence and command; a yes sends it."""
        self._work_out()
        wanted = self._change
        if not wanted:
            return
        session, at = self.session, self.scale_set.id
        name = session.cockpit.subscription_name(at.subscription_id)
        body = change_words(wanted, at, session.cockpit.context, name, session.look)
        question = Question(f"Change the model of {at.short}?", body, "change the model")
        self.app.push_screen(ConfirmScreen(question), self._answered)

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
        if message.scale_set is None:
            self._say(message.words, "bold $tone-sick")
            return
        self.scale_set = message.scale_set
        self._work_out()
        self._say(message.words, "bold $tone-sick", message.lines)

    def _work_out(self) -> None:
        """The difference so far, or which field is wrong."""
        self._change = None
        for typed in self.query(Input):
            typed.set_class(False, "-wrong")
        try:
            edit = edit_of(self.scale_set, {f: self._value(f) for f in FIELDS})
            self._change = self.session.cockpit.change(self.scale_set, edit)
        except NotPossible as error:
            wrong = self.query(f"#{error.field}")
            wrong.set_class(True, "-wrong")
            self._say(f"{FIELDS.get(error.field, error.field)}: {error}", "bold $tone-sick")
            return
        if self._change:
            self._say(self._change.consequence, "bold $accent", self._change.lines)
        else:
            self._say("Nothing would change yet.", "$quiet")

    def _value(self, field: str) -> str:
        return self.query_one(f"#{field}", Input).value.strip()

    def _say(self, words: str, style: str, lines: tuple[DiffLine, ...] = ()) -> None:
        said = [*diff_words(lines, self.session.look), Content.styled(cell(words, 600), style)]
        self.query_one("#outcome", Static).update(Content("\n").join(said))


def current_fields(scale_set: ScaleSet) -> dict[str, str]:
    """What the form starts with: the model as it is."""
    image = scale_set.image
    found = dict.fromkeys(FIELDS, "") | {"vm_size": scale_set.vm_size or ""}
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


def edit_of(scale_set: ScaleSet, fields: dict[str, str]) -> Edit:
    """Only the fields that differ; an emptied one is no wish (an image cannot be taken away)."""
    now = current_fields(scale_set)
    moved = {field: value for field, value in fields.items() if value and value != now[field]}
    return Edit(**moved)  # type: ignore[arg-type]


def _save(cockpit: Cockpit, scale_set: ScaleSet, wanted: Change) -> ModelSaved | ModelNotSaved:
    try:
        return ModelSaved(cockpit.save(scale_set, wanted).words)
    except ModelChanged as error:
        return ModelNotSaved(f"{error}. It says now:", error.lines, error.scale_set)

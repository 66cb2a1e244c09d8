"""The model editor: a form with completions and lists of values from Azure's catalogue.

Fields are completed while they are typed, and `down` opens the list of values.
"""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.suggester import SuggestFromList
from textual.widget import Widget
from textual.widgets import Input, Static

from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.gateway.catalogue import ignore_progress
from vmss_tui.runtime.operations.model_edits import ModelEditResult
from vmss_tui.text import cell
from vmss_tui.ui.background.catalogue_pages import CataloguePages
from vmss_tui.ui.background.replies import ModelSaved, ModelSaveFailed, OffersArrived
from vmss_tui.ui.background.workers import run_in_thread
from vmss_tui.ui.dialogs.image_picker import ImagePicker
from vmss_tui.ui.forms.base_form import FormField, FormScreen
from vmss_tui.ui.forms.choice_field import ChoiceField
from vmss_tui.ui.forms.editor_fields import EDITOR_FIELDS, SECTIONS
from vmss_tui.ui.forms.model_form import ModelChangeReview
from vmss_tui.ui.session import Session
from vmss_tui.ui.text.model_fields import (
    IMAGE_FIELDS,
    IMAGE_PARTS,
    current_fields,
    edit_from_fields,
    initial_field,
)
from vmss_tui.ui.text.picker_rows import (
    Page,
    PageReader,
    versioned_image,
)

_SHOWN_VERSIONS = 6


class ModelEditor(FormScreen[ModelEditResult]):
    """Edits image, size, capacity and the upgrade settings; the result is what Azure replied."""

    FIELDS: ClassVar[Mapping[str, FormField]] = EDITOR_FIELDS
    KEY_HINTS: ClassVar[tuple[tuple[str, str], ...]] = (
        ("enter", "review"),
        ("tab", "next field"),
        ("↓", "choose from list"),
        ("esc", "cancel"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,ctrl+o", "choose", "choose from list", show=False),
    ]

    def __init__(
        self,
        session: Session,
        scale_set: ScaleSet,
        snapshot: Snapshot | None = None,
        initial_values: Mapping[str, str] | None = None,
    ) -> None:
        """`snapshot` tells how many instances run a version; `initial_values` replace values of
        the model, for example a version chosen from a list."""
        values = current_fields(scale_set) | dict(initial_values or {})
        focused = next(iter(initial_values), "") if initial_values else initial_field(scale_set)
        super().__init__(session, f"Edit scale set model: {scale_set.id.short}", values, focused)
        self.review = ModelChangeReview(self, scale_set, "Model")
        self._pages = CataloguePages(session, snapshot, self.value_of)
        self._completed_fields: set[str] = set()
        self._offers: dict[str, Page] = {}

    @property
    def scale_set(self) -> ScaleSet:
        """The scale set as last read; a failed save may have brought a newer model."""
        return self.review.scale_set

    def compose_fields(self) -> Iterable[Widget]:
        """The fields by section, in two columns on wide screens."""
        parts: list[Widget] = []
        for heading, fields in SECTIONS.items():
            title = Content.styled(heading, "bold $quiet")
            if heading == "Image" and (plan := self.scale_set.purchase_plan):
                title = Content.assemble(title, (f"  purchase plan {cell(plan, 80)}", "$quiet"))
            parts.append(Static(title, markup=False, classes="part"))
            kind = "image" if heading == "Image" else "settings"
            kind += " size" if "vm_size" in fields else ""
            parts.append(Vertical(*map(self.field_row, fields), classes=f"fields {kind}"))
        yield Vertical(*parts, classes="form")

    def on_mount(self) -> None:
        """Reads the lists that the values are compared with."""
        self._complete("image_version")
        self._complete("vm_size")

    def evaluate(self, typed: Mapping[str, str]) -> None:
        """Shows what the typed values would change."""
        self.review.evaluate(lambda: edit_from_fields(self.scale_set, typed))

    def submit(self) -> None:
        """Asks for confirmation and saves. A value that is not in a list of the catalogue is
        refused; one whose list was not read is not compared."""
        for field, page in self._offers.items():
            if self._differs(field) and (problem := self._offer_problem(field, page)):
                self.show_error(f"{problem}. Choose one of the list (↓).", field)
                return
        self.review.submit()

    def on_model_saved(self, message: ModelSaved) -> None:
        """Closes the form with the result."""
        self.dismiss(message.saved)

    def on_model_save_failed(self, message: ModelSaveFailed) -> None:
        """Keeps the form open, with the reason."""
        self.review.show_failure(message)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Completes an edited field from Azure's catalogue, and compares it with the catalogue."""
        field = event.input.id or ""
        if event.input is not self.focused or event.value == self.initial_value(field):
            return
        if field in IMAGE_PARTS:
            self._forget_offers(IMAGE_PARTS[IMAGE_PARTS.index(field) + 1 :])
        self._complete(field)
        self._show_offer_note(field)

    def on_offers_arrived(self, message: OffersArrived) -> None:
        """Offers the values as completions of the field."""
        field, choices = message.field, message.page.choices
        if field not in self._completed_fields:
            return  # a list for an image that is not typed any more
        self._offers[field] = message.page
        if choices:
            suggester = SuggestFromList([choice.value for choice in choices], case_sensitive=False)
            self.query_one(f"#{field}", Input).suggester = suggester
        if field == "image_version" and not choices:
            self.show_note(message.error)
        elif field in ("image_version", getattr(self.focused, "id", "")):
            self._show_offer_note(field)

    def _forget_offers(self, fields: Iterable[str]) -> None:
        """Discards lists that are those of another image."""
        for field in fields:
            self._completed_fields.discard(field)
            self._offers.pop(field, None)

    def _show_offer_note(self, field: str) -> None:
        """Shows the newest versions, or that a value is not in the catalogue."""
        page = self._offers.get(field)
        label = self.FIELDS[field].label if field in self.FIELDS else ""
        if page is None and field in self._completed_fields and self._differs(field):
            self.show_note(f"{label}: checking against the catalogue …")
        if page is None or not page.choices:
            return
        versions = [choice.value for choice in page.choices if choice.value != "latest"]
        newest = versions[:_SHOWN_VERSIONS]
        if problem := self._offer_problem(field, page):
            self.show_note(f"{problem} (↓ choose from list)")
        elif field == "image_version":
            more = " …" if len(page.choices) > len(newest) + 1 else ""
            self.show_note(f"Newest versions: {', '.join(newest)}{more}")
        else:
            self.show_note("")

    def _offer_problem(self, field: str, page: Page) -> str:
        """Why the catalogue does not offer the value of a field; empty where it does."""
        value, label = self.value_of(field), self.FIELDS[field].label
        offered = (offer for offer in page.choices if offer.value.lower() == value.lower())
        choice = next(offered, None)
        if choice is not None:
            return "" if choice.is_allowed else f"{label} {value}: {choice.description}"
        if not page.choices or page.error or not value or not self._differs(field):
            return ""
        place = self.scale_set.location or "this region"
        return f"{label}: {value} is not offered to this scale set in {place}"

    def _differs(self, field: str) -> bool:
        return self.value_of(field) != current_fields(self.scale_set).get(field)

    def action_choose(self) -> None:
        """Opens the list of values of the focused field, if it has one."""
        focused = self.focused
        field = focused.id if isinstance(focused, Input | ChoiceField) else None
        if field is None:
            return
        read = self._pages.reader(self.scale_set, field)
        if read is None:
            self.show_note(f"{self.FIELDS[field].label}: nothing to choose from, type it")
            return
        self._open_picker(field, read)

    def _open_picker(self, field: str, read: PageReader) -> None:
        title = f"{self.FIELDS[field].label} for {self.scale_set.id.short}"
        picker = ImagePicker(self.session, title, read)
        self.open_dialog(picker, partial(self._apply_choice, field))

    def _apply_choice(self, field: str, value: str | None) -> None:
        if value is None:
            return
        lists_versions = field == "image_id" and "/versions/" not in value
        image = versioned_image(value) if lists_versions else None
        if image is not None and value.lower() != self.value_of("image_id").lower():
            self.field_widget("image_id").value = value
            self._open_picker(field, self._pages.versions_reader(self.scale_set, image, ids=True))
            return
        if field in IMAGE_PARTS and value != self.value_of(field):
            dependents = IMAGE_PARTS[IMAGE_PARTS.index(field) + 1 :]
            self._forget_offers(dependents)
            for dependent in dependents:
                self.field_widget(dependent).value = ""
        self.field_widget(field).value = value

    def _complete(self, field: str) -> None:
        """Reads the completions of a field, once, in a thread."""
        if field in self._completed_fields or field not in IMAGE_FIELDS or field == "image_id":
            return
        read = self._pages.reader(self.scale_set, field)
        if read is None:
            return
        self._completed_fields.add(field)

        def read_offers() -> OffersArrived:
            return OffersArrived(field, read(ignore_progress, False))

        run_in_thread(self, read_offers, lambda error: OffersArrived(field, Page(()), error))

"""The model editor: a form with completions and lists of values from Azure's catalogue.

Fields are completed while they are typed, and `down` opens the list of values.
"""

from collections.abc import Mapping
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.suggester import SuggestFromList
from textual.widgets import Input, Static

from vmss_tui.fleet.model_edit.upgrade_settings import SETTINGS_BY_FIELD
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.gateway.catalogue import ignore_progress
from vmss_tui.runtime.operations.model_edits import ModelEditResult
from vmss_tui.ui.background.catalogue_pages import CataloguePages
from vmss_tui.ui.background.replies import ModelSaved, ModelSaveFailed, OffersArrived
from vmss_tui.ui.background.workers import run_in_thread
from vmss_tui.ui.dialogs.base_form import FormScreen
from vmss_tui.ui.dialogs.image_picker import ImagePicker
from vmss_tui.ui.dialogs.model_form import ModelChangeReview
from vmss_tui.ui.session import Session
from vmss_tui.ui.text.model_fields import (
    IMAGE_FIELDS,
    IMAGE_PARTS,
    SETTING_FIELDS,
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

    FIELDS: ClassVar[Mapping[str, str]] = IMAGE_FIELDS | SETTING_FIELDS
    PLACEHOLDERS: ClassVar[Mapping[str, str]] = {
        field: setting.allowed for field, setting in SETTINGS_BY_FIELD.items()
    }
    SUBMIT_LABEL: ClassVar[str] = "Review and save"
    KEY_HINT: ClassVar[str] = "Enter: review   down: what there is"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,ctrl+o", "choose", "what there is", show=False),
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
        super().__init__(session, f"Model of {scale_set.id.short}", values, focused)
        self.review = ModelChangeReview(self, scale_set, "Model")
        self._pages = CataloguePages(session, snapshot, self._value_of)
        self._completed_fields: set[str] = set()
        self._offers: dict[str, Page] = {}
        self._refused_warnings = ""
        """Warnings for which the form was not submitted."""

    @property
    def scale_set(self) -> ScaleSet:
        """The scale set as last read; a failed save may have brought a newer model."""
        return self.review.scale_set

    def compose_fields(self) -> ComposeResult:
        """The image fields line by line; the settings in two columns on wide screens."""
        with Vertical(classes="form"):
            with Vertical(classes="fields"):
                yield from map(self.field_row, IMAGE_FIELDS)
            heading = "what Azure may do by itself"
            yield Static(Content.styled(heading, "$quiet"), markup=False, classes="part")
            with Vertical(classes="fields settings"):
                yield from map(self.field_row, SETTING_FIELDS)

    def on_mount(self) -> None:
        """Shows the newest versions of the image."""
        self._complete("image_version")

    def evaluate(self, typed: Mapping[str, str]) -> None:
        """Shows what the typed values would change."""
        self.review.evaluate(lambda: edit_from_fields(self.scale_set, typed))

    def submit(self) -> None:
        """Asks for confirmation and saves. Values that the catalogue does not offer are refused
        once; submitted again, they are part of the question."""
        warnings = self.offer_warnings()
        if warnings != self._refused_warnings:
            self._refused_warnings = warnings
            if warnings:
                self.show_error(f"{warnings}. Enter again writes it all the same.")
                return
        self.review.submit(warnings)

    def on_model_saved(self, message: ModelSaved) -> None:
        """Closes the form with the result."""
        self.dismiss(message.saved)

    def on_model_save_failed(self, message: ModelSaveFailed) -> None:
        """Keeps the form open, with the reason."""
        self.review.show_failure(message)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Completes an edited field from Azure's catalogue, and compares it with the catalogue."""
        field = event.input.id or ""
        if event.input is self.focused and event.value != self.initial_value(field):
            self._complete(field)
            self._show_offer_note(field)

    def on_offers_arrived(self, message: OffersArrived) -> None:
        """Offers the values as completions of the field."""
        field, choices = message.field, message.page.choices
        self._offers[field] = message.page
        if choices:
            suggester = SuggestFromList([choice.value for choice in choices], case_sensitive=False)
            self.query_one(f"#{field}", Input).suggester = suggester
        if field == "image_version" and not choices:
            self.show_note(message.error)
        else:
            self._show_offer_note(field)

    def _show_offer_note(self, field: str) -> None:
        """Notes if the catalogue does not offer a value, which `submit` refuses once."""
        page = self._offers.get(field)
        if page is None or not page.choices:
            return
        versions = [choice.value for choice in page.choices if choice.value != "latest"]
        newest = versions[:_SHOWN_VERSIONS]
        if warning := self._offer_warning(field, page):
            self.show_note(f"{warning} (down lists)")
        elif field == "image_version":
            more = " …" if len(page.choices) > len(newest) + 1 else ""
            self.show_note(f"newest: {', '.join(newest)}{more}")
        else:
            self.show_note("")

    def _offer_warning(self, field: str, page: Page) -> str:
        value, label = self._value_of(field), self.FIELDS[field]
        offered = (offer for offer in page.choices if offer.value.lower() == value.lower())
        choice = next(offered, None)
        if choice is not None:
            return "" if choice.is_allowed else f"{label} {value}: {choice.description}"
        if not page.choices or not value or not self._differs(field):
            return ""
        return f"{label}: {value} is not offered to this set"

    def _differs(self, field: str) -> bool:
        return self._value_of(field) != current_fields(self.scale_set).get(field)

    def offer_warnings(self) -> str:
        """Warnings about edited values that the catalogue does not offer, as one text."""
        changed = [(field, page) for field, page in self._offers.items() if self._differs(field)]
        warnings = (self._offer_warning(field, page) for field, page in changed)
        return " · ".join(filter(None, warnings))

    def action_choose(self) -> None:
        """Opens the list of values of the focused field, if it has one."""
        field = self.focused.id if isinstance(self.focused, Input) else None
        if field is None:
            return
        read = self._pages.reader(self.scale_set, field)
        if read is None:
            self.show_note(f"{self.FIELDS[field]}: nothing to choose from, type it")
            return
        self._open_picker(field, read)

    def _open_picker(self, field: str, read: PageReader) -> None:
        title = f"{self.FIELDS[field]} for {self.scale_set.id.short}"
        picker = ImagePicker(self.session, title, read)
        self.open_dialog(picker, partial(self._apply_choice, field))

    def _apply_choice(self, field: str, value: str | None) -> None:
        if value is None:
            return
        lists_versions = field == "image_id" and "/versions/" not in value
        image = versioned_image(value) if lists_versions else None
        if image is not None and value.lower() != self._value_of("image_id").lower():
            self.query_one("#image_id", Input).value = value
            self._open_picker(field, self._pages.versions_reader(self.scale_set, image, ids=True))
            return
        if field in IMAGE_PARTS and value != self._value_of(field):
            for dependent in IMAGE_PARTS[IMAGE_PARTS.index(field) + 1 :]:
                self.query_one(f"#{dependent}", Input).value = ""
                self._completed_fields.discard(dependent)
                self._offers.pop(dependent, None)
        self.query_one(f"#{field}", Input).value = value

    def _value_of(self, field: str) -> str:
        return self.query_one(f"#{field}", Input).value.strip()

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

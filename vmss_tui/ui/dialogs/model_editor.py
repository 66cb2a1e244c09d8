"""The model editor: a form over the heatmap, with lists of Azure's to choose from.

Fields complete while they are typed, and `down` opens the list of what there is.
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

from vmss_tui.fleet.image import Image, ImageKind
from vmss_tui.fleet.model_edit.edit import Edit, InvalidEdit
from vmss_tui.fleet.model_edit.image import requested_image
from vmss_tui.fleet.model_edit.upgrade_settings import SETTINGS_BY_FIELD
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.gateway.catalogue import ignore_progress
from vmss_tui.ui.background.replies import OffersArrived
from vmss_tui.ui.background.workers import run_in_thread
from vmss_tui.ui.dialogs.image_picker import ImagePicker
from vmss_tui.ui.dialogs.model_form import ChangeForm
from vmss_tui.ui.session import Session
from vmss_tui.ui.text.model_fields import (
    IMAGE_FIELDS,
    PARTS,
    SETTING_FIELDS,
    current_fields,
    edit_of,
    starts_at,
)
from vmss_tui.ui.text.picker_rows import (
    Page,
    Read,
    has_versions,
    named,
    names_page,
    own_page,
    versions_page,
)

_SHOWN_VERSIONS = 6


class ModelEditor(ChangeForm):
    """Edits image, size, capacity, and how Azure may act by itself."""

    FIELDS: ClassVar[Mapping[str, str]] = IMAGE_FIELDS | SETTING_FIELDS
    PLACEHOLDERS: ClassVar[Mapping[str, str]] = {
        field: setting.allowed for field, setting in SETTINGS_BY_FIELD.items()
    }
    EDITS: ClassVar[str] = "Model"
    HOW: ClassVar[str] = "Enter: review   down: what there is"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,ctrl+o", "choose", "what there is", show=False),
    ]

    def __init__(
        self,
        session: Session,
        scale_set: ScaleSet,
        snapshot: Snapshot | None = None,
        filled: Mapping[str, str] | None = None,
    ) -> None:
        """`snapshot` tells what instances run; `filled` are fields that somebody chose before."""
        values = current_fields(scale_set) | dict(filled or {})
        at = next(iter(filled), "") if filled else starts_at(scale_set)
        super().__init__(session, scale_set, values, at)
        self._snapshot = snapshot
        self._completed: set[str] = set()
        self._offers: dict[str, Page] = {}

    def fields(self) -> ComposeResult:
        """The image line by line; the rest beside each other where there is room."""
        with Vertical(classes="form"):
            with Vertical(classes="fields"):
                yield from map(self.field, IMAGE_FIELDS)
            heading = "what Azure may do by itself"
            yield Static(Content.styled(heading, "$quiet"), markup=False, classes="part")
            with Vertical(classes="fields settings"):
                yield from map(self.field, SETTING_FIELDS)

    def on_mount(self) -> None:
        """Says which versions there are."""
        self._complete("image_version")

    def edit(self, typed: Mapping[str, str]) -> Edit:
        """What is wanted of the model; raises `NotPossible`."""
        return edit_of(self.scale_set, typed)

    def on_input_changed(self, event: Input.Changed) -> None:
        """A field that is typed in is completed from Azure's catalogue, and held against it."""
        field = event.input.id or ""
        if event.input is self.focused and event.value != self.starting(field):
            self._complete(field)
            self._hold_against(field)

    def on_offers_arrived(self, message: OffersArrived) -> None:
        """Offers them while the field is typed."""
        field, choices = message.field, message.page.choices
        self._offers[field] = message.page
        if choices:
            found = SuggestFromList([each.value for each in choices], case_sensitive=False)
            self.query_one(f"#{field}", Input).suggester = found
        if field == "image_version" and not choices:
            self.note(message.error)
        else:
            self._hold_against(field)

    def _hold_against(self, field: str) -> None:
        """Says whether Azure offers what is typed; it may know better, so nothing is refused."""
        page = self._offers.get(field)
        if page is None or not page.choices:
            return
        newest = [c.value for c in page.choices if c.value != "latest"][:_SHOWN_VERSIONS]
        if doubt := self._doubt(field, page):
            self.note(f"{doubt} (down lists)")
        elif field == "image_version":
            more = " …" if len(page.choices) > len(newest) + 1 else ""
            self.note(f"newest: {', '.join(newest)}{more}")
        else:
            self.note("")

    def _doubt(self, field: str, page: Page) -> str:
        typed, label = self._typed(field), self.FIELDS[field]
        chosen = next((c for c in page.choices if c.value.lower() == typed.lower()), None)
        if chosen is not None:
            return "" if chosen.fits else f"{label} {typed}: {chosen.words}"
        if not page.choices or not typed or not self._differs(field):
            return ""
        return f"{label}: {typed} is not offered to this set"

    def _differs(self, field: str) -> bool:
        return self._typed(field) != current_fields(self.scale_set).get(field)

    def doubts(self) -> str:
        """Of every field that was held against the catalogue."""
        changed = [(field, page) for field, page in self._offers.items() if self._differs(field)]
        return " · ".join(filter(None, (self._doubt(field, page) for field, page in changed)))

    def action_choose(self) -> None:
        """Opens the list of the field with the focus, where it has one."""
        field = self.focused.id if isinstance(self.focused, Input) else None
        if field is None:
            return
        read = self._read(field)
        if read is None:
            self.note(f"{self.FIELDS[field]}: nothing to choose from, type it")
            return
        self._pick(field, read)

    def _pick(self, field: str, read: Read) -> None:
        title = f"{self.FIELDS[field]} for {self.scale_set.id.short}"
        picker = ImagePicker(self.session, title, read)
        self.put_up(picker, partial(self._picked, field))

    def _picked(self, field: str, value: str | None) -> None:
        if value is None:
            return
        chosen = has_versions(value) if field == "image_id" and "/versions/" not in value else None
        if chosen is not None and value.lower() != self._typed("image_id").lower():
            self.query_one("#image_id", Input).value = value
            self._pick(field, self._versions(chosen, ids=True))
            return
        if field in PARTS and value != self._typed(field):
            for following in PARTS[PARTS.index(field) + 1 :]:
                self.query_one(f"#{following}", Input).value = ""
                self._completed.discard(following)
                self._offers.pop(following, None)
        self.query_one(f"#{field}", Input).value = value

    def _read(self, field: str) -> Read | None:
        """How the list of a field is read; None where it has none."""
        scale_set, catalogue, now = (
            self.scale_set,
            self.session.services.images.catalogue,
            self._typed(field),
        )
        publisher, offer = self._typed("image_publisher"), self._typed("image_offer")
        match field:
            case "image_publisher":
                return lambda hear, _: names_page(
                    catalogue.list_publishers(scale_set, hear), now, "publishers"
                )
            case "image_offer" if publisher:
                return lambda hear, _: names_page(
                    catalogue.list_offers(scale_set, publisher, hear), now, f"offers of {publisher}"
                )
            case "image_sku" if publisher and offer:
                return lambda hear, _: names_page(
                    catalogue.list_skus(scale_set, publisher, offer, hear), now, f"SKUs of {offer}"
                )
            case "image_version":
                image = self._image()
                return self._versions(image, ids=False) if image is not None else None
            case "image_id":
                other = has_versions(now)
                if other is not None and other.kind is not ImageKind.GALLERY:
                    return self._versions(other, ids=True)
                return lambda hear, _: own_page(catalogue.list_own_images(scale_set, hear), scale_set)
            case "vm_size":
                return lambda hear, _: names_page(catalogue.list_sizes(scale_set, hear), now, "sizes")
        setting = SETTINGS_BY_FIELD.get(field)
        if setting is None or not setting.choices:
            return None
        page = Page(named(setting.choices, now), setting.title)
        return lambda _hear, _fresh: page

    def _versions(self, image: Image, *, ids: bool) -> Read:
        cockpit, scale_set, snapshot = self.session.services, self.scale_set, self._snapshot
        now = self.session.now
        return lambda hear, fresh: versions_page(
            cockpit.images.read_versions(scale_set, image, hear, fresh=fresh),
            scale_set,
            snapshot,
            now(),
            ids=ids,
        )

    def _image(self) -> Image | None:
        """The image whose versions are meant: what is typed, else the model's."""
        publisher, offer, sku = (self._typed(part) or None for part in PARTS[:3])
        edit = Edit(image_publisher=publisher, image_offer=offer, image_sku=sku)
        try:
            return requested_image(self.scale_set.image, edit)
        except InvalidEdit:
            return None

    def _typed(self, field: str) -> str:
        return self.query_one(f"#{field}", Input).value.strip()

    def _complete(self, field: str) -> None:
        """Reads what a field can be completed with, once, in a thread."""
        if field in self._completed or field not in IMAGE_FIELDS or field == "image_id":
            return
        read = self._read(field)
        if read is None:
            return
        self._completed.add(field)

        def offers() -> OffersArrived:
            return OffersArrived(field, read(ignore_progress, False))

        run_in_thread(self, offers, lambda words: OffersArrived(field, Page(()), words))

"""Functions that read lists of a form field's values from Azure's catalogue, for threads."""

from collections.abc import Callable

from vmss_tui.fleet.image import Image, ImageKind
from vmss_tui.fleet.model_edit.edit import Edit, InvalidEdit
from vmss_tui.fleet.model_edit.image import requested_image
from vmss_tui.fleet.model_edit.upgrade_settings import SETTINGS_BY_FIELD
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.ui.session import Session
from vmss_tui.ui.text.model_fields import IMAGE_PARTS
from vmss_tui.ui.text.picker_rows import (
    Page,
    PageReader,
    name_choices,
    names_page,
    own_images_page,
    versioned_image,
    versions_page,
)


class CataloguePages:
    """The lists of values for the fields of the model editor."""

    def __init__(
        self, session: Session, snapshot: Snapshot | None, value_of: Callable[[str], str]
    ) -> None:
        """`snapshot` tells how many instances run a version; `value_of` gives the typed value of
        a field."""
        self._session, self._snapshot, self._value_of = session, snapshot, value_of

    def reader(self, scale_set: ScaleSet, field: str) -> PageReader | None:
        """The function that reads the list of a field's values; None if it has none."""
        catalogue = self._session.services.images.catalogue
        current = self._value_of(field)
        publisher, offer = self._value_of("image_publisher"), self._value_of("image_offer")
        match field:
            case "image_publisher":
                return lambda progress, _: names_page(
                    catalogue.list_publishers(scale_set, progress), current, "publishers"
                )
            case "image_offer" if publisher:
                title = f"offers of {publisher}"
                return lambda progress, _: names_page(
                    catalogue.list_offers(scale_set, publisher, progress), current, title
                )
            case "image_sku" if publisher and offer:
                title = f"SKUs of {offer}"
                return lambda progress, _: names_page(
                    catalogue.list_skus(scale_set, publisher, offer, progress), current, title
                )
            case "image_version":
                image = self._requested_image(scale_set)
                return None if image is None else self.versions_reader(scale_set, image, ids=False)
            case "image_id":
                image = versioned_image(current)
                if image is not None and image.kind is not ImageKind.GALLERY:
                    return self.versions_reader(scale_set, image, ids=True)
                return lambda progress, _: own_images_page(
                    catalogue.list_own_images(scale_set, progress), scale_set
                )
            case "vm_size":
                return lambda progress, _: names_page(
                    catalogue.list_sizes(scale_set, progress), current, "sizes"
                )
        return _setting_reader(field, current)

    def versions_reader(self, scale_set: ScaleSet, image: Image, *, ids: bool) -> PageReader:
        """The function that reads the versions of an image; with `ids` the values are whole
        image ids."""
        images, snapshot, now = self._session.services.images, self._snapshot, self._session.now
        return lambda progress, fresh: versions_page(
            images.read_versions(scale_set, image, progress, fresh=fresh),
            scale_set,
            snapshot,
            now(),
            ids=ids,
        )

    def _requested_image(self, scale_set: ScaleSet) -> Image | None:
        """The image whose versions are listed: the typed one, else the model's."""
        publisher, offer, sku = (self._value_of(part) or None for part in IMAGE_PARTS[:3])
        edit = Edit(image_publisher=publisher, image_offer=offer, image_sku=sku)
        try:
            return requested_image(scale_set.image, edit)
        except InvalidEdit:
            return None


def _setting_reader(field: str, current: str) -> PageReader | None:
    """A page of a setting's allowed values; None if the setting has no fixed list of them."""
    setting = SETTINGS_BY_FIELD.get(field)
    if setting is None or not setting.choices:
        return None
    page = Page(name_choices(setting.choices, current), setting.title)
    return lambda _progress, _fresh: page

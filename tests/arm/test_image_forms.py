"""Each form of an image, from reading to taking the edit back, over real HTTP.

The wire is tapped: what is written is exactly the image, and nothing else of the model.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from msgspec.structs import replace

from tests.support.bench import NEWEST, BenchFactory
from tests.support.recorded_server import RecordedServer
from vmss_tui.cli.json_output.fleet import scale_set_json
from vmss_tui.fleet.image import ImageKind
from vmss_tui.fleet.model_edit.change import change_from_edit
from vmss_tui.fleet.model_edit.edit import Edit
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.gateway import Refused
from vmss_tui.runtime.operations.model_edits import ModelConflict

STORAGE = "properties.virtualMachineProfile.storageProfile"
OLD = "22.04.202511010"
JAMMY = {"publisher": "Canonical", "offer": "0001-com-ubuntu-server-jammy", "sku": "22_04-lts-gen2"}


@dataclass(frozen=True)
class Form:
    """One form. Texts may hold `{own}`, `{managed}`, `{shared}`, `{community}`, the world's ids."""

    scenario: str
    before: Edit | None
    """Brings the model into the form, where the scenario has it in another one."""
    kind: ImageKind
    title: str
    edit: Edit
    storage: dict[str, Any]
    """What the PATCH must hold of the storage profile, and nothing beside it."""
    refused: Edit
    reference: str
    meaning: str


FORMS = {
    "platform": Form(
        "web-100",
        None,
        ImageKind.PLATFORM,
        f"Canonical 0001-com-ubuntu-server-jammy 22_04-lts-gen2 {OLD}",
        Edit(image_version=NEWEST),
        {"imageReference": {**JAMMY, "version": NEWEST}},
        Edit(image_version="22.04.1"),
        "is not available",
        "this version does not exist in this region",
    ),
    "latest": Form(
        "web-100",
        Edit(image_version="latest"),
        ImageKind.PLATFORM,
        "Canonical 0001-com-ubuntu-server-jammy 22_04-lts-gen2 latest",
        Edit(image_version=NEWEST),
        {"imageReference": {**JAMMY, "version": NEWEST}},
        Edit(image_sku="no-such-sku"),
        "is not available",
        "this version does not exist in this region",
    ),
    "managed": Form(
        "custom-image",
        None,
        ImageKind.MANAGED,
        "web-2026-10 (managed image)",
        Edit(image_id="{managed}/web-2026-11"),
        {"imageReference": {"id": "{managed}/web-2026-11"}},
        Edit(image_id="{managed}/web-2027-01"),
        "was not found in this Azure location",
        "the image does not exist, or is in another region",
    ),
    "gallery version": Form(
        "windows-gallery",
        None,
        ImageKind.GALLERY,
        "contoso/web-windows/2.4.0 (gallery)",
        Edit(image_version="2.10.0"),
        {"imageReference": {"id": "{own}/versions/2.10.0"}},
        Edit(image_version="2.6.0"),
        "is not available in eastus region",
        "this version is not replicated to the scale set's region",
    ),
    "gallery": Form(
        "windows-gallery",
        Edit(image_id="{own}"),
        ImageKind.GALLERY,
        "contoso/web-windows (gallery)",
        Edit(image_version="2.5.0"),
        {"imageReference": {"id": "{own}/versions/2.5.0"}},
        Edit(image_version="9.9.9"),
        "is not available in eastus region",
        "this version is not replicated to the scale set's region",
    ),
    "shared gallery": Form(
        "windows-gallery",
        Edit(image_id="{shared}/versions/2.4.0"),
        ImageKind.SHARED_GALLERY,
        "web-windows/2.4.0 (shared gallery)",
        Edit(image_version="2.5.0"),
        {"imageReference": {"sharedGalleryImageId": "{shared}/versions/2.5.0"}},
        Edit(image_id="/sharedGalleries/nobody/images/x"),
        "was not found in this Azure location",
        "the image does not exist, or is in another region",
    ),
    "community gallery": Form(
        "windows-gallery",
        Edit(image_id="{community}"),
        ImageKind.COMMUNITY_GALLERY,
        "web-windows (community gallery)",
        Edit(image_version="2.5.0"),
        {"imageReference": {"communityGalleryImageId": "{community}/versions/2.5.0"}},
        Edit(image_version="2.6.0"),
        "is not available in eastus region",
        "this version is not replicated to the scale set's region",
    ),
    "vhd": Form(
        "vhd",
        None,
        ImageKind.VHD,
        ".vhd (vhd)",
        Edit(image_uri="https://contoso.blob.core.windows.net/images/web-8.vhd"),
        {"osDisk": {"image": {"uri": "https://contoso.blob.core.windows.net/images/web-8.vhd"}}},
        Edit(image_publisher="Canonical", image_offer="x", image_sku="y", image_version="1.0"),
        "is not available",
        "this version does not exist in this region",
    ),
}


class Stage:
    """A bench whose wire is tapped, with the model in the form of the test."""

    def __init__(self, make_bench: BenchFactory, form: Form) -> None:
        self.taps: list[RecordedServer] = []
        self.bench = make_bench(form.scenario, through=self._tapped)
        if form.before is not None:
            self.save(form.before)
        self.tap.writes.clear()

    @property
    def tap(self) -> RecordedServer:
        """What was written."""
        return self.taps[0]

    @property
    def model(self) -> ScaleSet:
        """As it is now."""
        return self.bench.services.queries.read_model(self.bench.set_id)

    def save(self, edit: Edit) -> str:
        """Works the edit out and sends it."""
        services, model = self.bench.services, self.model
        return services.model_writer.save(model, change_from_edit(model, self.edit(edit))).message

    def edit(self, edit: Edit) -> Edit:
        """With the world's own ids in it."""
        id_and_uri = (edit.image_id, edit.image_uri)
        image_id, uri = (self.named(text) if text else None for text in id_and_uri)
        return replace(edit, image_id=image_id, image_uri=uri)

    def named(self, text: str) -> str:
        """A text with the world's own ids in it."""
        world, subscription = self.bench.simulator.world, self.bench.simulator.subscription_id
        compute = (
            f"/subscriptions/{subscription}/resourceGroups/images-rg/providers/Microsoft.Compute"
        )
        text = text.replace("{managed}", f"{compute}/images")
        for gallery in world.library.galleries.values():
            text = text.replace("{own}", f"{gallery.id}/images/web-windows")
            shared = f"/sharedGalleries/{gallery.unique_name}/images/web-windows"
            text = text.replace("{shared}", shared)
            public = f"/communityGalleries/{gallery.public_name}/images/web-windows"
            text = text.replace("{community}", public)
        return text

    def _tapped(self, endpoint: str) -> str:
        tap = RecordedServer(upstream=endpoint)
        tap.__enter__()
        self.taps.append(tap)
        return tap.endpoint

    def close(self) -> None:
        """Takes the tap off."""
        for tap in self.taps:
            tap.__exit__()


@pytest.fixture(params=FORMS)
def form(request: pytest.FixtureRequest) -> Form:
    """Each in turn."""
    return FORMS[request.param]


@pytest.fixture
def stage(make_bench: BenchFactory, form: Form) -> Iterator[Stage]:
    """The form's world."""
    made = Stage(make_bench, form)
    yield made
    made.close()


def test_it_is_read_and_shown(stage: Stage, form: Form) -> None:
    image = stage.model.image
    assert image is not None
    assert image.kind is form.kind
    assert image.title.endswith(form.title)
    image_json = scale_set_json(stage.model)["image"]
    assert image_json["kind"] == form.kind
    assert image_json.get("reference", "") == image.reference


def test_an_edit_sends_the_image_and_nothing_else_and_is_taken(stage: Stage, form: Form) -> None:
    etag = stage.model.etag
    stage.save(form.edit)
    ((method, path, headers, body),) = stage.tap.writes
    assert (method, path) == ("PATCH", stage.bench.set_id.resource_id)
    assert headers["if-match"] == etag
    storage = json.loads(stage.named(json.dumps(form.storage)))
    assert body == {"properties": {"virtualMachineProfile": {"storageProfile": storage}}}
    assert not change_from_edit(stage.model, stage.edit(form.edit)), "it is so now"


def test_the_difference_shows_old_and_new_by_path(stage: Stage, form: Form) -> None:
    model = stage.model
    change = change_from_edit(model, stage.edit(form.edit))
    assert change.lines
    for line in change.lines:
        assert line.path.startswith(STORAGE)
        assert line.old != line.new
        assert f"{line.path.removeprefix('properties.')}={line.new}" in change.az_arguments
    assert change.consequence.startswith("Manual policy: no instance changes until you upgrade it")


def test_what_azure_refuses_is_told_in_its_words_and_what_they_come_to(
    stage: Stage, form: Form
) -> None:
    before = stage.model
    with pytest.raises(Refused) as refused:
        stage.save(form.refused)
    assert form.reference in refused.value.message
    assert f"In short: {form.meaning}" in refused.value.message
    assert "\n" not in refused.value.message
    assert stage.model.image == before.image
    assert len(stage.tap.patch_bodies) == 1


def test_over_another_writers_change_nothing_is_written(stage: Stage, form: Form) -> None:
    services, model = stage.bench.services, stage.model
    change = change_from_edit(model, stage.edit(form.edit))
    stage.bench.edit(**{"sku.name": "Standard_D8s_v5"})
    with pytest.raises(ModelConflict) as caught:
        services.model_writer.save(model, change)
    assert [line.path for line in caught.value.lines] == ["sku.name"]
    assert stage.model.image == model.image
    assert len(stage.tap.patch_bodies) == 1


def test_an_edit_is_taken_back_to_the_image_before(stage: Stage, form: Form) -> None:
    services, before = stage.bench.services, stage.model
    stage.save(form.edit)
    now = stage.model
    undo = services.model_writer.find_undo(now)
    assert undo is not None
    assert undo.change
    services.model_writer.save(now, undo.change, undo.request_id)
    assert stage.model.image == before.image
    again = services.model_writer.find_undo(stage.model)
    assert again is None or again.request_id != undo.request_id


def test_another_form_can_be_chosen_and_taken_back(stage: Stage, form: Form) -> None:
    services, before = stage.bench.services, stage.model
    platform = Edit(
        image_publisher="Debian", image_offer="debian-12", image_sku="12-gen2",
        image_version="0.20251112.2294",
    )  # fmt: skip
    stage.save(platform)
    image = stage.model.image
    assert image is not None
    assert (image.publisher, image.version) == ("Debian", "0.20251112.2294")
    undo = services.model_writer.find_undo(stage.model)
    assert undo is not None
    services.model_writer.save(stage.model, undo.change, undo.request_id)
    assert stage.model.image == before.image

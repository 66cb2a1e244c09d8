"""The preview of the heat map: what its cells need of a reading, in a fifth of the reading's size.

A worker stores it in a blob of its own before each whole reading, so that a viewer on another
machine has a map at once, and also where the whole reading does not get through a slow network.
It is never a current reading: its condition and its age are shown, and nothing is decided from it.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec

from vmss_tui.fleet.image import Image
from vmss_tui.fleet.scale_set import Health, Instance, PowerState, ProvisioningState, ScaleSet
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.gateway.blobs import BlobContainer, BlobError
from vmss_tui.gateway.failures import Condition
from vmss_tui.runtime.storage.latest_view import LatestView, printable_ascii

_MESSAGE = "states from the run's worker; details follow with its whole reading"
_CLOCK_TOLERANCE = 5.0
"""Seconds by which the clocks of two machines may differ before times are converted."""


class _Cell(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One instance."""

    instance_id: str
    name: str
    provisioning: ProvisioningState
    power: PowerState
    health: Health | None
    latest_model_applied: bool | None
    zone: str | None
    placement_group: str | None
    update_domain: int | None
    fault_domain: int | None
    image: int
    """Index in the images of the preview; -1 where it is not known."""
    vm_size: str | None
    protected_from_scale_in: bool
    protected_from_actions: bool
    changed_at: datetime | None


class _Preview(msgspec.Struct, frozen=True, kw_only=True):
    """Content of `preview.json`."""

    scale_set: ScaleSet
    """Without its JSON."""
    images: tuple[Image, ...]
    cells: tuple[_Cell, ...]
    taken_at: datetime
    sent_at: datetime | None
    interval: float


def encode_preview(view: LatestView) -> bytes | None:
    """JSON in printable ASCII; None for a view without a snapshot."""
    snapshot = view.snapshot
    if snapshot is None:
        return None
    images: dict[Image, int] = {}
    cells = tuple(
        _Cell(
            i.instance_id,
            i.name,
            i.provisioning,
            i.power,
            i.health,
            i.latest_model_applied,
            i.zone,
            i.placement_group,
            i.update_domain,
            i.fault_domain,
            -1 if i.image is None else images.setdefault(i.image, len(images)),
            i.vm_size,
            i.protected_from_scale_in,
            i.protected_from_actions,
            i.changed_at,
        )
        for i in snapshot.instances
    )
    preview = _Preview(
        scale_set=replace(snapshot.scale_set, raw={}),
        images=tuple(images),
        cells=cells,
        taken_at=snapshot.taken_at,
        sent_at=view.sent_at,
        interval=view.interval,
    )
    return printable_ascii(msgspec.json.encode(preview))


def decode_preview(data: bytes) -> LatestView:
    """The preview as a view that is not fresh and whose snapshot is not complete; raises
    `msgspec.MsgspecError`."""
    preview = msgspec.json.decode(data, type=_Preview)
    known = {index: image for index, image in enumerate(preview.images)}
    instances = tuple(
        Instance(
            instance_id=cell.instance_id,
            name=cell.name,
            provisioning=cell.provisioning,
            power=cell.power,
            health=cell.health,
            latest_model_applied=cell.latest_model_applied,
            zone=cell.zone,
            placement_group=cell.placement_group,
            update_domain=cell.update_domain,
            fault_domain=cell.fault_domain,
            image=known.get(cell.image),
            vm_size=cell.vm_size,
            protected_from_scale_in=cell.protected_from_scale_in,
            protected_from_actions=cell.protected_from_actions,
            changed_at=cell.changed_at,
        )
        for cell in preview.cells
    )
    snapshot = Snapshot(preview.scale_set, instances, preview.taken_at, complete=False)
    return LatestView(
        snapshot,
        Condition.PREVIEW,
        _MESSAGE,
        interval=preview.interval,
        source="run",
        sent_at=preview.sent_at,
    )


def in_local_time(view: LatestView, stored_at: datetime) -> LatestView:
    """The view with its times by this machine's clock, so that a reading is not shown as younger or
    older than it is where the worker's clock differs. `stored_at` is when it was stored, by this
    machine's clock."""
    if view.sent_at is None:
        return view
    ahead = view.sent_at - stored_at
    if abs(ahead) < timedelta(seconds=_CLOCK_TOLERANCE):
        return view
    snapshot = view.snapshot
    return msgspec.structs.replace(
        view,
        snapshot=snapshot and replace(snapshot, taken_at=snapshot.taken_at - ahead),
        retry_at=view.retry_at and view.retry_at - ahead,
        sent_at=stored_at,
    )


def decode_latest(data: bytes) -> LatestView:
    """The whole reading; raises `msgspec.MsgspecError`."""
    return msgspec.json.decode(data, type=LatestView)


def read_view(
    container: BlobContainer, name: str, decode: Callable[[bytes], LatestView]
) -> LatestView | None:
    """The view in a blob, with its times by this machine's clock; None where there is none that
    can be read and decoded."""
    try:
        content = container.read(name)
        if content is None:
            return None
        stored_at = datetime.now(UTC) - timedelta(seconds=content.age)
        return in_local_time(decode(content.data), stored_at)
    except (BlobError, msgspec.MsgspecError):
        return None

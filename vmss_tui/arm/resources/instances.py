"""Collects the instances of one read of a scale set, page by page.

A page that is unchanged since the last read yields the same objects without decoding. A page is
decoded at once, or item by item where a field has a wrong type: only that field is then lost, it
is reported in `damage`, and the snapshot is incomplete.
"""

import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import msgspec
from msgspec.structs import replace

from vmss_tui.arm.translate.instance import translate_instance
from vmss_tui.arm.transport.paging import split_page
from vmss_tui.arm.transport.send import Response
from vmss_tui.arm.wire.compute import InstancePageWire, InstanceWire
from vmss_tui.arm.wire.decode import InvalidJson, decode, decode_item
from vmss_tui.fleet.scale_set import Health, Instance
from vmss_tui.fleet.scale_set_id import BadName, ScaleSetId, parse_resource_id
from vmss_tui.text import cell, clean

MAX_INSTANCES = 2000
"""Instances of one list; a scale set has 1,000 at most."""
_SLICE = 16
"""Instances that are translated without a pause, in about 0.4 ms."""
_PAUSE_SECONDS = 2e-5
"""Pause of a thread in the background: the thread of the screen then has Python's global lock at
once, and not after the switch interval, for which it would wait several times in every frame."""


@dataclass(slots=True)
class _Page:
    """A decoded page."""

    compressed: bytes = b""
    next_link: str | None = None
    instances: list[Instance] = field(default_factory=list)
    damage: list[str] = field(default_factory=list)


class InstanceCollector:
    """The instances of one read. `previous` is the last read of the same set, if any.

    `flexible_set` is the set to collect, where the list may contain VMs of other sets.
    """

    def __init__(
        self, previous: "InstanceCollector | None", flexible_set: ScaleSetId | None = None
    ) -> None:
        self._previous_pages: Sequence[_Page] = previous._pages if previous else ()
        self._pages: list[_Page] = []
        self._flexible_set = flexible_set
        self._by_id: dict[str, Instance] = {}
        self._count = 0
        """Instances on all pages, each as often as it was listed."""
        self.damage: list[str] = []

    @property
    def instances(self) -> tuple[Instance, ...]:
        """All collected instances, in the order of the pages."""
        return tuple(self._by_id.values())

    def cached_page(self) -> bytes:
        """The next page's compressed body in the last read; empty where there was none."""
        number = len(self._pages)
        return (
            self._previous_pages[number].compressed if number < len(self._previous_pages) else b""
        )

    def add_page(self, response: Response) -> str | None:
        """Adds a page and returns its nextLink; raises `InvalidJson`."""
        number = len(self._pages)
        page = (
            self._previous_pages[number] if response.is_unchanged else self._decode_page(response)
        )
        self._count += len(page.instances)
        if self._count > MAX_INSTANCES:
            raise InvalidJson(f"more than {MAX_INSTANCES} instances")
        self._pages.append(page)
        self._add_page(page)
        return page.next_link

    def add_instances(self, bodies: Iterable[tuple[str, bytes | None]]) -> None:
        """Adds instances that were read by id; the body of one that does not exist is None.

        A response about another instance is damage, and does not mean that the instance is gone.
        """
        page = _Page()
        for instance_id, body in bodies:
            if body is None:
                continue
            part = _Page()
            self._add_lenient(body, part)
            for instance in part.instances:
                if instance.instance_id.lower() == instance_id.lower():
                    page.instances.append(replace(instance, instance_id=instance_id))
                else:
                    page.damage.append(f"Requested {instance_id}, got {instance.instance_id}.")
            page.damage += part.damage
        self._add_page(page)

    def release_previous(self) -> None:
        """Releases the pages of the last read."""
        self._previous_pages = ()

    def _add_page(self, page: _Page) -> None:
        self.damage += page.damage
        for instance in page.instances:
            if instance.instance_id in self._by_id:
                self.damage.append(f"Instance {instance.instance_id} was listed twice.")
            self._by_id[instance.instance_id] = instance

    def _decode_page(self, response: Response) -> _Page:
        page = _Page(response.compressed)
        try:
            wires = decode(response.body, InstancePageWire)
        except InvalidJson:
            items, page.next_link = split_page(response.body)
            for item in items:
                self._add_lenient(item, page)
            return page
        page.next_link = wires.next_link
        is_background = threading.current_thread() is not threading.main_thread()
        for number, wire in enumerate(wires.value):
            if is_background and not number % _SLICE:
                time.sleep(_PAUSE_SECONDS)
            self._add_instance(wire, page)
        return page

    def _add_instance(self, wire: InstanceWire, page: _Page) -> Instance | None:
        """Adds one instance; None where it is of another set or has an invalid id."""
        try:
            if self._flexible_set and not self._is_in_set(wire, page):
                return None
            instance = translate_instance(wire)
        except BadName as error:
            page.damage.append(f"An instance cannot be read: {cell(str(error))}")
            return None
        page.instances.append(instance)
        return instance

    def _add_lenient(self, body: bytes | msgspec.Raw, page: _Page) -> None:
        """Adds one instance without its fields of a wrong type, which are reported as damage."""
        try:
            wire, dropped = decode_item(body, InstanceWire)
        except InvalidJson as error:
            page.damage.append(f"An instance cannot be read: {cell(str(error))}")
            return
        instance = self._add_instance(wire, page)
        if instance is None or not dropped:
            return
        fields = cell(", ".join(dropped), 500)
        page.damage.append(f"Instance {instance.instance_id} has fields of a wrong type: {fields}")
        is_health_dropped = any("vmHealth" in path for path in dropped)
        page.instances[-1] = replace(
            instance,
            health=Health.UNKNOWN if is_health_dropped else instance.health,
            unrecognized=(
                *instance.unrecognized,
                *(f"wrong type {clean(path)}" for path in dropped),
            ),
        )

    def _is_in_set(self, wire: InstanceWire, page: _Page) -> bool:
        """Whether a VM belongs to the requested set, in case Azure ignored the list's filter."""
        owner = wire.properties.virtual_machine_scale_set if wire.properties else None
        try:
            owner_id = parse_resource_id((owner.id if owner else None) or "")
        except BadName:
            page.damage.append(f"{cell(wire.name or 'A VM')} does not report its scale set.")
            return False
        return self._flexible_set is not None and owner_id.key == self._flexible_set.key

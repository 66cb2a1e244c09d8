"""Gathers the instances of one reading, page by page.

A page that came again as it was in the last reading gives the same objects again: an unchanged
set costs a comparison. A page is decoded in one go; where one of its items is odd, item by item, so
that the damage stays with that item, is told, and marks the reading as incomplete.
"""

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


@dataclass(slots=True)
class _Page:
    """What a page's bytes say."""

    compressed: bytes = b""
    next_link: str | None = None
    instances: list[Instance] = field(default_factory=list)
    damage: list[str] = field(default_factory=list)


class InstanceCollector:
    """The instances of one reading. `before` is the last reading of the same set, if any.

    `flexible` names the set whose machines are wanted, where the list could hold others too.
    """

    def __init__(self, previous: "InstanceCollector | None", flexible_set: ScaleSetId | None = None) -> None:
        self._previous_pages: Sequence[_Page] = previous._pages if previous else ()
        self._pages: list[_Page] = []
        self._flexible_set = flexible_set
        self._by_id: dict[str, Instance] = {}
        self.damage: list[str] = []

    @property
    def instances(self) -> tuple[Instance, ...]:
        """What was gathered, in the order of the pages."""
        return tuple(self._by_id.values())

    def cached_page(self) -> bytes:
        """The page that comes next, as it came in the last reading; empty where there is none."""
        number = len(self._pages)
        return self._previous_pages[number].compressed if number < len(self._previous_pages) else b""

    def add_page(self, response: Response) -> str | None:
        """Adds a page and returns its nextLink; raises `Unreadable` where it is no page."""
        number = len(self._pages)
        page = self._previous_pages[number] if response.is_unchanged else self._decode_page(response)
        self._pages.append(page)
        self._add_page(page)
        return page.next_link

    def add_instances(self, bodies: Iterable[tuple[str, bytes | None]]) -> None:
        """Adds instances that were asked for by their ids; None is one that is not there.

        An answer about another instance is damage: who was asked for is not gone for that.
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
                    page.damage.append(f"Asked for {instance_id}, got {instance.instance_id}.")
            page.damage += part.damage
        self._add_page(page)

    def release_previous(self) -> None:
        """Lets go of the last reading."""
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
        for wire in wires.value:
            self._add_instance(wire, page)
        return page

    def _add_instance(self, wire: InstanceWire, page: _Page) -> Instance | None:
        """Adds one instance; None where it is not ours or cannot be addressed."""
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
        """Adds one instance without its fields of a wrong type, and says which those are."""
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
            unrecognized=(*instance.unrecognized, *(f"wrong type {clean(path)}" for path in dropped)),
        )

    def _is_in_set(self, wire: InstanceWire, page: _Page) -> bool:
        """Whether the list's filter was obeyed: a machine of another set is never one of ours."""
        owner = wire.properties.virtual_machine_scale_set if wire.properties else None
        try:
            owner_id = parse_resource_id((owner.id if owner else None) or "")
        except BadName:
            page.damage.append(f"{cell(wire.name or 'A machine')} does not say its set.")
            return False
        return self._flexible_set is not None and owner_id.key == self._flexible_set.key

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

    packed: bytes = b""
    next_link: str | None = None
    instances: list[Instance] = field(default_factory=list)
    damage: list[str] = field(default_factory=list)


class Members:
    """The instances of one reading. `before` is the last reading of the same set, if any.

    `flexible` names the set whose machines are wanted, where the list could hold others too.
    """

    def __init__(self, before: "Members | None", flexible: ScaleSetId | None = None) -> None:
        self._known: Sequence[_Page] = before._pages if before else ()
        self._pages: list[_Page] = []
        self._flexible = flexible
        self._by_id: dict[str, Instance] = {}
        self.damage: list[str] = []

    @property
    def instances(self) -> tuple[Instance, ...]:
        """What was gathered, in the order of the pages."""
        return tuple(self._by_id.values())

    def known(self) -> bytes:
        """The page that comes next, as it came in the last reading; empty where there is none."""
        at = len(self._pages)
        return self._known[at].packed if at < len(self._known) else b""

    def take(self, answer: Response) -> str | None:
        """Adds a page and returns its nextLink; raises `Unreadable` where it is no page."""
        at = len(self._pages)
        page = self._known[at] if answer.is_unchanged else self._page(answer)
        self._pages.append(page)
        self._add(page)
        return page.next_link

    def take_each(self, answers: Iterable[tuple[str, bytes | None]]) -> None:
        """Adds instances that were asked for by their ids; None is one that is not there.

        An answer about another instance is damage: who was asked for is not gone for that.
        """
        page = _Page()
        for asked, body in answers:
            if body is None:
                continue
            alone = _Page()
            self._odd_item(body, alone)
            for found in alone.instances:
                if found.instance_id.lower() == asked.lower():
                    page.instances.append(replace(found, instance_id=asked))
                else:
                    page.damage.append(f"Asked for {asked}, got {found.instance_id}.")
            page.damage += alone.damage
        self._add(page)

    def close(self) -> None:
        """Lets go of the last reading."""
        self._known = ()

    def _add(self, page: _Page) -> None:
        self.damage += page.damage
        for found in page.instances:
            if found.instance_id in self._by_id:
                self.damage.append(f"Instance {found.instance_id} was listed twice.")
            self._by_id[found.instance_id] = found

    def _page(self, answer: Response) -> _Page:
        page = _Page(answer.compressed)
        try:
            wires = decode(answer.body, InstancePageWire)
        except InvalidJson:
            items, page.next_link = split_page(answer.body)
            for item in items:
                self._odd_item(item, page)
            return page
        page.next_link = wires.next_link
        for wire in wires.value:
            self._item(wire, page)
        return page

    def _item(self, wire: InstanceWire, page: _Page) -> Instance | None:
        """Adds one instance; None where it is not ours or cannot be addressed."""
        try:
            if self._flexible and not self._belongs(wire, page):
                return None
            found = translate_instance(wire)
        except BadName as error:
            page.damage.append(f"An instance cannot be read: {cell(str(error))}")
            return None
        page.instances.append(found)
        return found

    def _odd_item(self, body: bytes | msgspec.Raw, page: _Page) -> None:
        """Adds one instance without its fields of a wrong type, and says which those are."""
        try:
            wire, dropped = decode_item(body, InstanceWire)
        except InvalidJson as error:
            page.damage.append(f"An instance cannot be read: {cell(str(error))}")
            return
        found = self._item(wire, page)
        if found is None or not dropped:
            return
        words = cell(", ".join(dropped), 500)
        page.damage.append(f"Instance {found.instance_id} has fields of a wrong type: {words}")
        sick = any("vmHealth" in path for path in dropped)
        page.instances[-1] = replace(
            found,
            health=Health.UNKNOWN if sick else found.health,
            unrecognized=(*found.unrecognized, *(f"wrong type {clean(path)}" for path in dropped)),
        )

    def _belongs(self, wire: InstanceWire, page: _Page) -> bool:
        """Whether the list's filter was obeyed: a machine of another set is never one of ours."""
        owner = wire.properties.virtual_machine_scale_set if wire.properties else None
        try:
            theirs = parse_resource_id((owner.id if owner else None) or "")
        except BadName:
            page.damage.append(f"{cell(wire.name or 'A machine')} does not say its set.")
            return False
        return self._flexible is not None and theirs.key == self._flexible.key

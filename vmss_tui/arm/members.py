"""Gathers the instances of one reading, page by page, and reuses those that did not change.

An instance whose JSON is the same, byte for byte, as in the last reading is the same object: an
unchanged page costs a comparison. An odd item is told and marks the reading as incomplete.
"""

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from vmss_tui.arm.decoding import Unreadable, decode_item
from vmss_tui.arm.translate import instance
from vmss_tui.arm.wire import InstanceWire
from vmss_tui.fleet.scale_set import Health, Instance
from vmss_tui.fleet.scale_set_id import BadName, ScaleSetId
from vmss_tui.text import clean


class Members:
    """The instances of one reading. `before` is the last reading of the same set, if any.

    `flexible` names the set whose machines are wanted, where the list could hold others too.
    """

    def __init__(self, before: "Members | None", flexible: ScaleSetId | None = None) -> None:
        self._known = before._read if before else {}
        self._read: dict[bytes, Instance] = {}
        self._flexible = flexible
        self._by_id: dict[str, Instance] = {}
        self.damage: list[str] = []

    @property
    def instances(self) -> tuple[Instance, ...]:
        """What was gathered, in the order of the pages."""
        return tuple(self._by_id.values())

    def take(self, items: Sequence[msgspec.Raw]) -> None:
        """Adds a page's items."""
        for item in items:
            body = bytes(item)
            found = self._known.get(body)
            if found is None:
                found = self._read_item(body)
                if found is None:
                    continue
            else:
                self._read[body] = found
            if found.instance_id in self._by_id:
                self.damage.append(f"Instance {found.instance_id} was listed twice.")
            self._by_id[found.instance_id] = found

    def close(self) -> None:
        """Lets go of the last reading."""
        self._known = {}

    def _read_item(self, body: bytes) -> Instance | None:
        try:
            wire, dropped = decode_item(body, InstanceWire)
            if self._flexible and not self._belongs(wire):
                return None
            found = instance(wire)
        except (BadName, Unreadable) as error:
            self.damage.append(f"An instance cannot be read: {clean(str(error))}")
            return None
        if not dropped:
            self._read[body] = found
            return found
        words = ", ".join(clean(path) for path in dropped)
        self.damage.append(f"Instance {found.instance_id} has fields of a wrong type: {words}")
        sick = any("vmHealth" in path for path in dropped)
        return replace(
            found,
            health=Health.UNKNOWN if sick else found.health,
            oddities=(*found.oddities, *(f"wrong type {clean(path)}" for path in dropped)),
        )

    def _belongs(self, wire: InstanceWire) -> bool:
        """Whether the list's filter was obeyed: a machine of another set is never one of ours."""
        owner = wire.properties.virtual_machine_scale_set if wire.properties else None
        if owner is None or owner.id is None:
            self.damage.append(f"{clean(wire.name or 'A machine')} does not say its set.")
            return False
        return self._flexible is not None and owner.id.rstrip("/").lower() == self._flexible.key

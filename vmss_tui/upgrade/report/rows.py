"""Labelled rows of a confirmation, as data for the screen and the command line. Pure."""

from collections.abc import Iterable
from typing import Protocol

from msgspec import Struct

from vmss_tui.fleet.phrases import Term


class TextRow(Struct, frozen=True):
    """A label with a text."""

    label: str
    text: str
    is_caution: bool = False
    command: str = ""
    """A quoted command line before the text, shown as it is."""


class InstanceRow(Struct, frozen=True):
    """A label with instances, and what is common to them."""

    label: str
    instance_ids: tuple[str, ...]
    text: str = ""


AnyRow = TextRow | InstanceRow


class _Reason(Protocol):
    @property
    def label(self) -> str: ...


class _LeftOut(Protocol):
    @property
    def instance_id(self) -> str: ...
    @property
    def reason(self) -> _Reason: ...


def left_out_rows(entries: Iterable[_LeftOut]) -> tuple[InstanceRow, ...]:
    """One row for each reason, in the order of their first instances."""
    ids: dict[str, list[str]] = {}
    for entry in entries:
        ids.setdefault(entry.reason.label, []).append(entry.instance_id)
    return tuple(InstanceRow(Term.SKIPPED, tuple(group), reason) for reason, group in ids.items())

"""What viewers show: the newest snapshot and the state of reading; and the file a worker writes.

Viewers read the file instead of Azure. It contains no secret that a model could have, and only
printable ASCII, so that it cannot send control sequences to a terminal that prints it.
"""

import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from msgspec import field, structs

from vmss_tui import text
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.gateway import ListBudget
from vmss_tui.gateway.failures import Condition
from vmss_tui.runtime.storage.state_folder import write_private

_NOT_PRINTABLE_ASCII = re.compile(r"[^\x20-\x7e]")
_PRINTABLE_ASCII = bytes(range(0x20, 0x7F))


class _Redaction(NamedTuple):
    """A model as Azure sent it, and without its secrets."""

    raw: Any
    redacted: Any


_latest_redaction = [_Redaction(None, None)]
"""That of the last view: most readings have the model of the reading before, and to redact it takes
longer than to encode a hundred instances."""


class LatestView(msgspec.Struct, frozen=True):
    """The newest snapshot, and how the last attempt to read went."""

    snapshot: Snapshot | None
    condition: Condition = Condition.PENDING
    message: str = field(name="words", default="")
    """Why there is no newer snapshot, or what is wrong with this one."""
    retry_at: datetime | None = None
    """UTC of the next attempt after a failed one."""
    budget: ListBudget | None = None
    interval: float = 6.0
    """Real seconds until the next reading, when none fails."""
    source: str = "azure"
    """`azure`, or `run` for a worker's reading."""
    sent_at: datetime | None = None
    """UTC by the worker's clock when it sent the view to a team's store; else None."""


def write_latest(path: Path, view: LatestView) -> None:
    """Replaces the file; raises OSError. Not durable: the next reading comes soon."""
    write_private(path, encode_view(view), durable=False)


def read_latest(path: Path) -> LatestView | None:
    """The view in the file; None where the file is missing or cannot be decoded."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=LatestView)
    except (OSError, msgspec.MsgspecError):
        return None


def encode_view(view: LatestView) -> bytes:
    """JSON in printable ASCII, without secrets. Other characters occur in JSON strings only, where
    an escape means the same."""
    snapshot = view.snapshot
    if snapshot is not None:
        scale_set = replace(snapshot.scale_set, raw=_redact_model(snapshot.scale_set.raw))
        view = structs.replace(view, snapshot=replace(snapshot, scale_set=scale_set))
    return printable_ascii(msgspec.json.encode(view))


def _redact_model(raw: Any) -> Any:
    latest = _latest_redaction[0]
    if latest.raw is not raw and latest.raw != raw:
        latest = _Redaction(raw, text.redact_json(raw))
        _latest_redaction[0] = latest
    return latest.redacted


def printable_ascii(data: bytes) -> bytes:
    """The same JSON with every other character escaped."""
    if not data.translate(None, _PRINTABLE_ASCII):
        return data
    return _NOT_PRINTABLE_ASCII.sub(
        lambda match: text.json_escape(match[0]), data.decode()
    ).encode()

"""Addresses with a signature (SAS), as boot diagnostics hand them out, and their check.

Recorded: flow-bootdiag-vm-managed-blob-404. The host is that of the request, so that a client of
the simulator stays on loopback.
"""

import base64
import hmac
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from vmss_tui.simulator.exchange import Request
from vmss_tui.simulator.world.seeded_random import SeededRandom
from vmss_tui.simulator.world.simulated_time import CALENDAR

_VERSION = "2018-03-28"


def signed_address(random: SeededRandom, base: str, path: str, expiry: float) -> str:
    """The address of a blob until `expiry`, in simulated seconds."""
    end = CALENDAR.epoch + timedelta(seconds=int(expiry))
    text = f"{end:%Y-%m-%dT%H:%M:%SZ}"
    signature = quote(_signature(random, path, text), safe="")
    expires = text.replace(":", "%3a")
    return f"{base}{path}?sv={_VERSION}&sr=b&sig={signature}&se={expires}&sp=r"


def is_signed(random: SeededRandom, request: Request) -> bool:
    """Whether the request has the signature of its path."""
    expected = _signature(random, request.path, request.query.get("se", ""))
    given = request.query.get("sig", "")
    return request.query.get("sp") == "r" and hmac.compare_digest(expected.encode(), given.encode())


def is_expired(request: Request, now: float) -> bool:
    """Whether the time of the signature has passed; `now` is in simulated seconds."""
    end = datetime.strptime(request.query["se"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    return CALENDAR.epoch + timedelta(seconds=now) > end


def _signature(random: SeededRandom, path: str, expiry: str) -> str:
    digest = bytes.fromhex(random.hex(64, "signature", path, expiry))
    return base64.b64encode(digest).decode()

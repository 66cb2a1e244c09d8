"""Refuses requests that a web page in the user's browser could have sent.

A page can reach a server on loopback in two ways: from its own origin, in requests that need no
permission (a form, an image, text/plain), or under its own name, which its DNS server lets point
to 127.0.0.1. The first has a foreign `Origin` or no JSON body, the second a foreign `Host`.

The port in `Host` is not compared: that of a forwarded port or of a TLS front is another one, and
no page can choose what its browser sends.
"""

import ipaddress
from email.message import Message
from urllib.parse import urlsplit

from vmss_tui.simulator.errors import ArmError

_JSON = "application/json"
_WRITES = frozenset({"POST", "PATCH", "PUT"})
_OWN_SITES = frozenset({"same-origin", "none"})
"""Values of `Sec-Fetch-Site` in requests of a page of this server, or of no page."""


def request_base(headers: Message, address: str) -> str:
    """Scheme and host that the client used; `address` is the server's own `host:port`.

    Raises ArmError (403) for a host that is no loopback address, and for another site's page.
    """
    hosts = headers.get_all("Host", [address])
    if len(hosts) != 1 or not _is_loopback_host(hosts[0]):
        message = (
            f"The host '{hosts[0][:80]}' is not served: only loopback names and addresses are, as "
            f"in http://{address}."
        )
        raise ArmError(403, "ForeignHost", message)
    scheme = "https" if headers.get("X-Forwarded-Proto", "").lower() == "https" else "http"
    base = f"{scheme}://{hosts[0]}"
    origin = headers.get("Origin", base)
    site = headers.get("Sec-Fetch-Site", "none").lower()
    if origin.lower() != base.lower() or site not in _OWN_SITES:
        message = (
            f"A page of the origin '{origin[:80]}' may not use this server: only requests from "
            "programs, and from its own origin, are answered."
        )
        raise ArmError(403, "ForeignOrigin", message)
    return base


def check_content_type(method: str, headers: Message, length: int) -> None:
    """Raises ArmError (415) for a write that is not JSON, by its media type.

    Without a body, of which `length` is the number of bytes, the media type may be missing.
    """
    if method not in _WRITES and not length:
        return
    media_type = headers.get("Content-Type", "" if length else _JSON).partition(";")[0].strip()
    if media_type.lower() != _JSON:
        message = (
            f"The content media type '{media_type[:80]}' is not supported. "
            f"Only '{_JSON}' is supported."
        )
        raise ArmError(415, "UnsupportedMediaType", message)


def _is_loopback_host(host: str) -> bool:
    """Whether a `Host` header names this machine, with any port."""
    try:
        parts = urlsplit(f"//{host}")
        name, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    if parts.netloc != host or parts.username is not None:
        return False
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False

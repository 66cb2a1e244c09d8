"""The address of a container in settings and options, checked before a token goes there."""

import re
from urllib.parse import urlsplit

from msgspec import Struct

from vmss_tui.arm.transport.clouds import InvalidSetting
from vmss_tui.target import LOOPBACK_HOSTS, is_loopback

_ACCOUNT_HOST = re.compile(
    r"[a-z0-9]{3,24}\.blob\.(?:core\.windows\.net|core\.usgovcloudapi\.net|core\.chinacloudapi\.cn"
    r"|storage\.azure\.net)"
)
_CONTAINER = re.compile(r"[a-z0-9](?:-?[a-z0-9]){2,62}")
_EXAMPLE = "https://ACCOUNT.blob.core.windows.net/CONTAINER"


class ContainerAddress(Struct, frozen=True):
    """Where a container is."""

    url: str
    """Without a trailing slash."""
    is_simulator: bool
    """Plain http on loopback: it needs no sign-in."""


def parse_container_url(url: str) -> ContainerAddress:
    """Checks the address; raises `InvalidSetting` for anything but https to a storage account, or
    loopback (http of a simulator, https of an emulator), where the path begins with the account."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        is_port_valid = parts.port != 0
    except ValueError:
        raise InvalidSetting(f"state {url!a} is no URL: {_EXAMPLE}") from None
    segments = parts.path.strip("/").split("/")
    on_loopback = host in LOOPBACK_HOSTS
    is_plain = not (parts.username or parts.password or parts.query or parts.fragment)
    known_host = on_loopback or _ACCOUNT_HOST.fullmatch(host) is not None
    known_scheme = parts.scheme == "https" or is_loopback(url)
    if not (is_plain and known_host and known_scheme and is_port_valid):
        raise InvalidSetting(
            f"state {url!a} must be {_EXAMPLE}, without key or signature (or http on loopback, for "
            "a simulator)"
        )
    if len(segments) != 1 + on_loopback or not _CONTAINER.fullmatch(segments[-1]):
        path = "ACCOUNT/CONTAINER" if on_loopback else "CONTAINER"
        raise InvalidSetting(f"state {url!a} must have the path /{path}")
    return ContainerAddress(url.rstrip("/"), is_loopback(url))

"""The address of a blob with a signature in its query, which no text may ever contain.

Azure Resource Manager returns such addresses for boot logs. The signature is a credential:
anyone with the address can read the blob. Hosts: managed storage
`md-NAME.z13.blob.storage.azure.net:443` (recorded: `flow-bootdiag-vm-managed-blob-404`), own
accounts `ACCOUNT.blob.core.windows.net`, and the same below the domains of the other clouds.
"""

import re
from urllib.parse import SplitResult, urlsplit

from vmss_tui.target import is_loopback

_DOMAINS = {
    "public": ("blob.core.windows.net", "blob.storage.azure.net"),
    "china": ("blob.core.chinacloudapi.cn", "blob.storage.chinacloudapi.cn"),
    "usgov": ("blob.core.usgovcloudapi.net", "blob.storage.usgovcloudapi.net"),
}
_NAMES = re.compile(r"(?:[a-z0-9][a-z0-9\-]{0,62}\.){1,3}")
"""The account, and the zone of its storage."""


class ForeignAddress(ValueError):
    """Not an address of the cloud's storage; the message does not contain it."""


class SignedAddress:
    """A checked address. Its text form hides the query; only `url` has it."""

    __slots__ = ("_parts",)

    def __init__(self, parts: SplitResult) -> None:
        self._parts = parts

    @property
    def url(self) -> str:
        """The whole address, for the request and nothing else."""
        return self._parts.geturl()

    @property
    def host(self) -> str:
        """The host, for messages."""
        return self._parts.hostname or ""

    def hide(self, text: str) -> str:
        """The text without the query of this address, in case a library has put it there."""
        return text.replace(self._parts.query, "(signature)") if self._parts.query else text

    def __repr__(self) -> str:
        return f"SignedAddress({self.host})"


def parse_signed_address(text: str, cloud: str, endpoint: str) -> SignedAddress:
    """Checks that a blob's address is https and of the storage of `cloud`, whose Azure Resource
    Manager is `endpoint`; raises `ForeignAddress`. A simulator's is plain http on loopback."""
    try:
        parts = urlsplit(text)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise ForeignAddress("the address of the log is no URL") from None
    is_clean = text.isascii() and text.isprintable() and not (parts.username or parts.fragment)
    if is_clean and cloud == "simulator" and is_loopback(f"{parts.scheme}://{parts.netloc}"):
        return SignedAddress(parts)
    domains = _DOMAINS.get(cloud) or _own_domains(endpoint)
    is_known = any(
        host.endswith(f".{domain}") and _NAMES.fullmatch(host.removesuffix(domain))
        for domain in domains
    )
    if not (is_clean and is_known and parts.scheme == "https" and port in (None, 443)):
        raise ForeignAddress(
            "the log is not at an https address of this cloud's storage: it was not requested"
        )
    return SignedAddress(parts)


def _own_domains(endpoint: str) -> tuple[str, ...]:
    """A custom cloud has its storage below the domain of its Azure Resource Manager."""
    _, _, domain = (urlsplit(endpoint).hostname or "").partition(".")
    return (f"blob.{domain}",) if "." in domain else ()

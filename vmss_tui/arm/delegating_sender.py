"""A sender that changes how another one reads or writes, and leaves the rest to it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from azure.core.credentials import AccessTokenInfo

from vmss_tui.arm.transport.send import RequestSender, Response


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegatingSender(RequestSender):
    """Sends what `inner` sends. The other fields are those of `inner`, for callers."""

    inner: RequestSender

    def prepare_write(self) -> AccessTokenInfo:
        """As in the base class; the token is kept by the sender that writes."""
        return self.inner.prepare_write()

    def read(self, url: str, cached_body: bytes = b"") -> Response:
        """As in the base class."""
        return self.inner.read(url, cached_body)

    def read_by_post(self, url: str, body: Mapping[str, Any] | None) -> Response:
        """As in the base class."""
        return self.inner.read_by_post(url, body)

    def write(
        self, method: str, url: str, body: Mapping[str, Any] | None, headers: Mapping[str, str]
    ) -> Response:
        """As in the base class."""
        return self.inner.write(method, url, body, headers)


def fields_of(sender: RequestSender) -> dict[str, Any]:
    """The fields of the base class, to make another sender with."""
    names = (field.name for field in fields(RequestSender) if not field.name.startswith("_"))
    return {name: getattr(sender, name) for name in names}

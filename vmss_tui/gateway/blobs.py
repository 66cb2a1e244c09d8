"""The blobs of one container: what the store of runs needs of Azure Blob Storage, and its errors.

Source: "Blob service REST API", "Lease Blob", "Append Block". `arm.blobs` implements it.
"""

from typing import Protocol

from msgspec import Struct

from vmss_tui.errors import VmssError

LEASE_HELD = "LeaseAlreadyPresent"
LEASE_LOST_CODES = frozenset(
    {
        "LeaseIdMissing",
        "LeaseIdMismatchWithBlobOperation",
        "LeaseIdMismatchWithLeaseOperation",
        "LeaseLost",
        "LeaseNotPresentWithBlobOperation",
        "LeaseNotPresentWithLeaseOperation",
        "LeaseIsBrokenAndCannotBeRenewed",
    }
)
"""Codes of refusals to a client that does not have the lease (any more)."""
APPENDED_MEANWHILE = "AppendPositionConditionNotMet"


class BlobError(VmssError):
    """A request to the storage that did not succeed."""


class BlobRefused(BlobError):
    """A definite refusal: the storage changed nothing. `code` is Azure's error code."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


class BlobUnavailable(BlobError):
    """No definite answer in time: a write may have taken effect."""


class BlobContent(Struct, frozen=True):
    """The content of a blob, from an offset on."""

    data: bytes
    etag: str
    age: float
    """Seconds between its last change and the answer, both by the clock of the storage."""
    is_leased: bool


class BlobItem(Struct, frozen=True):
    """A blob in a listing."""

    name: str
    size: int
    etag: str
    age: float
    is_leased: bool


class BlobContainer(Protocol):
    """One container. Every method raises `BlobRefused` or `BlobUnavailable`."""

    @property
    def url(self) -> str:
        """Its address, without credentials."""

    @property
    def clock_difference(self) -> float:
        """Seconds that the storage's clock is ahead of this machine's; 0 before an answer."""

    def read(self, name: str, offset: int = 0) -> BlobContent | None:
        """The content from `offset` on, empty past the end; None where there is no such blob."""

    def write(
        self,
        name: str,
        data: bytes,
        *,
        only_new: bool = False,
        lease_id: str = "",
        is_last: bool = False,
    ) -> bool:
        """Creates or replaces a blob; False where `only_new` and it exists: after a lost answer
        perhaps by this very call. `is_last`: the process ends, so it is tried once, for less than
        a second."""

    def create_append_blob(self, name: str) -> bool:
        """Creates an empty append blob; False where it exists."""

    def append(self, name: str, data: bytes, position: int, lease_id: str) -> None:
        """Appends at exactly this position, once. A repeated append is refused
        (`APPENDED_MEANWHILE`)."""

    def acquire_lease(self, name: str, lease_id: str, seconds: int) -> None:
        """Takes the lease of a blob; refused with `LEASE_HELD` while another has it."""

    def renew_lease(self, name: str, lease_id: str) -> None:
        """Renews the lease; also one that has expired, where no other client has taken it since."""

    def release_lease(self, name: str, lease_id: str) -> None:
        """Ends the lease. Tried once, for less than a second: a lease also ends by itself."""

    def break_lease(self, name: str) -> None:
        """Ends the lease of another client at once."""

    def list(self, prefix: str) -> list[BlobItem]:
        """All blobs whose names begin so, in the order of their names."""

    def delete(self, name: str) -> None:
        """Removes a blob, where it exists."""

    def public_access(self) -> str:
        """What can be read without signing in; empty for nothing."""

    def close(self) -> None:
        """Closes the connections."""

"""The blobs of one container, their leases, and the answers of the storage to each operation.

Source: "Lease Blob", "Append Block", "Put Blob", "List Blobs"; a contract test holds the answers to
those of Azurite.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from uuid import uuid4
from xml.sax.saxutils import escape

MAX_BLOCKS = 50_000
_MAX_LISTED = 5000


@dataclass(slots=True)
class Reply:
    """The answer to one request."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(slots=True)
class _Lease:
    id: str = ""
    ends_at: float = 0.0
    duration: float = 0.0
    """Seconds; infinite is `inf`."""
    is_broken: bool = False


@dataclass(slots=True)
class _Blob:
    kind: str
    data: bytes
    modified: datetime
    etag: str
    blocks: int = 0
    lease: _Lease = field(default_factory=_Lease)


class Refusal(Exception):
    """A refused operation."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


class BlobAccount:
    """One container. Thread-safe; `now` is in seconds, for leases."""

    def __init__(
        self, container: str = "vmss-tui", now: Callable[[], float] = time.monotonic
    ) -> None:
        self.container = container
        self._now = now
        self._blobs: dict[str, _Blob] = {}
        self._lock = threading.Lock()
        self._etags = 0

    def handle(
        self,
        method: str,
        name: str,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        body: bytes,
    ) -> Reply:
        """The reply to a request; `headers` have lower-case names, `name` is empty for the
        container."""
        with self._lock:
            try:
                return self._handle(method, name, query, headers, body)
            except Refusal as refusal:
                return refusal_reply(refusal.status, refusal.code)

    def _handle(
        self,
        method: str,
        name: str,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        body: bytes,
    ) -> Reply:
        match method, query.get("comp", ""):
            case "GET", "list":
                return self._list(query)
            case "PUT", "lease":
                return self._lease(self._existing(name), headers)
            case "PUT", "appendblock":
                return self._append(self._existing(name), headers, body)
            case "PUT", "":
                return self._put(name, headers, body)
            case (("GET" | "HEAD"), ""):
                return self._get(self._existing(name), headers, with_body=method == "GET")
            case "DELETE", "":
                self._check_lease(self._existing(name), headers)
                del self._blobs[name]
                return Reply(202)
        raise Refusal(400, "UnsupportedQueryParameter")

    def _existing(self, name: str) -> _Blob:
        if name not in self._blobs:
            raise Refusal(404, "BlobNotFound")
        return self._blobs[name]

    def _put(self, name: str, headers: Mapping[str, str], body: bytes) -> Reply:
        old = self._blobs.get(name)
        if old is not None:
            if headers.get("if-none-match") == "*":
                raise Refusal(409, "BlobAlreadyExists")
            self._check_lease(old, headers)
        kind = headers.get("x-ms-blob-type", "")
        if kind not in {"BlockBlob", "AppendBlob"}:
            raise Refusal(400, "InvalidHeaderValue")
        data = b"" if kind == "AppendBlob" else body
        blob = _Blob(kind, data, datetime.now(UTC), self._new_etag())
        if old is not None:
            blob.lease = old.lease
        self._blobs[name] = blob
        return Reply(201, _entity_headers(blob))

    def _append(self, blob: _Blob, headers: Mapping[str, str], body: bytes) -> Reply:
        if blob.kind != "AppendBlob":
            raise Refusal(409, "InvalidBlobType")
        self._check_lease(blob, headers)
        position = headers.get("x-ms-blob-condition-appendpos")
        offset = len(blob.data)
        if position is not None and position != f"{offset}":
            raise Refusal(412, "AppendPositionConditionNotMet")
        if blob.blocks >= MAX_BLOCKS:
            raise Refusal(409, "BlockCountExceedsLimit")
        blob.data += body
        blob.blocks += 1
        blob.modified, blob.etag = datetime.now(UTC), self._new_etag()
        return Reply(
            201,
            {
                **_entity_headers(blob),
                "x-ms-blob-append-offset": f"{offset}",
                "x-ms-blob-committed-block-count": f"{blob.blocks}",
            },
        )

    def _get(self, blob: _Blob, headers: Mapping[str, str], *, with_body: bool) -> Reply:
        answer = {**_entity_headers(blob), **self._lease_headers(blob)}
        answer["x-ms-blob-type"] = blob.kind
        start = headers.get("x-ms-range", "").removeprefix("bytes=").partition("-")[0]
        if start.isdecimal():
            if int(start) >= len(blob.data):
                raise Refusal(416, "InvalidRange")
            return Reply(206, answer, blob.data[int(start) :])
        return Reply(200, answer, blob.data if with_body else b"")

    def _list(self, query: Mapping[str, str]) -> Reply:
        prefix, marker = query.get("prefix", ""), query.get("marker", "")
        names = sorted(n for n in self._blobs if n.startswith(prefix) and n >= marker)
        limit = min(_MAX_LISTED, int(query.get("maxresults") or _MAX_LISTED))
        entries = "".join(self._entry(name, self._blobs[name]) for name in names[:limit])
        following = names[limit] if len(names) > limit else ""
        text = (
            '<?xml version="1.0" encoding="utf-8"?><EnumerationResults><Blobs>'
            f"{entries}</Blobs><NextMarker>{escape(following)}</NextMarker></EnumerationResults>"
        )
        return Reply(200, {"Content-Type": "application/xml"}, b"\xef\xbb\xbf" + text.encode())

    def _entry(self, name: str, blob: _Blob) -> str:
        lease = self._lease_headers(blob)
        properties = {
            "Last-Modified": format_datetime(blob.modified, usegmt=True),
            "Etag": blob.etag,
            "Content-Length": f"{len(blob.data)}",
            "BlobType": blob.kind,
            "LeaseStatus": lease["x-ms-lease-status"],
            "LeaseState": lease["x-ms-lease-state"],
        }
        text = "".join(f"<{key}>{escape(value)}</{key}>" for key, value in properties.items())
        return f"<Blob><Name>{escape(name)}</Name><Properties>{text}</Properties></Blob>"

    # Leases

    def _lease(self, blob: _Blob, headers: Mapping[str, str]) -> Reply:
        match headers.get("x-ms-lease-action"):
            case "acquire":
                return self._acquire(blob, headers)
            case "renew":
                self._check_holder(blob, headers)
                if blob.lease.is_broken:
                    raise Refusal(409, "LeaseIsBrokenAndCannotBeRenewed")
                blob.lease.ends_at = self._now() + blob.lease.duration
                return Reply(200, {"x-ms-lease-id": blob.lease.id})
            case "release":
                self._check_holder(blob, headers)
                blob.lease = _Lease()
                return Reply(200)
            case "break":
                if not blob.lease.id:
                    raise Refusal(409, "LeaseNotPresentWithLeaseOperation")
                blob.lease.ends_at, blob.lease.is_broken = self._now(), True
                return Reply(202, {"x-ms-lease-time": "0"})
        raise Refusal(400, "InvalidHeaderValue")

    def _acquire(self, blob: _Blob, headers: Mapping[str, str]) -> Reply:
        seconds = headers.get("x-ms-lease-duration", "")
        proposed = headers.get("x-ms-proposed-lease-id") or str(uuid4())
        if seconds != "-1" and not (seconds.isdecimal() and 15 <= int(seconds) <= 60):
            raise Refusal(400, "InvalidHeaderValue")
        if self._is_leased(blob) and blob.lease.id != proposed:
            raise Refusal(409, "LeaseAlreadyPresent")
        duration = float("inf") if seconds == "-1" else float(seconds)
        blob.lease = _Lease(proposed, self._now() + duration, duration)
        return Reply(201, {"x-ms-lease-id": proposed})

    def _is_leased(self, blob: _Blob) -> bool:
        return bool(blob.lease.id) and self._now() < blob.lease.ends_at

    def _check_holder(self, blob: _Blob, headers: Mapping[str, str]) -> None:
        if not blob.lease.id or headers.get("x-ms-lease-id") != blob.lease.id:
            raise Refusal(409, "LeaseIdMismatchWithLeaseOperation")

    def _check_lease(self, blob: _Blob, headers: Mapping[str, str]) -> None:
        """A write needs the id of an active lease, and none without one."""
        lease_id = headers.get("x-ms-lease-id", "")
        if not self._is_leased(blob):
            if not lease_id:
                return
            code = "LeaseLost" if blob.lease.id else "LeaseNotPresentWithBlobOperation"
            raise Refusal(412, code)
        if not lease_id:
            raise Refusal(412, "LeaseIdMissing")
        if lease_id != blob.lease.id:
            raise Refusal(412, "LeaseIdMismatchWithBlobOperation")

    def _lease_headers(self, blob: _Blob) -> dict[str, str]:
        if self._is_leased(blob):
            return {"x-ms-lease-status": "locked", "x-ms-lease-state": "leased"}
        state = "broken" if blob.lease.is_broken else "expired" if blob.lease.id else "available"
        return {"x-ms-lease-status": "unlocked", "x-ms-lease-state": state}

    def _new_etag(self) -> str:
        self._etags += 1
        return f"0x8D{self._etags:013X}"


def refusal_reply(status: int, code: str) -> Reply:
    """A refusal: the code is in a header, and in a body of XML."""
    body = f'\ufeff<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code></Error>'
    return Reply(
        status, {"x-ms-error-code": code, "Content-Type": "application/xml"}, body.encode()
    )


def _entity_headers(blob: _Blob) -> dict[str, str]:
    return {
        "ETag": f'"{blob.etag}"',
        "Last-Modified": format_datetime(blob.modified, usegmt=True),
    }

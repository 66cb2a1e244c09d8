"""Chooses an api-version that a cloud knows, where it does not know the one of the request.

Sovereign and custom clouds lag behind. Such a cloud refuses a request in one of three forms: 400
`NoRegisteredProviderFound` with a list, which is also the answer for a wrong location and then
contains the version; 404 `InvalidResourceType` with a list; or the same without one. The choice is
therefore made from the provider's own metadata ("Providers - Get"), by resource type, and from such
a list only where there is none: the newest version that is not newer than the request's. A fourth
form, 400 `InvalidApiVersionParameter`, lists the versions of Azure Resource Manager itself.
"""

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit

from vmss_tui.arm.delegating_sender import DelegatingSender, fields_of
from vmss_tui.arm.transport.send import RequestSender, Response
from vmss_tui.arm.transport.urls import COMPUTE_VERSION, ArmUrls
from vmss_tui.arm.wire.decode import InvalidJson, decode_json
from vmss_tui.gateway import GatewayError, Refused
from vmss_tui.text import cell

VERSION_REFUSALS = frozenset(
    {"NoRegisteredProviderFound", "InvalidResourceType", "InvalidApiVersionParameter"}
)
"""Codes of a refusal that may be due to the api-version."""
METADATA_VERSIONS = ("2022-09-01", "2020-06-01", "2016-09-01")
"""Versions of Azure Resource Manager's own API; an older one where a newer is not known."""
COMPUTE = "microsoft.compute"
_VERSION = re.compile(r"(?<=[?&]api-version=)[\w\-]+")
_STABLE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_LISTED = re.compile(r"supported api-versions are '([\w\-, ]*)'", re.IGNORECASE)
_PROVIDER = re.compile(
    r"(/subscriptions/[0-9a-f\-]{36})(?:/resourceGroups/[^/]+)?/providers/(Microsoft\.\w+)/(.+)",
    re.IGNORECASE,
)
FIELD_VERSIONS: Mapping[str, str] = {
    "prioritizeUnhealthyInstances": "2020-06-01",
    "enableCrossZoneUpgrade": "2020-06-01",
    "repairAction": "2021-11-01",
    "maxSurge": "2022-08-01",
    "rollbackFailedInstancesOnPolicyBreach": "2022-08-01",
}
"""Fields that this program writes, with the first version that has them. An older one drops a
field in silence, so that the write would not do what was confirmed."""


class ApiVersions:
    """The api-versions that the cloud knows, by provider and resource type. Thread-safe.

    Nothing is read before a refusal. `pinned` replaces the version of requests to Microsoft.Compute
    and is never replaced itself.
    """

    def __init__(self, urls: ArmUrls, pinned: str = "") -> None:
        self._urls, self._pinned = urls, pinned
        self._known: dict[str, Mapping[str, tuple[str, ...]]] = {}
        self._lock = threading.Lock()

    def apply(self, url: str) -> str:
        """The URL with a version that the cloud knows, as far as that has been read."""
        version = self.version_for(url)
        return url if version is None else _VERSION.sub(version, url, count=1)

    def version_for(self, url: str) -> str | None:
        """The version to send in place of the URL's own; None to leave it."""
        parsed, version = _parse(url), _VERSION.search(url)
        if parsed is None or version is None:
            return None
        _, namespace, types = parsed
        if namespace == COMPUTE and self._pinned and version[0] == COMPUTE_VERSION:
            return self._pinned
        known = _versions_of(self._known.get(namespace, {}), types)
        if not known or version[0] in known:
            return None
        return max((v for v in known if v <= version[0]), default=None)

    def learn(self, url: str, read: Callable[[str], Response], refusal: str = "") -> bool:
        """Reads the provider's metadata once; whether `apply` gives another URL than before.

        Where there is none for the type, the list in the message of the refusal is used.
        """
        parsed = _parse(url)
        if parsed is None or self._pinned:
            return False
        base, namespace, types = parsed
        before = self.apply(url)
        with self._lock:
            if namespace not in self._known:
                self._known[namespace] = self._read_metadata(base, namespace, read)
            if not _versions_of(self._known[namespace], types):
                listed = _LISTED.search(refusal)
                names = listed[1].split(",") if listed else ()
                versions = tuple(name for name in map(str.strip, names) if _STABLE.fullmatch(name))
                self._known[namespace] = {**self._known[namespace], "/".join(types): versions}
        return self.apply(url) != before

    def _read_metadata(
        self, base: str, namespace: str, read: Callable[[str], Response]
    ) -> Mapping[str, tuple[str, ...]]:
        for version in METADATA_VERSIONS:
            try:
                response = read(self._urls.url(f"{base}/providers/{namespace}", version))
            except Refused:
                continue
            return _translate_metadata(response.body)
        return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class NegotiatingSender(DelegatingSender):
    """Sends what `inner` sends, with api-versions that the cloud knows.

    A refused read is sent again with another version. A write is never sent again; it uses the
    versions that the reads before it have brought.
    """

    versions: ApiVersions

    @classmethod
    def over(cls, sender: RequestSender, versions: ApiVersions) -> Self:
        """A sender over `sender`."""
        return cls(**fields_of(sender), inner=sender, versions=versions)

    def read(self, url: str, cached_body: bytes = b"") -> Response:
        """As in the base class."""
        return self._negotiate(url, lambda versioned: self.inner.read(versioned, cached_body))

    def read_by_post(self, url: str, body: Mapping[str, Any] | None) -> Response:
        """As in the base class."""
        return self._negotiate(url, lambda versioned: self.inner.read_by_post(versioned, body))

    def _negotiate(self, url: str, read: Callable[[str], Response]) -> Response:
        try:
            return read(self.versions.apply(url))
        except Refused as error:
            if error.code not in VERSION_REFUSALS or not self._learn(url, error.message):
                raise
        return read(self.versions.apply(url))

    def write(
        self, method: str, url: str, body: Mapping[str, Any] | None, headers: Mapping[str, str]
    ) -> Response:
        """As in the base class; `Refused` for a field that the version does not have."""
        version = self.versions.version_for(url)
        if version is not None and (missing := _missing_fields(body, version)):
            raise Refused(
                f"Not sent: the api-version {version}, which is used with this cloud, has no "
                f"{', '.join(missing)}",
                code="ApiVersionTooOld",
            )
        return self.inner.write(method, self.versions.apply(url), body, headers)

    def version_of(self, url: str) -> str:
        """The version that requests to this URL use, after reading the provider's metadata."""
        self.versions.learn(url, self.inner.read)
        own = _VERSION.search(url)
        return self.versions.version_for(url) or (own[0] if own else "")

    def _learn(self, url: str, refusal: str) -> bool:
        try:
            return self.versions.learn(url, self.inner.read, refusal)
        except GatewayError:
            return False  # the refusal says more than the failure to read the metadata


def _parse(url: str) -> tuple[str, str, tuple[str, ...]] | None:
    """The subscription's path, the provider in lower case, and the names of types in a URL."""
    match = _PROVIDER.fullmatch(urlsplit(url).path)
    if match is None:
        return None
    return match[1], match[2].lower(), tuple(match[3].lower().split("/")[::2])


def _versions_of(known: Mapping[str, tuple[str, ...]], types: tuple[str, ...]) -> tuple[str, ...]:
    """The versions of the longest resource type that the metadata lists: the last names of a path
    may be actions."""
    for length in range(len(types), 0, -1):
        if versions := known.get("/".join(types[:length])):
            return versions
    return ()


def _translate_metadata(body: bytes) -> Mapping[str, tuple[str, ...]]:
    """Resource type in lower case -> its versions without previews; empty for other JSON."""
    try:
        tree = decode_json(body)
    except InvalidJson:
        return {}
    types = tree.get("resourceTypes") if isinstance(tree, dict) else None
    known: dict[str, tuple[str, ...]] = {}
    for entry in types if isinstance(types, list) else ():
        name = entry.get("resourceType") if isinstance(entry, dict) else None
        versions = entry.get("apiVersions") if isinstance(entry, dict) else None
        if isinstance(name, str) and isinstance(versions, list):
            known[name.lower()] = tuple(
                version
                for version in versions
                if isinstance(version, str) and _STABLE.fullmatch(version)
            )
    return known


def _missing_fields(body: object, version: str) -> list[str]:
    """Fields of a request body that a version does not have."""
    if isinstance(body, Mapping):
        own = [cell(key) for key in body if FIELD_VERSIONS.get(key, version) > version]
        return own + [field for value in body.values() for field in _missing_fields(value, version)]
    if isinstance(body, list | tuple):
        return [field for value in body for field in _missing_fields(value, version)]
    return []

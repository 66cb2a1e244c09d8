"""The Azure clouds: their endpoints, sign-in authorities and token scopes."""

import re
from urllib.parse import urlsplit

from msgspec import Struct

from vmss_tui.errors import ExitCode, VmssError
from vmss_tui.target import is_loopback


class InvalidSetting(VmssError, ValueError):
    """An invalid endpoint, cloud or credential; the message says what is allowed."""

    exit_code = ExitCode.USAGE


class Cloud(Struct, frozen=True):
    """The endpoint of Azure Resource Manager, its sign-in authority, and its token scope."""

    name: str
    endpoint: str
    authority: str
    scope: str


CLOUDS = {
    cloud.name: cloud
    for cloud in (
        Cloud(
            "public",
            "https://management.azure.com",
            "login.microsoftonline.com",
            "https://management.azure.com/.default",
        ),
        Cloud(
            "china",
            "https://management.chinacloudapi.cn",
            "login.chinacloudapi.cn",
            "https://management.chinacloudapi.cn/.default",
        ),
        Cloud(
            "usgov",
            "https://management.usgovcloudapi.net",
            "login.microsoftonline.us",
            "https://management.core.usgovcloudapi.net/.default",
        ),
    )
}

_HOST = re.compile(r"[a-z0-9]([a-z0-9.\-]{0,250}[a-z0-9])?(:\d{1,5})?")


def choose_cloud(name: str, endpoint: str | None = None, authority: str | None = None) -> Cloud:
    """The cloud for the settings; raises `InvalidSetting` where they contradict each other.

    A loopback http endpoint is a simulator, which needs no authority. Any other custom endpoint
    needs its own authority: a token of one cloud is never sent to another.
    """
    if endpoint is not None and is_loopback(endpoint):
        endpoint = endpoint.rstrip("/")
        return Cloud("simulator", endpoint, "", f"{endpoint}/.default")
    if name not in CLOUDS and name != "custom":
        known = ", ".join([*CLOUDS, "custom"])
        raise InvalidSetting(f"cloud {name!a} is not known: it must be one of {known}")
    if endpoint is None:
        if name == "custom":
            raise InvalidSetting("cloud custom needs an endpoint and an authority")
        return _with_authority(CLOUDS[name], authority)
    endpoint = endpoint.rstrip("/")
    if not _is_origin(endpoint):
        raise InvalidSetting(
            f"endpoint {endpoint!a} must be https://HOST (http only on 127.0.0.1, for a simulator)"
        )
    for cloud in CLOUDS.values():
        if cloud.endpoint == endpoint.lower():
            if name not in (cloud.name, "custom"):
                raise InvalidSetting(
                    f"endpoint {endpoint} belongs to cloud {cloud.name}, not {name}"
                )
            return _with_authority(cloud, authority)
    if name != "custom":
        raise InvalidSetting(
            f"endpoint {endpoint} is not cloud {name}'s ({CLOUDS[name].endpoint}): for another, "
            "cloud must be custom"
        )
    if not authority:
        raise InvalidSetting(
            f"endpoint {endpoint} belongs to no known cloud and needs its own authority"
        )
    host = _parse_host(authority)
    if any(host == cloud.authority for cloud in CLOUDS.values()):
        raise InvalidSetting(f"authority {host} belongs to another cloud than endpoint {endpoint}")
    return Cloud("custom", endpoint, host, f"{endpoint}/.default")


def _is_origin(endpoint: str) -> bool:
    """Whether this is `https://HOST` with an optional port, and nothing else."""
    try:
        parts = urlsplit(endpoint)
        is_https_host = parts.scheme == "https" and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return is_https_host and not (parts.path or parts.query or parts.fragment or parts.username)


def _with_authority(cloud: Cloud, authority: str | None) -> Cloud:
    if authority and _parse_host(authority) != cloud.authority:
        raise InvalidSetting(
            f"authority {_parse_host(authority)} does not belong to cloud {cloud.name} "
            f"({cloud.endpoint}), which signs in at {cloud.authority}"
        )
    return cloud


def _parse_host(authority: str) -> str:
    """The host in HOST or https://HOST; raises `InvalidSetting` for anything else."""
    host = authority.removeprefix("https://").rstrip("/").lower()
    if not _HOST.fullmatch(host):
        raise InvalidSetting(f"authority {authority!a} must be a host such as login.contoso.com")
    return host

"""The statuses in an instance's JSON, as `fleet.causes` takes them. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

_FAILED = ("failed", "unhealthy", "unavailable", "error")


def status_pairs(tree: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Code and message of every status of an instance; the codes of agent and extensions begin with
    `VMAgent/` and `VMExtension/NAME/`. Odd values are left out."""
    properties = _mapping(tree.get("properties"))
    view = _mapping(properties.get("instanceView"))
    health = _mapping(_mapping(view.get("vmHealth")).get("status"))
    return (
        *_pairs("", view.get("statuses")),
        *_pairs("", [health] if health else []),
        *_pairs("VMAgent/", _mapping(view.get("vmAgent")).get("statuses")),
        *(
            pair
            for extension in _items(view.get("extensions"))
            for kind in ("statuses", "substatuses")
            for pair in _pairs(f"VMExtension/{_text(extension.get('name'))}/", extension.get(kind))
        ),
    )


def failed_statuses(pairs: tuple[tuple[str, str], ...], most: int = 5) -> tuple[str, ...]:
    """`CODE: message` of those that report a failure."""
    return tuple(
        f"{code}: {message}" if message else code
        for code, message in pairs
        if any(sign in code.lower() for sign in _FAILED)
    )[:most]


def _pairs(prefix: str, statuses: Any) -> Iterator[tuple[str, str]]:
    for status in _items(statuses):
        message = _text(status.get("message")) or _text(status.get("displayStatus"))
        yield f"{prefix}{_text(status.get('code'))}", message


def _items(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""

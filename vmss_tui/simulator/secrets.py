"""What Azure takes but never gives back, and what it gives back only when asked."""

from typing import Any

_NEVER = frozenset({"adminPassword", "customData", "protectedSettings"})


def visible(body: Any, *, user_data: bool = False) -> Any:
    """A copy without secrets; `userData` stays only where `$expand=userData` asked for it."""
    if isinstance(body, dict):
        return {
            key: visible(value, user_data=user_data)
            for key, value in body.items()
            if key not in _NEVER and (user_data or key != "userData")
        }
    if isinstance(body, list):
        return [visible(item, user_data=user_data) for item in body]
    return body

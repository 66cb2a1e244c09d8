"""Bodies and models without the properties that Azure never returns."""

from functools import lru_cache
from typing import Any

from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.world.instance import Model

_SECRETS = frozenset({"adminPassword", "customData", "protectedSettings"})


def without_secrets(body: Any, *, user_data: bool = False) -> Any:
    """A copy without secrets; with `userData` only where `$expand=userData` requests it."""
    if isinstance(body, dict):
        return {
            key: without_secrets(value, user_data=user_data)
            for key, value in body.items()
            if key not in _SECRETS and (user_data or key != "userData")
        }
    if isinstance(body, list):
        return [without_secrets(item, user_data=user_data) for item in body]
    return body


@lru_cache(maxsize=256)
def public_profile(model: Model, user_data: bool) -> Json:
    """A model's profile without its secrets; cached, so never change it in place."""
    profile: Json = without_secrets(model.profile, user_data=user_data)
    return profile

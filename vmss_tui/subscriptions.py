"""Which subscription is meant: the flag, the settings, the environment, az's default, or all.

Knows az's profile file and no network: what can be seen is asked of a callable, and only when a
name has to be looked up or nothing else says.
"""

import json
import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from vmss_tui.errors import ExitCode, VmssError
from vmss_tui.gateway import Subscription
from vmss_tui.text import cell

_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_AZ_CLOUDS = {"public": "AzureCloud", "china": "AzureChinaCloud", "usgov": "AzureUSGovernment"}

ListSubscriptions = Callable[[], Sequence[Subscription]]


class NoSubscription(VmssError):
    """No subscription matches, or more than one; the message lists the choices."""

    exit_code = ExitCode.USAGE


def select_subscriptions(
    flags: Sequence[str], settings: Sequence[str], cloud: str, visible: ListSubscriptions
) -> tuple[str, ...]:
    """Ids to work in; empty means all that can be seen. In a simulator only the flags count."""
    if flags:
        return tuple(_named(flag, visible) for flag in flags)
    if cloud == "simulator":
        return ()
    if settings:
        return tuple(_named(setting, visible) for setting in settings)
    if from_environment := os.environ.get("AZURE_SUBSCRIPTION_ID", "").strip():
        if not _GUID.fullmatch(from_environment):
            raise NoSubscription(
                f"$AZURE_SUBSCRIPTION_ID is {cell(from_environment)!a}, which is no subscription id"
            )
        return (from_environment,)
    default = az_default(cloud)
    return (default,) if default else ()


def single_subscription(ids: Sequence[str], visible: ListSubscriptions) -> str:
    """The subscription of a scale set that was named without one."""
    if len(ids) == 1:
        return ids[0]
    wanted = {each.lower() for each in ids}
    choices = [each for each in visible() if not ids or each.subscription_id.lower() in wanted]
    if len(choices) == 1:
        return choices[0].subscription_id
    if not choices:
        raise NoSubscription(
            "no subscription can be seen: sign in, or name one with --subscription"
        )
    raise NoSubscription(f"say which subscription, with --subscription: {_listed(choices)}")


def az_default(cloud: str) -> str | None:
    """The subscription that `az account show` would name, where it is of this cloud."""
    folder = Path(os.environ.get("AZURE_CONFIG_DIR") or Path.home() / ".azure")
    try:
        profile = json.loads((folder / "azureProfile.json").read_text("utf-8-sig"))
        known = [each for each in profile["subscriptions"] if each.get("isDefault")]
        found = next(e["id"] for e in known if e.get("environmentName") == _AZ_CLOUDS.get(cloud))
    except (OSError, ValueError, LookupError, TypeError, AttributeError, StopIteration):
        return None
    return found if isinstance(found, str) and _GUID.fullmatch(found) else None


def _named(text: str, visible: ListSubscriptions) -> str:
    """An id as it is; a name looked up, in any case."""
    if _GUID.fullmatch(text):
        return text
    seen = visible()
    found = [each for each in seen if each.name.lower() == text.lower()]
    if len(found) == 1:
        return found[0].subscription_id
    what = "more than one subscription has the name" if found else "there is no subscription"
    raise NoSubscription(f"{what} {cell(text)!a}: {_listed(found or seen)}")


def _listed(choices: Sequence[Subscription]) -> str:
    shown = [f"{cell(each.name, 60)} ({each.subscription_id})" for each in choices[:10]]
    more = f" and {len(choices) - 10} more" if len(choices) > 10 else ""
    return (", ".join(shown) or "none can be seen") + more

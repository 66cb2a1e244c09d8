"""Selects subscriptions: from the option, the settings, the environment, az's default, or all.

Reads az's profile file and uses no network: visible subscriptions come from a callable, which is
called only to look up a name, or where nothing else names a subscription.
"""

import json
import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from vmss_tui.errors import ExitCode, VmssError
from vmss_tui.fleet.phrases import shorten_list
from vmss_tui.gateway import Subscription
from vmss_tui.text import cell

_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_AZ_CLOUDS = {"public": "AzureCloud", "china": "AzureChinaCloud", "usgov": "AzureUSGovernment"}

ListSubscriptions = Callable[[], Sequence[Subscription]]


class NoSubscription(VmssError):
    """No subscription matches, or more than one; the message lists the choices."""

    exit_code = ExitCode.USAGE


def select_subscriptions(
    flags: Sequence[str], settings: Sequence[str], cloud: str, list_visible: ListSubscriptions
) -> tuple[str, ...]:
    """Ids to work in; empty means all visible ones. With a simulator only `flags` count."""
    if flags:
        return tuple(_resolve_id(flag, list_visible) for flag in flags)
    if cloud == "simulator":
        return ()
    if settings:
        return tuple(_resolve_id(setting, list_visible) for setting in settings)
    if from_environment := os.environ.get("AZURE_SUBSCRIPTION_ID", "").strip():
        if not _GUID.fullmatch(from_environment):
            raise NoSubscription(
                f"$AZURE_SUBSCRIPTION_ID is {cell(from_environment)!a}, which is not a "
                "subscription ID"
            )
        return (from_environment,)
    default = az_default_subscription(cloud)
    return (default,) if default else ()


def single_subscription(ids: Sequence[str], list_visible: ListSubscriptions) -> str:
    """The subscription for a scale set named without one; raises `NoSubscription`."""
    if len(ids) == 1:
        return ids[0]
    selected = {subscription.lower() for subscription in ids}
    choices = [
        subscription
        for subscription in list_visible()
        if not ids or subscription.subscription_id.lower() in selected
    ]
    if len(choices) == 1:
        return choices[0].subscription_id
    if not choices:
        raise NoSubscription("no subscription is visible: sign in, or name one with --subscription")
    raise NoSubscription(f"choose a subscription with --subscription: {_describe_choices(choices)}")


def az_default_subscription(cloud: str) -> str | None:
    """The subscription that `az account show` reports, if it belongs to this cloud."""
    try:
        folder = Path(os.environ.get("AZURE_CONFIG_DIR") or Path.home() / ".azure")
        profile = json.loads((folder / "azureProfile.json").read_text("utf-8-sig"))
        defaults = [entry for entry in profile["subscriptions"] if entry.get("isDefault")]
        subscription_id = next(
            entry["id"]
            for entry in defaults
            if entry.get("environmentName") == _AZ_CLOUDS.get(cloud)
        )
    except StopIteration:
        return None
    except (OSError, RuntimeError, ValueError, LookupError, TypeError, AttributeError):
        return None
    is_guid = isinstance(subscription_id, str) and _GUID.fullmatch(subscription_id)
    return subscription_id if is_guid else None


def _resolve_id(text: str, list_visible: ListSubscriptions) -> str:
    """An id unchanged; a name looked up, ignoring case."""
    if _GUID.fullmatch(text):
        return text
    visible = list_visible()
    matches = [
        subscription for subscription in visible if subscription.name.lower() == text.lower()
    ]
    if len(matches) == 1:
        return matches[0].subscription_id
    problem = "more than one subscription has the name" if matches else "there is no subscription"
    raise NoSubscription(f"{problem} {cell(text)!a}: {_describe_choices(matches or visible)}")


def _describe_choices(choices: Sequence[Subscription]) -> str:
    lines = [
        f"{cell(subscription.name, 60)} ({subscription.subscription_id})"
        for subscription in choices
    ]
    return shorten_list(lines, 10, separator=", ", rest=" and {more} more") or "none visible"

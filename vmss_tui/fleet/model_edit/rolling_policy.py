"""What the policy of Azure's own rolling upgrades means for instances, as sentences. Pure.

Sources: "Configure rolling upgrades on Virtual Machine Scale Sets" (MaxSurge, cross-zone upgrades,
rollback of failed instances), "Automatic OS image upgrades" (rolling upgrade policy, rollback) and
the fields of "AutomaticOSUpgradePolicy" in the REST pages.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from vmss_tui.fleet.model_edit.upgrade_settings import value_at
from vmss_tui.fleet.phrases import pluralize
from vmss_tui.fleet.scale_set import ScaleSet

_POLICY = "properties.upgradePolicy"
_ROLLING = f"{_POLICY}.rollingUpgradePolicy"
_OS = f"{_POLICY}.automaticOSUpgradePolicy"
_NO_BODY: Mapping[str, Any] = {}


def rolling_policy_sentences(
    scale_set: ScaleSet, body: Mapping[str, Any] = _NO_BODY
) -> Iterator[str]:
    """What an upgrade by the set's policy does beyond its limits. `body` is a PATCH that is to be
    written first."""
    if _effective(scale_set, body, f"{_ROLLING}.maxSurge") is True:
        yield (
            "It replaces instances (max surge): for each batch Azure creates new VMs, with new "
            "ids, names and addresses, and deletes the old ones with their disks once the new "
            "ones are healthy. That needs quota, addresses and capacity for "
            f"{_surge_text(scale_set, body)}."
        )
    if len(scale_set.zones) > 1:
        crosses = _effective(scale_set, body, f"{_ROLLING}.enableCrossZoneUpgrade") is True
        yield (
            "A batch may take instances of several zones at once (cross-zone upgrade)."
            if crosses
            else "It upgrades one zone after the other."
        )
    rolls_back = _effective(scale_set, body, f"{_ROLLING}.rollbackFailedInstancesOnPolicyBreach")
    yield (
        "If it stops after too many failures, failed instances are rolled back, the others are not."
        if rolls_back is True
        else "If it stops after too many failures, nothing is rolled back."
    )


def automatic_os_sentences(
    scale_set: ScaleSet, body: Mapping[str, Any] = _NO_BODY
) -> Iterator[str]:
    """What an OS upgrade that Azure starts by itself does beyond that."""
    if _effective(scale_set, body, f"{_OS}.useRollingUpgradePolicy") is True:
        yield "It follows the scale set's rolling upgrade policy."
        yield from rolling_policy_sentences(scale_set, body)
    else:
        yield "It may use Azure's default limits: useRollingUpgradePolicy is off."
    if _effective(scale_set, body, f"{_OS}.disableAutomaticRollback") is True:
        yield "A failed OS disk upgrade is not rolled back (automatic OS rollback is off)."
    else:
        yield "A failed OS disk upgrade is rolled back."
    if _effective(scale_set, body, f"{_OS}.osRollingUpgradeDeferral") is True:
        yield "It is deferred: each VM waits until its upgrade is approved (approveRollingUpgrade)."


def _surge_text(scale_set: ScaleSet, body: Mapping[str, Any]) -> str:
    percent = _effective(scale_set, body, f"{_ROLLING}.maxBatchInstancePercent")
    share = percent if isinstance(percent, int) and not isinstance(percent, bool) else 20
    if scale_set.capacity is None:
        return f"{share}% more instances"
    count = max(1, math.ceil(scale_set.capacity * share / 100))
    return pluralize(count, "more instance", "more instances")


def _effective(scale_set: ScaleSet, body: Mapping[str, Any], path: str) -> object:
    """The value after the PATCH; None where neither has one."""
    value = value_at(body, path)
    return value_at(scale_set.raw, path) if value is None else value

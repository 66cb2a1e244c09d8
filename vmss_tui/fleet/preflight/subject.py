"""What is checked: a scale set, the model that its instances get, and what a run writes."""

import math

from msgspec import Struct

from vmss_tui.fleet.image import ImageKind, family_title
from vmss_tui.fleet.model_edit.upgrade_settings import value_at
from vmss_tui.fleet.preflight.result import Check
from vmss_tui.fleet.scale_set import PolicyMode, ScaleSet

_SETS = "Microsoft.Compute/virtualMachineScaleSets"
UPGRADE_ACTION = f"{_SETS}/manualUpgrade/action"
WRITE_ACTION = f"{_SETS}/write"
"""Sources: "Azure permissions for Compute", provider operations of `Microsoft.Compute`."""
_PROFILE = "properties.virtualMachineProfile"
_ROLLING = "properties.upgradePolicy.rollingUpgradePolicy"
_WITHOUT_VERSIONS = (ImageKind.MANAGED, ImageKind.VHD)


class Subject(Struct, frozen=True):
    """One scale set before its first write."""

    scale_set: ScaleSet
    """As it was read."""
    target: ScaleSet
    """As the run leaves it; the same where the run edits no model."""
    moved: int = 0
    """Number of instances that a new VM size is applied to."""
    writes_model: bool = False

    @property
    def actions(self) -> tuple[str, ...]:
        """The operations that the principal must be allowed."""
        return (WRITE_ACTION, UPGRADE_ACTION) if self.writes_model else (UPGRADE_ACTION,)

    @property
    def sizes(self) -> tuple[str, ...]:
        """The VM sizes that instances get: several in an instance mix."""
        target = self.target
        return target.vm_sizes if target.is_mix else tuple(filter(None, (target.vm_size,)))

    @property
    def is_resize(self) -> bool:
        """Whether instances get another VM size."""
        return (self.target.vm_size or "").lower() != (self.scale_set.vm_size or "").lower()

    @property
    def surge(self) -> int:
        """Number of instances that Azure creates beside the present ones: `maxSurge` of its own
        rolling upgrades, which a set with a Manual policy never has."""
        raw = self.target.raw
        surges = value_at(raw, f"{_ROLLING}.maxSurge") is True
        if self.target.policy_mode is PolicyMode.MANUAL or not surges:
            return 0
        percent = value_at(raw, f"{_ROLLING}.maxBatchInstancePercent")
        share = percent if isinstance(percent, int) else 20
        return math.ceil((self.target.capacity or 0) * share / 100)

    @property
    def needs_quota(self) -> bool:
        """Whether the region must have more cores for the run."""
        return self.is_resize or self.surge > 0

    @property
    def security_type(self) -> str:
        """`TrustedLaunch`, `ConfidentialVM`; empty for `Standard`."""
        value = value_at(self.target.raw, f"{_PROFILE}.securityProfile.securityType")
        return value if isinstance(value, str) and value.lower() != "standard" else ""

    @property
    def is_spot(self) -> bool:
        """Whether the instances use Spot capacity, which has a quota of its own."""
        priority = value_at(self.target.raw, f"{_PROFILE}.priority")
        return isinstance(priority, str) and priority.lower() in ("spot", "low")

    @property
    def image_title(self) -> str:
        """The image that instances get, without its version; empty where the set names none."""
        return family_title(self.target.image) if self.target.image else ""

    @property
    def has_versions(self) -> bool:
        """Whether that image is one version of several."""
        image = self.target.image
        return image is not None and image.kind not in _WITHOUT_VERSIONS

    @property
    def checks(self) -> tuple[Check, ...]:
        """The checks that apply; `Check.TERMS` only where the set has a purchase plan."""
        checks = [Check.STATE, Check.RIGHTS]
        if self.target.image is not None:
            checks += [Check.IMAGE, Check.COMPATIBILITY]
        if self.is_resize:
            checks.append(Check.SIZE)
        if self.needs_quota:
            checks.append(Check.QUOTA)
        if self.scale_set.purchase_plan:
            checks.append(Check.TERMS)
        return tuple(checks)

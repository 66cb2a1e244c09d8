"""What can be asked of instances besides an upgrade, and what each does to them. Facts only.

Sources: "Start, restart, deallocate … instances of a scale set", "Instance protection",
"States and billing status of Azure Virtual Machines", and the recorded flows that the tests carry.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from vmss_tui.fleet.scale_set import Instance


class OperationKind(StrEnum):
    """The value is the word of the command line."""

    START = "start"
    RESTART = "restart"
    POWER_OFF = "power-off"
    DEALLOCATE = "deallocate"
    REDEPLOY = "redeploy"
    REIMAGE = "reimage"
    REIMAGE_ALL = "reimage-all"
    DELETE = "delete"
    PROTECT = "protect"
    UNPROTECT = "unprotect"

    @property
    def label(self) -> str:
        """As a sentence says it: `power off`, `reimage all disks`."""
        return _LABELS.get(self, str(self))

    @property
    def done_label(self) -> str:
        """What an instance is afterwards: `powered off`."""
        return _DONE_LABELS[self]

    @property
    def destructive(self) -> bool:
        """Takes something away at once (service, a disk, a host, the instance itself)."""
        return self in _DESTRUCTIVE

    @property
    def changes_protection(self) -> bool:
        """Writes an instance's protection, which ARM offers for one instance at a time only."""
        return self in (OperationKind.PROTECT, OperationKind.UNPROTECT)

    @property
    def interrupts_service(self) -> bool:
        """An instance that serves does not while this is at work on it, or not any more."""
        return not self.changes_protection and self is not OperationKind.START

    @property
    def restores_power_state(self) -> bool:
        """Ends in the power state it began in, so that only a change on the way proves it."""
        return self in (
            OperationKind.RESTART,
            OperationKind.REDEPLOY,
            OperationKind.REIMAGE,
            OperationKind.REIMAGE_ALL,
        )


_LABELS = {
    OperationKind.POWER_OFF: "power off",
    OperationKind.REIMAGE: "reimage the OS disk",
    OperationKind.REIMAGE_ALL: "reimage all disks",
}
_DONE_LABELS = {
    OperationKind.START: "started",
    OperationKind.RESTART: "restarted",
    OperationKind.POWER_OFF: "powered off",
    OperationKind.DEALLOCATE: "deallocated",
    OperationKind.REDEPLOY: "redeployed",
    OperationKind.REIMAGE: "reimaged",
    OperationKind.REIMAGE_ALL: "reimaged with all disks",
    OperationKind.DELETE: "deleted",
    OperationKind.PROTECT: "protected",
    OperationKind.UNPROTECT: "no longer protected",
}
_DESTRUCTIVE = frozenset(
    {
        OperationKind.POWER_OFF,
        OperationKind.DEALLOCATE,
        OperationKind.REDEPLOY,
        OperationKind.REIMAGE,
        OperationKind.REIMAGE_ALL,
        OperationKind.DELETE,
    }
)


class ProtectionScope(StrEnum):
    """What an instance is protected from."""

    SCALE_IN = "scale-in"
    SET_ACTIONS = "set-actions"
    """Upgrade, reimage, deallocate … of the set pass it by. Not without the other."""


@dataclass(frozen=True, slots=True)
class ProtectionPolicy:
    """An instance's protection policy. Azure refuses the second without the first."""

    scale_in: bool = False
    set_actions: bool = False
    etag: str | None = field(default=None, compare=False)
    """Of the instance it was read from, with its quotes; None where Azure gave none."""
    settled: bool = field(default=True, compare=False)
    """No write to the instance is under way."""

    @property
    def body(self) -> dict[str, dict[str, dict[str, bool]]]:
        """What is sent to have it so: both halves, which Azure checks against each other."""
        policy = {
            "protectFromScaleIn": self.scale_in,
            "protectFromScaleSetActions": self.set_actions,
        }
        return {"properties": {"protectionPolicy": policy}}

    def after(self, kind: OperationKind, scope: ProtectionScope) -> "ProtectionPolicy":
        """What it becomes: protecting adds, unprotecting takes off, and neither breaks the rule."""
        if kind is OperationKind.PROTECT:
            return ProtectionPolicy(True, self.set_actions or scope is ProtectionScope.SET_ACTIONS)
        return ProtectionPolicy(self.scale_in and scope is ProtectionScope.SET_ACTIONS, False)


def protection_policy(instance: Instance) -> ProtectionPolicy:
    """As the last reading has it."""
    return ProtectionPolicy(instance.protected_from_scale_in, instance.protected_from_actions)

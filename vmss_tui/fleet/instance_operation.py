"""Operations on instances other than an upgrade, and their effects; instance protection.

Sources: "Start, restart, deallocate … instances of a scale set", "Instance protection",
"States and billing status of Azure Virtual Machines", and the recorded flows that the tests carry.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from vmss_tui.fleet.scale_set import Instance

TERMINAL_STATUSES = ("Succeeded", "Failed", "Canceled")
"""Statuses of an Azure long-running operation that has ended."""


class OperationKind(StrEnum):
    """An operation on instances. The value is its name on the command line."""

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
        """The verb for a sentence: `power off`, `reimage all disks`."""
        return _LABELS.get(self, str(self))

    @property
    def done_label(self) -> str:
        """The past participle for a sentence: `powered off`."""
        return _DONE_LABELS[self]

    @property
    def destructive(self) -> bool:
        """Whether service, a disk, the host or the instance itself is lost at once."""
        return self in _DESTRUCTIVE

    @property
    def changes_protection(self) -> bool:
        """Whether it writes instance protection, which ARM accepts for one instance at a time."""
        return self in (OperationKind.PROTECT, OperationKind.UNPROTECT)

    @property
    def interrupts_service(self) -> bool:
        """Whether a serving instance stops serving, for a while or for good."""
        return not self.changes_protection and self is not OperationKind.START

    @property
    def restores_power_state(self) -> bool:
        """Whether it ends in the power state that it began in: only a change of state in between
        shows that it happened."""
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
    """What an instance is protected from, as an operator chooses it."""

    SCALE_IN = "scale-in"
    SET_ACTIONS = "set-actions"
    """Set-level upgrade, reimage, deallocate … skip the instance. Requires SCALE_IN."""


@dataclass(frozen=True, slots=True)
class ProtectionPolicy:
    """An instance's protection policy. Azure refuses `set_actions` without `scale_in`."""

    scale_in: bool = False
    set_actions: bool = False
    etag: str | None = field(default=None, compare=False)
    """Of the instance it was read from, including quotes; None where not reported."""
    settled: bool = field(default=True, compare=False)
    """Whether no write to the instance is in progress."""

    @property
    def body(self) -> dict[str, dict[str, dict[str, bool]]]:
        """The request body. It has both fields, because Azure checks one against the other."""
        policy = {
            "protectFromScaleIn": self.scale_in,
            "protectFromScaleSetActions": self.set_actions,
        }
        return {"properties": {"protectionPolicy": policy}}

    def after(self, kind: OperationKind, scope: ProtectionScope) -> "ProtectionPolicy":
        """The policy after protecting from, or unprotecting from, `scope`; always a valid one."""
        if kind is OperationKind.PROTECT:
            return ProtectionPolicy(True, self.set_actions or scope is ProtectionScope.SET_ACTIONS)
        return ProtectionPolicy(self.scale_in and scope is ProtectionScope.SET_ACTIONS, False)


def protection_policy(instance: Instance) -> ProtectionPolicy:
    """The policy of an instance of a snapshot."""
    return ProtectionPolicy(instance.protected_from_scale_in, instance.protected_from_actions)

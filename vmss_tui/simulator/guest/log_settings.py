"""What a test or a scenario sets for the boot diagnostics of single instances."""

from dataclasses import dataclass, field

from vmss_tui.simulator.guest.log_content import LogContent

BLOB_STATES = ("on", "empty", "refused", "expired", "missing")
"""`empty`: the blob is not there (404); `refused`: the account's firewall refuses it (403);
`expired`: addresses are signed for a time that has passed (403); `missing`: the answer has no
addresses."""


@dataclass(frozen=True, slots=True)
class LogSetting:
    """How one instance's log is answered."""

    state: str = "on"
    content: LogContent | None = None
    """None: the log that fits what happened to the instance."""


@dataclass(slots=True)
class LogSettings:
    """The settings by the instance's `vmId`, which no two instances share."""

    by_machine: dict[str, LogSetting] = field(default_factory=dict)

    def of(self, vm_id: str) -> LogSetting:
        """The setting of an instance."""
        return self.by_machine.get(vm_id, LogSetting())

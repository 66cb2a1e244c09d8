"""The part of an instance's serial log that has been read, and why nothing can be shown. Pure."""

from collections.abc import Sequence

from msgspec import Struct

from vmss_tui.fleet.causes import error_line_numbers, find_causes, plain_line
from vmss_tui.fleet.causes.cause import Cause
from vmss_tui.fleet.scale_set import Orchestration, ScaleSet
from vmss_tui.gateway.diagnostics import BootLog, BootLogState
from vmss_tui.shell import quote_words
from vmss_tui.text import capitalize_sentence

MAX_LINES = 50_000
"""Lines that are kept; older ones are not read any further."""


_REASONS = {
    BootLogState.EMPTY: "boot diagnostics are on, and there is no log yet",
    BootLogState.OFF: "boot diagnostics are off on this instance",
    BootLogState.REFUSED: "Azure refused to show the boot log",
    BootLogState.UNREACHABLE: "the storage host did not answer",
}
"""What is said where the reply has no message."""


class LoadedLog(Struct, frozen=True):
    """Lines of the log up to its end, in their order."""

    lines: tuple[str, ...]
    start: int
    """Byte at which the lines begin; 0 where nothing is before them."""
    size: int
    """Bytes of the whole log."""
    errors: tuple[int, ...]
    """Indices of the lines that report an error."""
    causes: tuple[Cause, ...]
    has_screenshot: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether nothing is before the lines, or no more of it is kept."""
        return self.start <= 0 or len(self.lines) >= MAX_LINES


def load_log(log: BootLog, statuses: Sequence[tuple[str, str]]) -> LoadedLog:
    """The first part that is read. `statuses` are those of `causes.instance_statuses`."""
    lines = tuple(plain_line(line) for line in log.lines)
    errors, causes = error_line_numbers(lines), find_causes(statuses, lines)
    return LoadedLog(lines, log.start, log.size, errors, causes, log.has_screenshot)


def add_earlier(
    loaded: LoadedLog, earlier: BootLog, statuses: Sequence[tuple[str, str]]
) -> LoadedLog:
    """The log with a part that comes before it."""
    before = tuple(plain_line(line) for line in earlier.lines)
    lines = (*before, *loaded.lines)[-MAX_LINES:]
    start = earlier.start if earlier.start < loaded.start else 0
    errors, causes = error_line_numbers(lines), find_causes(statuses, lines)
    return LoadedLog(lines, start, loaded.size, errors, causes, loaded.has_screenshot)


def boot_log_sentence(log: BootLog, scale_set: ScaleSet, instance_name: str) -> str:
    """Why there is no log, and what helps; empty where there is one."""
    if log.state is BootLogState.AVAILABLE:
        return "" if log.lines else "The serial log is empty."
    reason = capitalize_sentence(log.message or _REASONS[log.state]).rstrip(".")
    if log.state is BootLogState.OFF:
        return f"{reason}. With the Azure CLI: {_way_to_switch_on(scale_set, instance_name)}"
    return f"{reason}."


def _way_to_switch_on(scale_set: ScaleSet, instance_name: str) -> str:
    """The command that switches boot diagnostics on, with managed storage."""
    group = scale_set.id.resource_group
    if scale_set.orchestration is Orchestration.FLEXIBLE:
        argv = ["az", "vm", "boot-diagnostics", "enable", "-g", group, "-n", instance_name]
        return quote_words(argv)
    path = "virtualMachineProfile.diagnosticsProfile.bootDiagnostics.enabled=true"
    argv = ["az", "vmss", "update", "-g", group, "-n", scale_set.id.name, "--set", path]
    return f"{quote_words(argv)}, then upgrade the instance to that model."

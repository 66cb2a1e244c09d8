"""The serial log of an instance: several boots in one log, made of what happened to it.

Nothing of it is stored: it is made of the instance's boots for each request, and grows while one is
under way. Lines end in CRLF; systemd's have ANSI escapes.
"""

from vmss_tui.simulator.guest.boot_lines import BootSite, Line, kernel
from vmss_tui.simulator.guest.boot_stories import story_lines
from vmss_tui.simulator.guest.log_content import LogContent, WrittenContent
from vmss_tui.simulator.world.boots import DEAD_STORIES
from vmss_tui.simulator.world.instance import Instance
from vmss_tui.simulator.world.world import World

FIRST_WRITE = 60.0
"""Simulated seconds between switching boot diagnostics on and the first log."""
_SHUTDOWN = 3.0
"""Seconds that the end of a boot takes."""
_STOPPED = frozenset({"stopped", "deallocated"})


def serial_log(world: World, instance: Instance) -> LogContent | None:
    """The log at the current time; None where there is none yet."""
    setting = world.log_settings.of(instance.vm_id)
    if setting.state == "empty" or world.now < instance.diagnosed_since + FIRST_WRITE:
        return None
    if setting.content is not None:
        return setting.content
    text = "".join(f"{line}\r\n" for line in _lines(world, instance))
    return WrittenContent(text.encode()) if text else None


def _lines(world: World, instance: Instance) -> list[str]:
    state = instance.state
    windows = state.build.os.kind == "Windows"
    boots = [boot for boot in instance.boot_history if boot.at >= instance.diagnosed_since]
    texts: list[str] = []
    for boot, end in zip(boots, [*(later.at for later in boots[1:]), world.now], strict=True):
        site = BootSite(
            instance.computer_name, os_title(state.build.os.version), address_of(instance), boot.at
        )
        lines = [
            line
            for line in story_lines(boot.story, site, windows=windows)
            if boot.at + line[0] <= end
        ]
        stopped = boot is not boots[-1] or state.power in _STOPPED
        if stopped and not windows and boot.story not in DEAD_STORIES:
            lines += _shutdown_lines((end if boot is not boots[-1] else state.settled_at) - boot.at)
        texts += [text for _, text in lines]
    return texts


def _shutdown_lines(seconds: float) -> list[Line]:
    at = max(seconds - _SHUTDOWN, 0.0)
    return [
        kernel(at, "systemd-shutdown[1]: Sending SIGTERM to remaining processes..."),
        kernel(at + 1.2, "systemd-shutdown[1]: All filesystems unmounted."),
        kernel(at + 1.4, "reboot: Restarting system"),
    ]


def os_title(version: str) -> str:
    """The name of the operating system in its login prompt."""
    return f"Ubuntu {version} LTS" if version[:2].isdigit() else "Linux"


def address_of(instance: Instance) -> str:
    """An address for the machine's own reports."""
    return f"10.0.{instance.number // 250}.{instance.number % 250 + 4}"

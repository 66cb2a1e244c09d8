"""What goes wrong in a boot, as the machine itself says it: one function for each story.

The lines are realistic and invented; those of the kernel, systemd, e2fsck, cloud-init and the agent
have these programs' own wording.
"""

from collections.abc import Callable

from vmss_tui.simulator.guest.boot_lines import (
    KERNEL,
    BootSite,
    Line,
    agent,
    agent_lines,
    dependency_failed,
    failed,
    firmware_lines,
    kernel,
    kernel_lines,
    last_lines,
    mount_lines,
    network_lines,
    prompt,
    reached,
    service_lines,
    windows_lines,
)


def _healthy(site: BootSite) -> list[Line]:
    return [*_until_agent(site), *service_lines(), *last_lines(site), *prompt(site, 14.5)]


def _until_agent(site: BootSite) -> list[Line]:
    return [*_until_network(site), *agent_lines(site)]


def _until_network(site: BootSite) -> list[Line]:
    return [*firmware_lines(), *kernel_lines(site), *mount_lines(), *network_lines(site)]


def _no_root(site: BootSite) -> list[Line]:
    """The kernel does not find its root file system, and stops."""
    reason = "VFS: Unable to mount root fs on unknown-block(0,0)"
    return [
        *firmware_lines(),
        *kernel_lines(site),
        kernel(2.417402, "List of all partitions:"),
        kernel(2.417561, "No filesystem could mount root, tried: "),
        kernel(2.417730, f"Kernel panic - not syncing: {reason}"),
        kernel(2.418101, f"CPU: 0 PID: 1 Comm: swapper/0 Not tainted {KERNEL} #25-Ubuntu"),
        kernel(2.418544, "Call Trace:"),
        kernel(2.418702, " panic+0x37f/0x3c0"),
        kernel(2.418811, " mount_block_root+0x21c/0x270"),
        kernel(2.419377, f"---[ end Kernel panic - not syncing: {reason} ]---"),
    ]


def _kernel_panic(site: BootSite) -> list[Line]:
    """The machine starts and provisions, and its kernel stops when the application serves."""
    reason = "Fatal exception in interrupt"
    return [
        *_healthy(site),
        kernel(19.302218, "BUG: kernel NULL pointer dereference, address: 0000000000000018"),
        kernel(19.302640, "#PF: supervisor read access in kernel mode"),
        kernel(19.303015, "Oops: 0000 [#1] SMP PTI"),
        kernel(19.303377, f"CPU: 2 PID: 0 Comm: swapper/2 Tainted: G  OE {KERNEL} #25-Ubuntu"),
        kernel(19.303902, "RIP: 0010:netvsc_poll+0x1b4/0x9c0 [hv_netvsc]"),
        kernel(19.304410, "Call Trace:"),
        kernel(19.304533, " <IRQ>"),
        kernel(19.304702, " __napi_poll+0x33/0x1b0"),
        kernel(19.304911, " net_rx_action+0x126/0x260"),
        kernel(19.305120, " </IRQ>"),
        kernel(19.306004, f"Kernel panic - not syncing: {reason}"),
        kernel(19.307118, "Kernel Offset: 0x1e000000 from 0xffffffff81000000"),
        kernel(19.308244, f"---[ end Kernel panic - not syncing: {reason} ]---"),
    ]


def _emergency_mode(site: BootSite) -> list[Line]:
    """A file system is damaged, and the boot waits for input at the console."""
    return [
        *firmware_lines(),
        *kernel_lines(site),
        kernel(2.417730, "EXT4-fs (sda1): mounted filesystem with ordered data mode."),
        (4.4, "/dev/sdc1 contains a file system with errors, check forced."),
        (4.9, "/dev/sdc1: Inodes that were part of a corrupted orphan linked list found."),
        (5.0, "/dev/sdc1: UNEXPECTED INCONSISTENCY; RUN fsck MANUALLY."),
        (5.0, "        (i.e., without -a or -p options)"),
        failed(5.1, "Failed to start File System Check on /dev/disk/by-uuid/7c1d-sim."),
        dependency_failed(5.2, "Dependency failed for /srv/data."),
        dependency_failed(5.2, "Dependency failed for Local File Systems."),
        reached(5.4, "Started Emergency Shell."),
        reached(5.4, "Reached target Emergency Mode."),
        (5.6, 'You are in emergency mode. After logging in, type "journalctl -xb" to view'),
        (5.6, 'system logs, "systemctl reboot" to reboot, "systemctl default" or "exit"'),
        (5.6, "to boot into default mode."),
        (5.6, "Press Enter for maintenance"),
        (5.6, "(or press Control-D to continue): "),
    ]


def _disk_full(site: BootSite) -> list[Line]:
    """The OS disk is full, so that nothing that writes a file starts."""
    final = (
        f"cloud-init[702]: {site.clock(13.4)} - util.py[WARNING]: Failed writing "
        "/var/lib/cloud/instance/boot-finished: [Errno 28] No space left on device"
    )
    return [
        *_until_network(site),
        kernel(
            9.412205,
            "systemd-journald[231]: Failed to create new system journal: No space left on device",
        ),
        *agent_lines(site),
        agent(site, 12.0, "ERROR ExtHandler [Errno 28] No space left on device"),
        kernel(
            12.300118, "web[911]: fatal: cannot write /var/lib/web/web.pid: No space left on device"
        ),
        failed(12.4, "Failed to start Web front end."),
        reached(12.5, "Reached target Multi-User System."),
        kernel(13.4, final),
        *prompt(site, 14.5),
    ]


def _cloud_init_failed(site: BootSite) -> list[Line]:
    """The script of the model's custom data fails."""
    module = "<module 'cloudinit.config.cc_scripts_user' from '/usr/lib/python3/dist-packages'>"
    prefix = f"cloud-init[702]: {site.clock(31.5)} -"
    return [
        *_until_agent(site),
        kernel(
            30.904,
            "cloud-init[702]: /var/lib/cloud/instance/scripts/part-001: line 14: apt-get: exit 100",
        ),
        kernel(31.55, f"{prefix} cc_scripts_user.py[WARNING]: Failed to run module scripts-user"),
        kernel(
            31.552903, f"{prefix} util.py[WARNING]: Running module scripts-user ({module}) failed"
        ),
        failed(31.8, "Failed to start cloud-final.service - Cloud-init: Final Stage."),
        (31.8, "See 'systemctl status cloud-final.service' for details."),
        reached(32.0, "Reached target Multi-User System."),
        *prompt(site, 32.5),
    ]


def _out_of_memory(site: BootSite) -> list[Line]:
    """The application takes all memory, and the kernel ends it."""
    victim = "task=java,pid=2210,uid=1000"
    return [
        *_healthy(site),
        kernel(22.003811, "java invoked oom-killer: gfp_mask=0x140dca, order=0, oom_score_adj=0"),
        kernel(22.004102, f"oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),{victim}"),
        kernel(
            22.004411,
            "Out of memory: Killed process 2210 (java) total-vm:9126412kB, anon-rss:15602112kB",
        ),
        kernel(22.118003, "systemd[1]: web.service: A process of this unit has been killed."),
        kernel(22.120552, "systemd[1]: web.service: Failed with result 'oom-kill'."),
    ]


def _extension_failed(site: BootSite) -> list[Line]:
    """The script of the custom script extension ends with an error."""
    handler = "Microsoft.Azure.Extensions.CustomScript-2.1.14"
    return [
        *_until_agent(site),
        *last_lines(site),
        agent(site, 16.0, f"INFO ExtHandler [{handler}] Target handler state: enabled"),
        agent(site, 18.2, f"ERROR ExtHandler [{handler}] Command: bin/custom-script-shim enable"),
        (18.2, "[stderr] /opt/bootstrap.sh: line 31: artifacts.contoso.example: 403 Forbidden"),
        agent(site, 18.3, f"ERROR ExtHandler Event: name={handler}, op=Enable, exit code 1"),
        *prompt(site, 19.0),
    ]


def _application_down(site: BootSite) -> list[Line]:
    """The machine is well, and its application does not start."""
    return [
        *_until_agent(site),
        kernel(
            12.211, "systemd[1]: web.service: Main process exited, code=exited, status=1/FAILURE"
        ),
        kernel(12.212, "systemd[1]: web.service: Failed with result 'exit-code'."),
        failed(12.3, "Failed to start Web front end."),
        reached(12.4, "Reached target Multi-User System."),
        *last_lines(site),
        kernel(17.611, "systemd[1]: web.service: Start request repeated too quickly."),
        *prompt(site, 18.0),
    ]


def _agent_failed(site: BootSite) -> list[Line]:
    """The agent cannot provision the machine."""
    return [
        *_until_network(site),
        agent(site, 10.2, "INFO Daemon Azure Linux Agent Version: 2.9.1.1"),
        agent(site, 91.9, "ERROR Daemon Provisioning failed: [ProvisionError] Failed to mount dvd"),
    ]


STORIES: dict[str, Callable[[BootSite], list[Line]]] = {
    "healthy": _healthy,
    "no_root": _no_root,
    "kernel_panic": _kernel_panic,
    "emergency_mode": _emergency_mode,
    "disk_full": _disk_full,
    "cloud_init_failed": _cloud_init_failed,
    "out_of_memory": _out_of_memory,
    "extension_failed": _extension_failed,
    "application_down": _application_down,
    "agent_failed": _agent_failed,
}
"""Story → the lines of a boot."""


def story_lines(story: str, site: BootSite, *, windows: bool) -> list[Line]:
    """The lines of one boot in the order of their times; an unknown story is a healthy one."""
    if windows:
        return windows_lines()
    lines = STORIES.get(story, _healthy)(site)
    return sorted(lines, key=lambda line: line[0])

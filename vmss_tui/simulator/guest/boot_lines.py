"""The lines that a healthy machine writes to its serial console during a boot.

Realistic and invented: copied from no machine. Times are seconds after the start of the kernel.
"""

from dataclasses import dataclass

from vmss_tui.simulator.world.simulated_time import timestamp

Line = tuple[float, str]
"""Seconds after the start of the boot, and the text without its end."""

KERNEL = "6.8.0-1021-azure"
_GREEN, _RED, _YELLOW, _PLAIN = "\x1b[0;32m", "\x1b[0;1;31m", "\x1b[0;1;33m", "\x1b[0m"


@dataclass(frozen=True, slots=True)
class BootSite:
    """The machine that boots, and when."""

    host: str
    os_name: str
    """`Ubuntu 22.04.5 LTS`."""
    address: str
    at: float
    """Simulated seconds at which the boot began."""

    def clock(self, seconds: float) -> str:
        """The date and time in cloud-init's format."""
        text = timestamp(self.at + seconds)
        return f"{text[:10]} {text[11:19]},{text[20:23]}"

    def agent_clock(self, seconds: float) -> str:
        """The date and time in the Azure Linux Agent's format."""
        return f"{timestamp(self.at + seconds)[:23]}Z"


def kernel(seconds: float, text: str) -> Line:
    """A message of the kernel."""
    return seconds, f"[{seconds:12.6f}] {text}"


def reached(seconds: float, text: str) -> Line:
    """A unit of systemd that started."""
    return seconds, f"[{_GREEN}  OK  {_PLAIN}] {text}"


def failed(seconds: float, text: str) -> Line:
    """A unit of systemd that failed."""
    return seconds, f"[{_RED}FAILED{_PLAIN}] {text}"


def dependency_failed(seconds: float, text: str) -> Line:
    """A unit of systemd that did not start, because another one failed."""
    return seconds, f"[{_YELLOW}DEPEND{_PLAIN}] {text}"


def agent(site: BootSite, seconds: float, text: str) -> Line:
    """A line of the Azure Linux Agent, such as `INFO Daemon …`."""
    return seconds, f"{site.agent_clock(seconds)} {text}"


def firmware_lines() -> list[Line]:
    """The firmware and the boot loader."""
    return [
        (0.0, 'BdsDxe: loading Boot0001 "UEFI Virtual Disk" from VMBUS(F8B3781A-1E82-4818)'),
        (0.0, 'BdsDxe: starting Boot0001 "UEFI Virtual Disk" from VMBUS(F8B3781A-1E82-4818)'),
    ]


def kernel_lines(site: BootSite) -> list[Line]:
    """The kernel, up to the mount of the root file system."""
    root = "root=PARTUUID=3f0b7a4e-6d1c-4f6e-9d57-7a2b1c5e0d11"
    return [
        kernel(0.0, f"Linux version {KERNEL} (buildd@lcy02-amd64-079) (x86_64-linux-gnu-gcc-11)"),
        kernel(
            0.0,
            f"Command line: BOOT_IMAGE=/boot/vmlinuz-{KERNEL} {root} ro console=tty1 "
            "console=ttyS0 earlyprintk=ttyS0",
        ),
        kernel(0.0, "KERNEL supported cpus:"),
        kernel(0.0, "  Intel GenuineIntel"),
        kernel(0.0, "  AMD AuthenticAMD"),
        kernel(0.0, "BIOS-provided physical RAM map:"),
        kernel(0.0, "BIOS-e820: [mem 0x0000000000000000-0x000000000009ffff] usable"),
        kernel(0.0, "BIOS-e820: [mem 0x0000000000100000-0x000000003ff40fff] usable"),
        kernel(0.0, "DMI: Microsoft Corporation Virtual Machine/Virtual Machine, BIOS UEFI v4.1"),
        kernel(0.0, "Hypervisor detected: Microsoft Hyper-V"),
        kernel(0.081244, "Memory: 16291744K/16776816K available"),
        kernel(0.316410, "smp: Brought up 1 node, 4 CPUs"),
        kernel(0.702118, "hv_vmbus: Vmbus version:5.3"),
        kernel(0.944027, "hv_vmbus: registering driver hv_storvsc"),
        kernel(1.102553, "scsi 0:0:0:0: Direct-Access     Msft     Virtual Disk     1.0"),
        kernel(1.118840, "sd 0:0:0:0: [sda] 62914560 512-byte logical blocks: (32.2 GB/30.0 GiB)"),
        kernel(1.203318, "hv_netvsc 000d3a1f-8c21-000d-3a1f-8c21000d3a1f eth0: VF slot 1 added"),
        kernel(1.310772, " sda: sda1 sda14 sda15"),
    ]


def mount_lines() -> list[Line]:
    """The mount of the root file system, and the start of systemd."""
    return [
        kernel(2.417730, "EXT4-fs (sda1): mounted filesystem with ordered data mode."),
        kernel(3.006181, "systemd[1]: systemd 249.11-0ubuntu3.16 running in system mode"),
        kernel(3.006877, "systemd[1]: Detected virtualization microsoft."),
        reached(4.1, "Created slice system-modprobe.slice."),
        reached(4.2, "Mounted Huge Pages File System."),
        reached(4.4, "Finished File System Check on Root Device."),
        reached(5.0, "Finished Remount Root and Kernel File Systems."),
        reached(5.6, "Reached target Local File Systems."),
    ]


def network_lines(site: BootSite) -> list[Line]:
    """The first stages of cloud-init, with the addresses."""
    clock, device = site.clock(7.8), "| {:^6} | {:^5} | {:^15} | {:^15} |"
    table = (
        device.format("Device", "Up", "Address", "Mask"),
        device.format("eth0", "True", site.address, "255.255.255.0"),
        device.format("lo", "True", "127.0.0.1", "255.0.0.0"),
    )
    return [
        kernel(6.204411, f"cloud-init[512]: Cloud-init v. 25.1.4 running 'init-local' at {clock}"),
        kernel(7.811093, f"cloud-init[560]: Cloud-init v. 25.1.4 running 'init' at {clock}"),
        *(kernel(7.9, f"cloud-init[560]: ci-info: {row}") for row in table),
        reached(8.6, "Finished Initial cloud-init job (metadata service crawler)."),
        reached(8.7, "Reached target Network is Online."),
        reached(9.0, "Started OpenBSD Secure Shell server."),
    ]


def agent_lines(site: BootSite) -> list[Line]:
    """The Azure Linux Agent."""
    return [
        reached(10.0, "Started Azure Linux Agent."),
        agent(site, 10.2, "INFO Daemon Azure Linux Agent Version: 2.11.1.4"),
        agent(site, 10.3, f"INFO Daemon OS: {site.os_name}"),
        agent(site, 11.9, "INFO ExtHandler Wire server endpoint:168.63.129.16"),
    ]


def last_lines(site: BootSite) -> list[Line]:
    """The last stages of cloud-init, and the login prompt."""
    clock = site.clock(14.0)
    return [
        kernel(13.2, f"cloud-init[702]: Cloud-init v. 25.1.4 running 'modules:final' at {clock}"),
        kernel(14.0, f"cloud-init[702]: Cloud-init v. 25.1.4 finished at {clock}. Up 14.00 s"),
        reached(14.1, "Finished Execute cloud user/final scripts."),
        reached(14.2, "Reached target Cloud-init target."),
    ]


def service_lines() -> list[Line]:
    """The application, which answers the health probe."""
    return [
        reached(12.1, "Started Web front end."),
        reached(12.4, "Reached target Multi-User System."),
    ]


def prompt(site: BootSite, seconds: float) -> list[Line]:
    """The login prompt."""
    texts = ("", f"{site.os_name} {site.host} ttyS0", "", f"{site.host} login: ")
    return [(seconds, text) for text in texts]


def windows_lines() -> list[Line]:
    """A Windows machine writes nearly nothing."""
    return [
        (0.0, "<?xml>"),
        (1.0, "Computer is booting, SAC started and initialized."),
        (1.0, ""),
        (1.0, 'Use the "ch -?" command for information about using channels.'),
        (1.0, 'Use the "?" command for general help.'),
        (9.0, "SAC>"),
        (21.0, "EVENT: The CMD command is now available."),
    ]

"""Rules for causes in the operating system, by what it writes to its serial console.

Texts are those of the Linux kernel, systemd, dracut, initramfs-tools, e2fsck, GRUB, cloud-init and
the Azure Linux Agent (page "Troubleshoot Linux virtual machine boot issues").
"""

from vmss_tui.fleet.causes.cause import Rule

_PREVIOUS_IMAGE = "Roll back to the previous image"

GUEST_RULES = (
    Rule(
        "boot-loader-failed",
        "The firmware or the boot loader finds no system that it can or may start.",
        f"{_PREVIOUS_IMAGE}; check generation, boot partition and Secure Boot of the new one.",
        lines=(
            ("bad shim signature",),
            ("error: no such device:",),
            ("error: unknown filesystem",),
            ("bdsdxe: failed to load boot",),
            ("bdsdxe: no bootable option",),
            ("grub rescue>",),
            ("no bootable device",),
        ),
    ),
    Rule(
        "root-device-not-found",
        "The kernel started and did not find its root file system.",
        f"{_PREVIOUS_IMAGE}; check the root UUID and the Hyper-V and NVMe drivers in the new "
        "one's initramfs.",
        lines=(
            ("unable to mount root fs",),
            ("cannot open root device",),
            ("alert!", "does not exist"),
            ("dracut-initqueue", "does not exist"),
            ("(initramfs)",),
            ("gave up waiting for root",),
        ),
    ),
    Rule(
        "kernel-panic",
        "The kernel stopped with a panic, and the machine does not run any further.",
        f"{_PREVIOUS_IMAGE}; report the panic's text to who builds the new one.",
        lines=(("kernel panic - not syncing",), ("kernel panic",), ("kernel bug at",)),
    ),
    Rule(
        "file-system-damaged",
        "A file system is damaged, and the boot waits for a manual repair.",
        "Reimage the instance, or repair the disk on another VM with 'az vm repair'.",
        lines=(
            ("unexpected inconsistency; run fsck manually",),
            ("fsck", "failed with exit status"),
            ("file system check", "failed"),
            ("metadata corruption detected",),
            ("remounting filesystem read-only",),
        ),
    ),
    Rule(
        "emergency-mode",
        "The boot ended in emergency mode, mostly because a mount in /etc/fstab fails.",
        "Give mounts of data disks 'nofail' in /etc/fstab of the image, or attach the disk.",
        lines=(
            ("you are in emergency mode",),
            ("entering emergency mode",),
            ("dependency failed for", "local file systems"),
            ("started emergency shell",),
            ("reached target", "emergency mode"),
        ),
    ),
    Rule(
        "disk-full",
        "A disk of the instance is full.",
        "Enlarge the OS disk in the model or free space: logs, package caches, container images.",
        lines=(
            ("no space left on device",),
            ("disk quota exceeded",),
            ("there is not enough space on the disk",),
        ),
    ),
    Rule(
        "disk-error",
        "Reads or writes of a disk fail.",
        "Redeploy or reimage the instance; with more than one, check Azure Service Health.",
        lines=(("buffer i/o error",), ("i/o error, dev",), ("blk_update_request: i/o error",)),
    ),
    Rule(
        "out-of-memory",
        "Memory ran out and the kernel killed a process.",
        "Limit the process's memory, or choose a larger VM size.",
        lines=(
            ("out of memory: kill",),
            ("out of memory and no killable processes",),
            ("memory cgroup out of memory",),
            ("oom-kill:",),
        ),
    ),
    Rule(
        "agent-provisioning-failed",
        "The Azure Linux Agent could not set up the new machine.",
        "Check /var/log/waagent.log and that the image was generalized with "
        "'waagent -deprovision'.",
        lines=(
            ("provisioning failed: [provisionerror]",),
            ("daemon", "provisioning failed"),
            ("failed to start", "walinuxagent"),
            ("failed to start", "azure linux agent"),
        ),
    ),
    Rule(
        "dhcp-failed",
        "The instance got no address from DHCP, so that neither agent nor network work.",
        "Check the image's network configuration for eth0 (DHCP, no fixed MAC address).",
        lines=(
            ("no dhcpoffers received",),
            ("failed to obtain dhcp lease",),
            ("no working leases in persistent database",),
            ("dhcp", "timed out"),
            ("failed to start", "wait for network to be configured"),
            ("timeout occurred while waiting for network",),
            ("timed out waiting for network",),
        ),
    ),
    Rule(
        "program-missing",
        "A service does not start, because its program is not in the image.",
        f"{_PREVIOUS_IMAGE}, or publish one that has the program at this path.",
        lines=(
            ("failed to locate executable",),
            ("failed at step exec spawning",),
            ("status=203/exec",),
        ),
    ),
    Rule(
        "cloud-init-failed",
        "cloud-init did not set up the machine completely.",
        "Check /var/log/cloud-init-output.log and the custom data or user data of the model.",
        lines=(
            ("cloud-init", "failed to run module"),
            ("cloud-init", "running module", "failed"),
            ("cloud-init", "[critical]"),
            ("cloud-init", "failed at"),
            ("cloud-init", "traceback"),
            ("cloud-init", "[error]"),
            ("failed to start", "cloud-init"),
            ("failed to start", "cloud-final"),
            ("failed to start", "cloud-config"),
        ),
    ),
    Rule(
        "dns-failed",
        "The instance cannot resolve names.",
        "Check the DNS servers of the virtual network and that 168.63.129.16 is reachable.",
        lines=(
            ("temporary failure in name resolution",),
            ("temporary failure resolving",),
            ("could not resolve host",),
            ("name or service not known",),
            ("no such host",),
        ),
    ),
    Rule(
        "network-unreachable",
        "The instance has no way to a host that it needs.",
        "Check routes, network security groups, firewall and outbound access (NAT gateway).",
        lines=(("network is unreachable",), ("no route to host",)),
    ),
)
"""Most decisive first."""

SERVICE_RULE = Rule(
    "service-failed",
    "A service of the instance failed.",
    "Check it with 'systemctl --failed' and 'journalctl -u SERVICE', for example by run command.",
    lines=(
        (".service: main process exited, code=",),
        (".service: failed with result",),
        (".service: start request repeated too quickly",),
        ("[failed] failed to start",),
        ("systemd[1]: failed to start",),
    ),
)

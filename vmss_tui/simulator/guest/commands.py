"""What common commands print on a simulated machine, which depends on its story."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from vmss_tui.simulator.guest.boot_lines import KERNEL, BootSite
from vmss_tui.simulator.guest.boot_stories import story_lines
from vmss_tui.simulator.guest.serial_log import address_of, os_title
from vmss_tui.simulator.world.instance import Instance
from vmss_tui.simulator.world.simulated_time import CALENDAR

_LATEST_LINES = 60
_LOGS = {
    "cloud-init": re.compile(r"\[[ \d.]+\] cloud-init\[\d+\]: (.*)"),
    "waagent": re.compile(r"(\d{4}-\S+ (?:INFO|ERROR) .*)"),
}
"""Beginning of a log's name → the lines of the console that are in it."""
_BROKEN_SERVICE = frozenset({"application_down", "disk_full", "out_of_memory", "kernel_panic"})
"""Stories in which the application does not run."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a command printed, its exit status, and the simulated seconds that it took."""

    stdout: str = ""
    stderr: str = ""
    status: int = 0
    seconds: float = 0.0


class Machine:
    """A machine on which commands run; `now` is in simulated seconds."""

    def __init__(self, instance: Instance, now: float) -> None:
        self.instance, self.now = instance, now
        boot = instance.boot_history[-1]
        self.story = instance.state.story or boot.story
        self.is_windows = instance.state.build.os.kind == "Windows"
        self.site = BootSite(
            instance.computer_name,
            os_title(instance.state.build.os.version),
            address_of(instance),
            boot.at,
        )

    @property
    def up_seconds(self) -> float:
        """Simulated seconds since the boot."""
        return max(0.0, self.now - self.site.at)

    def console(self) -> list[str]:
        """The lines of the latest boot."""
        lines = story_lines(self.story, self.site, windows=self.is_windows)
        return [text for _, text in lines if text]


Command = Callable[[Machine, list[str]], Result]


def _lines(*lines: str, status: int = 0) -> Result:
    return Result("".join(f"{line}\n" for line in lines), status=status)


def _echo(machine: Machine, arguments: list[str]) -> Result:
    return _lines(" ".join(word for word in arguments if word not in ("-n", "-e")))


def _sleep(machine: Machine, arguments: list[str]) -> Result:
    seconds = arguments[0].rstrip("s") if arguments else "0"
    return Result(seconds=float(seconds) if seconds.isdecimal() and len(seconds) < 6 else 0.0)


def _seq(machine: Machine, arguments: list[str]) -> Result:
    last = arguments[-1] if arguments else "0"
    count = min(int(last), 20_000) if last.isdecimal() and len(last) < 9 else 0
    return _lines(*(str(number) for number in range(1, count + 1)))


def _apt(machine: Machine, arguments: list[str]) -> Result:
    rows = (
        f"Unpacking libsimulated{number}:amd64 (1.{number}-2ubuntu1) ..." for number in range(90)
    )
    return Result("".join(f"{row}\r\n" for row in rows), seconds=60.0)


def _systemctl(machine: Machine, arguments: list[str]) -> Result:
    is_broken = machine.story in _BROKEN_SERVICE
    units = [("web.service", "Web front end")] if is_broken else []
    if machine.story == "cloud_init_failed":
        units.append(("cloud-final.service", "Cloud-init: Final Stage"))
    if "--failed" in arguments or "--state=failed" in arguments:
        rows = [f"● {unit} loaded failed failed {title}" for unit, title in units]
        head = [f"  {'UNIT':<19} LOAD   ACTIVE SUB    DESCRIPTION"]
        return _lines(*head, *rows, "", f"{len(units)} loaded units listed.")
    names = [name for name in arguments if not name.startswith("-")]
    unit = names[1].removesuffix(".service") if len(names) > 1 else "web"
    failed = any(name == f"{unit}.service" for name, _ in units)
    if names[:1] == ["is-active"]:
        return _lines("failed" if failed else "active", status=3 if failed else 0)
    if names[:1] in (["status"], ["show"]):
        state = "failed (Result: exit-code)" if failed else "active (running)"
        return _lines(
            f"{'×' if failed else '●'} {unit}.service",
            f"     Loaded: loaded (/lib/systemd/system/{unit}.service; enabled)",
            f"     Active: {state}",
            status=3 if failed else 0,
        )
    return _lines(
        f"  {'UNIT':<20} LOAD   ACTIVE SUB     DESCRIPTION",
        "  ssh.service          loaded active running OpenBSD Secure Shell server",
        "  walinuxagent.service loaded active running Azure Linux Agent",
        f"{'●' if is_broken else ' '} web.service          loaded "
        f"{'failed failed ' if is_broken else 'active running'} Web front end",
    )


def _df(machine: Machine, arguments: list[str]) -> Result:
    inodes = any("i" in argument for argument in arguments if argument.startswith("-"))
    full = machine.story == "disk_full"
    if inodes:
        return _lines(
            "Filesystem      Inodes  IUsed   IFree IUse% Mounted on",
            "/dev/root      3870720 101442 3769278    3% /",
        )
    root = (
        "/dev/root        29G   29G     0 100% /"
        if full
        else "/dev/root        29G  4.1G   25G  15% /"
    )
    return _lines(
        "Filesystem      Size  Used Avail Use% Mounted on",
        root,
        "tmpfs           7.8G     0  7.8G   0% /dev/shm",
        "/dev/sda15      105M  6.1M   99M   6% /boot/efi",
        "/dev/sdb1        32G   28K   30G   1% /mnt",
    )


def _du(machine: Machine, arguments: list[str]) -> Result:
    rows = ("24G\t/var/log/web", "1.2G\t/usr/lib", "210M\t/var/cache")
    return _lines(*(rows if machine.story == "disk_full" else rows[1:]))


def _free(machine: Machine, arguments: list[str]) -> Result:
    full = machine.story == "out_of_memory"
    row = "15Gi        15Gi       112Mi" if full else "15Gi       1.2Gi        13Gi"
    return _lines("               total        used        free", f"Mem:            {row}")


def _ip(machine: Machine, arguments: list[str]) -> Result:
    address = machine.site.address
    if any(name.startswith("r") for name in arguments if not name.startswith("-")):
        return _lines("default via 10.0.0.1 dev eth0 proto dhcp metric 100")
    if "-br" in arguments or "-brief" in arguments:
        return _lines("lo    UNKNOWN 127.0.0.1/8", f"eth0  UP      {address}/24")
    return _lines(
        "1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 state UNKNOWN",
        "    inet 127.0.0.1/8 scope host lo",
        "2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 state UP",
        f"    inet {address}/24 metric 100 brd 10.0.0.255 scope global eth0",
    )


def _ss(machine: Machine, arguments: list[str]) -> Result:
    web = [] if machine.story in _BROKEN_SERVICE else ["LISTEN 0 511   0.0.0.0:80   0.0.0.0:*"]
    head = "State  Recv-Q Send-Q Local Address:Port Peer Address:Port"
    return _lines(head, "LISTEN 0 128   0.0.0.0:22   0.0.0.0:*", *web)


def _console(machine: Machine, arguments: list[str]) -> Result:
    return _lines(*machine.console()[-_LATEST_LINES:])


def _cloud_init(machine: Machine, arguments: list[str]) -> Result:
    failed = machine.story == "cloud_init_failed"
    return _lines(f"status: {'error' if failed else 'done'}", status=int(failed))


def _file(machine: Machine, arguments: list[str]) -> Result:
    """The files that `cat`, `tail` and `head` are given."""
    paths = [word for word in arguments if word.startswith("/")]
    output, missing = "", ""
    for path in paths:
        name = path.rpartition("/")[2]
        mark = next((mark for start, mark in _LOGS.items() if name.startswith(start)), None)
        if mark is not None:
            matches = (mark.fullmatch(line) for line in machine.console())
            output += "".join(f"{match[1]}\n" for match in matches if match)
        elif name == "os-release":
            output += f'PRETTY_NAME="{machine.site.os_name}"\n'
        else:
            missing += f"cat: {path}: No such file or directory\n"
    return Result(output, missing, int(bool(missing)))


def _uptime(machine: Machine, arguments: list[str]) -> Result:
    clock = CALENDAR.epoch + timedelta(seconds=int(machine.now))
    minutes = int(machine.up_seconds // 60)
    days, minutes = divmod(minutes, 1440)
    up = f"{days} days, " if days else ""
    load = "load average: 0.08, 0.03, 0.01"
    return _lines(f" {clock:%H:%M:%S} up {up}{minutes // 60}:{minutes % 60:02},  0 users,  {load}")


def _uname(machine: Machine, arguments: list[str]) -> Result:
    return _lines(f"Linux {machine.site.host} {KERNEL} #25-Ubuntu SMP x86_64 GNU/Linux")


def _fixed(text: str, status: int = 0) -> Command:
    return lambda machine, arguments: Result(text, status=status)


def _services(machine: Machine, arguments: list[str]) -> Result:
    state = "Stopped" if machine.story in _BROKEN_SERVICE else "Running"
    return _lines(
        "Status   Name               DisplayName",
        "------   ----               -----------",
        "Running  WindowsAzureGue... Windows Azure Guest Agent",
        f"{state}  W3SVC              World Wide Web Publishing Service",
    )


def _volumes(machine: Machine, arguments: list[str]) -> Result:
    free = "0 B" if machine.story == "disk_full" else "98.4 GB"
    return _lines(
        "DriveLetter FriendlyName SizeRemaining   Size",
        f"C           Windows      {free:<13} 127 GB",
    )


def _ipconfig(machine: Machine, arguments: list[str]) -> Result:
    return _lines(
        "Windows IP Configuration",
        "",
        "Ethernet adapter Ethernet:",
        f"   IPv4 Address. . . . . . . . . . . : {machine.site.address}",
    )


COMMANDS: dict[str, Command] = {
    "echo": _echo,
    "printf": _echo,
    "sleep": _sleep,
    "seq": _seq,
    "apt-get": _apt,
    "apt": _apt,
    "systemctl": _systemctl,
    "df": _df,
    "du": _du,
    "free": _free,
    "ip": _ip,
    "ifconfig": _ip,
    "ss": _ss,
    "netstat": _ss,
    "dmesg": _console,
    "journalctl": _console,
    "cloud-init": _cloud_init,
    "cat": _file,
    "tail": _file,
    "head": _file,
    "uptime": _uptime,
    "uname": _uname,
    "hostname": lambda machine, arguments: _lines(machine.site.host),
    "whoami": _fixed("root\n"),
    "resolvectl": _fixed("Global\n       DNS Servers: 168.63.129.16\n"),
    "lsblk": _fixed("NAME    SIZE TYPE MOUNTPOINTS\nsda      30G disk\n└─sda1 29.9G part /\n"),
    "false": _fixed("", 1),
    "get-service": _services,
    "get-volume": _volumes,
    "get-psdrive": _volumes,
    "ipconfig": _ipconfig,
    "get-netipaddress": _ipconfig,
}
"""By name; those of PowerShell in lower case."""

SILENT = frozenset(
    {
        *("true", ":", "set", "cd", "export", "test", "[", "[[", "wait", "umask", "source", "."),
        *("ls", "ps", "curl", "wget", "cp", "mv", "rm", "mkdir", "touch", "chmod", "chown", "find"),
        *("grep", "sed", "awk", "sort", "timeout", "env", "service", "swapoff", "sync", "kill"),
    }
)
"""Commands that succeed and print nothing here."""

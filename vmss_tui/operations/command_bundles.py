"""Scripts for run command that change nothing, and the limits of run command. Pure.

Facts: page "Run scripts in your Linux VM by using action Run Commands".
"""

from msgspec import Struct

MAX_INSTANCES = 20
"""Instances of one run command."""
MAX_SCRIPT_LENGTH = 8000
"""Characters of a script."""


class CommandBundle(Struct, frozen=True):
    """A script that only reads. Output is its last 4,096 bytes, so what matters comes last."""

    id: str
    title: str
    shell: str
    """For Linux."""
    powershell: str
    """For Windows."""

    def script(self, *, windows: bool) -> tuple[str, ...]:
        """The lines of the script."""
        return tuple((self.powershell if windows else self.shell).splitlines())


BUNDLES = (
    CommandBundle(
        "services",
        "failed services and their last messages",
        "systemctl list-jobs --no-pager | tail -n 5\n"
        "systemctl --failed --no-pager --no-legend\n"
        "for unit in $(systemctl --failed --no-legend --plain | cut -d' ' -f1 | head -n 5); do\n"
        '  journalctl -u "$unit" -n 8 --no-pager -o short-iso\n'
        "done",
        "Get-Service | Where-Object { $_.StartType -eq 'Automatic' -and $_.Status -ne 'Running' } "
        "| Format-Table -AutoSize Name, Status\n"
        "Get-WinEvent -FilterHashtable @{LogName='System'; Level=1,2} -MaxEvents 10 "
        "| Format-List TimeCreated, Message",
    ),
    CommandBundle(
        "disk",
        "disks, free space and inodes, mounts",
        "lsblk\ndf -i -x tmpfs -x devtmpfs\ndf -h -x tmpfs -x devtmpfs\n"
        "dmesg -T --level=err,crit,alert,emerg | tail -n 10",
        "Get-Volume | Format-Table -AutoSize DriveLetter, FileSystemLabel, HealthStatus, "
        "SizeRemaining, Size\nGet-Disk | Format-Table -AutoSize Number, OperationalStatus",
    ),
    CommandBundle(
        "network",
        "addresses, routes, listening ports, names",
        "ip -brief address\nip route\nresolvectl status 2>/dev/null | head -n 20\n"
        "ss -ltnp | head -n 30\n"
        "curl -s -o /dev/null -m 5 -w 'wire server: HTTP %{http_code}\\n' "
        "http://168.63.129.16/?comp=versions",
        "Get-NetIPConfiguration\nGet-NetTCPConnection -State Listen "
        "| Sort-Object LocalPort | Format-Table -AutoSize LocalAddress, LocalPort, OwningProcess",
    ),
    CommandBundle(
        "cloud-init",
        "status and end of the log of cloud-init",
        "cloud-init status --long\ntail -n 40 /var/log/cloud-init-output.log",
        "Get-Content -Tail 40 C:\\WindowsAzure\\Logs\\WaAppAgent.log",
    ),
    CommandBundle(
        "agent",
        "state and end of the log of the Azure VM agent",
        "systemctl status walinuxagent waagent --no-pager -n 0 2>/dev/null\n"
        "tail -n 40 /var/log/waagent.log",
        "Get-Service WindowsAzureGuestAgent, RdAgent\n"
        "Get-Content -Tail 40 C:\\WindowsAzure\\Logs\\TransparentInstaller.log",
    ),
)
"""In the order in which they are offered."""
BUNDLES_BY_ID = {bundle.id: bundle for bundle in BUNDLES}


def script_problem(script: str, count: int) -> str:
    """Why a script is not run on this number of instances; empty where it can be."""
    if not script.strip():
        return "The script is empty."
    if len(script) > MAX_SCRIPT_LENGTH:
        return f"The script has {len(script)} characters; at most {MAX_SCRIPT_LENGTH} are sent."
    if "\0" in script:
        return "The script contains a NUL character."
    if count == 0:
        return "No instance is selected."
    if count > MAX_INSTANCES:
        return f"{count} instances are selected; at most {MAX_INSTANCES} at a time."
    return ""

"""Does this machine end a user's processes at logout? Then a worker would not outlive SSH.

systemd-logind does where `KillUserProcesses=yes` and the user does not linger ("logind.conf",
"loginctl"). Read from its files; a machine without them ends nobody.
"""

import getpass
import re
import shlex
from pathlib import Path

_FOLDERS = ("usr/lib/systemd", "run/systemd", "etc/systemd")
"""From the weakest to the strongest."""
_SETTING = re.compile(r"^\s*KillUserProcesses\s*=\s*(\w+)", re.IGNORECASE | re.MULTILINE)


def logout_warning(root: Path = Path("/"), user: str | None = None) -> str:
    """What a person should know before starting a run; empty where all is well."""
    name = user or getpass.getuser()
    if (
        name == "root"
        or not _kills_user_processes(root)
        or (root / "var/lib/systemd/linger" / name).exists()
    ):
        return ""
    return (
        "this machine ends your processes when you log out, and with them the run's worker "
        f"(it could be resumed): `loginctl enable-linger {shlex.quote(name)}` prevents that"
    )


def _kills_user_processes(root: Path) -> bool:
    """The last word of logind's settings: main files first, then their drop-ins by name."""
    main_files = [root / folder / "logind.conf" for folder in _FOLDERS]
    drop_ins = {
        path.name: path
        for folder in _FOLDERS
        for path in sorted((root / folder / "logind.conf.d").glob("*.conf"))
    }
    kills = False
    for path in (*main_files, *(drop_ins[name] for name in sorted(drop_ins))):
        try:
            values = _SETTING.findall(path.read_text("utf-8", errors="replace"))
        except OSError:
            continue
        if values:
            kills = values[-1].lower() in ("yes", "true", "1", "on")
    return kills

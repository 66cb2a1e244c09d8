"""Warns where this machine ends a user's processes at logout: a worker would end with SSH.

systemd-logind does that with `KillUserProcesses=yes`, unless lingering is enabled for the user
("logind.conf", "loginctl"). Its configuration files are read; without them nothing is ended.
"""

import re
import shlex
from pathlib import Path

from vmss_tui.runtime.account import account_name

_FOLDERS = ("usr/lib/systemd", "run/systemd", "etc/systemd")
"""In the order of increasing precedence."""
_SETTING = re.compile(
    r"^[ \t]*+KillUserProcesses[ \t]*+=[ \t]*+(\w++)", re.IGNORECASE | re.MULTILINE
)


def logout_warning(root: Path = Path("/"), user: str | None = None) -> str:
    """The warning before the start of a run; empty where none is necessary.

    An account without a name has no session of logind, so none is ended.
    """
    name = user or account_name()
    if (
        name in ("", "root")
        or not _kills_user_processes(root)
        or (root / "var/lib/systemd/linger" / name).exists()
    ):
        return ""
    return (
        "this machine ends your processes at logout, and with them the run's worker "
        f"(it could be resumed): `loginctl enable-linger {shlex.quote(name)}` prevents that"
    )


def _kills_user_processes(root: Path) -> bool:
    """The effective setting of logind: main files first, then the drop-ins by name."""
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

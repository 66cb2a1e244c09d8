"""Whether others could change a file that decides what this program does.

These are the settings, and the programs that they name as gate and hook: a user who can write to
one of them can run commands with the rights of the operator.
"""

import grp
import os
import pwd
import shutil
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path


def settings_refusal(path: Path, file_status: os.stat_result) -> str:
    """Why a settings file is not read; empty where only its owner or root can change it.

    `file_status` is that of the open file. A device, such as `/dev/null`, belongs to the system.
    """
    if not (stat.S_ISREG(file_status.st_mode) or stat.S_ISFIFO(file_status.st_mode)):
        return ""
    if reason := _owner_refusal(path, file_status) or _mode_refusal(path, file_status, "644"):
        return reason
    if stat.S_ISFIFO(file_status.st_mode):
        return ""
    for folder in {path.absolute().parent, path.resolve().parent}:
        folder_status = folder.stat()
        if reason := _owner_refusal(folder, folder_status):
            return f"{reason}, who could replace {path.name}"
        is_sticky = folder_status.st_mode & stat.S_ISVTX
        if not is_sticky and (reason := _mode_refusal(folder, folder_status, "755")):
            return reason
    return ""


def program_refusal(argv: Sequence[str]) -> str:
    """Why a command is not run: every user of this machine could change its program, or a file
    among its arguments, such as a script. Empty where none could."""
    for path in _files(argv):
        for place in (path, path.resolve().parent):
            mode = place.stat().st_mode
            is_sticky_folder = stat.S_ISDIR(mode) and mode & stat.S_ISVTX
            if mode & stat.S_IWOTH and not is_sticky_folder:
                return _written_by_others(place, mode, "o-w")
    return ""


def _files(argv: Sequence[str]) -> Iterator[Path]:
    """The program of a command, and the regular files among its arguments."""
    program = shutil.which(argv[0]) if argv else None
    for name in (program, *(argument for argument in argv[1:] if "/" in argument)):
        try:
            if name is not None and stat.S_ISREG(Path(name).stat().st_mode):
                yield Path(name)
        except (OSError, ValueError):
            continue


def _owner_refusal(path: Path, file_status: os.stat_result) -> str:
    if file_status.st_uid in (0, os.geteuid()):
        return ""
    return f"{path} belongs to another user"


def _mode_refusal(path: Path, file_status: os.stat_result, required_mode: str) -> str:
    mode = file_status.st_mode
    by_group = mode & stat.S_IWGRP and not _is_private_group(file_status)
    if by_group or mode & stat.S_IWOTH:
        return _written_by_others(path, mode, required_mode)
    return ""


def _written_by_others(path: Path, mode: int, required_mode: str) -> str:
    return (
        f"{path} can be written by others (mode {stat.S_IMODE(mode):o}): chmod {required_mode} it"
    )


def _is_private_group(file_status: os.stat_result) -> bool:
    """The group has its owner's name and no other member, as with umask 002 on many systems."""
    try:
        owner = pwd.getpwuid(file_status.st_uid).pw_name
        group = grp.getgrgid(file_status.st_gid)
    except KeyError:
        return False
    return group.gr_name == owner and set(group.gr_mem) <= {owner}

"""Messages for names that do not exist: "unknown command 'statu'; did you mean 'status'?"."""

from collections.abc import Sequence
from difflib import get_close_matches

_SYNONYMS = {
    "upgrade": "run",
    "update": "run",
    "start": "run",
    "rollback": "revert",
    "roll-back": "revert",
    "undo": "revert",
    "approve": "resume",
    "continue": "resume",
    "cancel": "abort",
    "stop": "abort",
    "watch": "attach",
    "follow": "attach",
    "logs": "attach",
    "show": "status",
    "get": "status",
    "describe": "status",
    "ls": "list",
    "edit": "model",
    "set": "model",
    "restart": "power",
    "reboot": "power",
    "reimage": "power",
    "deallocate": "power",
    "delete": "power",
    "protect": "power",
    "image": "images",
    "check": "doctor",
    "clean": "prune",
    "demo": "--demo",
    "help": "--help",
    "version": "--version",
}
"""What a person may type -> the command."""


def unknown_command_message(name: str, commands: Sequence[str]) -> str:
    """The message for a first argument that is neither a command nor a scale set."""
    if suggestion := _SYNONYMS.get(name.lower()) or _closest(name, commands):
        return f"unknown command {name!a}; did you mean {suggestion!a}?"
    return (
        f"unknown command {name!a}; `vmss-tui --help` lists the commands. Is it a scale set? "
        "Scale sets are written RESOURCE_GROUP/NAME"
    )


def unknown_option_message(name: str, possibilities: Sequence[str]) -> str:
    """The message for an option that the command does not have."""
    if not possibilities:
        return f"unknown option {name!a}"
    return f"unknown option {name!a}; did you mean {' or '.join(map(ascii, possibilities))}?"


def _closest(name: str, names: Sequence[str]) -> str:
    return next(iter(get_close_matches(name.lower(), names, n=1)), "")

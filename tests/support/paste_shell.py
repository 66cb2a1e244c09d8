"""A person who pastes text into `sh`: what `az` and `vmss-tui` were called with, and nothing else.

`PATH` has only these two commands, which record their arguments.
"""

import subprocess
from collections.abc import Iterator
from pathlib import Path

_RECORDER = """#!/bin/sh
printf '%s\\0' "$#" "${0##*/}" "$@" >> "$RECORD"
"""


class PasteShell:
    """A shell in an empty folder."""

    def __init__(self, folder: Path) -> None:
        self._record, self._commands = folder / "record", folder / "commands"
        self._working_folder = folder / "home"
        self._commands.mkdir()
        self._working_folder.mkdir()
        for name in ("az", "vmss-tui"):
            path = self._commands / name
            path.write_text(_RECORDER)
            path.chmod(0o700)

    def paste(self, text: str) -> list[tuple[str, ...]]:
        """The words of each command that was run. Fails if there was any other effect."""
        self._record.write_bytes(b"")
        environment = {"PATH": str(self._commands), "RECORD": str(self._record), "LC_ALL": "C"}
        done = subprocess.run(
            ["/bin/sh"],
            input=f"{text}\n".encode(),
            env=environment,
            cwd=self._working_folder,
            capture_output=True,
            timeout=10,
            check=False,
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b""), text
        assert list(self._working_folder.iterdir()) == [], text
        return list(_split_calls(self._record.read_bytes().decode().split("\0")[:-1]))


def _split_calls(fields: list[str]) -> Iterator[tuple[str, ...]]:
    """Each call is recorded as the number of its arguments, its name and its arguments."""
    while fields:
        length = int(fields[0]) + 2
        yield tuple(fields[1:length])
        fields = fields[length:]

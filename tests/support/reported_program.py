"""The command line in front of answers of Azure that users reported (`data/field`)."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.support.command_line import CommandLine
from tests.support.field_server import field_exchanges
from tests.support.recorded_server import RecordedServer
from vmss_tui.errors import ExitCode

Json = dict[str, Any]
SETS = "/providers/Microsoft.Compute/virtualMachineScaleSets"


class Program:
    """The command line in front of the answers of one issue."""

    def __init__(self, stem: str, capsys: pytest.CaptureFixture[str]) -> None:
        self.bodies: Json = {
            exchange["request"]["path"]: exchange["response"]["body"]
            for exchange in field_exchanges(stem)
        }
        self._capsys = capsys

    @property
    def model(self) -> Json:
        """The scale set."""
        path = next(p for p in self.bodies if SETS in p and not p.endswith("virtualMachines"))
        model: Json = self.bodies[path]
        return model

    @property
    def machines(self) -> list[Json]:
        """Its instances."""
        machines: list[Json] = next(
            body["value"] for path, body in self.bodies.items() if path.endswith("virtualMachines")
        )
        return machines

    @contextmanager
    def served(self) -> Iterator[tuple[CommandLine, RecordedServer]]:
        """The command line, and the server that it reads from."""
        with RecordedServer(self.bodies) as server:
            yield CommandLine(self._capsys, "--endpoint", server.endpoint), server
            assert server.writes == []

    def __call__(self, command: str, *options: str) -> tuple[int, str, str]:
        """Runs a command on the scale set."""
        with self.served() as (program, _):
            return program(command, self.model["id"], *options)

    def json(self, command: str, *options: str) -> Json:
        """The JSON output of a command that succeeds."""
        code, out, err = self(command, *options, "--json")
        assert code == ExitCode.DONE, err
        document: Json = json.loads(out)
        return document

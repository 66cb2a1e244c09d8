"""Long-running operations: what is still going on, how it ended, and how a poll reads.

Progress is never in the answer to a poll (recorded: exchanges asyncop-*): in progress, then
succeeded or failed, always with status 200.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.world.simulated_time import stamp


@dataclass(slots=True, eq=False)
class Operation:
    """One operation and the instances it still waits for."""

    name: str
    kind: str
    subscription: str
    location: str
    started: float
    pending: set[str] = field(default_factory=set)
    ended: float | None = None
    error: tuple[str, str] | None = None
    """Code and message of the first failure."""
    estimate: float | None = None
    """Simulated seconds that the first poll tells to wait, as only model writes do."""
    output: Json | None = None
    """What some operations tell at their end."""
    when_done: list[Callable[[float], None]] = field(default_factory=list)
    """Called once, at the moment of the end."""

    @property
    def status(self) -> str:
        """InProgress, Succeeded or Failed."""
        if self.ended is None:
            return "InProgress"
        return "Failed" if self.error else "Succeeded"

    def fail(self, code: str, message: str) -> None:
        """Remembers the first failure; the operation ends when its last instance has."""
        if self.error is None:
            self.error = (code, message)

    def settle(self, at: float, member: str | None = None) -> None:
        """One instance is done (None: nothing to wait for); the last one ends the operation."""
        if member is not None:
            self.pending.discard(member)
        if self.pending or self.ended is not None:
            return
        self.ended = at
        for call in self.when_done:
            call(at)

    def body(self) -> Json:
        """What a poll answers."""
        body: Json = {"startTime": stamp(self.started)}
        if self.ended is not None:
            body["endTime"] = stamp(self.ended)
        body["status"] = self.status
        if self.ended is not None and self.error:
            body["error"] = {"code": self.error[0], "message": self.error[1]}
        if self.status == "Succeeded" and self.output is not None:
            body["properties"] = {"output": self.output}
        body["name"] = self.name
        return body

    def path(self) -> str:
        """Where it is polled, without host and query."""
        return (
            f"/subscriptions/{self.subscription}/providers/Microsoft.Compute/locations/"
            f"{self.location}/operations/{self.name}"
        )

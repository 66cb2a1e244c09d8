"""Long-running operations: what is pending, how they ended, and the body of a poll.

A poll never reports progress (recorded: exchanges asyncop-*): InProgress, then Succeeded or
Failed, always with HTTP status 200.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.world.simulated_time import timestamp


@dataclass(slots=True, eq=False)
class Operation:
    """One long-running operation and the parts that are still pending."""

    name: str
    kind: str
    subscription: str
    location: str
    started: float
    pending: set[str] = field(default_factory=set)
    """Instance ids, or names of other parts, that must complete before the operation ends."""
    ended: float | None = None
    error: tuple[str, str] | None = None
    """Code and message of the first failure."""
    first_retry_after: float | None = None
    """Simulated seconds in the first poll's `Retry-After`; only model writes have one."""
    output: Json | None = None
    """The result of a run command."""
    end_callbacks: list[Callable[[float], None]] = field(default_factory=list)
    """Each is called once with the time of the end."""

    @property
    def status(self) -> str:
        """InProgress, Succeeded or Failed."""
        if self.ended is None:
            return "InProgress"
        return "Failed" if self.error else "Succeeded"

    def fail(self, code: str, message: str) -> None:
        """Keeps the first failure; the operation still ends with its last pending part."""
        if self.error is None:
            self.error = (code, message)

    def complete(self, at: float, part: str | None = None) -> None:
        """Removes `part` from the pending parts; ends the operation when none is left."""
        if part is not None:
            self.pending.discard(part)
        if self.pending or self.ended is not None:
            return
        self.ended = at
        for callback in self.end_callbacks:
            callback(at)

    def body(self) -> Json:
        """The body of a poll."""
        body: Json = {"startTime": timestamp(self.started)}
        if self.ended is not None:
            body["endTime"] = timestamp(self.ended)
        body["status"] = self.status
        if self.ended is not None and self.error:
            body["error"] = {"code": self.error[0], "message": self.error[1]}
        if self.status == "Succeeded" and self.output is not None:
            body["properties"] = {"output": self.output}
        body["name"] = self.name
        return body

    def path(self) -> str:
        """The path at which it is polled, without host and query."""
        return (
            f"/subscriptions/{self.subscription}/providers/Microsoft.Compute/locations/"
            f"{self.location}/operations/{self.name}"
        )

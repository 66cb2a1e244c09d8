"""Tracks of a timeline while they are built. Times are seconds on the clock of the run."""

from dataclasses import dataclass, field

from vmss_tui.upgrade.report.timeline.timeline import Span, SpanKind
from vmss_tui.upgrade.run.run import Stage


@dataclass
class OpenTrack:
    """Spans of one instance, the last of which may be open."""

    spans: list[Span] = field(default_factory=list)
    batch: int | None = None
    requested_at: float | None = None
    seconds: float | None = None
    relapsed: bool = False

    def begin(self, kind: SpanKind, t: float) -> None:
        """Ends the span that lasts and begins another; nothing where it is of this kind."""
        if self.spans and self.spans[-1].end is None and self.spans[-1].kind is kind:
            return
        self.close(t)
        self.spans.append(Span(kind, t, None))

    def close(self, t: float) -> None:
        """Ends the span that lasts. One that has lasted no time is kept where it is the result."""
        if not self.spans or self.spans[-1].end is not None:
            return
        kind, start, _ = self.spans.pop()
        if t > start or kind in (SpanKind.COMPLETE, SpanKind.FAILED):
            self.spans.append(Span(kind, start, max(t, start)))


@dataclass
class OpenBatchTrack:
    """A batch that was sent, and the results of its members."""

    number: int
    row: str
    instance_ids: tuple[str, ...]
    start: float
    end: float | None = None
    results: dict[str, tuple[Stage, float]] = field(default_factory=dict)
    reverts: bool = False
    answer: str = ""

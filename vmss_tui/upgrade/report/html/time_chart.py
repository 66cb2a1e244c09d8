"""The timeline of a run as HTML: a line an instance, or a line a batch above 200 instances."""

from collections.abc import Iterable, Iterator, Sequence

from vmss_tui.fleet.phrases import pluralize
from vmss_tui.upgrade.report.html.markup import Child, Markup, join, tag
from vmss_tui.upgrade.report.sentences import stopwatch_text
from vmss_tui.upgrade.report.timeline.batch_spans import common_spans
from vmss_tui.upgrade.report.timeline.timeline import (
    BatchTrack,
    InstanceTrack,
    Span,
    SpanKind,
    Timeline,
)
from vmss_tui.upgrade.run.run import Stage

_MOST_ROWS = 200
"""Planned instances above which a line is a batch."""
_TICKS = (5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400)
"""Seconds between two times of the axis."""
_MOST_TICKS = 9


def time_chart(timeline: Timeline) -> Markup:
    """Legend, axis and lines."""
    if not timeline.batches:
        return tag("p", "No upgrade was requested.", class_="quiet")
    chart = _Chart(timeline)
    kinds = [
        tag("li", tag("i", _glyph(kind), class_=_span_class(kind)), str(kind)) for kind in SpanKind
    ]
    return tag("div", tag("ul", kinds, class_="legend"), chart.lines(), class_="time")


def _span_class(kind: SpanKind) -> str:
    return "k-" + kind.replace(",", "").replace(" ", "-")


def _glyph(kind: SpanKind) -> str:
    return {SpanKind.UNHEALTHY: "✚", SpanKind.FAILED: "✖"}.get(kind, "")


class _Chart:
    """Places times in percent of the width."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._start = max(0.0, timeline.batches[0].start)
        self._end = max(timeline.end, self._start + 1.0)

    def lines(self) -> Iterator[Child]:
        """The axis, then a line for each batch with those of its instances."""
        yield self._axis()
        tracks = self._timeline.tracks
        for batch in self._timeline.batches:
            yield self._heading(batch)
            if self._timeline.total > _MOST_ROWS:
                members = tuple(t for t in tracks if t.batch == batch.number)
                spans = common_spans(members, batch.number, self._end)
                yield self._row(f"{len(batch.instance_ids)} VMs", "", spans, "")
                continue
            yield from (self._track(t) for t in tracks if t.batch == batch.number)
        waiting = [t for t in tracks if t.batch is None]
        if waiting:
            count = pluralize(len(waiting), "instance was", "instances were")
            yield tag("p", f"{count} not upgraded.", class_="quiet")

    def _percent(self, t: float) -> float:
        return min(100.0, max(0.0, 100 * (t - self._start) / (self._end - self._start)))

    def _axis(self) -> Markup:
        length = self._end - self._start
        step = next((s for s in _TICKS if length / s <= _MOST_TICKS), _TICKS[-1])
        labels = []
        for number in range(int(length // step) + 1):
            t = self._start + number * step
            clock = self._timeline.clock_at(t)
            if clock is not None and self._percent(t) < 95:
                style = "%H:%M" if step >= 60 else "%H:%M:%S"
                labels.append(
                    tag("span", clock.strftime(style), style=f"left:{self._percent(t):.2f}%")
                )
        lane = tag("div", labels, class_="lane")
        name = tag("div", "UTC", class_="name quiet")
        return tag("div", name, lane, tag("div"), class_="trow axis")

    def _heading(self, batch: BatchTrack) -> Markup:
        end = self._end if batch.end is None else batch.end
        kind = SpanKind.FAILED if batch.failed else SpanKind.COMPLETE
        kind = SpanKind.UPGRADING if batch.end is None else kind
        parts = [
            f"{batch.complete} of {len(batch.instance_ids)} complete",
            f", {batch.failed} failed" if batch.failed else "",
            f" in {stopwatch_text(end - batch.start)}",
        ]
        if batch.answer:
            parts = ["refused"]
        failed = "w-g-failed" if batch.failed else "quiet"
        name = tag(
            "div", tag("b", batch.title), f" {batch.row} ",
            tag("span", "".join(parts), class_=failed), class_="name",
        )  # fmt: skip
        bar = self._bar(Span(kind, batch.start, end))
        line = tag("div", tag("div"), tag("div", bar, class_="lane"), tag("div"), class_="trow sum")
        return join((tag("div", name, class_="trow head"), line))

    def _track(self, track: InstanceTrack) -> Markup:
        result, why = "", ""
        match track.stage:
            case Stage.UPGRADED if track.seconds is not None:
                result = stopwatch_text(track.seconds)
            case Stage.FAILED:
                result, why = "failed", track.message
            case Stage.GONE:
                result = "deleted"
            case Stage.SKIPPED:
                result, why = "skipped", track.message
            case Stage.WAITING:
                result = "not upgraded"
            case _:
                result = "upgrading"
        return self._row(track.instance_id, track.row, track.spans, result, why)

    def _row(
        self, name: str, domain: str, spans: Sequence[Span], result: str, why: str = ""
    ) -> Markup:
        label = tag(
            "div", tag("span", name, class_="id"), " ",
            tag("span", domain, class_="quiet wide"), class_="name",
        )  # fmt: skip
        lane = tag("div", self._bars(spans), class_="lane")
        failed = "w-g-failed" if result == "failed" else ""
        parts: list[Child] = [label, lane, tag("div", result, class_=f"result {failed}".strip())]
        if why:
            parts.append(tag("div", why, class_=f"why {failed}".strip()))
        return tag("div", parts, class_="trow")

    def _bars(self, spans: Iterable[Span]) -> list[Markup]:
        return [self._bar(span) for span in spans]

    def _bar(self, span: Span) -> Markup:
        left = self._percent(span.start)
        width = self._percent(self._end if span.end is None else span.end) - left
        clock = self._timeline.clock_at(span.start)
        title = f"{span.kind}{f' from {clock:%H:%M:%S}' if clock else ''}"
        style = f"left:{min(left, 99.7):.2f}%;width:{max(0.3, width):.2f}%"
        return tag("i", class_=_span_class(span.kind), style=style, title=title)

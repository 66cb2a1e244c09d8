"""The spans of a whole batch as one bar. Pure."""

from collections.abc import Sequence
from itertools import pairwise

from vmss_tui.upgrade.report.timeline.timeline import InstanceTrack, Span, SpanKind


def common_spans(tracks: Sequence[InstanceTrack], batch: int, now: float) -> tuple[Span, ...]:
    """The spans of a batch as one bar: what most of its instances are in, the later kind where two
    are equal."""
    spans = [
        [span._replace(end=now if span.end is None else span.end) for span in track.spans]
        for track in tracks
        if track.batch == batch
    ]
    times = sorted({t for track in spans for s in track for t in (s.start, s.end or now)})
    kinds = list(SpanKind)
    result: list[Span] = []
    for start, end in pairwise(times):
        counts = dict.fromkeys(kinds, 0)
        for track in spans:
            for span in track:
                if span.start <= start and (span.end or now) >= end:
                    counts[span.kind] += 1
        kind = max(kinds, key=lambda kind: (counts[kind], kinds.index(kind)))
        if not counts[kind]:
            continue
        if result and result[-1].kind is kind and result[-1].end == start:
            result[-1] = Span(kind, result[-1].start, end)
        else:
            result.append(Span(kind, start, end))
    return tuple(result)

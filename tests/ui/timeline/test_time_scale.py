"""The axis of the timeline: times of day at round minutes."""

from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from rich.style import Style

from vmss_tui.ui.drawing.glyphs import Appearance
from vmss_tui.ui.timeline.bars import BarPainter
from vmss_tui.ui.timeline.line_canvas import LineCanvas
from vmss_tui.ui.timeline.time_scale import TimeScale
from vmss_tui.upgrade.report.timeline.timeline import Span, SpanKind

START = datetime(2026, 11, 14, 12, 4, 31, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "speed", "zone", "expected"),
    [
        (10.0, 1.0, UTC, ["12:06", "12:08", "12:10", "12:12"]),
        (40.0, 1.0, UTC, ["12:10", "12:20", "12:30", "12:40"]),
        (400.0, 1.0, UTC, ["14:00", "16:00", "18:00"]),
        (400.0, 1.0, timezone(timedelta(hours=5, minutes=30)), ["18:00", "20:00", "22:00"]),
        (40.0, 40.0, UTC, ["12:04:40", "12:04:50", "12:05:00", "12:05:10", "12:05:20"]),
    ],
)
def test_ticks_are_at_round_times_of_day_however_fast_the_clock_of_the_run_is(
    seconds: float, speed: float, zone: timezone, expected: list[str]
) -> None:
    scale = TimeScale(0.0, seconds, 60)
    ticks = list(scale.ticks(lambda t: START + timedelta(seconds=t / speed), zone))
    labels = [at.astimezone(zone).strftime("%H:%M:%S") for _, at in ticks]
    assert labels == [text if len(text) > 5 else f"{text}:00" for text in expected]
    for column, at in ticks:
        in_column = (at - START).total_seconds() * speed - column * seconds
        assert 0 <= in_column < seconds
    assert not list(scale.ticks(lambda _: None, zone))


def test_equal_durations_are_equally_long_and_no_label_of_the_axis_is_missing() -> None:
    scale = TimeScale(0.0, 15.0, 100)
    painter = BarPainter(Appearance(), "vmss-mono", {"good": Style()})
    lengths = []
    for start in (0.0, 7.0, 14.0):
        canvas = LineCanvas(100, Style())
        painter.paint_spans(canvas, 0, scale, [Span(SpanKind.COMPLETE, start, start + 67)], 200.0)
        lengths.append(canvas.strip().text.count("█"))
    assert lengths == [4, 4, 4]
    for seconds in (5.0, 6.03, 15.0, 29.7):
        scale = TimeScale(0.0, seconds, 120)
        ticks = list(scale.ticks(lambda t: START + timedelta(seconds=t), UTC))
        gaps = {after[1] - before[1] for before, after in pairwise(ticks)}
        assert len(gaps) == 1

"""The strip of batches, bars and sparklines, and lines that are sent up to what differs."""

from datetime import UTC

import pytest
from textual.content import Content

from vmss_tui.ui.drawing.charts import BarPart, bar, gauge, share_columns, sparkline
from vmss_tui.ui.drawing.glyphs import Appearance, Glyphs, Tone
from vmss_tui.ui.drawing.line_text import changed_columns
from vmss_tui.ui.run.strip import BatchStrip
from vmss_tui.upgrade.overview.segments import BatchSegment, Checkpoint

_UNICODE = Appearance(zone=UTC)


def _segment(number: int, size: int = 20, *, done: int = 0, failed: int = 0) -> BatchSegment:
    is_sent = done + failed > 0 or number == 3
    pending = size - done - failed if is_sent else 0
    seconds = 229.0 if is_sent else None
    return BatchSegment(
        number, f"UD {number}", size, done, failed, pending, is_sent, number == 1, seconds
    )


def _segments(count: int) -> list[BatchSegment]:
    """Two that are complete, one at work, the others waiting."""
    sent = [_segment(1, 2, done=2), _segment(2, 18, done=18), _segment(3, done=7)]
    return [*sent, *(_segment(number) for number in range(4, count + 1))]


def test_six_batches_have_labels_times_and_the_checkpoint_with_its_real_percentage() -> None:
    checkpoint = Checkpoint(50, 4, 59, is_approved=False)
    strip, notes = BatchStrip(_segments(6), (checkpoint,), 72, _UNICODE).lines()
    assert strip.cell_length == notes.cell_length == 72
    for text in ("canary 2", "2 · 18", "3 · 7/20", "4 · 20", " ‖ ", "6 · 20"):
        assert text in strip.plain
    assert "✓ 3:49" in notes.plain
    assert "▶ 3:49" in notes.plain
    assert "‖ approval at 50 % (59 %)" in notes.plain
    assert notes.plain.index("‖") == strip.plain.index("‖")


@pytest.mark.parametrize("width", [20, 38, 72, 190])
@pytest.mark.parametrize("count", [1, 3, 6, 50, 300])
def test_a_strip_is_as_wide_as_its_room_however_many_batches_there_are(
    width: int, count: int
) -> None:
    checkpoints = (Checkpoint(50, 3, 59, is_approved=True),) if count > 3 else ()
    strip, notes = BatchStrip(_segments(count)[:count], checkpoints, width, _UNICODE).lines()
    assert strip.cell_length == notes.cell_length == width
    assert strip.plain.strip()


def test_many_batches_are_squeezed_and_a_failed_one_is_marked() -> None:
    segments = [_segment(number, done=20) for number in range(1, 23)]
    segments += [_segment(number) for number in range(23, 51)]
    segments[1] = _segment(2, 18, done=17, failed=1)
    checkpoint = Checkpoint(50, 25, 50, is_approved=False)
    strip, notes = BatchStrip(segments, (checkpoint,), 190, _UNICODE).lines()
    assert "✖" in strip.plain
    assert "canary ✓" in notes.plain
    assert "‖ approval at 50 %, after batch 25" in notes.plain
    ascii_strip, ascii_notes = BatchStrip(
        segments, (checkpoint,), 190, Appearance(glyphs=Glyphs.ASCII)
    ).lines()
    assert (ascii_strip.plain + ascii_notes.plain).isascii()


def test_no_part_of_a_bar_that_is_not_nothing_vanishes() -> None:
    assert share_columns([1, 998, 1], 10) == [1, 8, 1]
    assert share_columns([0, 0], 10) == [0, 0]
    assert sum(share_columns([3, 3, 3], 10)) == 10
    content = bar((BarPart(1, Tone.FAILED), BarPart(99, Tone.GOOD)), 10, Glyphs.UNICODE)
    assert content.plain == "✖█████████"
    assert gauge(30, 20, Tone.MOVING, 4, Glyphs.UNICODE).plain == "▒▒▒▒"
    assert gauge(0, 20, Tone.MOVING, 4, Glyphs.UNICODE).plain == "    "


def test_a_sparkline_has_a_base_line_and_its_highest_column_fills_all_rows() -> None:
    assert sparkline([0, 4, 8, 2], 2, Glyphs.UNICODE) == ["  █ ", "▁███"[:1] + "██▄"]
    assert sparkline([], 2, Glyphs.UNICODE) == ["", ""]
    assert all(line.isascii() for line in sparkline([0, 4, 8, 2], 2, Glyphs.ASCII))


def test_a_line_is_sent_again_up_to_the_last_column_that_differs() -> None:
    before = Content.assemble(("12", "bold"), " of 20 upgraded")
    assert changed_columns(before, Content.assemble(("12", "bold"), " of 20 upgraded")) == 0
    assert changed_columns(before, Content.assemble(("13", "bold"), " of 20 upgraded")) == 2
    assert changed_columns(before, Content.assemble("12", " of 20 upgraded")) == 2
    assert changed_columns(before, Content.assemble(("12", "bold"), " of 20")) == 17

"""Which columns of a line are drawn again."""

from rich.segment import Segment
from rich.style import Style

from vmss_tui.ui.drawing.line_difference import difference_spans

BOLD = Style(bold=True)


def test_only_the_columns_that_differ_are_drawn_and_near_ones_together() -> None:
    before = [Segment("0123456789"), Segment("abcdefghij", BOLD)]
    assert difference_spans(before, before, 20) == []
    assert difference_spans(before, [Segment("0123456789"), Segment("abcdefghij")], 20) == [
        (10, 20)
    ]
    changed = [Segment("x1234x6789"), Segment("abcdefghix", BOLD)]
    assert difference_spans(before, changed, 20) == [(0, 6), (19, 20)]
    assert difference_spans((), before, 20) == [(0, 20)]
    assert difference_spans(before, (), 20) == [(0, 20)]
    assert difference_spans(before, [], 5) == [(0, 5)]
    assert difference_spans(before, [Segment("漢字"), *before], 24) == [(0, 24)], "wide characters"

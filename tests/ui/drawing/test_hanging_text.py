"""Text with a hanging indent: wrapped lines continue below the text, not below the label."""

from hypothesis import given
from hypothesis import strategies as st
from textual.content import Content

from vmss_tui.ui.drawing.hanging_text import hang_lines

WORDS = st.text("ab ▶界", min_size=1, max_size=120).map(str.strip).filter(bool)


def lines(text: str, width: int) -> list[str]:
    return [line.rstrip() for line in hang_lines(Content(text), width).plain.split("\n")]


def test_what_does_not_fit_stands_below_the_words_not_the_label() -> None:
    assert lines("serving       at least 79 of 98 running stay up", 34) == [
        "serving       at least 79 of 98",
        "              running stay up",
    ]
    assert lines("  left out  2 not running, which needs a flag  58 63", 30) == [
        "  left out  2 not running,",
        "            which needs a flag",
        "            58 63",
    ]


def test_a_resource_id_is_divided_after_a_slash() -> None:
    assert lines("Scale set  /subscriptions/1/resourceGroups/web-rg/providers/p/web-vmss", 44) == [
        "Scale set  /subscriptions/1/resourceGroups/",
        "           web-rg/providers/p/web-vmss",
    ]
    assert lines("Name  a-name-without-a-slash-that-is-long", 20)[0] == "Name  a-name-without"


def test_rows_of_one_label_width_continue_there_whatever_blanks_they_have() -> None:
    rows = Content("Available at least 84 of  100 stay up\nChecked   no problem")
    assert hang_lines(rows, 25, 10).plain.split("\n") == [
        "Available at least 84 of",
        "          100 stay up",
        "Checked   no problem",
    ]


def test_what_has_no_label_or_no_room_begins_at_the_edge() -> None:
    assert lines("a sentence that is as wide as two lines", 20) == [
        "a sentence that is",
        "as wide as two lines",
    ]
    assert lines("a long label  and words", 12) == ["a long label", "and words"]


def test_what_fits_stays_as_it_is() -> None:
    assert lines("label   words\n\nmore", 20) == ["label   words", "", "more"]


@given(WORDS, WORDS, st.integers(16, 60))
def test_nothing_is_lost_and_no_line_is_too_wide(label: str, text: str, width: int) -> None:
    wrapped = hang_lines(Content(f"{label}  {text}"), width)
    assert "".join(wrapped.plain.split()) == "".join((label + text).split())
    assert all(line.cell_length <= width for line in wrapped.split("\n"))

"""Cells of lists in columns that are narrower than their text."""

from vmss_tui.ui.lists.list_columns import fit_cell


def test_a_name_is_cut_in_the_middle_and_other_text_at_its_end() -> None:
    name = (("  checkout-service-07", "bold"),)
    assert fit_cell(name, 14, "…", keeps_end=True) == (("  check…ice-07", "bold"),)
    assert fit_cell(name, 14, ".") == (("  checkout-se.", "bold"),)
    assert fit_cell(name, 7, "…", keeps_end=True) == (("  chec…", "bold"),), "too narrow for both"
    assert fit_cell(name, 21, "…", keeps_end=True) == name
    assert fit_cell((("东京-东京-东京", ""),), 9, "…", keeps_end=True) == (("东京-东 …", ""),)
    assert fit_cell((("100 ", "bold"), ("failed", "")), 4, "…") == (("100 ", "bold"), ("", ""))

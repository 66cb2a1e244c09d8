"""A list of options to choose from, in popups and tabs."""

from contextlib import suppress

from textual.widgets import OptionList


class ChoiceList(OptionList):
    """An option list whose page keys have no effect before its first layout: Textual knows the
    lines of its options from then on, and raises `KeyError` before."""

    def action_page_up(self) -> None:
        """Moves the highlight up one page."""
        with suppress(KeyError):
            super().action_page_up()  # type: ignore[no-untyped-call]

    def action_page_down(self) -> None:
        """Moves the highlight down one page."""
        with suppress(KeyError):
            super().action_page_down()  # type: ignore[no-untyped-call]

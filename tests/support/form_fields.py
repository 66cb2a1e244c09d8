"""Access to the fields of the form that is on top of the screen."""

from typing import Any

from textual.screen import Screen

from tests.support.pilot import DashboardPilot
from vmss_tui.ui.forms.base_form import FormScreen


def field_value(screen: DashboardPilot, name: str) -> str:
    """The value of a field of the form."""
    form = screen.app.screen
    assert isinstance(form, FormScreen)
    return form.field_widget(name).value


def is_on_top(screen: DashboardPilot, kind: type[Screen[Any]]) -> bool:
    """Whether the screen on top is of a class."""
    return isinstance(screen.app.screen, kind)


async def focus_field(screen: DashboardPilot, name: str) -> None:
    """Focuses a field of the form."""
    form = screen.app.screen
    assert isinstance(form, FormScreen)
    form.field_widget(name).focus()
    await screen.rest()

"""Access to the fields of the form that is on top of the screen."""

from typing import Any

from textual.screen import Screen
from textual.widgets import Input

from tests.support.pilot import DashboardPilot


def field_value(screen: DashboardPilot, name: str) -> str:
    """What stands in a field_value of the editor."""
    return screen.app.screen.query_one(f"#{name}", Input).value


def is_on_top(screen: DashboardPilot, kind: type[Screen[Any]]) -> bool:
    """Whether the screen on top is of a class."""
    return isinstance(screen.app.screen, kind)


async def focus_field(screen: DashboardPilot, name: str) -> None:
    """Puts the focus into a field_value of the editor."""
    screen.app.screen.query_one(f"#{name}", Input).focus()
    await screen.rest()

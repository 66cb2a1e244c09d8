"""The screens that the app opens by itself. Imported in a thread after the first frame."""

from collections.abc import Mapping
from typing import Any

from textual.content import Content
from textual.screen import Screen

from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.ui.commands.availability import CommandContext
from vmss_tui.ui.commands.command_palette import CommandPalette
from vmss_tui.ui.commands.screen import CommandScreen
from vmss_tui.ui.dialogs.help import HelpScreen
from vmss_tui.ui.dialogs.text_viewer import TextViewer
from vmss_tui.ui.screens.scale_set.screen import ScaleSetScreen
from vmss_tui.ui.screens.scale_set_list import ScaleSetListScreen


def first_screen(scale_set: ScaleSetId | None) -> Screen[None]:
    """The scale set named on the command line, else the list of all."""
    return ScaleSetScreen(scale_set) if scale_set else ScaleSetListScreen()


def help_screen(top: Screen[Any], keys: Mapping[str, str]) -> Screen[None]:
    """All keys, with the reasons why commands of the `top` screen are unavailable. `keys` are the
    configured keys by command id."""
    if isinstance(top, CommandScreen):
        return HelpScreen(top.COMMAND_SCOPE, top.command_context(), keys)
    return HelpScreen(None, CommandContext(), keys)


def palette_screen() -> Screen[None]:
    """The command palette."""
    return CommandPalette()


def clipboard_screen(text: str) -> Screen[None]:
    """A text to select, where the terminal has no clipboard."""
    return TextViewer("select and copy this", Content(text))

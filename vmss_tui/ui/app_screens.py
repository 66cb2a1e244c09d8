"""The screens that the app itself opens. Imported after the first frame, in a thread."""

from collections.abc import Mapping
from typing import Any

from textual.content import Content
from textual.screen import Screen

from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.ui.commands.availability import CommandContext
from vmss_tui.ui.commands.palette import Palette
from vmss_tui.ui.commands.screen import CommandScreen
from vmss_tui.ui.dialogs.help import help_viewer
from vmss_tui.ui.dialogs.text_viewer import TextViewer
from vmss_tui.ui.screens.scale_set.screen import ScaleSetScreen
from vmss_tui.ui.screens.scale_set_list import ScaleSetListScreen


def first_screen(scale_set: ScaleSetId | None) -> Screen[None]:
    """The scale set that was named, or the list of all."""
    return ScaleSetScreen(scale_set) if scale_set else ScaleSetListScreen()


def help_screen(below: Screen[Any], keys: Mapping[str, str]) -> Screen[None]:
    """All keys, and why what may not run on the screen below may not."""
    standing = below.command_context() if isinstance(below, CommandScreen) else CommandContext()
    return help_viewer(standing, keys)


def palette_screen() -> Screen[None]:
    """All commands, to be found by name."""
    return Palette()


def copying_screen(text: str) -> Screen[None]:
    """A text to select, where the terminal cannot be asked to copy it."""
    return TextViewer("select and copy this", Content(text))

"""The screens that the app opens by itself. Imported in a thread after the first frame.

What is opened by a key only is imported later, in `import_dialogs` or by the key.
"""

import threading
from collections.abc import Mapping
from functools import cache, partial
from typing import Any

from textual.content import Content
from textual.screen import Screen

from vmss_tui.ui.background.early_watch import Opening
from vmss_tui.ui.commands.availability import CommandContext
from vmss_tui.ui.commands.screen import CommandScreen
from vmss_tui.ui.screens.scale_set.screen import ScaleSetScreen
from vmss_tui.ui.screens.scale_set_list import ScaleSetListScreen
from vmss_tui.ui.session import Session


def first_screen(session: Session, opening: Opening) -> Screen[None]:
    """The scale set named on the command line, or the only one of the list: there is nothing to
    choose from, and `q` shows the list; else the list of all."""
    watch, reading = opening.watch, opening.reading
    if watch is None:
        return ScaleSetListScreen(opening)
    if reading is not None:
        session.scale_sets = reading.scale_sets
        session.make_list = partial(ScaleSetListScreen, opens_only_set=False)
    return ScaleSetScreen(watch.scale_set, watch=watch)


def help_screen(top: Screen[Any], keys: Mapping[str, str]) -> Screen[None]:
    """All keys, with the reasons why commands of the `top` screen are unavailable. `keys` are the
    configured keys by command id."""
    from vmss_tui.ui.dialogs.help import HelpScreen

    if isinstance(top, CommandScreen):
        return HelpScreen(top.COMMAND_SCOPE, top.command_context(), keys)
    return HelpScreen(None, CommandContext(), keys)


def palette_screen() -> Screen[None]:
    """The command palette."""
    from vmss_tui.ui.commands.command_palette import CommandPalette

    return CommandPalette()


def clipboard_screen(text: str) -> Screen[None]:
    """A text to select, where the terminal has no clipboard."""
    from vmss_tui.ui.dialogs.text_viewer import TextViewer

    return TextViewer("select and copy this", Content(text))


def import_dialogs() -> None:
    """Imports dialogs and forms in a thread, so that the first key that opens one need not."""
    threading.Thread(target=_import_dialogs, name="import", daemon=True).start()


@cache
def _import_dialogs() -> None:
    from vmss_tui.runtime.preflight import checker  # noqa: F401
    from vmss_tui.ui.campaigns import campaign_list, campaign_setup  # noqa: F401
    from vmss_tui.ui.commands import command_palette  # noqa: F401
    from vmss_tui.ui.dialogs import (  # noqa: F401
        action_menu,
        choice,
        event_log,
        help,
        image_picker,
        plan_confirm,
        text_viewer,
    )
    from vmss_tui.ui.forms import capacity, model_editor, run_setup  # noqa: F401
    from vmss_tui.ui.instance_screen import instance_screen  # noqa: F401
    from vmss_tui.ui.screens import run_list  # noqa: F401

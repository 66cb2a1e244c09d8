"""The popup of actions on the selection: grouped commands, filtered by typing. Sends nothing.

The result is the id of the chosen command, which asks for confirmation by itself.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from vmss_tui.text import capitalize_sentence, cell
from vmss_tui.ui.dialogs.dialog_frame import DialogFrame, key_hints
from vmss_tui.ui.drawing.choice_list import ChoiceList
from vmss_tui.ui.layers import Dialog
from vmss_tui.ui.text.actions import Action, ActionGroup

_KEY_COLUMNS = 7


class _Filter(Input):
    """An input whose first character may be the key of a command instead."""

    def __init__(self, choose_by_key: Callable[[str], bool]) -> None:
        super().__init__(placeholder="type to filter", compact=True, id="narrow")
        self._choose_by_key = choose_by_key

    def on_key(self, event: events.Key) -> None:
        """Chooses a command by its key while nothing is typed."""
        if event.character and not self.value and self._choose_by_key(event.character):
            event.prevent_default()
            event.stop()


class ActionsScreen(Dialog[str | None]):
    """The result is the id of the chosen command; None if the popup was closed."""

    needs_quiet: ClassVar[bool] = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "close", show=False),
        Binding("down", "move('cursor_down')", "down", show=False),
        Binding("up", "move('cursor_up')", "up", show=False),
        Binding("pagedown", "move('page_down')", "page down", show=False),
        Binding("pageup", "move('page_up')", "page up", show=False),
    ]

    def __init__(
        self, title: str, groups: Sequence[ActionGroup], instance_ids: Collection[str] = ()
    ) -> None:
        """`instance_ids` are those of the selection."""
        super().__init__()
        self.lit_ids = instance_ids
        self._heading, self._groups = title, tuple(groups)
        self._obstacles: Mapping[str, str] = {
            action.command_id: action.obstacle for group in groups for action in group.actions
        }

    def compose(self) -> ComposeResult:
        """The filter, the grouped commands."""
        yield DialogFrame(
            _Filter(self._choose_by_key),
            ChoiceList(markup=False, compact=True),
            title=self._heading,
            keys=key_hints(("type", "to filter"), ("enter", "choose"), ("esc", "close")),
            classes="sheet popup",
        )

    def on_mount(self) -> None:
        """Shows all commands; the input keeps the focus."""
        self._list.can_focus = False
        self.query_one(Input).focus()

    def on_resize(self) -> None:
        """Draws the lines for the new width."""
        self.call_after_refresh(self._show_matching)

    def on_input_changed(self) -> None:
        """Filters the commands by the typed words."""
        self._show_matching()

    def on_input_submitted(self) -> None:
        """Chooses the highlighted command."""
        index = self._list.highlighted
        if index is not None:
            self._choose(self._list.get_option_at_index(index).id)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Chooses the clicked command."""
        self._choose(event.option.id)

    def _choose_by_key(self, character: str) -> bool:
        """Chooses the command with this upper-case key; False where there is none."""
        actions = (action for group in self._groups for action in group.actions)
        chosen = next((action for action in actions if character in action.keys), None)
        if chosen is None or not character.isupper():
            return False
        self._choose(chosen.command_id)
        return True

    def action_move(self, how: str) -> None:
        """Moves in the list while the input has the focus."""
        getattr(self._list, f"action_{how}")()

    def action_close(self) -> None:
        """Closes the popup without a choice."""
        self.dismiss(None)

    def _choose(self, command_id: str | None) -> None:
        if command_id is None:
            return
        if obstacle := self._obstacles.get(command_id):
            self.app.clear_notifications()
            text = capitalize_sentence(obstacle)
            self.notify(text, severity="warning", markup=False, timeout=6)
            return
        self.dismiss(command_id)

    def _show_matching(self) -> None:
        typed = self.query_one(Input).value.lower().split()
        width = max(30, self._list.size.width)
        options: list[Option] = []
        for group in self._groups:
            actions = [
                action
                for action in group.actions
                if all(word in f"{action.title} {action.command_id}".lower() for word in typed)
            ]
            if actions:
                options.append(
                    Option(Content.styled(group.title, _heading_style(group)), disabled=True)
                )
                options += [self._option(group, action, width) for action in actions]
        self._list.clear_options()
        self._list.add_options(options)
        self._list.highlighted = next(
            (index for index, option in enumerate(options) if not option.disabled), None
        )

    def _option(self, group: ActionGroup, action: Action, width: int) -> Option:
        """Key, title and remark; an unavailable command is dim, with its reason."""
        keys = " ".join(action.keys)
        title = cell(action.title, 60)
        space = max(1, width - _KEY_COLUMNS - len(title) - 4)
        remark = action.obstacle or action.remark
        if len(remark) > space:  # without what helps, which choosing it shows
            remark = remark.partition(":")[0]
        remark = cell(remark, space)
        room = width - _KEY_COLUMNS - len(remark) - 2
        is_red = group.is_destructive and self.app.theme != "vmss-16"  # unreadable on blue
        style = "$tone-failed" if is_red else "$foreground"
        if action.obstacle:
            style = "$dim"
        return Option(
            Content.assemble(
                (f" {keys:<{_KEY_COLUMNS - 1}}", "$dim" if action.obstacle else "bold $key"),
                (f"{title:<{max(1, room)}}", style),
                (f"{remark} ", "$dim" if action.obstacle else "$quiet"),
            ),
            id=action.command_id,
        )

    @property
    def _list(self) -> ChoiceList:
        return self.query_one(ChoiceList)


def _heading_style(group: ActionGroup) -> str:
    return "bold $tone-failed" if group.is_destructive else "$quiet"

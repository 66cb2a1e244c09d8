"""The command palette: commands of the screen below it, and names of scale sets and instances."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import ClassVar, cast

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.fuzzy import Matcher
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from vmss_tui.text import capitalize_sentence, cell
from vmss_tui.ui.commands.availability import CommandContext
from vmss_tui.ui.commands.bindings import (
    COMMANDS_BY_ID,
    Command,
    CommandGroup,
    CommandScope,
    commands_in,
    key_labels,
)
from vmss_tui.ui.commands.screen import CommandScreen
from vmss_tui.ui.commands.search import PaletteEntry, PaletteName, matching_entries
from vmss_tui.ui.commands.synonyms import SYNONYMS
from vmss_tui.ui.layers import Dialog
from vmss_tui.ui.session import HasSession, Session

_GROUP_ORDER = (
    CommandGroup.CHANGE,
    CommandGroup.RUN,
    CommandGroup.SELECT,
    CommandGroup.VIEW,
    CommandGroup.LEAVE,
)
_RECENT = "Recent"
_MAX_RECENT, _MAX_HISTORY = 4, 50
_TITLE_WIDTH, _KEY_WIDTH = 30, 9


class CommandPalette(Dialog[None]):
    """Finds a command or a name by any part of it; Enter runs the first one."""

    needs_quiet: ClassVar[bool] = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "close", show=False),
        Binding("down", "move(1)", "down", show=False),
        Binding("up", "move(-1)", "up", show=False),
        Binding("pagedown", "move(10)", "page down", show=False),
        Binding("pageup", "move(-10)", "page up", show=False),
        Binding("ctrl+c", "close", "close", show=False, priority=True),
    ]

    def __init__(self) -> None:
        super().__init__(classes="at-top")
        self._entries: list[PaletteEntry] = []
        """What the lines of the list stand for."""
        self._commands: list[PaletteEntry] = []
        self._other_commands: list[PaletteEntry] = []
        """Commands of the screen of a scale set, where another screen is below."""
        self._names: list[PaletteEntry] = []
        self._history_place = 0
        """How many queries back the typed text is from; 0 for a new one."""

    @property
    def session(self) -> Session:
        """The session that all screens share."""
        return cast(HasSession, self.app).session

    def compose(self) -> ComposeResult:
        """The line to type in, and the list."""
        with Vertical(id="palette"):
            with Horizontal(id="palette-line"):
                yield Static(Content.styled(" : ", "bold $key"), markup=False)
                yield Input(
                    placeholder="command, scale set or instance", id="palette-input", compact=True
                )
            yield OptionList(id="palette-list", markup=False, compact=True)
            yield Static(id="palette-note", markup=False)
            hint = " ↑↓ choose   enter runs it   ↑ at the top: earlier ones   esc closes"
            yield Static(Content.styled(hint, "$quiet"), markup=False, id="palette-hint")

    def on_mount(self) -> None:
        """Collects the entries of the screen below."""
        below = self.app.screen_stack[-2]
        self._commands = list(self._command_entries(below))
        self._other_commands = list(self._other_entries(below))
        if isinstance(below, CommandScreen):
            self._names = [_name_entry(name) for name in below.palette_names()]
        self.query_one("#palette-list", OptionList).can_focus = False
        self.query_one(Input).focus()
        self._show("")

    def _command_entries(self, below: object) -> Iterator[PaletteEntry]:
        context = CommandContext()
        if isinstance(below, CommandScreen):
            context = below.command_context()
            for command in commands_in(below.COMMAND_SCOPE):
                if command.takes_key or command.group is CommandGroup.MOVE:
                    continue  # without the pressed key there is nothing to run
                yield self._entry(command, partial(below.action_command, command.id), context)
        for command in commands_in(CommandScope.APP):
            if command.id != "palette":
                run = partial(_run_app_command, self.app, command.id)
                yield self._entry(command, run, context)

    def _other_entries(self, below: object) -> Iterator[PaletteEntry]:
        """Commands of the map below the screen of an instance; elsewhere those that a scale set has
        to be opened for, with this as the reason."""
        known = {entry.command_id for entry in self._commands}
        key = key_labels(COMMANDS_BY_ID["open"], self.session.keys.get("open"))[0]
        reason = f"not now: open a scale set first ({key})"
        for command in commands_in(CommandScope.SCALE_SET):
            if command.takes_key or command.group is CommandGroup.MOVE or command.id in known:
                continue
            if not isinstance(below, CommandScreen):
                continue
            if (on_map := below.command_below(command.id)) is not None:
                yield self._entry(command, on_map, below.command_context())
            else:
                run = partial(below.say, capitalize_sentence(reason[9:]), warning=True)
                entry = self._entry(command, run, CommandContext())
                yield entry._replace(note=reason, available=False)

    def _entry(
        self, command: Command, run: Callable[[], object], context: CommandContext
    ) -> PaletteEntry:
        keys = key_labels(command, self.session.keys.get(command.id))
        reason = command.unavailable_reason(context)
        note = f"not now: {reason}" if reason else command.tooltip
        synonyms = SYNONYMS.get(command.id, ())
        return PaletteEntry(
            command.group,
            command.title,
            " ".join(keys),
            note,
            run,
            not reason,
            command.id,
            synonyms,
        )

    # The list

    def _show(self, query: str) -> None:
        if query.strip():
            match = Matcher(query).match
            commands = [*self._commands, *self._other_commands]
            self._entries = matching_entries(query, commands, self._names, match)
        else:
            self._entries = self._initial_entries()
        options: list[Option] = []
        group = ""
        first = None
        for index, entry in enumerate(self._entries):
            if entry.group != group:
                group = entry.group
                options.append(Option(Content.styled(f" {group}", "bold $quiet"), disabled=True))
            if first is None:
                first = len(options)
            options.append(Option(Content.assemble(*self._line(entry)), id=str(index)))
        if not options:
            text = f" Nothing matches {cell(query, 60)}: a command, a scale set or an instance"
            options.append(Option(Content.styled(text, "$quiet"), disabled=True))
            self.query_one("#palette-note", Static).update("")
        shown = self.query_one("#palette-list", OptionList)
        shown.clear_options()
        shown.add_options(options)
        shown.highlighted = first
        shown.scroll_home(animate=False)

    def _initial_entries(self) -> list[PaletteEntry]:
        """What was run last, then all commands by group."""
        by_title = {entry.title: entry for entry in (*self._names, *self._commands)}
        recent = [
            by_title[title]._replace(group=_RECENT)
            for title in list(dict.fromkeys(reversed(self.session.palette_history)))
            if title in by_title
        ]
        groups: Sequence[str] = _GROUP_ORDER
        in_order = sorted(self._commands, key=lambda entry: groups.index(entry.group))
        return recent[:_MAX_RECENT] + in_order

    def _line(self, entry: PaletteEntry) -> tuple[str | tuple[str, str], ...]:
        """Texts with their styles."""
        title = cell(entry.title, _TITLE_WIDTH)
        title += " " * max(1, _TITLE_WIDTH + 1 - Content(title).cell_length)
        style = "bold" if entry.available else "$dim"
        return (
            "  ",
            (title, style),
            (f"{entry.keys:<{_KEY_WIDTH}} ", "bold $key" if entry.available else "$dim"),
            (cell(entry.note, 200), "$quiet" if entry.available else "$dim italic"),
        )

    # Keys

    def on_input_changed(self, event: Input.Changed) -> None:
        """Searches while it is typed."""
        self._show(event.value)

    def on_input_submitted(self) -> None:
        """Runs the highlighted entry."""
        highlighted = self.query_one("#palette-list", OptionList).highlighted_option
        if highlighted is not None and highlighted.id is not None:
            self._run(self._entries[int(highlighted.id)])

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Shows the whole note of the entry, which its line may cut."""
        if event.option is not self.query_one("#palette-list", OptionList).highlighted_option:
            return  # of a list that was replaced since
        index = event.option.id
        entry = self._entries[int(index)] if index and int(index) < len(self._entries) else None
        note = entry.note if entry else ""
        if entry is not None and entry.command_id:  # that of a name begins with another name
            note = capitalize_sentence(note)
        style = "" if entry is None or entry.available else "bold $tone-unhealthy"
        self.query_one("#palette-note", Static).update(Content.styled(cell(note, 400), style))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Runs the entry that was clicked."""
        if event.option.id is not None:
            self._run(self._entries[int(event.option.id)])

    def on_key(self, event: events.Key) -> None:
        """Tab completes the typed text to the first title."""
        if event.key == "tab" and self._entries:
            event.stop()
            event.prevent_default()
            self._type(self._entries[0].title)

    def action_move(self, lines: int) -> None:
        """Moves in the list; up from the first line goes to an earlier query."""
        shown = self.query_one("#palette-list", OptionList)
        is_first = not any(
            not option.disabled for option in shown.options[: shown.highlighted or 0]
        )
        if self._history_place and lines == 1 and is_first:
            self._recall(self._history_place - 1)
        elif lines == -1 and is_first:
            self._recall(self._history_place + 1)
        else:
            for _ in range(abs(lines)):
                move = shown.action_cursor_down if lines > 0 else shown.action_cursor_up
                at = shown.highlighted
                move()
                if shown.highlighted is not None and at is not None:
                    wrapped = (shown.highlighted - at) * lines < 0
                    if wrapped:
                        shown.highlighted = at
                        break

    def action_close(self) -> None:
        """Closes the palette."""
        self.dismiss(None)

    def _recall(self, place: int) -> None:
        history = list(dict.fromkeys(reversed(self.session.palette_history)))
        if place > len(history):
            return
        self._history_place = place
        self._type(history[place - 1] if place else "")

    def _type(self, text: str) -> None:
        field = self.query_one(Input)
        field.value = text
        field.cursor_position = len(text)

    def _run(self, entry: PaletteEntry) -> None:
        history = self.session.palette_history
        history.append(entry.title)
        del history[:-_MAX_HISTORY]
        self.dismiss(None)
        self.app.call_later(entry.run)


def _name_entry(name: PaletteName) -> PaletteEntry:
    return PaletteEntry(name.kind, name.name, "", name.note, name.go)


def _run_app_command(app: object, command_id: str) -> None:
    action = getattr(app, "action_app_command", None)
    if action is not None:
        action(command_id)

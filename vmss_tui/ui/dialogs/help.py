"""The help: the keys of a screen by group, in columns, searched by typing after `/`."""

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Input

from vmss_tui.ui.commands.availability import CommandContext
from vmss_tui.ui.commands.bindings import (
    COMMANDS,
    Command,
    CommandScope,
    commands_by_group,
    key_labels,
)
from vmss_tui.ui.dialogs.base_sheet import SheetScreen
from vmss_tui.ui.dialogs.dialog_frame import DialogFrame, key_hints
from vmss_tui.ui.drawing.static_text import ComputedText

_MIN_COLUMN = 52
_GAP = 3
_KEY_COLUMNS = 10
_SAFETY = (
    "Lower case shows, UPPER CASE changes: first it shows what would change, and Cancel has the "
    "focus. Enter there cancels, pasted text never confirms, and no key typed before a question "
    "could be read."
)
_FILTER = (
    ("ud:2 state:failed", "both must match"),
    ("ud:1 ud:2", "either one"),
    ("!zone:1", "not in zone 1"),
    ("image:22.04.*", "* and ? match any characters"),
    ("web", "in IDs, names and states"),
    ("pg:1", "placement group by its number, or how its ID begins"),
    ("terms", "ud fd zone pg state power health provisioning image model id name size"),
)


class _Block(NamedTuple):
    """A heading and what belongs below it."""

    heading: str
    entries: Sequence[list[Content]]
    """Lines by entry; those of one entry stay together."""


class HelpScreen(SheetScreen):
    """The keys of one screen and of the app, with reasons why some are unavailable."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "close", "close", show=False),
        Binding("slash", "search", "search", show=False),
    ]

    def __init__(
        self, scope: CommandScope | None, context: CommandContext, keys: Mapping[str, str]
    ) -> None:
        """`scope` is that of the screen below; None shows every command."""
        super().__init__()
        scopes = {scope, CommandScope.APP}
        self._commands = [
            command for command in COMMANDS if scope is None or scopes & set(command.scopes)
        ]
        self._has_filter = scope in (None, CommandScope.SCALE_SET)
        self._command_context, self._keys = context, keys

    def compose(self) -> ComposeResult:
        """The search, the columns of keys."""
        yield DialogFrame(
            Input(placeholder="type to search, esc ends the search", compact=True, id="narrow"),
            VerticalScroll(ComputedText(self._columns), can_focus=True),
            title="Keys",
            keys=key_hints(("/", "search"), ("j k", "scroll"), ("esc", "close")),
            classes="sheet help",
        )

    def on_mount(self) -> None:
        """Hides the search until `/`."""
        self._search.display = False

    @property
    def scroll_target(self) -> VerticalScroll:
        """The columns."""
        return self.query_one(VerticalScroll)

    def action_search(self) -> None:
        """Shows the search and focuses it."""
        self._search.display = True
        self._search.focus()

    def action_close(self) -> None:
        """Ends the search, else closes the help."""
        if not self._search.display:
            self.dismiss(None)
            return
        self._search.value = ""
        self._search.display = False
        self.scroll_target.focus()

    def on_input_changed(self) -> None:
        """Shows the matching commands only."""
        self.query_one(ComputedText).update_content()
        self.scroll_target.scroll_home(animate=False)

    def on_input_submitted(self) -> None:
        """Scrolls by keys again, with the search kept."""
        self.scroll_target.focus()

    @property
    def _search(self) -> Input:
        return self.query_one("#narrow", Input)

    def _columns(self, width: int) -> Content:
        count = max(1, (width + _GAP) // (_MIN_COLUMN + _GAP))
        column = (width - _GAP * (count - 1)) // count
        blocks = list(self._blocks(column, self._search.value.lower().split()))
        if not blocks:
            return Content.styled("No command matches.", "$quiet")
        return _side_by_side(_distribute(blocks, count), column)

    def _blocks(self, width: int, terms: Sequence[str]) -> Iterable[_Block]:
        for group, commands in commands_by_group(self._commands).items():
            entries = [self._entry(c, width) for c in commands if self._matches(c, terms)]
            if entries:
                yield _Block(str(group), entries)
        if not terms and self._has_filter:
            filters = [_hang(*entry, width, key_columns=20) for entry in _FILTER]
            yield _Block("Filter (/)", filters)
        if not terms:
            yield _Block("Safety", [list(Content(_SAFETY).wrap(width))])

    def _matches(self, command: Command, terms: Sequence[str]) -> bool:
        labels = " ".join(key_labels(command, self._keys.get(command.id)))
        text = f"{labels} {command.id} {command.title} {command.tooltip}"
        return all(term in text.lower() for term in terms)

    def _entry(self, command: Command, width: int) -> list[Content]:
        labels = " ".join(key_labels(command, self._keys.get(command.id))) or ":"
        text = Content.assemble(command.title, "  ", (command.tooltip, "$quiet"))
        lines = _hang(labels, text, width)
        if reason := command.unavailable_reason(self._command_context):
            obstacle = Content.styled(f"not now: {reason}", "$tone-unhealthy")
            lines += _hang("", obstacle, width)
        return lines


def _hang(
    key: str, text: Content | str, width: int, key_columns: int = _KEY_COLUMNS
) -> list[Content]:
    """The key, and the text wrapped in a column of its own."""
    content = text if isinstance(text, Content) else Content.styled(text, "$quiet")
    lines = content.wrap(max(10, width - key_columns))
    heads = [(f"{key:<{key_columns}}", "bold $key"), *[(" " * key_columns, "")] * (len(lines) - 1)]
    return [Content.assemble(head, line) for head, line in zip(heads, lines, strict=True)]


def _distribute(blocks: Sequence[_Block], count: int) -> list[list[Content]]:
    """The blocks in their order, in at most `count` columns, the highest as low as possible."""
    height = 1 + max(len(entry) for block in blocks for entry in block.entries)
    while len(columns := _columns_of(blocks, height)) > count:
        height += 1
    return columns


def _columns_of(blocks: Sequence[_Block], height: int) -> list[list[Content]]:
    """Columns of at most `height` lines; a block that goes on in the next one has its heading there
    again."""
    columns: list[list[Content]] = [[]]
    for block in blocks:
        heading = Content.styled(block.heading, "bold $focus")
        for number, entry in enumerate(block.entries):
            above = [] if number else [heading]
            if not number and columns[-1]:
                above = [Content(""), heading]
            if len(columns[-1]) + len(above) + len(entry) > height:
                columns.append([])
                above = (
                    [Content.assemble(heading, (" (continued)", "$quiet"))]
                    if number
                    else above[-1:]
                )
            columns[-1] += [*above, *entry]
    return columns


def _side_by_side(columns: Sequence[Sequence[Content]], width: int) -> Content:
    height = max(map(len, columns))
    rows = []
    for index in range(height):
        cells = [column[index] if index < len(column) else Content("") for column in columns]
        padded = [cell.pad_right(max(0, width - cell.cell_length)) for cell in cells[:-1]]
        rows.append(Content(" " * _GAP).join([*padded, cells[-1]]))
    return Content("\n").join(rows)

"""The two lines at the foot: what the glyphs mean, and the keys most often wanted."""

from collections.abc import Callable, Mapping

from textual import events
from textual.content import Content

from vmss_tui.text import cell
from vmss_tui.ui.commands.availability import CommandContext
from vmss_tui.ui.commands.bindings import (
    COMMANDS_BY_ID,
    FOOTER_ORDER,
    Command,
    CommandGroup,
    CommandScope,
    commands_in,
    key_labels,
)
from vmss_tui.ui.drawing.glyphs import Appearance, tone_style
from vmss_tui.ui.drawing.segmented_line import SegmentedLine, pad_to_segment
from vmss_tui.ui.drawing.static_text import ComputedText
from vmss_tui.ui.instances.board import Board
from vmss_tui.ui.instances.cell_modes import CellMode


class Legend(SegmentedLine):
    """What the cells mean now, with counts; what is filtered and marked comes first.

    Where there is room, counts stand where a slice begins.
    """

    def __init__(self, board: Board, look: Appearance) -> None:
        super().__init__()
        self.board, self.look = board, look

    def on_resize(self) -> None:
        """Counts give way where it is narrow."""
        self.look_again()

    async def on_click(self) -> None:
        """What cells mean next, as `m`."""
        await self.app.run_action("screen.command('meaning')")

    def look_again(self) -> None:
        """Says what is new."""
        for counted, apart in ((True, True), (True, False), (False, False)):
            words = self._words(counted=counted, apart=apart)
            if words.rstrip().cell_length < self.size.width:
                break
        self.set_content(words)

    def _words(self, *, counted: bool, apart: bool) -> Content:
        board = self.board
        if board.cells is None:
            return Content("")
        gap = "  " if counted else " "
        parts = [Content.styled(f" {board.cell_mode}{gap}", "bold")]
        if not counted and board.cell_mode is CellMode.STATE:
            parts = [Content(" ")]
        if board.filter_text:
            parts.append(Content.styled(cell(board.filter_text, 60) + gap, "bold $accent"))
        if board.selected_ids:
            parts.append(Content.styled(f"{board.selection_text}{gap}", "bold $primary"))
        if board.range_start is not None:
            parts.append(Content.styled(f"range{gap}", "bold $primary"))
        for swatch, count in board.cells.legend():
            glyph = (swatch.character(self.look.glyphs), tone_style(swatch.tone))
            number = f"{count} " if counted else ""
            parts.append(Content.assemble(glyph, f" {number}", (swatch.name + gap, "$quiet")))
        words = Content("")
        for part in parts:
            words = Content.assemble(words, part)
            if apart:
                words = pad_to_segment(words, ahead=2)  # a glyph and a blank, then the count
        return words


class Hints(ComputedText):
    """Keys of the pane, from the registry; one that may not run now is faint."""

    def __init__(
        self, pane: CommandScope, standing: Callable[[], CommandContext], keys: Mapping[str, str]
    ) -> None:
        super().__init__(self._line)
        self.pane, self.standing, self.keys = pane, standing, keys
        self._seen: tuple[CommandContext, int] | None = None
        self._places: list[tuple[int, int, Command]] = []
        """First column and the one after the last of what names a command."""

    async def on_click(self, event: events.Click) -> None:
        """A hint does what its key does."""
        for first, last, command in self._places:
            if first <= event.x < last:
                where = "app.app_command" if CommandScope.APP in command.scopes else "screen.command"
                await self.app.run_action(f"{where}('{command.id}')")

    def look(self) -> None:
        """Works the words out again where anything stands otherwise."""
        seen, self._seen = self._seen, (self.standing(), self.size.width)
        if seen != self._seen:
            super().update_content()

    def _line(self, width: int) -> Content:
        """As many as there is room for; help is always the last."""
        standing = self.standing()
        here = {command.id: command for command in commands_in(self.pane)}
        hints = [here[command_id] for command_id in FOOTER_ORDER if command_id in here]
        hints = [
            command
            for command in hints
            if command.group is not CommandGroup.RUN or command.unavailable_reason(standing) is None
        ]
        hints.sort(key=lambda command: _place(command, standing))
        shown: list[Content] = []
        self._places, at = [], 1
        room = width - 2 - len("? help")
        for command in (*hints, COMMANDS_BY_ID["help"]):
            key = next(iter(key_labels(command, self.keys.get(command.id))), ":")
            word = command.footer_label or command.title
            length = len(key) + 1 + len(word) + 3
            if command.id != "help" and length > room:
                continue
            room -= length
            self._places.append((at, at + length - 3, command))
            at += length
            faint = command.unavailable_reason(standing) is not None
            shown.append(
                Content.assemble(
                    (key, "$quiet" if faint else "bold $accent"),
                    " ",
                    (word, "$quiet"),
                )
            )
        return Content.assemble(" ", Content("   ").join(shown)).truncate(width)


def _place(command: Command, standing: CommandContext) -> int:
    """What steers a run comes first, then what tells of a live one; what may not run now gives way
    to what may."""
    if command.unavailable_reason(standing) is not None:
        return 3
    if command.group is CommandGroup.RUN:
        return 0
    return 1 if standing.run_is_live and command.id in ("log", "runs") else 2

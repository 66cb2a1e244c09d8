"""The two lines at the foot: what the glyphs mean, and the keys most often wanted."""

from collections.abc import Callable, Mapping

from textual.content import Content
from textual.widget import Widget

from vmss_tui.text import cell
from vmss_tui.ui.board import Board
from vmss_tui.ui.commands import BY_ID, HINTED, Group, Pane, Standing, of, shown_keys
from vmss_tui.ui.look import Look, Swatch, tone_style
from vmss_tui.ui.meaning import Meaning


class Legend(Widget):
    """What the cells mean now, with counts; what is filtered and marked comes first."""

    def __init__(self, board: Board, look: Look) -> None:
        super().__init__()
        self.board, self.look = board, look

    def render(self) -> Content:
        """One line, cut where it is too long."""
        board = self.board
        if board.scene is None:
            return Content("")
        full = self._line(board.scene.legend(), counted=True)
        if full.cell_length <= self.size.width:
            return full
        return self._line(board.scene.legend(), counted=False).truncate(
            self.size.width, ellipsis=True
        )

    def _line(self, swatches: list[tuple[Swatch, int]], *, counted: bool) -> Content:
        board = self.board
        named = counted or board.meaning is not Meaning.STATE
        parts = [Content.styled(f" {board.meaning}" if named else "", "bold")]
        if board.narrowed:
            parts.append(Content.styled(cell(board.narrowed, 60), "bold $accent"))
        if board.marks:
            parts.append(Content.styled(f"{len(board.marks)} marked", "bold $primary"))
        if board.anchor is not None:
            parts.append(Content.styled("range", "bold $primary"))
        for swatch, count in swatches:
            glyph = (swatch.drawn(self.look.glyphs), tone_style(swatch.tone))
            said = f" {count} " if counted else " "
            parts.append(Content.assemble(glyph, said, (swatch.name, "$quiet")))
        return Content("  " if counted else " ").join(parts)


class Hints(Widget):
    """Keys of the pane, from the registry; one that may not run now is faint."""

    def __init__(
        self, pane: Pane, standing: Callable[[], Standing], keys: Mapping[str, str]
    ) -> None:
        super().__init__()
        self.pane, self.standing, self.keys = pane, standing, keys

    def render(self) -> Content:
        """As many as there is room for; help is always the last."""
        standing = self.standing()
        here = {command.id: command for command in of(self.pane)}
        hints = [here[command_id] for command_id in HINTED if command_id in here]
        hints = [
            command
            for command in hints
            if command.group is not Group.RUN or command.refused(standing) is None
        ]
        shown: list[Content] = []
        room = self.size.width - 2 - len("? help")
        for command in (*hints, BY_ID["help"]):
            key = shown_keys(command, self.keys.get(command.id))[0]
            word = command.hint or command.title
            length = len(key) + 1 + len(word) + 3
            if command.id != "help" and length > room:
                continue
            room -= length
            faint = command.refused(standing) is not None
            shown.append(
                Content.assemble(
                    (key, "$quiet" if faint else "bold $accent"),
                    " ",
                    (word, "$quiet"),
                )
            )
        return Content.assemble(" ", Content("   ").join(shown)).truncate(self.size.width)

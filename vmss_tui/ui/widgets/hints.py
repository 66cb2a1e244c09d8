"""The two lines at the foot: what the glyphs mean, and the keys most often wanted."""

from collections.abc import Callable, Mapping

from textual.content import Content
from textual.widget import Widget

from vmss_tui.text import cell
from vmss_tui.ui.board import Board
from vmss_tui.ui.commands import Pane, Standing, of, shown_keys
from vmss_tui.ui.look import Look


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
        parts = [Content.styled(f" {board.meaning}", "bold")]
        if board.narrowed:
            parts.append(Content.styled(cell(board.narrowed, 60), "bold $accent"))
        if board.marks:
            parts.append(Content.styled(f"{len(board.marks)} marked", "bold $primary"))
        if board.anchor is not None:
            parts.append(Content.styled("range", "bold $primary"))
        for swatch, count in board.scene.legend():
            glyph = Content.styled(swatch.drawn(self.look.glyphs), f"$tone-{swatch.tone}")
            parts.append(Content.assemble(glyph, f" {count} ", (swatch.name, "$quiet")))
        return Content("  ").join(parts).truncate(self.size.width, ellipsis=True)


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
        hints = [command for command in (*of(self.pane), *of(Pane.APP)) if command.hint]
        shown: list[Content] = []
        room = self.size.width - 2 - len("? help")
        for command in hints:
            key = shown_keys(command, self.keys.get(command.id))[0]
            length = len(key) + 1 + len(command.hint) + 3
            if command.id != "help" and length > room:
                continue
            room -= length
            faint = command.refused(standing) is not None
            shown.append(
                Content.assemble(
                    (key, "$quiet" if faint else "bold $accent"),
                    " ",
                    (command.hint, "$quiet"),
                )
            )
        return Content.assemble(" ", Content("   ").join(shown)).truncate(self.size.width)

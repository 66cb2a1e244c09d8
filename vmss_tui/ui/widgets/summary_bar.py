"""How many instances are in each group of states: a bar as wide as the screen, and its legend.

In the bar a group has columns in proportion to its count, and at least as many as its number needs.
Both count the same instances by `group_counts`, so that they never differ.
"""

from collections.abc import Mapping, Sequence
from operator import is_
from typing import NamedTuple

from textual.content import Content
from textual.geometry import Size

from vmss_tui.fleet.state_groups import StateGroup, group_counts
from vmss_tui.fleet.states import State
from vmss_tui.ui.drawing.bar_widths import are_close, bar_widths
from vmss_tui.ui.drawing.fixed_lines import FixedLines, pad_to_column
from vmss_tui.ui.drawing.glyphs import Appearance, Glyphs
from vmss_tui.ui.drawing.static_text import same_content
from vmss_tui.ui.drawing.themes import TONES
from vmss_tui.ui.instances.board import Board
from vmss_tui.ui.instances.cell_modes import STATES, CellMode
from vmss_tui.ui.instances.cells.cell_look import glyph_on_cells

_GLYPH_STATES = {
    StateGroup.UPGRADING: State.UPDATING,
    StateGroup.UNHEALTHY: State.UNHEALTHY,
    StateGroup.FAILED: State.FAILED,
    StateGroup.OUTDATED: State.STALE,
    StateGroup.STOPPED: State.STOPPED,
    StateGroup.DEALLOCATED: State.DEALLOCATED,
    StateGroup.UNKNOWN: State.UNKNOWN,
}
_PLAIN_THEME = "vmss-mono"
_WORK = ("▒", "~")
_LINES, _PIECE, _STEP = 2, 8, 4
"""Lines of the bar, columns of the texts that it consists of, and of those of the legend, whose
numbers start at a multiple of them."""
_HIGH = 50
"""Rows of the terminal from which the bar has two lines."""


def group_glyph(group: StateGroup, appearance: Appearance) -> str:
    """The glyph of a group of states; empty for the plain one, the latest model."""
    state = _GLYPH_STATES.get(group)
    return STATES[state].character(appearance.glyphs) if state else ""


def group_style(group: StateGroup, *, is_plain: bool) -> str:
    """Ground and ink of a group as a content style; `is_plain` where there are no colours."""
    if is_plain:
        return {StateGroup.LATEST_MODEL: "reverse", StateGroup.OUTDATED: ""}.get(group, "bold")
    tone = TONES[group]
    return f"bold $ink-{tone} on $cell-{tone}"


def bar_content(
    counts: Mapping[StateGroup, int], width: int, appearance: Appearance, *, is_plain: bool
) -> Content:
    """A bar without texts, in which each group with instances has a column at least."""
    widths = bar_widths(counts, dict.fromkeys(StateGroup, 1), width)
    return Content.assemble(
        *(
            Content.styled(
                _filler(group, appearance, is_plain=is_plain) * columns,
                group_style(group, is_plain=is_plain),
            )
            for group, columns in widths.items()
        )
    )


def _filler(group: StateGroup, appearance: Appearance, *, is_plain: bool) -> str:
    """What fills the columns of a group: blanks, or signs where there are no colours."""
    if not is_plain or group is StateGroup.LATEST_MODEL:
        return " "
    if group is StateGroup.UPGRADING:
        return _WORK[appearance.glyphs is Glyphs.ASCII]
    return group_glyph(group, appearance)


class SummaryBar(FixedLines):
    """The bar. `show` takes the counts; the second line, shown on high screens, has no text."""

    def __init__(self, appearance: Appearance) -> None:
        super().__init__(line_count=_LINES, piece_width=_PIECE)
        self.appearance = appearance
        self._counts: Mapping[StateGroup, int] = {}
        self._widths: dict[StateGroup, int] = {}

    def get_content_height(self, container: object, viewport: Size, width: int) -> int:
        """Two lines on high screens, else one."""
        return _LINES if viewport.height >= _HIGH else 1

    def show(self, counts: Mapping[StateGroup, int]) -> None:
        """Takes the number of instances in each group; a group may be missing."""
        if counts != self._counts:
            self._counts = counts
            self.update_content()

    def on_resize(self) -> None:
        """Computes the bar for another width."""
        super().on_resize()
        self.update_content()

    def notify_style_update(self) -> None:
        """Computes the bar for another theme."""
        super().notify_style_update()
        if self.is_mounted:
            self.call_later(self.update_content)

    def update_content(self) -> None:
        """Computes the bar again; draws only what differs."""
        if self.size.width:
            self.set_content(self._bar(self.size.width))

    def _bar(self, width: int) -> Content:
        texts = {group: self._texts(group, count) for group, count in self._counts.items() if count}
        least = {group: len(labels[-1]) + 1 for group, labels in texts.items()}
        widths = bar_widths(self._counts, least, width)
        if are_close(self._widths, widths, least):
            widths = self._widths
        self._widths = widths
        first = [self._part(group, texts[group], widths[group]) for group in widths]
        others = [self._part(group, [""], widths[group]) for group in widths]
        rows = [first, *[others] * (self.line_count - 1)]
        return Content("\n").join(Content.assemble(*row) for row in rows)

    def _texts(self, group: StateGroup, count: int) -> list[str]:
        """The texts of a segment, longest first."""
        glyph = glyph_on_cells(group_glyph(group, self.appearance), self.app.theme)
        head = f" {glyph} {count:,}" if glyph else f" {count:,}"
        return [f"{head} {group}", head]

    def _part(self, group: StateGroup, texts: list[str], width: int) -> Content:
        is_plain = self.app.theme == _PLAIN_THEME
        text = next((text for text in texts if len(text) <= width), texts[-1])[:width]
        filler = _filler(group, self.appearance, is_plain=is_plain)
        if filler != " " and text and len(text) < width:
            text += " "
        return Content.styled(
            text + filler * (width - len(text)), group_style(group, is_plain=is_plain)
        )


class _Entry(NamedTuple):
    """An entry of the legend; `style` is that of a cell, `number` the number of such cells."""

    glyph: str
    style: str
    name: str
    number: int


_ALWAYS_LISTED = (
    StateGroup.LATEST_MODEL,
    StateGroup.UPGRADING,
    StateGroup.UNHEALTHY,
    StateGroup.FAILED,
    StateGroup.OUTDATED,
)
"""Groups of states in the legend that are listed even without an instance."""


SHORT_NAMES: Mapping[str, str] = {
    StateGroup.LATEST_MODEL: "latest",
    StateGroup.DEALLOCATED: "dealloc.",
}
"""Names of groups for narrow screens."""


class Legend(FixedLines):
    """What the cells of the heat map mean in the present cell mode, with counts."""

    def __init__(self, board: Board, appearance: Appearance) -> None:
        super().__init__(piece_width=_STEP)
        self.board, self.appearance = board, appearance
        self._note = Content("")
        self._shown_for: tuple[object, ...] = ()

    def set_note(self, note: Content) -> None:
        """Takes a text for the right end, which is more important than names of groups."""
        if not same_content(note, self._note):
            self._note = note

    def on_resize(self) -> None:
        """Leaves parts out on narrow screens."""
        super().on_resize()
        self.update_content()

    async def on_click(self) -> None:
        """Switches the cell mode, as `m` does."""
        await self.app.run_action("screen.command('meaning')")

    def notify_style_update(self) -> None:
        """Computes the legend for another theme."""
        super().notify_style_update()
        if self.is_mounted:
            self.call_later(self.update_content)

    def update_content(self) -> None:
        """Computes the legend from the board; nothing where none of that has changed."""
        board, theme = self.board, self.app.theme
        shown_for = (board.snapshot, board.cells, self._note, self.size.width, theme)
        if len(self._shown_for) == len(shown_for) and all(map(is_, shown_for, self._shown_for)):
            return
        self._shown_for = shown_for
        entries = self._entries()
        present = [entry for entry in entries if entry.number]
        content = Content("")
        note_width = self._note.cell_length + 2 if self._note.plain else 0
        for listed, gap, is_named, is_aligned in (
            (entries, 2, True, True),
            (entries, 2, True, False),
            (entries, 1, True, False),
            (present, 1, True, False),
        ):
            content = self._line(listed, gap, is_named=is_named, is_aligned=is_aligned)
            if content.cell_length + note_width <= self.size.width:
                break
        else:
            content = self._short_line(present, self.size.width - note_width)
        if note_width:
            blanks = max(0, self.size.width - content.cell_length - note_width + 1)
            content = Content.assemble(content, " " * blanks, self._note)
        self.set_content(content)

    def _short_line(self, entries: Sequence[_Entry], width: int) -> Content:
        """The entries with short names; the last ones lose theirs until the line fits."""
        short = [entry._replace(name=SHORT_NAMES.get(entry.name, entry.name)) for entry in entries]
        line = Content("")
        for named in range(len(short), 0, -1):
            shown = [
                entry if at < named else entry._replace(name="") for at, entry in enumerate(short)
            ]
            line = self._line(shown, 1, is_named=True, is_aligned=False, is_padded=False)
            line = line[: line.cell_length - 1]  # without the blank at its end
            if line.cell_length <= width:
                break
        return line

    def _entries(self) -> list[_Entry]:
        board = self.board
        if board.cells is None or board.snapshot is None:
            return []
        is_plain = self.app.theme == _PLAIN_THEME
        if board.cell_mode is CellMode.STATE:
            counts = group_counts(board.snapshot.counts)
            return [
                _Entry(
                    glyph_on_cells(group_glyph(group, self.appearance), self.app.theme),
                    group_style(group, is_plain=is_plain),
                    group,
                    count,
                )
                for group, count in counts.items()
                if count or group in _ALWAYS_LISTED
            ]
        return [
            _Entry(
                glyph_on_cells(style.character(self.appearance.glyphs), self.app.theme),
                "bold" if is_plain else f"bold $ink-{style.tone} on $cell-{style.tone}",
                style.name,
                count,
            )
            for style, count in board.cells.legend()
        ]

    def _line(
        self,
        entries: Sequence[_Entry],
        gap: int,
        *,
        is_named: bool,
        is_aligned: bool,
        is_padded: bool = True,
    ) -> Content:
        """Aligned, numbers keep their column while others grow, so that a change sends little;
        padded, they are equally wide and have a blank before them."""
        digits = len(f"{max((e.number for e in entries), default=0):,}") if is_padded else 0
        line = Content(" " * (gap - 1))
        for entry in entries:
            count, name = (
                f"{entry.number:>{digits},}",
                f" {entry.name}" if is_named and entry.name else "",
            )
            block = f"{entry.glyph:<2}"
            if is_aligned:
                line = pad_to_column(line, len(block) + 1, _STEP)
            if entry.number:
                part = Content.assemble(
                    (block, entry.style), " " * is_padded, (count, "bold"), (name, "$quiet")
                )
            else:
                part = Content.styled(f"{block} {count}{name}", "$dim")
            line = Content.assemble(line, part, " " * gap)
        return line

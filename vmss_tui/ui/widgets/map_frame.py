"""The frame around heat map or table: what is shown, its keys, the cursor and the selection."""

from collections.abc import Mapping, Sequence
from typing import cast

from textual.content import Content

from vmss_tui.fleet.domains import Row
from vmss_tui.fleet.state_groups import StateGroup
from vmss_tui.gateway.failures import Condition
from vmss_tui.runtime.storage.latest_view import LatestView
from vmss_tui.text import cell
from vmss_tui.ui.commands.bindings import command_key
from vmss_tui.ui.drawing.glyphs import Appearance
from vmss_tui.ui.drawing.static_text import StaticText
from vmss_tui.ui.drawing.themes import TONES
from vmss_tui.ui.instances.board import Board
from vmss_tui.ui.instances.cell_modes import CellMode
from vmss_tui.ui.instances.cells.hidden_counts import HiddenCounts
from vmss_tui.ui.instances.cells.map_notes import cursor_notes, domain_note, map_title
from vmss_tui.ui.instances.heatmap import Heatmap
from vmss_tui.ui.instances.table import InstanceTable
from vmss_tui.ui.session import HasSession
from vmss_tui.ui.widgets.frame import Frame, key_hint
from vmss_tui.ui.widgets.summary_bar import group_glyph

_NARROW = 100
_SHORT_NOTE = 20
"""Columns that a note about domains may take on a narrow screen."""
_SELECTED_ROWS = 2
"""Rows that are named at most where they are selected."""
_COUNTED_GROUPS = (StateGroup.FAILED, StateGroup.UNHEALTHY, StateGroup.UPGRADING)
"""What is counted of the instances off screen, besides all of them."""


class MapFrame(Frame):
    """`update_content` computes the texts from the board."""

    def __init__(
        self,
        heatmap: Heatmap,
        table: InstanceTable,
        board: Board,
        appearance: Appearance,
        *,
        id: str,
    ) -> None:
        self._message = StaticText(id="map-message")
        super().__init__((self._message, heatmap), appearance, id=id)
        self._board, self._heatmap, self.table = board, heatmap, table
        table.display = False
        self._keys = Content("")

    def mount_table(self) -> None:
        """Mounts the table, once: most screens never show it."""
        if not self.table.is_attached:
            self.mount(self.table)

    def show_message(self, message: Content) -> None:
        """Says why there are no instances, and what to do next; empty where there are some."""
        self._message.display = bool(message.plain)
        self._message.set_content(message)

    def update_content(self, *, is_table: bool) -> None:
        """Computes all texts; draws those that differ."""
        board = self._board
        self.set_title(*self._title(is_table=is_table))
        domains = "" if is_table else self._shared_domains()
        is_narrow = self.app.size.width < _NARROW
        if is_narrow:
            mode = self._key("meaning", f"color by {board.cell_mode}")
            is_default = board.cell_mode is CellMode.STATE
            self.set_corner(*([] if is_default else [mode]), Content.styled(domains, "$quiet"))
        else:
            self.set_corner(*self._key_hints(is_table=is_table))
        selection = self._selection()
        shared = Content.styled("" if is_narrow else domains, "$quiet")
        self._keys = selection if selection.plain else shared
        self._draw_keys()
        self.set_note(*self._cursor_notes())
        self.set_class(bool(board.batch_ids), "-at-work")

    def on_heatmap_scrolled(self, message: Heatmap.Scrolled) -> None:
        """Counts what is off screen now."""
        message.stop()
        self._draw_keys()

    def _draw_keys(self) -> None:
        """Shows what is selected, and what of the heat map is off screen."""
        hidden = Content("")
        if self._heatmap.display:
            hidden = hidden_note(self._heatmap.hidden_counts(), self._appearance)
        self.set_keys([self._keys, hidden])

    def summary(self) -> Content:
        """What is selected and shown, where the frame itself is not drawn."""
        parts = [self._selection(), *self._title(is_table=False)[1:]]
        return Content("  ").join([part for part in parts if part.plain])

    def _title(self, *, is_table: bool) -> tuple[Content, ...]:
        board = self._board
        title = "Instances" if is_table else map_title(board)
        parts = [Content.styled(title, "bold $foreground")]
        if board.problems_only:
            parts.append(Content.styled("problems only", "bold $key"))
        if board.snapshot is not None and (board.filter or board.problems_only):
            shown, total = len(board.shown_grid.row_keys), len(board.snapshot.instances)
            parts.append(Content.styled(f"{shown} of {total} shown", "bold $key"))
        return tuple(parts)

    def _key_hints(self, *, is_table: bool) -> tuple[Content, ...]:
        board = self._board
        color = self._key("meaning", f"color by {board.cell_mode}")
        other = (
            Content("  ").join([self._key("sort", "sort"), self._key("turn-order", "reverse")])
            if is_table
            else self._key("group", f"group by {self._grouping()}")
        )
        return Content("  ").join([color, other]), color

    def _key(self, command_id: str, label: str) -> Content:
        keys = cast(HasSession, self.app).session.keys
        return key_hint(command_key(command_id, keys) or ":", label)

    def _grouping(self) -> str:
        """What the rows are; another than the chosen one where Azure reports no such domains."""
        kinds = {row.key.kind for row in self._board.full_grid.rows}
        chosen = self._board.grouping
        return chosen if not kinds or chosen in kinds else " and ".join(sorted(kinds))

    def _shared_domains(self) -> str:
        """`update domain = fault domain` where that is so, or `UD = FD` on a narrow screen."""
        width = _SHORT_NOTE if self.app.size.width < _NARROW else self.app.size.width
        return domain_note(self._board.full_grid, width)

    def _selection(self) -> Content:
        """`10 selected, UD 2 and UD 3`; empty without a selection."""
        board = self._board
        if board.range_start is not None:
            key = command_key("mark-range", cast(HasSession, self.app).session.keys)
            ends = f"{len(board.selected_ids)} selected, {key} ends the range"
            return Content.styled(ends, "bold $foreground")
        if not board.selected_ids:
            return Content("")
        text = Content.styled(f"{len(board.selected_ids)} selected", "bold $foreground")
        hidden = len(board.selected_ids - board.shown_grid.row_keys.keys())
        if hidden:
            return Content.assemble(text, (f", {hidden} of them not shown", "$quiet"))
        rows = _whole_rows(board.full_grid.rows, board.selected_ids)
        if not rows or len(rows) > _SELECTED_ROWS:
            return text
        zones = {row.key.zone for row in rows}
        names = " and ".join(row.key.label for row in rows)
        place = f" of zone {next(iter(zones))}" if len(zones) == 1 and zones != {None} else ""
        return Content.assemble(text, (f", {names}{place}", "$quiet"))

    def _cursor_notes(self) -> tuple[Content, ...]:
        """`instance 21 · 5 of 20 in UD 1`, and shorter ones; the frame shows the first that
        fits."""
        notes = cursor_notes(self._board)
        if self.app.size.width < _NARROW:
            notes = notes[1:]
        return tuple(_two_tones(note) for note in notes)


def _two_tones(note: str) -> Content:
    """The instance in the colour of text, its place in a quiet one."""
    instance, separator, place = note.partition(" · ")
    return Content.assemble((cell(instance, 40), "$foreground"), (separator + place, "$quiet"))


def hidden_note(counts: HiddenCounts, appearance: Appearance) -> Content:
    """`▲ 200 ✖ 1  ▼ 700 ✚ 3`: the instances above and below the rows on screen, and how many of
    them are failed, unhealthy and upgrading; empty where everything is on screen."""
    sides = []
    for sign, groups in (("rising", counts.above), ("falling", counts.below)):
        total = sum(groups.values())
        if total:
            parts = [(f"{appearance.sign(sign)} {total:,}", "$foreground")]
            for group in _COUNTED_GROUPS:
                if groups[group]:
                    text = f" {group_glyph(group, appearance)} {groups[group]:,}"
                    parts.append((text, f"bold $tone-{TONES[group]}"))
            sides.append(Content.assemble(*parts))
    return Content("  ").join(sides)


def _whole_rows(rows: Sequence[Row], selected_ids: frozenset[str]) -> list[Row]:
    """The rows that together are the selection; empty where it is not made of whole rows."""
    whole = [row for row in rows if all(i.instance_id in selected_ids for i in row.instances)]
    covered = sum(len(row.instances) for row in whole)
    return whole if covered == len(selected_ids) else []


def empty_message(
    board: Board, latest: LatestView | None, keys: Mapping[str, str], *, read_only: bool
) -> Content:
    """Why no instance is shown, and keys that help; empty where some are shown. `keys` are those
    of the settings by command id."""
    if board.shown_grid.rows:
        return Content("")
    if board.snapshot is None:
        if latest is None or latest.condition in (Condition.PENDING, Condition.FRESH):
            return _message("Reading the scale set for the first time …", keys)
        text = "The scale set could not be read; the line above says why."
        return _message(text, keys, ("refresh", "read again"), ("leave", "leave"))
    if board.snapshot.instances:
        text = f"No instance matches the filter {cell(board.filter.text, 60)}".rstrip()
        return _message(f"{text}.", keys, ("back", "clear it"), ("filter", "change it"))
    text = "This scale set has no instances."
    writes = (("capacity", "change the capacity"), ("edit-model", "edit model"))
    return _message(
        text, keys, *(() if read_only else writes), ("refresh", "read again"), ("leave", "leave")
    )


def _message(text: str, keys: Mapping[str, str], *hints: tuple[str, str]) -> Content:
    """A sentence, and below it the keys of commands with what they do."""
    parts = [key_hint(command_key(command, keys), label) for command, label in hints]
    hint = Content("   ").join(parts)
    return Content.assemble("\n ", (text, "$foreground"), "\n\n " if hints else "", hint)

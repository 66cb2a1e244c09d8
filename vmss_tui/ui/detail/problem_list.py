"""The instances that are failed or unhealthy, worst first: for free room of heat map and panes."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import cast

from textual.content import Content
from textual.geometry import Region

from vmss_tui.fleet.domains import Grid, RowKey
from vmss_tui.fleet.scale_set import Instance
from vmss_tui.fleet.states import State
from vmss_tui.text import cell
from vmss_tui.ui.commands.bindings import command_key
from vmss_tui.ui.detail.facts import problem_text, state_since
from vmss_tui.ui.drawing.glyphs import Appearance
from vmss_tui.ui.drawing.line_text import LineText
from vmss_tui.ui.instances.cell_modes import STATES
from vmss_tui.ui.session import HasSession
from vmss_tui.ui.widgets.frame import key_hint

_ORDER = (State.FAILED, State.UNHEALTHY)
_TITLE = "Unhealthy or failed, worst first"


class ProblemList(LineText):
    """A heading and a line for each instance, as many as fit in a region of the heat map."""

    def __init__(self, appearance: Appearance, region: Region) -> None:
        super().__init__(classes="part")
        self._appearance, self._room = appearance, (region.width, region.height)
        self._grid: Grid | None = None
        self.styles.position = "absolute"
        self.styles.offset = (region.x, region.y)
        self.styles.width, self.styles.height = region.width, region.height

    @classmethod
    def in_room(cls, room: Region | None, appearance: Appearance) -> "ProblemList | None":
        """A list in this region of the heat map; None without one."""
        return cls(appearance, room) if room else None

    def show(self, grid: Grid, full_grid: Grid) -> None:
        """Takes the grid of the instances shown, and that of all."""
        if grid is self._grid:
            return
        self._grid = grid
        instances = (instance for row in grid.rows for instance in row.instances)
        lines = problem_lines(instances, full_grid, self._appearance, self._room)
        if lines:
            keys = cast(HasSession, self.app).session.keys
            hint = key_hint(command_key("next-problem", keys), "next")
            gap = self._room[0] - lines[0].cell_length - hint.cell_length
            if gap >= 2:
                lines[0] = Content.assemble(lines[0], " " * gap, hint)
        self.set_lines(lines)


def problem_lines(
    instances: Iterable[Instance], grid: Grid, appearance: Appearance, size: tuple[int, int]
) -> list[Content]:
    """`✖ 138 group 1 UD 3  did not become healthy within 600 s` for each, the failed ones first.

    `grid` has all instances of the set, `size` is columns and rows. Empty where there is no
    problem, or no room for a heading and a line.
    """
    width, height = size
    ordered = sorted((i for i in instances if i.state in _ORDER), key=_rank)
    if not ordered or height < 2:
        return []
    lines = [Content.styled(_TITLE, "bold $foreground")]
    shown = ordered if len(ordered) < height else ordered[: max(0, height - 2)]
    panel_names = _panel_names(grid)
    places = []
    for instance in shown:
        key = grid.row_keys[instance.instance_id]
        places.append(f"{panel_names.get(key, '')} {key.label}".strip())
    ids = [cell(instance.instance_id, 20) for instance in shown]
    id_width, place_width = (max(map(len, texts), default=0) for texts in (ids, places))
    for instance, name, place in zip(shown, ids, places, strict=True):
        style = STATES[instance.state]
        tone = f"$tone-{style.tone}"
        line = Content.assemble(
            (f"{style.character(appearance.glyphs)} ", f"bold {tone}"),
            (f"{name:>{id_width}} ", "bold $foreground"),
            (f"{place:<{place_width}}  ", "$quiet"),
            (problem_text(instance) or str(instance.state), tone),
        )
        lines.append(line if line.cell_length <= width else line.truncate(width, ellipsis=True))
    if len(shown) < len(ordered):
        lines.append(Content.styled(f"and {len(ordered) - len(shown)} more", "$quiet"))
    return lines


def _panel_names(grid: Grid) -> Mapping[RowKey, str]:
    """`group 3` or `zone 2` for the rows of each panel with a heading."""
    names: dict[RowKey, str] = {}
    for panel in grid.panels:
        parts = panel.heading.replace("placement group", "group").split(" · ")
        name = cell(" ".join(" ".join(part.split()[:2]) for part in parts), 30)
        names.update(dict.fromkeys((row.key for row in panel.rows), name))
    return names


def _rank(instance: Instance) -> tuple[int, float]:
    """Failed before unhealthy, and the ones that are so for longest first."""
    since: datetime | None = state_since(instance)
    return _ORDER.index(instance.state), since.timestamp() if since else float("inf")

"""A container whose panes have computed places. Knows no scale set."""

from collections.abc import Callable, Collection, Mapping
from enum import StrEnum

from textual.app import ComposeResult
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from vmss_tui.ui.drawing.cached_lines import blank_lines


class Pane(StrEnum):
    """A pane of the screen of a scale set."""

    MAP = "map"
    INSTANCE = "instance"
    SUMMARY = "summary"
    """The instance in one or two lines."""
    RUN = "run"
    TIMELINE = "timeline"


class Panes(Widget):
    """Panes in the regions that a function computes for the size of the container."""

    def __init__(
        self,
        panes: Mapping[Pane, Widget],
        regions_for: Callable[[Size], Mapping[Pane, Region]],
        *,
        later: Collection[Pane] = (),
        id: str | None = None,
    ) -> None:
        """`regions_for` returns the regions of the panes that are shown. Those in `later` get their
        widgets when they are shown for the first time."""
        super().__init__(id=id)
        self._later = frozenset(later)
        self._panes, self._regions_for = panes, regions_for
        self._regions: dict[Pane, Region] = {}
        for pane in panes.values():
            pane.styles.position = "absolute"

    def compose(self) -> ComposeResult:
        """The panes in the order in which the focus goes through them."""
        yield from (widget for pane, widget in self._panes.items() if pane not in self._later)

    def pane(self, pane: Pane) -> Widget:
        """The widget of a pane, which may not be mounted yet."""
        return self._panes[pane]

    def render_lines(self, crop: Region) -> list[Strip]:
        """Only the background: what it shows are its widgets."""
        return blank_lines(self, crop)

    def on_resize(self) -> None:
        """Computes the regions for another size."""
        self.place()

    def place(self) -> None:
        """Puts the panes in their regions, and hides those without one."""
        if not self.size.area:
            return
        regions = self._regions_for(self.size)
        for pane, widget in self._panes.items():
            region = regions.get(pane)
            widget.display = region is not None and region.area > 0
            if region is not None and region != self._regions.get(pane):
                widget.styles.offset = (region.x, region.y)
                widget.styles.width, widget.styles.height = region.width, region.height
                if not widget.is_attached:
                    self.mount(widget)
        self._regions = dict(regions)

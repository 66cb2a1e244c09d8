"""Widgets whose lines are kept until something in them is to be drawn anew.

Textual asks every widget between two changed ones for its lines, and works its border, padding
and ground out each time: a key on a heatmap would else cost a walk over dozens of them.
"""

from typing import Self

from textual.geometry import Offset, Region
from textual.strip import Strip
from textual.widget import Widget


class Kept(Widget):
    """For small parts with neither border, padding nor children, of a fixed size. `render_line`
    gives whole lines, all of them in a style with its ground, which only a theme changes."""

    def __init__(self, *, classes: str | None = None) -> None:
        super().__init__(classes=classes)
        self._kept: dict[int, Strip] = {}

    def refresh(
        self,
        *regions: Region,
        repaint: bool = True,
        layout: bool = False,
        recompose: bool = False,
    ) -> Self:
        """Some of it, or all, is to be drawn anew."""
        for region in regions:
            for y in region.line_range:
                self._kept.pop(y, None)
        if not regions:
            self._kept.clear()
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def notify_style_update(self) -> None:
        """Another theme."""
        self._kept.clear()
        super().notify_style_update()

    @property
    def content_offset(self) -> Offset:
        """There is neither border nor padding to be worked out."""
        return Offset(0, 0)

    def finished(self, y: int) -> Strip:
        """A line as it is sent: what the app's filters leave of it."""
        strip, ground = self.render_line(y), self.background_colors[1]
        for each in self.get_line_filters():
            strip = strip.apply_filter(each, ground)
        return strip

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines as they were, unless they are to be drawn anew."""
        for y in crop.line_range:
            if y not in self._kept:
                self._kept[y] = self.finished(y)
        found = [self._kept[y] for y in crop.line_range]
        first, last = crop.column_span
        whole = (first, last) == (0, self.size.width)
        return found if whole else [strip.crop(first, last) for strip in found]

"""A widget that caches its rendered lines until one of them is refreshed.

Textual requests the lines of every widget between two changed ones, and computes border, padding
and background each time; without the cache one key on a heatmap would render dozens of widgets.
"""

from typing import Self

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Offset, Region
from textual.strip import Strip
from textual.widget import Widget


def blank_lines(widget: Widget, crop: Region) -> list[Strip]:
    """The lines of a container without border and padding: its background. Textual makes them of
    every container between two changed lines, whatever covers it."""
    background = widget.background_colors[1]
    style = Style.from_color(bgcolor=background.rich_color)
    strip = Strip([Segment(" " * crop.width, style)], crop.width)
    for line_filter in widget.get_line_filters():
        strip = strip.apply_filter(line_filter, background)
    return [strip] * crop.height


class CachedLines(Widget):
    """A widget without border, padding or children. `render_line` returns lines of the full width,
    every segment with a background; only a change of theme or width alters it."""

    def __init__(self, *, classes: str | None = None) -> None:
        super().__init__(classes=classes)
        self._cache: dict[int, Strip] = {}
        self._cached_width = 0

    def refresh(
        self,
        *regions: Region,
        repaint: bool = True,
        layout: bool = False,
        recompose: bool = False,
    ) -> Self:
        """Drops the cached lines of the regions, or all of them, before the usual refresh."""
        for region in regions:
            for y in region.line_range:
                self._cache.pop(y, None)
        if not regions:
            self._cache.clear()
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def notify_style_update(self) -> None:
        """Drops all cached lines: the theme has changed."""
        self._cache.clear()
        super().notify_style_update()

    @property
    def content_offset(self) -> Offset:
        """Always (0, 0): there is neither border nor padding."""
        return Offset(0, 0)

    def filtered_line(self, y: int) -> Strip:
        """A line after the app's line filters, as it is sent to the terminal."""
        strip, background = self.render_line(y), self.background_colors[1]
        for line_filter in self.get_line_filters():
            strip = strip.apply_filter(line_filter, background)
        return strip

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of a region, rendered only where they are not cached."""
        width = self.size.width
        if width != self._cached_width:
            self._cache, self._cached_width = {}, width
        for y in crop.line_range:
            if y not in self._cache:
                self._cache[y] = self.filtered_line(y)
        lines = [self._cache[y] for y in crop.line_range]
        first, last = crop.column_span
        return (
            lines if (first, last) == (0, width) else [strip.crop(first, last) for strip in lines]
        )

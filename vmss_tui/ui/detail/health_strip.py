"""The recent health of an instance as a strip, a column a minute. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from textual.content import Content

from vmss_tui.runtime.observe.health_history import HealthLevel
from vmss_tui.ui.drawing.charts import CellRow
from vmss_tui.ui.drawing.glyphs import Appearance, Tone

_TONES = {
    HealthLevel.GOOD: Tone.GOOD,
    HealthLevel.MOVING: Tone.MOVING,
    HealthLevel.UNHEALTHY: Tone.UNHEALTHY,
    HealthLevel.FAILED: Tone.FAILED,
    HealthLevel.OFF: Tone.OFF,
    HealthLevel.GONE: Tone.GONE,
    HealthLevel.UNKNOWN: Tone.UNKNOWN,
    HealthLevel.NOT_READ: None,
}


def health_strip(levels: Sequence[HealthLevel], width: int, appearance: Appearance) -> Content:
    """The newest minutes at the right; where there is room, two or more columns a minute."""
    row = CellRow(width, appearance.glyphs)
    if not levels or width < 1:
        return row.content()
    columns = max(1, width // len(levels))
    shown = levels[-(width // columns) :]
    x = width - columns * len(shown)
    row.fill(0, x, None)
    for level in shown:
        row.fill(x, columns, _TONES[level])
        x += columns
    return row.content()


def health_lines(
    levels: Sequence[HealthLevel],
    ends_at: datetime | None,
    width: int,
    appearance: Appearance,
) -> Iterator[Content]:
    """The strip, and below it how long ago it begins and when it ends."""
    yield health_strip(levels, width, appearance)
    columns = max(1, width // max(1, len(levels)))
    minutes = min(len(levels), width // columns)
    begin = " " * (width - columns * minutes)
    left = f"{begin}{minutes} min ago" if minutes > 1 else ""
    right = f"{appearance.clock(ends_at)[:5]} {appearance.sign('rising')}" if ends_at else ""
    if len(left) + len(right) >= width:
        left = f"{minutes} min ago"
    blanks = max(1, width - len(left) - len(right))
    yield Content.styled(f"{left}{' ' * blanks}{right}", "$dim")

"""Azure's own rolling upgrade: its status, its four counts, and when they were read.

The panel is shown while the upgrade is active or has an unknown status; once shown, it stays
until the screen closes.
"""

from datetime import datetime

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from vmss_tui.fleet.azure_maintenance import RollingCode, RollingUpgrade
from vmss_tui.text import cell
from vmss_tui.ui.drawing.glyphs import Appearance
from vmss_tui.ui.drawing.static_text import ComputedText, StaticText
from vmss_tui.ui.widgets.header import Part, justified_line

_WIDE = 90
"""Columns from which nothing is abbreviated."""
_TONES = {
    RollingCode.ROLLING_FORWARD: "bold $tone-moving",
    RollingCode.ROLLING_BACK: "bold $tone-moving",
    RollingCode.COMPLETED: "bold $tone-good",
    RollingCode.CANCELLED: "bold $tone-off",
    RollingCode.FAULTED: "bold $tone-failed on $tone-failed-background",
    RollingCode.UNKNOWN: "bold $tone-unknown",
}


class RollingUpgradePanel(Vertical):
    """One line of status, and one with Azure's error message if there is one."""

    def __init__(self, appearance: Appearance) -> None:
        super().__init__()
        self.appearance = appearance
        self._latest: RollingUpgrade | None = None
        self._read_at: datetime | None = None
        self._line = ComputedText(self._status_line, id="rolling-line")
        self._error = StaticText(id="rolling-error")

    def compose(self) -> ComposeResult:
        """The lines, from top to bottom."""
        yield self._line
        yield self._error

    def on_mount(self) -> None:
        """Hides the panel."""
        self.display = self._error.display = False

    def show(self, latest: RollingUpgrade | None, read_at: datetime) -> None:
        """Takes the upgrade's status; one that ended before the screen was opened is not shown."""
        if latest is None or (latest.active is False and not self.display):
            self.display = False
            return
        self._latest, self._read_at = latest, read_at
        self.display = True
        error = ": ".join(filter(None, (latest.error_code, latest.error_message)))
        self._error.display = bool(error)
        self._error.set_content(Content.styled(f" {cell(error, 400)}", "$tone-unhealthy"))
        self._line.update_content()

    def _status_line(self, width: int) -> Content:
        latest = self._latest
        if latest is None:
            return Content("")
        status = cell(latest.raw_code or latest.code, 30)
        is_wide, clock = width >= _WIDE, self.appearance.clock(self._read_at)
        counts = latest.counts_text if is_wide else latest.counts_text.replace(", ", " ")
        right = [Part(counts, "bold"), Part(f"seen {clock}" if is_wide else clock, "$quiet", 3)]
        actor = "Azure's rolling upgrade" if is_wide else "Azure"
        left = [Part(actor, "$quiet", 1), Part(f" {status} ", _TONES[latest.code], 2)]
        used = sum(len(part.text) + 2 for part in (*left, *right))
        bar_width = min(40, width - used - 4)
        bar = self._bar(latest, bar_width) if bar_width >= 5 else ""
        return justified_line(
            [*left, Part(bar, _TONES[latest.code].partition(" on ")[0], 4)], right, width
        )

    def _bar(self, latest: RollingUpgrade, width: int) -> str:
        """A bar of successful, failed, active and pending instances; empty without counts."""
        counts = (latest.successful, latest.failed, latest.in_progress, latest.pending)
        counted = [count or 0 for count in counts]
        total = sum(counted)
        if None in counts or not total:
            return ""
        signs = [self.appearance.sign(name) for name in ("full", "problem", "moving", "empty")]
        widths = [width * count // total for count in counted]
        widths[3] += width - sum(widths)
        return "".join(sign * cells for sign, cells in zip(signs, widths, strict=True))

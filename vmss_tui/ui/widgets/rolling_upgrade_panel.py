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
from vmss_tui.ui.drawing.charts import BarPart, bar
from vmss_tui.ui.drawing.glyphs import Appearance, Tone
from vmss_tui.ui.drawing.static_text import ComputedText, StaticText
from vmss_tui.ui.run.line_layout import justify

_LEAST_BAR = 8
_ACTOR = "Azure rolling upgrade  "
_SIGNS = {
    RollingCode.ROLLING_FORWARD: ("half", "bold $tone-moving"),
    RollingCode.ROLLING_BACK: ("half", "bold $tone-moving"),
    RollingCode.COMPLETED: ("check", "bold $tone-good"),
    RollingCode.CANCELLED: ("dot", "bold $tone-off"),
    RollingCode.FAULTED: ("problem", "bold $tone-failed"),
    RollingCode.UNKNOWN: ("dot", "bold $tone-unknown"),
}
"""The sign and the style of each status code."""


class RollingUpgradePanel(Vertical):
    """A line of status or two, and one with Azure's error message if there is one."""

    def __init__(self, appearance: Appearance) -> None:
        super().__init__()
        self.appearance = appearance
        self._latest: RollingUpgrade | None = None
        self._read_at: datetime | None = None
        self._line = ComputedText(self._status_lines, id="rolling-line")
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
        self._error.set_content(Content.styled(f" {cell(error, 400)}", "$tone-failed"))
        self._line.update_content()

    @property
    def in_progress(self) -> bool:
        """Whether an upgrade is shown that has not ended, as far as is known."""
        return self.display and self._latest is not None and self._latest.active is not False

    def _status_lines(self, width: int) -> Content:
        """One line where everything fits, else the counts on a second line; on a screen too narrow
        for both, one line with the counts as signs."""
        latest = self._latest
        if latest is None:
            return Content("")
        status = cell(latest.raw_code or latest.code, 30)
        clock = self.appearance.clock(self._read_at)
        sign, style = _SIGNS[latest.code]
        state = Content.styled(f"{self.appearance.sign(sign)} {status}", style)
        counts, short = latest.counts_text, latest.counts_text.replace(", ", " ")
        for actor, count, age in (
            (_ACTOR, counts, f"  as of {clock}"),
            ("Azure ", short, f" {clock}"),
            (_ACTOR, "", f"  as of {clock}"),
            ("Azure ", "", f" {clock}"),
        ):
            left = Content.assemble(" ", (actor, "bold $foreground"), state)
            right = Content.assemble((count, "bold"), (age, "$quiet"), " ")
            bar_width = min(40, width - left.cell_length - right.cell_length - 4)
            if bar_width >= _LEAST_BAR:
                left = Content.assemble(left, "  ", self._bar(latest, bar_width))
            if left.cell_length + right.cell_length < width:
                break
        if not count and len(counts) + 2 > width:
            signs = Content.assemble((self._count_signs(latest), "bold"), " ")
            return justify(Content.assemble(" ", state), signs, width)
        first = justify(left, right, width)
        return first if count else Content.assemble(first, "\n ", (counts, "bold"))

    def _count_signs(self, latest: RollingUpgrade) -> str:
        """The four counts, each behind a sign in place of its word."""
        counts = (latest.successful, latest.in_progress, latest.pending, latest.failed)
        return "  ".join(
            f"{self.appearance.sign(sign)} {'?' if count is None else count}"
            for sign, count in zip(("check", "half", "dot", "problem"), counts, strict=True)
        )

    def _bar(self, latest: RollingUpgrade, width: int) -> Content:
        """Successful, active, failed and pending instances; empty without counts."""
        counts = (latest.successful, latest.in_progress, latest.failed, latest.pending)
        if None in counts:
            return Content("")
        tones = (Tone.GOOD, Tone.MOVING, Tone.FAILED, Tone.OUTDATED)
        parts = [BarPart(count or 0, tone) for count, tone in zip(counts, tones, strict=True)]
        return bar(parts, width, self.appearance.glyphs)

"""Paints the rows of the timeline view. Columns are terminal cells."""

from collections.abc import Collection, Mapping

from msgspec import Struct
from rich.style import Style
from textual.strip import Strip

from vmss_tui.fleet.phrases import pluralize
from vmss_tui.text import cell
from vmss_tui.ui.drawing.glyphs import Appearance, Glyphs
from vmss_tui.ui.drawing.theme_styles import in_cursor_colour
from vmss_tui.ui.timeline.bars import BarPainter
from vmss_tui.ui.timeline.line_canvas import LineCanvas
from vmss_tui.ui.timeline.row_order import AnyRow, BatchRow, ExpectedRow, TrackRow
from vmss_tui.ui.timeline.time_scale import TimeScale
from vmss_tui.upgrade.report.sentences import stopwatch_text
from vmss_tui.upgrade.report.timeline.batch_spans import common_spans
from vmss_tui.upgrade.report.timeline.timeline import InstanceTrack, Span, SpanKind, Timeline
from vmss_tui.upgrade.run.run import Stage

_MAX_ID, _MAX_DOMAIN = 12, 16
_GUTTER = 4
"""Columns for the cursor and the state."""


class Scene(Struct, frozen=True):
    """What all rows have in common."""

    timeline: Timeline
    scale: TimeScale
    left: int
    """Columns at the left of the scale."""
    now: float
    is_live: bool
    approval_times: tuple[float, ...] = ()
    unhealthy_since: Mapping[str, float] | None = None
    """When an instance that waits for health was first read as unhealthy."""
    shows_batch: bool = False
    """The rows are not grouped by batch, so each names its own."""
    is_offline: bool = False
    """No reading succeeds: `now` is the time of the last one."""

    @property
    def now_column(self) -> int:
        """The column of now, from the left edge of the view."""
        return self.left + self.scale.column(self.now)

    def unhealthy_from(self, instance_id: str) -> float | None:
        """When this instance was first read as unhealthy; None where it was not."""
        return (self.unhealthy_since or {}).get(instance_id)

    def state_of(self, row: AnyRow | None) -> object:
        """What a row depends on besides itself."""
        if isinstance(row, TrackRow):
            return (self.shows_batch, self.unhealthy_from(row.track.instance_id))
        return self.approval_times, int(self.now) if isinstance(row, BatchRow) and (
            row.batch.end is None
        ) else None


class RowPainter:
    """Paints rows with the styles of one theme, by name."""

    def __init__(
        self, appearance: Appearance, bars: BarPainter, styles: Mapping[str, Style], base: Style
    ) -> None:
        self._appearance, self._bars, self._styles = appearance, bars, styles
        self._base = base
        self._is_ascii = appearance.glyphs is Glyphs.ASCII

    @staticmethod
    def label_length(row: AnyRow, *, shows_batch: bool) -> int:
        """Columns that the label of a row needs, with the blanks after it."""
        if isinstance(row, TrackRow):
            domain = len("batch 99") if shows_batch else min(_MAX_DOMAIN, len(row.track.row))
            return _GUTTER + min(_MAX_ID, max(5, len(row.track.instance_id))) + domain + 4
        batch = row.batch if isinstance(row, BatchRow) else row.expected.batch
        return _GUTTER + max(12, len(batch.title) + 2)

    def paint(
        self, row: AnyRow | None, scene: Scene, width: int, *, has_cursor: bool, is_selected: bool
    ) -> Strip:
        """A line of the view; `row` None is a blank line below the last row."""
        cursor = self._styles["cursor"]
        base = self._base + Style(bgcolor=cursor.bgcolor) if has_cursor else self._base
        canvas = LineCanvas(width, base)
        match row:
            case TrackRow():
                self._paint_track(canvas, row, scene)
            case BatchRow():
                self._paint_batch(canvas, row, scene, width)
            case ExpectedRow():
                self._paint_expected(canvas, row, scene, width)
        self._paint_marks(canvas, scene)
        if has_cursor:
            canvas.put(0, self._appearance.sign("cursor"), self._styles["approval"])
        if is_selected:
            canvas.put(1, self._appearance.sign("marked"), self._styles["strong"])
        strip = canvas.strip()
        if has_cursor and cursor.color:
            return Strip(in_cursor_colour(strip, cursor), width)
        return strip

    def _paint_marks(self, canvas: LineCanvas, scene: Scene) -> None:
        """The vertical lines: approvals, and now."""
        for at in scene.approval_times:
            sign = "|" if self._is_ascii else "║"
            column = scene.scale.column(at)
            if column >= 0:
                canvas.mark(scene.left + column, sign, self._styles["approval"])
        if scene.is_live and scene.now_column >= scene.left:
            canvas.mark(scene.now_column, "|" if self._is_ascii else "│", self._styles["now"])

    # Instances

    def _paint_track(self, canvas: LineCanvas, row: TrackRow, scene: Scene) -> None:
        track = row.track
        spans = self._live_spans(track, scene)
        glyph, style = self._sign(track, spans)
        canvas.put(2, glyph, self._styles[style])
        id_width = max(5, min(_MAX_ID, scene.left - _GUTTER - 6))
        instance_id = cell(track.instance_id, id_width)
        canvas.put(
            _GUTTER + max(0, min(5, id_width) - len(instance_id)),
            instance_id,
            self._styles["strong" if track.stage is not Stage.WAITING else "quiet"],
        )
        x = _GUTTER + max(5, len(instance_id)) + 1
        domain = track.row
        if scene.shows_batch and track.batch is not None:
            domain = f"batch {track.batch}"
        canvas.put(x, cell(domain, max(1, scene.left - x - 1)), self._styles["quiet"])
        after = self._bars.paint_spans(canvas, scene.left, scene.scale, spans, scene.now)
        if row.expected and row.expected.start is not None and row.expected.end is not None:
            self._bars.paint_planned(
                canvas, scene.left, scene.scale, row.expected.start, row.expected.end
            )
        text, style = self._track_text(track, spans, scene)
        if text:
            is_open = bool(spans) and spans[-1].end is None
            x = max(after, scene.now_column + 1 if is_open and scene.is_live else 0) + 1
            # A text that does not fit at the right of its bar ends at the edge, over the bar.
            x = max(scene.left, min(x, scene.left + scene.scale.columns - min(len(text), 12)))
            room = scene.left + scene.scale.columns - x
            canvas.put(x, cell(text, max(12, room)), self._styles[style])

    def _live_spans(self, track: InstanceTrack, scene: Scene) -> tuple[Span, ...]:
        """The spans, divided where the newest readings show that it is unhealthy."""
        since = scene.unhealthy_from(track.instance_id)
        last = track.spans[-1] if track.spans else None
        if since is None or last is None or last.end is not None:
            return track.spans
        since = max(since, last.start)
        head = () if since <= last.start else (last._replace(end=since),)
        return (*track.spans[:-1], *head, Span(SpanKind.UNHEALTHY, since, None))

    def _sign(self, track: InstanceTrack, spans: tuple[Span, ...]) -> tuple[str, str]:
        """Glyph and style of the state now."""
        name = _STAGE_SIGNS.get(track.stage, "open")
        if name == "open" and spans and spans[-1].kind is SpanKind.UNHEALTHY:
            name = "unhealthy"
        glyph, ascii_glyph, style = _GLYPHS[name]
        return (ascii_glyph if self._is_ascii else glyph), style

    def _track_text(
        self, track: InstanceTrack, spans: tuple[Span, ...], scene: Scene
    ) -> tuple[str, str]:
        """The text at the right of the bar, and its style."""
        match track.stage:
            case Stage.FAILED:
                return cell(track.message or "failed", 120), "word-failed"
            case Stage.GONE:
                return "deleted", "quiet"
            case Stage.SKIPPED:
                return f"skipped: {cell(track.message, 100)}", "quiet"
            case Stage.UPGRADED if track.seconds is not None:
                return stopwatch_text(track.seconds), "quiet"
            case Stage.WAITING if scene.timeline.is_over and track.batch is None:
                return "not upgraded", "quiet"
        if spans and spans[-1].kind is SpanKind.UNHEALTHY:
            by = self._clock(scene.timeline, track.healthy_by)
            return "unhealthy" + (f", fails at {by}" if by else ""), "word-unhealthy"
        return "", "quiet"

    def _clock(self, timeline: Timeline, t: float | None) -> str:
        at = timeline.clock_at(t) if t is not None else None
        return self._appearance.clock(at) if at else ""

    # Batches

    def _paint_batch(self, canvas: LineCanvas, row: BatchRow, scene: Scene, width: int) -> None:
        batch = row.batch
        is_open = batch.end is None
        style = "word-moving" if is_open else "word-failed" if batch.failed else "word-good"
        sign = ("▶", ">") if is_open else ("✖", "X") if batch.failed else ("✓", "v")
        self._heading(canvas, sign[self._is_ascii], batch.title, style, scene, bool(row.tracks))
        end = scene.now if batch.end is None else batch.end
        if row.tracks:
            spans = common_spans(row.tracks, batch.number, scene.now)
            after = self._bars.paint_spans(canvas, scene.left, scene.scale, spans, scene.now)
        else:
            self._line(canvas, scene.left, width - 1)
            first = max(0, scene.scale.column(batch.start))
            after = scene.left + max(first + 1, scene.scale.column(end))
            line = "=" if self._is_ascii else "━"
            canvas.fill(scene.left + first, after, line, self._styles[style])
        if is_open and scene.is_live:
            after = scene.now_column + 1
        text = f" {self._batch_text(row, end)} "
        after = max(scene.left, min(after + 1, width - len(text) - 2))
        canvas.put(after, text, self._styles["word-failed" if batch.failed else "quiet"])

    @staticmethod
    def _batch_text(row: BatchRow, end: float) -> str:
        batch, total = row.batch, len(row.batch.instance_ids)
        if batch.answer:
            return f"refused: {cell(batch.answer, 60)}"
        seconds = stopwatch_text(end - batch.start)
        word = "rolled back" if batch.reverts else "complete"
        if batch.end is None:
            parts = [f"{batch.complete} of {total} {word}, running for {seconds}"]
        else:
            parts = [f"{batch.complete} {word} in {seconds}"]
        if batch.median is not None and batch.end is not None:
            parts.append(f"median {stopwatch_text(batch.median)}")
        parts += [f"{batch.failed} failed"] if batch.failed else []
        parts += [f"{batch.gone} deleted"] if batch.gone else []
        return ", ".join(parts)

    def _paint_expected(
        self, canvas: LineCanvas, row: ExpectedRow, scene: Scene, width: int
    ) -> None:
        batch, start, end = row.expected
        self._heading(canvas, " ", batch.title, "quiet", scene, row.is_single)
        text = f" {pluralize(len(batch.instance_ids), 'instance', 'instances')} planned "
        x = scene.left + 1
        if not row.is_single:
            self._line(canvas, scene.left, width - 1)
        if start is not None and end is not None:
            first, until = scene.scale.column(start), scene.scale.column(end)
            if row.is_single:
                self._bars.paint_planned(canvas, scene.left, scene.scale, start, end)
            else:
                line = "=" if self._is_ascii else "━"
                left = scene.left + max(0, first)
                canvas.fill(left, scene.left + until, line, self._styles["quiet"])
            x = scene.left + until + 1
        elif scene.is_live:
            x = scene.now_column + 2
        canvas.put(max(scene.left, min(x, width - len(text) - 2)), text, self._styles["quiet"])

    def _heading(
        self,
        canvas: LineCanvas,
        sign: str,
        text: str,
        style: str,
        scene: Scene,
        is_single: bool,
    ) -> None:
        label = f"{sign} {text} "
        canvas.put(2, label, self._styles[style] + Style(bold=True))
        if not is_single:
            self._line(canvas, 2 + len(label), scene.left)

    def _line(self, canvas: LineCanvas, first: int, until: int) -> None:
        canvas.fill(first, until, "-" if self._is_ascii else "─", self._styles["line"])


_STAGE_SIGNS = {
    Stage.UPGRADED: "complete",
    Stage.ROLLED_BACK: "complete",
    Stage.FAILED: "failed",
    Stage.GONE: "gone",
    Stage.SKIPPED: "waiting",
    Stage.WAITING: "waiting",
}
_GLYPHS = {
    "complete": ("✓", "v", "word-good"),
    "failed": ("✖", "X", "word-failed"),
    "unhealthy": ("✚", "+", "word-unhealthy"),
    "open": ("◐", "~", "word-moving"),
    "gone": ("-", "-", "quiet"),
    "waiting": ("·", ".", "quiet"),
}


def unhealthy_tracks(timeline: Timeline, ids: Collection[str]) -> frozenset[str]:
    """Of these instances those that wait for health."""
    return frozenset(
        track.instance_id
        for track in timeline.tracks
        if track.healthy_by is not None and track.instance_id in ids
    )

"""Lines above and below the rows of the timeline view: legend, axis, marks, and the whole run."""

from textual.content import Content

from vmss_tui.text import cell
from vmss_tui.ui.drawing.glyphs import Appearance, Glyphs
from vmss_tui.ui.timeline.bars import PLAIN_THEME, SIGNS, bar_character
from vmss_tui.ui.timeline.row_painter import Scene
from vmss_tui.upgrade.report.sentences import duration_text
from vmss_tui.upgrade.report.timeline.forecast import (
    approval_times,
    expected_batches,
    expected_end,
    rates,
)
from vmss_tui.upgrade.report.timeline.timeline import SpanKind, Timeline
from vmss_tui.upgrade.run.run import Stage

_LEVELS = " ▁▂▃▄▅▆▇█"
_ASCII_LEVELS = " .:-=+*#@"
_RATE_WINDOW = 120.0
"""Seconds over which the present rate is measured."""
_BLOCK_STYLES = {
    "done": "$ink-good on $cell-good",
    "failed": "$ink-failed on $cell-failed",
    "open": "$ink-moving on $cell-moving",
    "planned": "$ink-outdated on $cell-outdated",
}
_SHORT_LABELS = {SpanKind.PROVISIONED: "provisioned", SpanKind.REQUESTED: "requested"}


def legend(appearance: Appearance, theme: str, width: int) -> Content:
    """Every kind of span with its colour; shorter words where the line is narrow."""
    for labels, length in (({}, 2), (_SHORT_LABELS, 1)):
        parts = []
        for kind, sign in SIGNS.items():
            character = bar_character(sign, appearance, theme)
            swatch = Content.styled(character * length, f"$cell-{sign.name}")
            if sign.glyph and appearance.glyphs is Glyphs.UNICODE:
                style = f"$ink-{sign.name} on $cell-{sign.name}"
                swatch = Content.styled(sign.glyph.rjust(length), style)
            parts.append(Content.assemble(swatch, (f" {labels.get(kind, kind)}", "$quiet")))
        line = Content("   ").join(parts)
        if line.cell_length <= width - 2:
            break
        line = Content(" ").join(parts)
    return Content.assemble("  ", line)


def cursor_reason(timeline: Timeline, instance_id: str | None) -> Content | None:
    """`instance 5: did not become healthy within 600 s`, of a failed or skipped instance; it may be
    cut in its row. None without a reason."""
    tracks = (t for t in timeline.tracks if t.instance_id == instance_id)
    track = next((t for t in tracks if t.stage in (Stage.FAILED, Stage.SKIPPED)), None)
    if track is None or not track.message:
        return None
    tone = "$tone-failed" if track.stage is Stage.FAILED else "$quiet"
    text = f"{cell(track.instance_id, 40)}: {cell(track.message, 400)}"
    return Content.assemble(("instance ", "$quiet"), (text, tone))


def axis(scene: Scene, appearance: Appearance) -> Content:
    """Times of day above the rows."""
    text = " " * scene.left
    tick = "|" if appearance.glyphs is Glyphs.ASCII else "╷"
    ticks = scene.scale.ticks(scene.timeline.clock_at, appearance.zone)
    clocks = [(column, appearance.clock(at)) for column, at in ticks]
    has_seconds = any(not clock.endswith(":00") for _, clock in clocks)
    for column, clock in clocks:
        label = clock if has_seconds else clock[:5]
        text = f"{text:<{scene.left + column}}{tick}{label}"
    return Content.styled(text, "$quiet")


def marks(scene: Scene, appearance: Appearance) -> Content:
    """The names of the vertical lines, below the rows."""
    width = scene.left + scene.scale.columns
    labels: list[tuple[int, str, str]] = []
    timeline = scene.timeline
    for approval, at in zip(timeline.approvals, approval_times(timeline, scene.now), strict=True):
        if at is not None:
            real = (
                ""
                if approval.real_percent == approval.percent
                else (f" ({approval.real_percent} %)")
            )
            state = "approved" if approval.approved_at is not None else "approval"
            text = f"{state} at {approval.percent} %{real}"
            labels.append((scene.left + scene.scale.column(at), text, "$tone-moving"))
    for stop in timeline.stops:
        labels.append((scene.left + scene.scale.column(stop.at), stop.kind, "$tone-unhealthy"))
    if scene.is_live:
        at_now = timeline.clock_at(scene.now)
        clock = f" {appearance.clock(at_now)[:5]}" if at_now else ""
        text, style = f"now{clock}", "bold $foreground"
        if scene.is_offline:
            text, style = f"last reading{clock}", "bold $tone-unhealthy"
        labels.append((scene.now_column, text, style))
    line = Content("")
    for column, text, style in sorted(labels, reverse=True)[:1] + sorted(labels)[:-1]:
        line = _place(line, column, text, style, scene.left, width)
    return line


def _place(line: Content, column: int, text: str, style: str, left: int, width: int) -> Content:
    """The line with a text around this column, or else before or after it, where that is free."""
    if not left <= column < width:
        return line
    length = len(text)
    for start in (column - length // 2, column - length + 1, column):
        x = max(left, min(start, width - length))
        plain = line.plain.ljust(x + length + 1)
        if plain[max(0, x - 2) : x + length + 2].strip():
            continue
        padded = Content.assemble(line, " " * (len(plain) - len(line.plain)))
        before, _, after = padded.divide([x, x + length])
        return Content.assemble(before, (text, style), after)
    return line


def whole_run(scene: Scene, appearance: Appearance, theme: str, width: int) -> Content:
    """Three lines: what part of the run is in view, its batches, and VMs a minute."""
    left, columns = scene.left, max(10, width - scene.left - 34)
    end = max(scene.now, scene.timeline.end, expected_end(scene.timeline, scene.now) or 0.0, 1.0)
    seconds = end / columns
    rule = "-" if appearance.glyphs is Glyphs.ASCII else "─"
    first = min(columns - 1, max(0, int(scene.scale.start / seconds)))
    last = max(first + 1, min(columns, int(scene.scale.end / seconds)))
    head = Content.assemble(
        (rule, "$line"), (" Whole run ", "$quiet"), (rule * max(0, left - 12 + first), "$line"),
        (("=" if rule == "-" else "━") * (last - first), "$focus"),
        (rule * max(0, width - left - last), "$line"),
    )  # fmt: skip
    batches = Content.assemble(("  batches".ljust(left), "$quiet"), _blocks(scene, columns, theme))
    return Content("\n").join([head, batches, _rate_line(scene, appearance, columns, seconds)])


def _blocks(scene: Scene, columns: int, theme: str) -> Content:
    """A block for each batch with its number, as wide as its time."""
    timeline, now = scene.timeline, scene.now
    end = max(now, timeline.end, expected_end(timeline, now) or 0.0, 1.0)
    blocks: list[tuple[float, float, int, int, str]] = []
    for batch in timeline.batches:
        state = "open" if batch.end is None else "failed" if batch.failed else "done"
        until = now if batch.end is None else batch.end
        blocks.append((batch.start, until, batch.number, len(batch.instance_ids), state))
    for plan, first_t, last_t in expected_batches(timeline, now):
        if first_t is not None and last_t is not None:
            blocks.append((first_t, last_t, plan.number, len(plan.instance_ids), "planned"))
    line, x = Content(""), 0
    for start, until, number, size, state in blocks:
        first = max(x, round(start / end * columns))
        last = min(columns, max(first + 1, round(until / end * columns)))
        room = last - first
        text = next(
            (t for t in (f" {number} · {size}", f" {number}", f"{number}") if len(t) <= room), ""
        )
        style = _BLOCK_STYLES[state]
        if theme == PLAIN_THEME:
            style = "" if state == "planned" else "reverse"
            text = f"[{text.strip():^{max(0, room - 2)}}]"[:room] if room > 2 else text
        elif room > max(2, len(text)):
            room -= 1  # the next block may begin right after it
        line = Content.assemble(line, " " * (first - x), (text.ljust(room), style))
        line = line.pad_right(last - first - room)
        x = last
    return line


def _rate_line(scene: Scene, appearance: Appearance, columns: int, seconds: float) -> Content:
    timeline, now = scene.timeline, scene.now
    known = min(columns, max(1, round(max(now, timeline.end) / seconds)))
    values = rates(timeline, 0.0, known * seconds, known)
    levels = _ASCII_LEVELS if appearance.glyphs is Glyphs.ASCII else _LEVELS
    highest = max(values, default=0.0)
    bars = "".join(
        levels[min(8, max(1 if value else 0, round(8 * value / highest)))] if highest else " "
        for value in values
    )
    line = Content.assemble(
        ("  VMs a minute".ljust(scene.left), "$quiet"), (bars, "$cell-good"), "  "
    )
    completed = timeline.completions()
    if not completed:
        return line
    first = timeline.batches[0].start if timeline.batches else 0.0
    length = max(1.0, (now if scene.is_live else completed[-1]) - first)
    average = (f"{len(completed) * 60 / length:.1f}", "bold $foreground"), (" on average", "$quiet")
    if not scene.is_live:
        total = ((", ", "$quiet"), (duration_text(timeline.end), "bold $foreground"))
        return Content.assemble(line, *average, *total, (" in all", "$quiet"))
    recent = sum(at > now - _RATE_WINDOW for at in completed) * 60 / _RATE_WINDOW
    line = Content.assemble(line, (f"{recent:.1f}", "bold $foreground"), (" now, ", "$quiet"))
    line = Content.assemble(line, *average)
    expected = expected_end(timeline, now)
    clock = timeline.clock_at(expected) if expected is not None else None
    if clock is None:
        return line
    return Content.assemble(
        line, (", ETA ", "$quiet"), (appearance.clock(clock)[:5], "bold $foreground")
    )

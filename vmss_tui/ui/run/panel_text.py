"""The lines of the run panel for its size. Pure.

One line where there is no room for more; a compact form of strip, gauges and events; from seven
lines on who started the run, notes and headings; from sixteen lines on blank lines between them.
"""

from collections.abc import Iterator
from typing import NamedTuple

from textual.content import Content

from vmss_tui.fleet.scale_set import Instance
from vmss_tui.text import cell
from vmss_tui.ui.drawing.charts import gauge, sparkline
from vmss_tui.ui.drawing.glyphs import Tone
from vmss_tui.ui.run.explanation_text import explanation_lines
from vmss_tui.ui.run.line_layout import heading, justify
from vmss_tui.ui.run.status_text import (
    SIGNS,
    STYLES,
    KeyLabel,
    Reason,
    RunView,
    check_line,
    eta_content,
    run_corner,
    run_titles,
    started_content,
    stop_reason,
)
from vmss_tui.ui.run.strip import BatchStrip
from vmss_tui.upgrade.overview.overview import unavailable_of_limit
from vmss_tui.upgrade.overview.throughput import upgrades_over_time

COMPLETE_HEIGHT, SPACIOUS_HEIGHT = 7, 16
"""Lines from which the complete form is drawn, and from which it has blank lines."""
_LABEL = 16
_LEAST_GAP = 3
"""Columns between who started the run and when it ends."""


class PanelText(NamedTuple):
    """The text of the panel: what is above, the heading of the events, and their number."""

    top: list[Content]
    events_height: int
    is_spacious: bool


def panel_text(
    view: RunView,
    instances: tuple[Instance, ...],
    key: KeyLabel,
    size: tuple[int, int],
) -> PanelText:
    """The lines above the events for a size of (columns, lines), and the lines left for events."""
    width, height = size
    reason = stop_reason(view, key)
    if height <= 1:
        return PanelText([_headline(view, width)], 0, False)
    if height < COMPLETE_HEIGHT:
        causes = explanation_lines(view, width, min(height - 2, 3))
        top = [*_reason_lines(view, reason, width, 1 if causes else min(2, height - 1)), *causes]
        top += [line for line in _compact_lines(view, instances, width)][: height - len(top)]
        return PanelText(top, height - len(top), False)
    is_spacious = height >= SPACIOUS_HEIGHT
    top = list(_complete_lines(view, reason, instances, (width, height)))[:height]
    return PanelText(top, height - len(top), is_spacious)


def _headline(view: RunView, width: int) -> Content:
    """Name, state, batch, counts and end on one line, as far as they fit; state, batch and counts
    matter most."""
    corners = (run_corner(view, compact=True), run_corner(view, compact=True, with_end=False))
    for parts in run_titles(view):
        title = Content("  ").join(parts)
        for corner in corners:
            if title.cell_length + corner.cell_length + 4 <= width:
                return justify(Content.assemble(" ", title), Content.assemble(corner, " "), width)
    return justify(Content.assemble(" ", title), Content.assemble(corners[1], " "), width)


def _compact_lines(view: RunView, instances: tuple[Instance, ...], width: int) -> Iterator[Content]:
    shown = view.overview
    if view.status.run.plan is None:
        return
    yield BatchStrip(shown.segments, shown.checkpoints, width, view.appearance).lines()[0]
    yield _one_meter_line(view, instances, width, compact=True)


def _complete_lines(
    view: RunView,
    reason: Reason | None,
    instances: tuple[Instance, ...],
    size: tuple[int, int],
) -> Iterator[Content]:
    width, height = size
    shown, is_spacious = view.overview, height >= SPACIOUS_HEIGHT
    is_tight = reason is not None and not is_spacious
    if reason is not None:
        yield from _reason_lines(view, reason, width, 3 if is_spacious else 2)
        yield from explanation_lines(view, width, min(6, height - 5))
    if not is_tight:
        started, end = started_content(view), eta_content(view)
        if started.cell_length + end.cell_length + _LEAST_GAP > width:
            end = eta_content(view, is_short=True)
        if started.cell_length + end.cell_length + _LEAST_GAP > width:
            started = started_content(view, is_short=True)
        yield justify(started, end, width)
    if view.status.run.plan is None:
        return
    if is_spacious:
        yield Content("")
    strip, notes = BatchStrip(shown.segments, shown.checkpoints, width, view.appearance).lines()
    yield strip
    yield _with_end(view, notes.rstrip(), width) if is_tight else notes
    if check := check_line(view, width):
        yield check
    if is_spacious:
        yield Content("")
    if is_tight:
        yield _one_meter_line(view, instances, width, compact=False)
    else:
        yield from _meter_lines(view, instances, width, spaced=is_spacious)


def _with_end(view: RunView, notes: Content, width: int) -> Content:
    """The notes below the strip, with the time at which the run has stopped: there is no line
    with its times."""
    stopped_at = view.overview.stopped_at
    if stopped_at is None:
        return notes
    clock = view.appearance.clock(stopped_at)[:5]
    end = Content.styled(f"{view.overview.state.lower()} {clock}", "$quiet")
    fits = notes.cell_length + end.cell_length + _LEAST_GAP <= width
    return justify(notes, end, width) if fits else notes


def events_heading(view: RunView, width: int, *, says_who: bool) -> Content:
    """`── Events ──── routine ones folded ──`."""
    note = started_content(view).plain.replace("   ", ", ") if says_who else "routine ones folded"
    return heading("Events", note, width, view.appearance)


def _reason_lines(
    view: RunView, reason: Reason | None, width: int, maximum: int
) -> Iterator[Content]:
    """The reason as a block, at most `maximum` lines; the advice is its last one if there are two
    or more."""
    if reason is None:
        return
    sign = view.appearance.sign(SIGNS[reason.meaning])
    style = reason.block_style or f"bold {STYLES[reason.meaning]}"
    advice = [f"  {reason.advice}"] if reason.advice and maximum > 1 else []
    available = maximum - len(advice)
    room = max(10, width - 3)
    wrapped = [line.plain for line in Content(reason.text).wrap(room)]
    if len(wrapped) > available and reason.text.endswith(")"):  # details at the end
        wrapped = [line.plain for line in Content(reason.text.rpartition(" (")[0]).wrap(room)]
    if len(wrapped) > available:
        kept = " ".join(wrapped[available - 1 :])
        wrapped = [*wrapped[: available - 1], cell(kept, room)]
    lines = [f"{sign if number == 0 else ' '} {line}" for number, line in enumerate(wrapped)]
    for line in (*lines, *advice):
        content = Content(line)
        if content.cell_length > width:
            content = content.truncate(width, ellipsis=True)
        blanks = " " * (width - content.cell_length)
        yield Content.styled(content.plain + blanks, style)


def _one_meter_line(
    view: RunView, instances: tuple[Instance, ...], width: int, *, compact: bool
) -> Content:
    """Both gauges on one line, with the rate where there is room."""
    columns = max(6, min(16, width // 8))
    whole = [(columns, "of max ", ", stops at "), (6, "of ", ", stops at ")]
    forms = [*([] if compact else whole), (columns, "of ", " of "), (6, "of ", " of ")]
    line, limits = Content(""), unavailable_of_limit(view.status.run, instances)
    for columns, most, stops in forms:
        parts = []
        if limits:
            bar = gauge(*limits, Tone.MOVING, columns, view.appearance.glyphs)
            parts.append(_metered("Unavailable ", bar, limits[0], f" {most}{limits[1]}", ""))
        parts.append(_failures(view, columns, "Failed upgrades ", stops))
        line = Content("  ").join(parts)
        if line.cell_length <= width:
            break
    rate = view.overview.per_minute
    if rate is None:
        return line
    rate_text = Content.assemble((f"{rate:.1f}", "bold"), (" a min", "$quiet"))
    room = width - line.cell_length - rate_text.cell_length - 3
    values = upgrades_over_time(view.status.run, view.status.run_time, min(room, 24))
    chart = sparkline(values, 1, view.appearance.glyphs)[0] if room >= 6 else ""
    right = Content.assemble((chart, "$cell-good"), " ", rate_text)
    return justify(line, right, width) if right.cell_length + line.cell_length < width else line


def _failures(view: RunView, columns: int, label: str, stops: str) -> Content:
    shown = view.overview
    bar = gauge(shown.failed, shown.failure_limit, Tone.FAILED, columns, view.appearance.glyphs)
    style = "$tone-failed" if shown.failed else ""
    return _metered(label, bar, shown.failed, f"{stops}{shown.failure_limit}", style)


def _metered(label: str, bar: Content, value: int, limit: str, style: str) -> Content:
    return Content.assemble(
        (label, "$quiet"),
        bar,
        " ",
        (str(value), f"bold {style}".strip()),
        (limit, style or "$quiet"),
    )


def _meter_lines(
    view: RunView, instances: tuple[Instance, ...], width: int, *, spaced: bool
) -> Iterator[Content]:
    """A gauge on each line, and the rate as a sparkline as high as both at the right."""
    glyphs, run, shown = view.appearance.glyphs, view.status.run, view.overview
    columns = max(8, min(40, width // 5))
    lines: list[Content] = []
    if limits := unavailable_of_limit(run, instances):
        bar = gauge(*limits, Tone.MOVING, columns, glyphs)
        label = f"{'Unavailable':<{_LABEL}}"
        lines.append(_metered(label, bar, limits[0], f" of max {limits[1]}", ""))
    else:
        lines.append(Content(""))
    if spaced:
        lines.append(Content(""))
    lines.append(_failures(view, columns, f"{'Failed upgrades':<{_LABEL}}", ", stops at "))
    right = [Content("")] * len(lines)
    if shown.per_minute is not None:
        right[-2] = Content.assemble((f"{shown.per_minute:>5.1f}", "bold"), (" VMs", "$quiet"))
        right[-1] = Content.styled("a minute", "$quiet")
        room = width - max(line.cell_length for line in lines) - 11
        columns = min(room, max(20, width * 2 // 5))
        if columns >= 6:
            values = upgrades_over_time(run, view.status.run_time, columns)
            charts = sparkline(values, len(lines), glyphs)
            right = [
                Content.assemble((chart, "$cell-good"), " ", text.pad_right(9 - text.cell_length))
                for chart, text in zip(charts, right, strict=True)
            ]
    for line, rate_text in zip(lines, right, strict=True):
        yield justify(line, rate_text, width)

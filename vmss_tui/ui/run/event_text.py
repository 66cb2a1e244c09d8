"""The events of a run, its work in progress and what is not complete, as lines. Pure."""

from collections.abc import Sequence

from textual.content import Content

from vmss_tui.text import cell
from vmss_tui.ui.run.line_layout import heading, justify
from vmss_tui.ui.run.status_text import STYLES, KeyLabel, RunView
from vmss_tui.upgrade.overview.digest import DigestLine, Meaning
from vmss_tui.upgrade.overview.overview import UnfinishedInstance
from vmss_tui.upgrade.report.sentences import duration_text, stopwatch_text
from vmss_tui.upgrade.run.progress import instances_in_progress
from vmss_tui.upgrade.run.run import Stage


def event_lines(
    lines: Sequence[DigestLine], view: RunView, key: KeyLabel, size: tuple[int, int]
) -> list[Content]:
    """The newest lines of the digest, then the work in progress, for (columns, lines)."""
    width, height = size
    live = live_line(view, key, width)
    room = max(0, height - (live is not None))
    shown = [_event_line(line, view, width) for line in lines[-room:]] if room else []
    return [*shown, *([live] if live is not None and height else [])]


def _event_line(line: DigestLine, view: RunView, width: int) -> Content:
    sign, style = view.sign(line.meaning), STYLES[line.meaning]
    text_style = (
        style if line.meaning in (Meaning.UNHEALTHY, Meaning.FAILED, Meaning.WAITING) else ""
    )
    return Content.assemble(
        (f"{view.appearance.clock_from_iso(line.at)} ", "$dim"),
        (f"{sign} ", style or "$quiet"),
        (cell(line.text, max(10, width - 10 - len(sign))), text_style),
    )


def live_line(view: RunView, key: KeyLabel, width: int) -> Content | None:
    """`◐ 11 not complete after 4 min, latest model applied to 4`, or the pause between
    batches."""
    run, shown = view.status.run, view.overview
    if shown.pause > 0:
        skip = f" ({key('end-wait')} skip)" if key("end-wait") else ""
        text = f"Next batch in {stopwatch_text(shown.pause)}{skip}"
        return Content.styled(f"{'':9}{view.sign(Meaning.WAITING)} {text}", "$tone-moving")
    entries = instances_in_progress(run, view.status.run_time)
    if run.ended or not entries:
        return None
    # Not "upgrading": that is what Azure reports of an instance, and counted in the legend.
    text = f"{len(entries)} not complete after {duration_text(entries[-1].seconds)}"
    applied = run.count(Stage.PROVISIONED, Stage.READY)
    if applied:
        share = "" if applied == len(entries) else f" to {applied}"
        text += f", latest model applied{share}"
    slow = [entry for entry in entries if entry.is_straggler]
    if slow:
        first = slow[0]
        more = f" and {len(slow) - 1} more" if len(slow) > 1 else ""
        time = stopwatch_text(first.seconds)
        text += f"; slow: {cell(first.instance_id, 40)} for {time}{more}"
    return Content.styled(
        f"{'':9}{view.sign(None)} {cell(text, max(10, width - 11))}", "$tone-moving"
    )


def unfinished_lines(
    entries: Sequence[UnfinishedInstance], view: RunView, size: tuple[int, int]
) -> list[Content]:
    """`Batch 3: 13 not complete`, then a line for each instance with the time since its request."""
    width, height = size
    batch = view.status.run.batch_label(view.overview.batch).capitalize()
    failed = sum(entry.meaning is Meaning.FAILED for entry in entries)
    counts = ((len(entries) - failed, "not complete"), (failed, "failed"))
    title = f"{batch}: {', '.join(f'{count} {word}' for count, word in counts if count)}"
    lines = [heading(title, "", width, view.appearance)]
    room = height - 1
    shown = entries if len(entries) <= room else entries[: max(0, room - 1)]
    id_width = min(20, max((len(cell(entry.instance_id, 20)) for entry in shown), default=0))
    for entry in shown:
        style = STYLES[entry.meaning]
        text_style = style if entry.meaning is not None else ""
        time = stopwatch_text(entry.seconds) if entry.seconds is not None else ""
        left = Content.assemble(
            (f"{view.sign(entry.meaning)} ", style),
            (f"{cell(entry.instance_id, 20):>{id_width}}  ", "bold"),
            (cell(entry.text, max(8, width - id_width - len(time) - 5)), text_style),
        )
        lines.append(justify(left, Content.styled(time, "$quiet"), width))
    if len(shown) < len(entries):
        lines.append(Content.styled(f"  and {len(entries) - len(shown)} more", "$quiet"))
    return lines

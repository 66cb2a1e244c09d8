"""The batches of a run as a strip of segments, with a line of notes below. Pure.

Segments are as wide as their batches are large. Where there are many batches they have no labels,
and where even that is too wide no gaps.
"""

from collections.abc import Sequence

from textual.content import Content

from vmss_tui.ui.drawing.charts import CellRow, share_columns
from vmss_tui.ui.drawing.glyphs import Appearance, Tone
from vmss_tui.upgrade.overview.segments import BatchSegment, Checkpoint
from vmss_tui.upgrade.report.sentences import stopwatch_text

_LABELLED, _NARROW_LABEL = 9, 5
"""Least columns of a segment with a whole label, and with a short one."""
_LARGEST = 40
"""Columns of a segment at most, on average."""


class BatchStrip:
    """The strip for a width: where each segment begins, and how wide it is."""

    def __init__(
        self,
        segments: Sequence[BatchSegment],
        checkpoints: Sequence[Checkpoint],
        width: int,
        appearance: Appearance,
    ) -> None:
        self.segments, self.checkpoints = segments, checkpoints
        self._appearance, self.width = appearance, width
        self._marked = {checkpoint.after_batch for checkpoint in checkpoints}
        marks = len(self._marked)
        count = len(segments)
        self.is_labelled = count * (_NARROW_LABEL + 1) + 2 * marks <= width
        has_gaps = self.is_labelled or count * 2 + 2 * marks <= width
        self._gap = int(has_gaps)
        least = self._least_columns()
        room = width - self._gap * (count - 1) - marks * (3 - self._gap)
        extra = max(0, min(room, _LARGEST * count) - sum(least))
        shared = share_columns([segment.size for segment in segments], extra)
        wide_enough = room >= sum(least) and count
        self._columns = (
            [low + more for low, more in zip(least, shared, strict=True)]
            if wide_enough
            else share_columns([1] * count, max(0, room))
        )

    def _least_columns(self) -> list[int]:
        if not self.is_labelled:
            return [1] * len(self.segments)
        room = self.width // max(1, len(self.segments))
        least = min(_LABELLED + 1, room - 2) if room > _LABELLED else _NARROW_LABEL
        return [max(_NARROW_LABEL, least)] * len(self.segments)

    def _positions(self) -> list[int]:
        positions, x = [], 0
        for segment, columns in zip(self.segments, self._columns, strict=True):
            positions.append(x)
            x += columns + (3 if segment.number in self._marked else self._gap)
        return positions

    def lines(self) -> tuple[Content, Content]:
        """The strip, and the notes below it."""
        strip = CellRow(self.width, self._appearance.glyphs)
        notes = CellRow(self.width, self._appearance.glyphs)
        placed = list(zip(self.segments, self._positions(), self._columns, strict=True))
        for segment, x, columns in placed:
            self._draw(strip, segment, x, columns)
            if segment.number in self._marked:
                strip.write(x + columns + 1, self._appearance.sign("approval"), "bold $tone-moving")
        self._note_checkpoints(notes, placed)
        current = [place for place in placed if place[0].is_open]
        others = [place for place in placed if not place[0].is_open]
        for segment, x, columns in (*current, *reversed(others)):
            text, style = self._note(segment)
            room = columns + 1 if self.is_labelled else len(text)
            if text and len(text) <= max(room, 1) and notes.is_free(x, len(text)):
                notes.write(x, text, style)
        return strip.content(), notes.content()

    def _draw(self, row: CellRow, segment: BatchSegment, x: int, columns: int) -> None:
        pending = segment.in_progress + segment.failed + segment.unobserved
        done = segment.size - pending if segment.is_sent else 0
        outdated = 0 if segment.is_sent else segment.size
        tones = (Tone.GOOD, Tone.MOVING, Tone.FAILED, Tone.UNKNOWN, Tone.OUTDATED)
        amounts = (done, segment.in_progress, segment.failed, segment.unobserved, outdated)
        start = x
        for tone, part in zip(tones, share_columns(amounts, columns), strict=True):
            row.fill(start, part, tone)
            start += part
        if segment.failed and columns > 1:
            row.write_on(x + columns - 1, self._appearance.sign("problem"))
        elif segment.failed:
            row.fill(x, columns, Tone.FAILED)
            row.write_on(x, self._appearance.sign("problem"))
        if self.is_labelled:
            row.write_on(x, self._label(segment, columns - (2 if segment.failed else 0)))

    def _label(self, segment: BatchSegment, columns: int) -> str:
        dot = self._appearance.sign("dot")
        size = (
            f"{segment.size - segment.in_progress}/{segment.size}"
            if segment.is_open
            else str(segment.size)
        )
        labels = [f" {segment.number} {dot} {size}", f"{segment.number} {dot} {size}", f" {size}"]
        if segment.is_canary:
            labels = [f" canary {size}", f"canary {size}", f" c {size}", f" {size}"]
        return next((label for label in labels if len(label) <= columns), "")

    def _note(self, segment: BatchSegment) -> tuple[str, str]:
        """What is below a segment: its time, or what is wrong with it."""
        sign = self._appearance.sign
        if segment.is_open:
            time = stopwatch_text(segment.seconds or 0.0)
            text = f"{sign('live')} {time}" if self.is_labelled else sign("rising")
            return text, "$tone-moving"
        if segment.failed:
            text = f"{sign('problem')} {segment.failed} of {segment.size}"
            return (text if self.is_labelled else ""), "$tone-failed"
        if segment.is_complete and segment.seconds is not None:
            text = f"{sign('check')} {stopwatch_text(segment.seconds)}"
            if not self.is_labelled:
                text = f"canary {sign('check')}" if segment.is_canary else ""
            return text, "$tone-good"
        return "", ""

    def _note_checkpoints(
        self, notes: CellRow, placed: Sequence[tuple[BatchSegment, int, int]]
    ) -> None:
        ends = {segment.number: x + columns + 1 for segment, x, columns in placed}
        for checkpoint in self.checkpoints:
            x = ends[checkpoint.after_batch]
            mark = self._appearance.sign("check" if checkpoint.is_approved else "approval")
            real = checkpoint.real_percent
            about = f" ({real} %)" if real != checkpoint.percent else ""
            verb = "approved" if checkpoint.is_approved else "approval"
            place = "" if self.is_labelled else f", after batch {checkpoint.after_batch}"
            texts = (
                f"{mark} {verb} at {checkpoint.percent} %{about}{place}",
                f"{mark} {verb} at {checkpoint.percent} %{about}",
                f"{mark} {checkpoint.percent} %{about}",
                f"{mark} {checkpoint.percent} %",
            )
            for text in texts:
                begin = min(x, self.width - len(text))
                if notes.is_free(begin, len(text)):
                    notes.write(begin, text, "$tone-moving")
                    break

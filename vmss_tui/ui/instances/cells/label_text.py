"""The texts of labels: name, counts, batches, bar and problems of a domain. Pure."""

from collections import Counter
from typing import NamedTuple

from rich.segment import Segment
from rich.style import Style

from vmss_tui.fleet.domains import Row
from vmss_tui.fleet.state_groups import StateGroup, group_of
from vmss_tui.text import cell
from vmss_tui.ui.drawing.glyphs import Glyphs, Tone
from vmss_tui.ui.drawing.themes import TONES
from vmss_tui.ui.instances.cells.domain_batches import BatchProgress, DomainBatches

Line = tuple[Segment, ...]

PROBLEM_GROUPS = {
    StateGroup.FAILED: ("✖", "X"),
    StateGroup.UNHEALTHY: ("✚", "+"),
    StateGroup.UNKNOWN: ("?", "?"),
    StateGroup.STOPPED: ("■", "="),
    StateGroup.DEALLOCATED: ("□", "_"),
}
"""The groups that are counted at the right end of a domain, the most important first, with their
glyph in Unicode and in ASCII."""


class LabelState(NamedTuple):
    """What a label shows besides the counts of its row."""

    has_cursor: bool
    is_at_work: bool
    """The run's open batch, or an operation, is in this domain."""
    batches: DomainBatches | None


class LabelStyles(NamedTuple):
    """The styles of labels in a theme."""

    name: Style
    counts: Style
    active: Style
    """Name and counts of a domain with the cursor or a batch at work."""
    cursor: Style
    """The sign of the cursor's domain."""
    batch: Style
    """The sign of a domain at work."""
    empty: Style
    """The rest of a bar."""
    line: Style
    """The edges of a panel."""
    texts: dict[Tone, Style]
    grounds: dict[Tone, Style]


def name_text(
    row: Row, state: LabelState, styles: LabelStyles, width: int, *, mark: str = ""
) -> Line:
    """The whole name of a domain; `mark`, the sign of a batch at work, is at its right."""
    style = styles.name
    if state.is_at_work and mark:
        style = styles.batch
    elif state.has_cursor:
        style = styles.cursor if mark or width < 7 else styles.active
    name = cell(row.key.label, width)
    return (Segment(f"{name}{mark}"[:width].ljust(width), style),)


def count_text(
    row: Row,
    state: LabelState,
    styles: LabelStyles,
    *,
    is_short: bool = False,
    is_left: bool = False,
) -> Line:
    """`7/20`, or with `is_short` the `7` alone; how many have the latest model."""
    total = str(len(row.instances))
    style = styles.active if state.is_at_work or state.has_cursor else styles.counts
    if is_short:
        return (Segment(f"{row.current:>{len(total)}}", style),)
    text = f"{row.current}/{total}" if is_left else f"{row.current:>{len(total)}}/{total}"
    return (Segment(text, style),)


def batch_text(batches: DomainBatches | None, sign: str, styles: LabelStyles, width: int) -> Line:
    """`✓ batch 1, 2`, `▶ batch 3` or `  batch 4`; blank without a run."""
    if batches is None:
        return (Segment(" " * width, styles.counts),)
    style = {
        BatchProgress.COMPLETE: styles.texts[Tone.GOOD],
        BatchProgress.OPEN: styles.texts[Tone.MOVING],
        BatchProgress.FAILED: styles.texts[Tone.FAILED],
        BatchProgress.WAITING: styles.counts,
    }[batches.progress]
    text = f"{sign or ' '} {batches.text(width - 2)}"
    return (Segment(f"{text:<{width}}"[:width], style),)


def gauge(row: Row, styles: LabelStyles, width: int, full: str, empty: str) -> Line:
    """A bar of the share with the latest model, as solid as cells are."""
    done = width * row.current // max(1, len(row.instances))
    ground = styles.grounds[Tone.GOOD]
    if ground.bgcolor is None or ground.bgcolor.is_default:
        return (Segment(full * done + empty * (width - done), styles.counts),)
    return (Segment(" " * done, ground), Segment(" " * (width - done), styles.empty))


def problem_texts(row: Row, styles: LabelStyles, glyphs: Glyphs, width: int) -> list[Line]:
    """`✚ 2`: the groups that need attention with their counts, one a line."""
    return [
        (Segment(f"{text:<{width}}", styles.texts[tone] + Style(bold=tone in _LOUD)),)
        for text, tone in problem_counts(_group_counts(row), glyphs, width)
    ]


_LOUD = (Tone.FAILED, Tone.UNHEALTHY, Tone.UNKNOWN, Tone.MOVING)


def problem_counts(
    counts: Counter[StateGroup], glyphs: Glyphs, width: int
) -> list[tuple[str, Tone]]:
    """`✚ 2` for each group that is counted, with its tone; the blank goes first where the width
    does not suffice."""
    texts = []
    for group, signs in PROBLEM_GROUPS.items():
        if counts[group]:
            sign = signs[glyphs is Glyphs.ASCII]
            text = f"{sign} {counts[group]}"
            texts.append((text if len(text) <= width else f"{sign}{counts[group]}", TONES[group]))
    return texts


def _group_counts(row: Row) -> Counter[StateGroup]:
    counts: Counter[StateGroup] = Counter()
    for state, count in row.counts.items():
        counts[group_of(state)] += count
    return counts

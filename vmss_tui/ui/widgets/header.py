"""The two lines at the top: subscription, scale set, its facts, and the time of the reading.

On a narrow terminal parts are left out in a fixed order; the subscription, the scale set, the
upgrade policy mode and the time of the reading are always shown.
"""

from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget

from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.gateway import AzureContext
from vmss_tui.runtime.storage.latest_view import LatestView
from vmss_tui.text import cell
from vmss_tui.ui.drawing.glyphs import Appearance
from vmss_tui.ui.drawing.static_text import ComputedText, StaticText

_WIDE = 120
_MIN_NAME_LENGTH = 3
"""Characters that a shortened name in the path has at least."""
_NARROW, _FACTS_WIDTH = 72, 24
"""From `_NARROW` columns the path leaves `_FACTS_WIDTH` columns to VM count and read budget."""


@dataclass(frozen=True, slots=True)
class Part:
    """A text, its style, and when it is left out (the greatest `drop_order` first; 0 never)."""

    text: str
    style: str = ""
    drop_order: int = 0


def fitting_parts(parts: list[Part], width: int, gap: str = "  ") -> list[Part]:
    """As many parts as fit, in their order; those with the greatest `drop_order` go first."""
    fitting = [part for part in parts if part.text]
    for part in sorted(fitting, key=lambda part: part.drop_order, reverse=True):
        if part.drop_order and _length(fitting, gap) > width:
            fitting.remove(part)
    left_out = [part for part in parts if part.text and part not in fitting]
    for part in sorted(left_out, key=lambda part: part.drop_order):
        if _length([*fitting, part], gap) <= width:  # leaving a longer one out made room
            fitting.append(part)
    return [part for part in parts if part in fitting]


def _length(parts: list[Part], gap: str) -> int:
    return sum(len(part.text) + len(gap) for part in parts) - len(gap)


def justified_line(left: list[Part], right: list[Part], width: int, gap: str = "  ") -> Content:
    """A line of `width` cells with parts aligned to the left and to the right."""
    fitting = fitting_parts([*left, *right], width - 2, gap)
    first = [part for part in fitting if part in left]
    last = [part for part in fitting if part in right]
    head = Content(gap).join(Content.styled(part.text, part.style) for part in first)
    tail = Content(gap).join(Content.styled(part.text, part.style) for part in last)
    available = width - 2 - tail.cell_length
    if head.cell_length > available:
        head = head.truncate(max(0, available - 1), ellipsis=True)
    space = max(1, available - head.cell_length)
    return Content.assemble(" ", head, " " * space, tail, " ")


def _joined(fitting: list[Part], candidates: list[Part], gap: str, ending: str) -> Content:
    """The candidates that fit, as one text; the ending has the style of the last one, because
    each change of style sends about 25 bytes to the terminal."""
    selected_parts = [part for part in candidates if part in fitting]
    ends = [*[""] * (len(selected_parts) - 1), ending]
    parts = zip(selected_parts, ends, strict=False)
    return Content(gap).join(Content.styled(part.text + end, part.style) for part, end in parts)


def _shorten_path(path: tuple[str, ...], available: int) -> list[str]:
    """The names shortened to the available cells; the longest first, the scale set's last."""
    widths = [len(part) for part in path]
    while sum(widths) > available and max(widths, default=0) > _MIN_NAME_LENGTH:
        longest = max(widths[:-1], default=0)
        widths[widths.index(longest) if longest > _MIN_NAME_LENGTH else -1] -= 1
    return [cell(part, width) for part, width in zip(path, widths, strict=True)]


def _blank_part(part: Part) -> Part:
    """Blanks in place of a part that another widget draws."""
    return Part(" " * len(part.text), "", part.drop_order)


class Header(Widget):
    """Subscription ▸ group ▸ set and its facts; the model and how many instances have it.

    What changes with every reading (read budget, clock, counts) is in small widgets on top of the
    two lines, so that an unchanged reading sends nothing but the clock to the terminal.
    """

    def __init__(self, appearance: Appearance) -> None:
        super().__init__()
        self.appearance = appearance
        self._scale_set: ScaleSet | None = None
        self._view: LatestView | None = None
        self._path: tuple[str, ...] = ()
        self._azure_context: AzureContext | None = None
        self._lock_label = ""
        self._lines = ComputedText(self._two_lines, id="lines")
        self._reads, self._clock = StaticText(id="reads"), StaticText(id="clock")
        self._counts = StaticText(id="counts")

    def compose(self) -> ComposeResult:
        """The two lines, and the small widgets on top of them."""
        yield self._lines
        with Horizontal(id="corner"):
            yield self._reads
            yield self._clock
        yield self._counts

    def show(
        self, path: tuple[str, ...], context: AzureContext, view: LatestView | None, lock_label: str
    ) -> None:
        """Takes the newest view; `lock_label` is the label of a locked or read-only session."""
        self._path, self._azure_context, self._lock_label = path, context, lock_label
        self._view = view
        if view is not None and view.snapshot is not None:
            self._scale_set = view.snapshot.scale_set
        self._lines.update_content()

    @property
    def _snapshot(self) -> Snapshot | None:
        return self._view.snapshot if self._view else None

    def _two_lines(self, width: int) -> Content:
        return Content("\n").join([self._first_line(width), self._second_line(width)])

    def _first_line(self, width: int) -> Content:
        scale_set, context, snapshot = self._scale_set, self._azure_context, self._snapshot
        separator = f" {self.appearance.sign('under')} "
        reserved = (
            2 + 2 * len(separator) + 2 + 8 + (2 + len(scale_set.policy_mode) if scale_set else 0)
        )
        if scale_set is not None and scale_set.alarming_state:
            reserved += len(scale_set.alarming_state) + 2
        reserved += len(self._lock_label) + 2 + (_FACTS_WIDTH if width >= _NARROW else 0)
        path = Part(separator.join(_shorten_path(self._path, width - reserved)), "bold", 0)
        left = [
            Part("vmss-tui", "$quiet", 9),
            Part("DEMO" if context and context.demo else "", "bold reverse $accent", 2),
            Part(self._lock_label, "bold reverse $primary", 0),
            path,
        ]
        if scale_set is not None:
            count = len(snapshot.instances) if snapshot else scale_set.capacity
            left += [
                Part(cell(scale_set.place, 40), "$quiet", 6),
                Part(str(scale_set.orchestration), "$quiet", 7),
                Part(str(scale_set.policy_mode), "bold $accent", 0),
                Part(scale_set.alarming_state, "bold $tone-failed on $tone-failed-background", 0),
                Part(f"{count} VMs" if count is not None else "", "", 4),
            ]
        budget = self._view.budget if self._view else None
        reads = f"reads {budget.remaining:>2}/{budget.burst}" if budget else ""
        clock = self.appearance.clock(snapshot.taken_at if snapshot else None)
        right = [Part(reads, "$quiet", 5), Part(clock, "bold")]
        fitting = fitting_parts([*left, *right], width - 2)
        available = width - 2 - _length(fitting, "  ") + len(path.text)
        full_path = separator.join(_shorten_path(self._path, available - 2 * len(separator)))
        left[3] = Part(full_path, "bold", 0)
        self._reads.set_content(_joined(fitting, right[:1], "  ", ending="  "), fit=True)
        self._clock.set_content(_joined(fitting, right[1:], "  ", ending=" "), fit=True)
        return justified_line(left, [_blank_part(part) for part in right], width)

    def _second_line(self, width: int) -> Content:
        scale_set, snapshot = self._scale_set, self._snapshot
        if scale_set is None:
            return Content.styled(" reading …", "$quiet")
        counts = problems = ""
        if snapshot is not None:
            counts = f"{snapshot.current} of {len(snapshot.instances)} current"
            problems = f"{snapshot.problems} problems" if snapshot.problems else ""
        principal = self._principal() if width >= _WIDE else ""
        size = cell(scale_set.size_text, 40)
        title = _image_title(scale_set, width - len("".join((counts, problems, principal))) - 20)
        name = "model" if width >= _NARROW else ""
        left = [Part(name, "$quiet", 8), Part(title, "", 3), Part(size, "$quiet", 6)]
        changing = [Part(problems, "bold $tone-unhealthy", 1), Part(counts, "bold")]
        right = [Part(principal, "$quiet", 2), *changing]
        fitting = fitting_parts([*left, *right], width - 2, "   ")
        self._counts.set_content(_joined(fitting, changing, "   ", ending=" "), fit=True)
        return justified_line(
            left, [right[0], *(_blank_part(part) for part in changing)], width, "   "
        )

    def _principal(self) -> str:
        context = self._azure_context
        if context is None:
            return ""
        return " · ".join(filter(None, (cell(context.principal, 32), context.tenant_id[:8])))


def _image_title(scale_set: ScaleSet, available: int) -> str:
    """The image of the model, shortened from the left so that its version remains."""
    image = scale_set.image
    if image is None:
        return "no image in the model"
    parts = [part for part in (image.publisher, image.offer, image.sku, image.version) if part]
    if not image.publisher:
        return cell(image.title, max(20, available))
    while len(parts) > 1 and len(" ".join(parts)) > available:
        parts = parts[1:]
    return cell(" ".join(parts), 60 if len(parts) == 1 else 160)

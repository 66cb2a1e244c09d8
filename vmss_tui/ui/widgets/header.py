"""The two lines at the top: where we are, what the set is, and when it was last read.

Words give way in a fixed order where the terminal is narrow; the subscription, the set, the
upgrade policy mode and the clock of the reading always stay.
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

_ROOMY = 120
_LEAST = 3
"""Characters that are left of a name in the path."""
_NARROW, _FACTS = 72, 24
"""From so many columns on the path leaves room for the number of VMs and the budget."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some words, their style, and how soon they give way (the greatest first; 0 never)."""

    words: str
    style: str = ""
    gives_way: int = 0


def fitted(parts: list[Part], width: int, gap: str = "  ") -> list[Part]:
    """As many parts as fit; those that give way soonest are left out first."""
    kept = [part for part in parts if part.words]
    for part in sorted(kept, key=lambda part: part.gives_way, reverse=True):
        if part.gives_way and _length(kept, gap) > width:
            kept.remove(part)
    left_out = [part for part in parts if part.words and part not in kept]
    for part in sorted(left_out, key=lambda part: part.gives_way):
        if _length([*kept, part], gap) <= width:  # a longer one made room for it
            kept.append(part)
    return [part for part in parts if part in kept]


def _length(parts: list[Part], gap: str) -> int:
    return sum(len(part.words) + len(gap) for part in parts) - len(gap)


def line(left: list[Part], right: list[Part], width: int, gap: str = "  ") -> Content:
    """Left parts and right parts on one line of `width` cells."""
    kept = fitted([*left, *right], width - 2, gap)
    first = [part for part in kept if part in left]
    last = [part for part in kept if part in right]
    head = Content(gap).join(Content.styled(part.words, part.style) for part in first)
    tail = Content(gap).join(Content.styled(part.words, part.style) for part in last)
    room = width - 2 - tail.cell_length
    if head.cell_length > room:
        head = head.truncate(max(0, room - 1), ellipsis=True)
    space = max(1, room - head.cell_length)
    return Content.assemble(" ", head, " " * space, tail, " ")


def _words(kept: list[Part], wanted: list[Part], gap: str, ending: str) -> Content:
    """Those of `wanted` that were kept, as one text; the ending in the last one's style, because
    every change of style costs the terminal some 25 bytes."""
    found = [part for part in wanted if part in kept]
    ends = [*[""] * (len(found) - 1), ending]
    parts = zip(found, ends, strict=False)
    return Content(gap).join(Content.styled(part.words + end, part.style) for part, end in parts)


def _shortened(path: tuple[str, ...], room: int) -> list[str]:
    """The parts within `room` cells together; the longest gives way first, the set's name last."""
    widths = [len(part) for part in path]
    while sum(widths) > room and max(widths, default=0) > _LEAST:
        longest = max(widths[:-1], default=0)
        widths[widths.index(longest) if longest > _LEAST else -1] -= 1
    return [cell(part, width) for part, width in zip(path, widths, strict=True)]


def _blank(part: Part) -> Part:
    """Room for a part that another widget draws."""
    return Part(" " * len(part.words), "", part.gives_way)


class Header(Widget):
    """Subscription ▸ group ▸ set and its facts; the model and how many instances have it.

    What moves at every reading (budget, clock, counts) stands in small widgets over the two
    lines, so that an unchanged reading costs the terminal a clock and nothing else.
    """

    def __init__(self, look: Appearance) -> None:
        super().__init__()
        self.look = look
        self._scale_set: ScaleSet | None = None
        self._view: LatestView | None = None
        self._path: tuple[str, ...] = ()
        self._who_and_where: AzureContext | None = None
        self._guard = ""
        self._lines = ComputedText(self._both, id="lines")
        self._reads, self._clock = StaticText(id="reads"), StaticText(id="clock")
        self._counts = StaticText(id="counts")

    def compose(self) -> ComposeResult:
        """Two lines, and what moves over them."""
        yield self._lines
        with Horizontal(id="corner"):
            yield self._reads
            yield self._clock
        yield self._counts

    def show(
        self, path: tuple[str, ...], context: AzureContext, view: LatestView | None, guard: str
    ) -> None:
        """Takes what is known now."""
        self._path, self._who_and_where, self._guard = path, context, guard
        self._view = view
        if view is not None and view.snapshot is not None:
            self._scale_set = view.snapshot.scale_set
        self._lines.update_content()

    @property
    def _snapshot(self) -> Snapshot | None:
        return self._view.snapshot if self._view else None

    def _both(self, width: int) -> Content:
        return Content("\n").join([self._first(width), self._second(width)])

    def _first(self, width: int) -> Content:
        found, context, snapshot = self._scale_set, self._who_and_where, self._snapshot
        under = f" {self.look.sign('under')} "
        fixed = 2 + 2 * len(under) + 2 + 8 + (2 + len(found.policy_mode) if found else 0)
        fixed += len(self._guard) + 2 + (_FACTS if width >= _NARROW else 0)
        path = Part(under.join(_shortened(self._path, width - fixed)), "bold", 0)
        left = [
            Part("vmss-tui", "$quiet", 9),
            Part("DEMO" if context and context.demo else "", "bold reverse $accent", 2),
            Part(self._guard, "bold reverse $primary", 0),
            path,
        ]
        if found is not None:
            count = len(snapshot.instances) if snapshot else found.capacity
            left += [
                Part(cell(found.location, 20), "$quiet", 6),
                Part(str(found.orchestration), "$quiet", 7),
                Part(str(found.policy_mode), "bold $accent", 0),
                Part(f"{count} VMs" if count is not None else "", "", 4),
            ]
        budget = self._view.budget if self._view else None
        reads = f"reads {budget.remaining:>2}/{budget.burst}" if budget else ""
        clock = self.look.clock(snapshot.taken_at if snapshot else None)
        right = [Part(reads, "$quiet", 5), Part(clock, "bold")]
        kept = fitted([*left, *right], width - 2)
        room = width - 2 - _length(kept, "  ") + len(path.words)
        whole = under.join(_shortened(self._path, room - 2 * len(under)))
        left[3] = Part(whole, "bold", 0)
        self._reads.set_content(_words(kept, right[:1], "  ", ending="  "), fit=True)
        self._clock.set_content(_words(kept, right[1:], "  ", ending=" "), fit=True)
        return line(left, [_blank(part) for part in right], width)

    def _second(self, width: int) -> Content:
        found, snapshot = self._scale_set, self._snapshot
        if found is None:
            return Content.styled(" reading …", "$quiet")
        counts = problems = ""
        if snapshot is not None:
            counts = f"{snapshot.current} of {len(snapshot.instances)} current"
            problems = f"{snapshot.problems} problems" if snapshot.problems else ""
        who = self._who() if width >= _ROOMY else ""
        size = cell(found.vm_size or "", 40)
        title = _title(found, width - len("".join((counts, problems, who))) - 20)
        name = "model" if width >= _NARROW else ""
        left = [Part(name, "$quiet", 8), Part(title, "", 3), Part(size, "$quiet", 6)]
        moving = [Part(problems, "bold $tone-unhealthy", 1), Part(counts, "bold")]
        right = [Part(who, "$quiet", 2), *moving]
        kept = fitted([*left, *right], width - 2, "   ")
        self._counts.set_content(_words(kept, moving, "   ", ending=" "), fit=True)
        return line(left, [right[0], *(_blank(part) for part in moving)], width, "   ")

    def _who(self) -> str:
        context = self._who_and_where
        if context is None:
            return ""
        return " · ".join(filter(None, (cell(context.principal, 32), context.tenant_id[:8])))


def _title(scale_set: ScaleSet, room: int) -> str:
    """The image of the model; its version is the last to give way."""
    image = scale_set.image
    if image is None:
        return "no image in the model"
    parts = [part for part in (image.publisher, image.offer, image.sku, image.version) if part]
    if not image.publisher:
        return cell(image.title, max(20, room))
    while len(parts) > 1 and len(" ".join(parts)) > room:
        parts = parts[1:]
    return cell(" ".join(parts), 60 if len(parts) == 1 else 160)

"""The two lines at the top: subscription, scale set, its facts, and the time of the reading.

On a narrow terminal parts are left out in a fixed order; the subscription, the scale set, the
upgrade policy and the time of the reading are always shown. How many instances are in which state
is in the summary bar below, and nowhere else.
"""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from msgspec import Struct
from textual.app import ComposeResult
from textual.content import Content
from textual.widget import Widget

from vmss_tui.fleet.phrases import pluralize
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.gateway import AzureContext
from vmss_tui.gateway.failures import Condition
from vmss_tui.runtime.storage.latest_view import LatestView
from vmss_tui.text import cell
from vmss_tui.ui.drawing.glyphs import Appearance
from vmss_tui.ui.drawing.static_text import ComputedText, StaticText

_SMALL, _NARROW, _WIDE = 72, 100, 160
_MIN_NAME_LENGTH = 3
"""Characters that a shortened name in the path has at least."""
_PATH_WIDTH = 30
"""Columns of the path from which facts of the scale set are written in full."""
_GAP = "   "
_REFRESHED, _PREVIEW = "   refreshed ", "  preview of "
"""Before the time of the reading; of one length."""


class Part(Struct, frozen=True):
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


def _shorten_path(path: tuple[str, ...], available: int) -> list[str]:
    """The names shortened to the available cells; the longest first, the scale set's last."""
    widths = [len(part) for part in path]
    while sum(widths) > available and max(widths, default=0) > _MIN_NAME_LENGTH:
        longest = max(widths[:-1], default=0)
        widths[widths.index(longest) if longest > _MIN_NAME_LENGTH else -1] -= 1
    return [cell(part, width) for part, width in zip(path, widths, strict=True)]


def product_badge(*, is_plain: bool) -> Content:
    """The name of the program, as at the left of every header."""
    return Content.styled(" vmss-tui ", "bold reverse" if is_plain else "bold $ink-good on $focus")


class HeaderView(NamedTuple):
    """What the header shows; see `Header.show`."""

    path: tuple[str, ...]
    context: AzureContext
    latest: LatestView | None
    lock_label: str
    latest_version: str


class Header(Widget):
    """Subscription ▸ group ▸ set and its facts; the image of the model, old and new.

    What changes with every reading (number of API calls left, clock) is in small widgets on top of
    the two lines, so that an unchanged reading sends nothing but the clock to the terminal.
    """

    def __init__(self, appearance: Appearance) -> None:
        super().__init__()
        self.appearance = appearance
        self._scale_set: ScaleSet | None = None
        self._view: LatestView | None = None
        self._path: tuple[str, ...] = ()
        self._azure_context: AzureContext | None = None
        self._lock_label = self._latest_version = ""
        self._versions: tuple[str, str] = ("", "")
        """The image version of most outdated instances, and that of the model."""
        self._lines = ComputedText(self._two_lines, id="lines")
        self._calls, self._clock = StaticText(id="calls"), StaticText(id="clock")

    def compose(self) -> ComposeResult:
        """The two lines, and the small widgets on top of them."""
        yield self._lines
        yield self._clock
        yield self._calls

    def show(
        self,
        path: tuple[str, ...],
        context: AzureContext,
        view: LatestView | None,
        lock_label: str,
        latest_version: str = "",
    ) -> None:
        """Takes the newest view; `lock_label` is the label of a locked or read-only session, and
        `latest_version` what `latest` in the model refers to."""
        self._path, self._azure_context, self._lock_label = path, context, lock_label
        old = self._view.snapshot if self._view else None
        self._view = view
        if view is not None and view.snapshot is not None:
            self._scale_set = view.snapshot.scale_set
            if view.snapshot is not old or latest_version != self._latest_version:
                self._latest_version = latest_version
                self._versions = _image_versions(view.snapshot, latest_version)
        self._lines.update_content()

    def notify_style_update(self) -> None:
        """Draws the badge of another theme."""
        super().notify_style_update()
        if self.is_mounted:
            self.call_later(self._lines.update_content)

    @property
    def _snapshot(self) -> Snapshot | None:
        return self._view.snapshot if self._view else None

    def _two_lines(self, width: int) -> Content:
        budget, snapshot = self._view.budget if self._view else None, self._snapshot
        calls = f"{budget.remaining:>2}/{budget.burst}" if budget else ""
        clock = self.appearance.clock(snapshot.taken_at if snapshot else None)
        self._clock.set_content(Content.styled(f"{clock} ", "bold"), fit=True)
        self._calls.set_content(Content.styled(calls, "$quiet"), fit=True)
        label = f"API calls left {' ' * len(calls)}" if calls else ""
        is_narrow = width < _NARROW
        after = 1 if is_narrow else len(clock) + (len(_REFRESHED) if width >= _WIDE else 2) + 1
        self._calls.styles.margin = (int(is_narrow), after, 0, 0)
        first = self._first_line(width, "" if is_narrow else label, len(clock))
        return Content("\n").join([first, self._second_line(width, label if is_narrow else "")])

    def _first_line(self, width: int, calls: str, clock_length: int) -> Content:
        """Program, path and facts; blanks in place of what other widgets draw."""
        context, scale_set = self._azure_context, self._scale_set
        is_plain = self.app.theme == "vmss-mono"
        is_small = width < _SMALL
        badges = [] if is_small else [product_badge(is_plain=is_plain)]
        if context and context.demo:
            badges.append(Content.styled("DEMO", "bold $key"))
        if self._lock_label:
            badges.append(Content.styled(f" {self._lock_label} ", "bold reverse $key"))
        if scale_set is not None and scale_set.alarming_state:
            style = "bold $tone-failed on $tone-failed-background"
            badges.append(Content.styled(f" {scale_set.alarming_state} ", style))
        badge = Content(" ").join(badges)
        is_preview = self._view is not None and self._view.condition is Condition.PREVIEW
        before_clock = (_PREVIEW if is_preview else _REFRESHED) if width >= _WIDE else "  "
        right = Content.styled(f"{calls}{before_clock}{' ' * (clock_length + 1)}", "$quiet")
        separator = f" {self.appearance.sign('under')} "
        length = len(separator.join(self._path))
        for facts in self._facts():
            gap = " " if is_small else _GAP
            blanks = 2 + len(gap) + bool(calls)  # two before the API calls
            available = width - badge.cell_length - right.cell_length - blanks
            available -= facts.cell_length
            if available >= min(length, _PATH_WIDTH):
                break
        names = _shorten_path(self._path, available - len(separator) * (len(self._path) - 1))
        *above, name = names or [""]
        path = Content.assemble(
            *((f"{part}{separator}", "$quiet") for part in above), (name, "bold $foreground")
        )
        left = Content.assemble(badge, " ", path, gap, facts)
        return _two_ends(left, right, width)

    def _facts(self) -> Iterator[Content]:
        """Region, orchestration and upgrade policy, and shorter forms of it."""
        scale_set = self._scale_set
        if scale_set is None:
            yield Content("")
            return
        policy = Content.styled(str(scale_set.policy_mode), "bold $key")
        place, kind = cell(scale_set.place, 40), str(scale_set.orchestration)
        if self.size.width >= _WIDE:
            yield Content.assemble((f"{place} · {kind} · Upgrade policy ", "$quiet"), policy)
        yield Content.assemble((f"{place} · {kind} · ", "$quiet"), policy)
        yield Content.assemble((f"{kind} · ", "$quiet"), policy)
        yield policy

    def _second_line(self, width: int, calls: str) -> Content:
        scale_set = self._scale_set
        if scale_set is None:
            return Content.styled(" reading …", "$quiet")
        size, count = cell(scale_set.size_text, 40), self._count_text(scale_set)
        principal = self._principal(width)
        right = calls or principal
        counted, sized = Content(count), Content.styled(size, "$quiet")
        *images, shortest = self._image_forms(scale_set)
        for others in ([sized, counted], [counted], []):
            for image in images:
                left = Content(_GAP).join([image, *(part for part in others if part.plain)])
                if left.cell_length + len(right) + 4 <= width:
                    return _two_ends(Content.assemble(" ", left), _right(right), width)
        return _two_ends(Content.assemble(" ", shortest), _right(right), width)

    def _count_text(self, scale_set: ScaleSet) -> str:
        """`100 instances`, with the number of zones and a capacity that differs."""
        snapshot = self._snapshot
        number = len(snapshot.instances) if snapshot else scale_set.capacity
        if number is None:
            return ""
        text = f"{number:,} instance" + ("" if number == 1 else "s")
        if snapshot and scale_set.capacity not in (None, number):
            text += f" (capacity {scale_set.capacity:,})"
        if len(scale_set.zones) > 1:
            text += f" in {pluralize(len(scale_set.zones), 'zone', 'zones')}"
        return text

    def _image_forms(self, scale_set: ScaleSet) -> Iterator[Content]:
        """`Image publisher offer sku old → new`, and shorter forms of it."""
        image = scale_set.image
        if image is None:
            yield Content.styled("no image in the model", "$quiet")
            return
        old, new = (cell(version, 40) for version in self._versions)
        arrow = f" {self.appearance.sign('to')} "
        versions = Content.assemble((old + arrow if old else "", ""), (new, "bold $foreground"))
        names = [cell(part, 60) for part in (image.publisher, image.offer, image.sku) if part]
        for first in range(len(names) + 1):
            name = " ".join(names[first:])
            yield Content.assemble(("Image ", "$quiet"), f"{name} " if name else "", versions)
        yield Content.assemble(("Image ", "$quiet"), (new, "bold $foreground"))

    def _principal(self, width: int) -> str:
        context = self._azure_context
        if context is None:
            return ""
        tenant = context.tenant_id[:8] if width >= _WIDE else ""
        return " · ".join(filter(None, (cell(context.principal, 32), tenant)))


def _right(text: str) -> Content:
    return Content.styled(f"{text} ", "$quiet")


def _two_ends(left: Content, right: Content, width: int) -> Content:
    """A line of `width` cells with one text at its left and one at its right."""
    room = max(0, width - right.cell_length - 1)
    if left.cell_length > room:
        left = left.truncate(room, ellipsis=True)
    return Content.assemble(left, " " * (width - left.cell_length - right.cell_length), right)


def _image_versions(snapshot: Snapshot, latest_version: str) -> tuple[str, str]:
    """The version that most outdated instances run, empty where none differs from the model's,
    and the version of the model."""
    image = snapshot.scale_set.image
    if image is None:
        return "", ""
    target = image.version or image.short_reference
    if image.follows_latest:
        target = f"latest ({latest_version})" if latest_version else "latest"
    running = Counter(
        instance.image.running_version
        for instance in snapshot.instances
        if instance.latest_model_applied is False and instance.image is not None
    )
    old = next((version for version, _ in running.most_common() if version != target), "")
    return ("" if old == latest_version else old), target

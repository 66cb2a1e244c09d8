"""The lines of the instance pane for its width: what is wrong first, then everything else. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from textual.content import Content

from vmss_tui.fleet.causes.cause import Cause
from vmss_tui.fleet.scale_set import ComponentStatus, Instance, ScaleSet
from vmss_tui.runtime.observe.health_history import HealthLevel
from vmss_tui.text import cell
from vmss_tui.ui.detail.facts import (
    Versions,
    component_state,
    facts,
    model_text,
    problem_text,
    state_name,
    state_since,
    versions,
)
from vmss_tui.ui.detail.health_strip import health_lines
from vmss_tui.ui.drawing.glyphs import Appearance
from vmss_tui.ui.instances.cell_modes import STATES
from vmss_tui.ui.instances.cells.cell_look import glyph_on_cells
from vmss_tui.upgrade.report.sentences import duration_text

_WIDE = 56
"""Columns from which labels are written in full."""
_SHORT_LABELS = {
    "Provisioning state": "Provisioning",
    "Health reported": "Reported",
    "Placement group": "Placement",
}
_COMPONENT_SIGNS = {
    "error": ("problem", "$tone-failed"),
    "warning": ("unhealthy", "$tone-unhealthy"),
    "": ("check", "$tone-good"),
}
_FAILED = "failed"


@dataclass(frozen=True, slots=True)
class InstanceView:
    """An instance and what else is known about it on the screen."""

    instance: Instance
    scale_set: ScaleSet | None
    appearance: Appearance
    latest_version: str = ""
    """The version that `latest` refers to; empty where the model names an exact one."""
    run_text: str = ""
    """Its progress in the run on screen; begins with `failed` where the run failed it."""
    addresses: Sequence[tuple[str, str]] = ()
    """Labels and texts of the addresses that were requested."""
    levels: Sequence[HealthLevel] = ()
    """Its health in the last minutes."""
    levels_end: datetime | None = None
    now: datetime | None = None
    """The time of the reading; None where ages are not shown."""
    causes: tuple[Cause, ...] = ()
    """What the run's evidence shows as causes of its failure, most decisive first."""
    is_failed_in_run: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "is_failed_in_run", self.run_text.startswith(_FAILED))


def badge(view: InstanceView, text: str = "") -> Content:
    """` ✚ UNHEALTHY ` on the colour of its state."""
    style = STATES[view.instance.state]
    glyph = glyph_on_cells(style.character(view.appearance.glyphs), view.appearance.theme)
    colours = f"bold $ink-{style.tone} on $cell-{style.tone}"
    return Content.styled(f" {glyph} {text or state_name(view.instance).upper()} ", colours)


def since_text(view: InstanceView) -> Content:
    """`2 min, since 02:00:12`, or health and power where nothing is wrong."""
    since, now = state_since(view.instance), view.now
    if since is None:
        instance = view.instance
        return Content(f"{instance.health or 'no health probe'}, {instance.power}")
    clock = view.appearance.clock(since)
    if now is not None and (now - since).total_seconds() >= 86400:
        clock = view.appearance.day_and_clock(since)
    if now is None or now < since:
        return Content.styled(f"since {clock}", "$quiet")
    seconds = (now - since).total_seconds() // 10 * 10
    text = f"{seconds / 86400:.0f} d" if seconds >= 172800 else duration_text(seconds)
    return Content.assemble((text, "bold"), (f", since {clock}", "$quiet"))


def reason_lines(view: InstanceView) -> Iterator[Content]:
    """Why the run failed it, and why Azure says that it is failed or unhealthy."""
    tone = STATES[view.instance.state].tone
    problem = problem_text(view.instance)
    if view.is_failed_in_run:
        yield Content.styled(f"Run {cell(view.run_text, 300)}", "bold $tone-failed")
        if problem and problem in view.run_text:
            return
    if problem:
        yield Content.styled(problem, f"bold $tone-{tone}")


def version_content(shown: Versions, appearance: Appearance, width: int) -> Content:
    """`22.04.202610070 → 22.04.202611180`, the older one shortened where there is little room."""
    if not shown.target:
        return Content.styled(shown.running, "bold")
    remark = " (latest)" if shown.is_latest else ""
    arrow = f" {appearance.sign('to')} "
    running = shown.running
    available = width - len(arrow) - len(shown.target) - len(remark)
    if len(running) > available >= 6:
        running = f"…{running[-(available - 1) :]}"
    return Content.assemble(
        (f"{running}{arrow}", "$quiet"), (shown.target, "bold"), (remark, "$quiet")
    )


def pane_lines(view: InstanceView, width: int) -> list[Content]:
    """All lines of the pane; each is at most `width` columns."""
    return list(_Pane(view, width).lines())


def fact_lines(view: InstanceView, width: int) -> list[Content]:
    """The lines of the pane without its head, for a place that shows state and reason itself."""
    return list(_Pane(view, width).facts())


class _Pane:
    """Makes the lines for one width."""

    def __init__(self, view: InstanceView, width: int) -> None:
        self.view, self.width = view, width
        self._label_width = 20 if width >= _WIDE else 14
        self._room = max(8, width - self._label_width)

    def lines(self) -> Iterator[Content]:
        """Every line, what is wrong first."""
        view = self.view
        head = Content.assemble(badge(view), " ", since_text(view))
        yield head if head.cell_length <= self.width else head.truncate(self.width, ellipsis=True)
        for reason in reason_lines(view):
            yield from reason.wrap(max(8, self.width))
        yield from self._cause()
        yield from self.facts()

    def _cause(self) -> Iterator[Content]:
        """The line that shows why the run failed it, what it means, and what helps."""
        if not (self.view.is_failed_in_run and self.view.causes):
            return
        cause = self.view.causes[0]
        yield from self._labelled("Cause", Content.styled(cell(cause.quote, 300), "$tone-failed"))
        yield from self._labelled("Means", Content(cause.meaning))
        yield from self._labelled("Helps", Content(cause.help))

    def facts(self) -> Iterator[Content]:
        """Every line below state and reason."""
        view, instance = self.view, self.view.instance
        if view.run_text and not view.is_failed_in_run:
            yield from self._labelled("Run", Content(cell(view.run_text, 300)))
        yield from self._image()
        if len(view.levels) > 1:
            strip = health_lines(view.levels, view.levels_end, self._room, view.appearance)
            for label, line in zip(("Health", ""), strip, strict=True):
                yield from self._labelled(label, line)
        yield from self._components()
        for label, fact in facts(instance, view.appearance, view.now, view.addresses):
            if fact:
                yield from self._labelled(label, Content(fact))
        for disk in instance.disks:
            yield from self._component("Disk", disk, cell(disk.name, 60))
        yield from self._other_statuses()

    def _image(self) -> Iterator[Content]:
        view, instance = self.view, self.view.instance
        shown = versions(instance, view.scale_set, view.latest_version)
        if shown is not None:
            yield from self._labelled("Image", version_content(shown, view.appearance, self._room))
        model = model_text(instance, view.latest_version)
        if model != state_name(instance):
            yield from self._labelled("Model", Content(model))

    def _components(self) -> Iterator[Content]:
        """Extensions and agent, those with problems first."""
        parts = [(part, cell(part.name, 60)) for part in self.view.instance.extensions]
        if self.view.instance.agent is not None:
            parts.append((self.view.instance.agent, "VM agent"))
        parts.sort(key=lambda entry: not component_state(entry[0], self.view.appearance).level)
        label = "Extensions"
        for part, name in parts:
            yield from self._component(label, part, name)
            label = ""

    def _component(self, label: str, part: ComponentStatus, name: str) -> Iterator[Content]:
        """One line where it is in order, as much of it as fits; else its whole message."""
        appearance = self.view.appearance
        state = component_state(part, appearance)
        sign, style = _COMPONENT_SIGNS[state.level]
        head = Content.assemble((f"{appearance.sign(sign)} ", style), name)
        if state.level:
            version = f" {cell(part.version, 60)}" if part.version else ""
            message = Content.assemble(head, (version, "$quiet"), " ", (state.text, style))
            yield from self._labelled(label, message)
            return
        texts = [[part.version, state.text, state.time], [state.text, state.time], [state.text], []]
        for text in texts:
            known = " ".join(filter(None, (cell(entry, 60) for entry in text)))
            line = Content.assemble(head, " " if known else "", (known, "$quiet"))
            if line.cell_length <= self._room:
                break
        yield from self._labelled(label, line.truncate(self._room, ellipsis=True))

    def _other_statuses(self) -> Iterator[Content]:
        """Messages that were not shown as the reason, and values that are not known."""
        problem = problem_text(self.view.instance)
        for status in self.view.instance.statuses:
            message = cell(status.message, 600)
            if message and message not in problem:
                name = cell(status.display or status.code, 80)
                yield from self._labelled("Status", Content(f"{name}: {message}"))
        for state in self.view.instance.unrecognized:
            yield from self._labelled("Also reported", Content(cell(state, 120)))

    def _labelled(self, label: str, text: Content) -> Iterator[Content]:
        """A label and its text, which goes on below itself."""
        is_short = self._label_width == 14
        name = _SHORT_LABELS.get(label, cell(label, 13)) if is_short else label
        for line in text.wrap(self._room) if text.cell_length > self._room else [text]:
            yield Content.assemble((f"{name:<{self._label_width}}", "$quiet"), line)
            name = ""

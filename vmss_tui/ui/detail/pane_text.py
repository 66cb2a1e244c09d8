"""The lines of the instance pane for its width: what is wrong first, then everything else. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from textual.content import Content

from vmss_tui.fleet.health_history import HealthLevel
from vmss_tui.fleet.scale_set import ComponentStatus, Instance, ScaleSet
from vmss_tui.text import cell
from vmss_tui.ui.detail.facts import (
    Versions,
    component_text,
    facts,
    model_text,
    problem_text,
    state_name,
    state_since,
    versions,
)
from vmss_tui.ui.detail.health_strip import health_lines
from vmss_tui.ui.drawing.glyphs import Appearance
from vmss_tui.ui.drawing.hanging_text import hang_lines
from vmss_tui.ui.instances.cell_modes import STATES
from vmss_tui.upgrade.report.sentences import duration_text

_WIDE = 56
"""Columns from which labels are written in full."""
_SHORT_LABELS = {
    "Provisioning state": "Provisioning",
    "Health reported": "Reported",
    "Placement group": "Placement",
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
    is_failed_in_run: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "is_failed_in_run", self.run_text.startswith(_FAILED))


def badge(view: InstanceView, text: str = "") -> Content:
    """` ✚ UNHEALTHY ` on the colour of its state."""
    style = STATES[view.instance.state]
    glyph = style.character(view.appearance.glyphs)
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
    return Content.assemble((duration_text(seconds), "bold"), (f", since {clock}", "$quiet"))


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
    lines: list[Content] = []
    for line in _blocks(view, width):
        lines += hang_lines(line, width).split("\n", allow_blank=True)
    return lines


def _blocks(view: InstanceView, width: int) -> Iterator[Content]:
    instance, appearance = view.instance, view.appearance
    label_width = 20 if width >= _WIDE else 14
    yield Content.assemble(badge(view), "  ", since_text(view))
    yield from reason_lines(view)
    if view.run_text and not view.is_failed_in_run:
        yield _labelled("Run", Content(cell(view.run_text, 300)), label_width)
    shown = versions(instance, view.scale_set, view.latest_version)
    if shown is not None:
        text = version_content(shown, appearance, width - label_width)
        yield _labelled("Image", text, label_width)
    yield _labelled("Model", Content(model_text(instance, view.latest_version)), label_width)
    if len(view.levels) > 1:
        strip_width = width - label_width
        strip, scale = health_lines(view.levels, view.levels_end, strip_width, appearance)
        yield _labelled("Health", strip, label_width)
        yield _labelled("", scale, label_width)
    yield from _components(view, label_width)
    for label, fact in facts(instance, appearance, view.now, view.addresses):
        if fact:
            yield _labelled(label, Content(fact), label_width)
    for disk in instance.disks:
        level, state = component_text(disk, appearance)
        yield _labelled("Disk", _component(disk, level, state, appearance), label_width)
    yield from _other_statuses(view, label_width)


def _components(view: InstanceView, label_width: int) -> Iterator[Content]:
    label = "Extensions"
    parts = [(part, cell(part.name, 60)) for part in view.instance.extensions]
    if view.instance.agent is not None:
        parts.append((view.instance.agent, "VM agent"))
    described = [(*component_text(part, view.appearance), part, name) for part, name in parts]
    described.sort(key=lambda entry: entry[0] == "")  # problems first
    for level, text, part, name in described:
        content = _component(part, level, text, view.appearance, name)
        yield _labelled(label, content, label_width)
        label = ""


def _component(
    part: ComponentStatus, level: str, text: str, appearance: Appearance, name: str = ""
) -> Content:
    sign, style = {
        "error": ("problem", "$tone-failed"),
        "warning": ("unhealthy", "$tone-unhealthy"),
    }.get(level, ("check", "$tone-good"))
    return Content.assemble(
        (f"{appearance.sign(sign)} ", style),
        name or cell(part.name, 60),
        " ",
        (text, style if level else "$quiet"),
    )


def _other_statuses(view: InstanceView, label_width: int) -> Iterator[Content]:
    """Messages that were not shown as the reason, and values that this program does not know."""
    problem = problem_text(view.instance)
    for status in view.instance.statuses:
        message = cell(status.message, 600)
        if message and message not in problem:
            name = cell(status.display or status.code, 80)
            yield _labelled("Status", Content(f"{name}: {message}"), label_width)
    for state in view.instance.unrecognized:
        yield _labelled("Also reported", Content.styled(cell(state, 120), "$quiet"), label_width)


def _labelled(label: str, text: Content, label_width: int) -> Content:
    name = label if label_width > 14 else _SHORT_LABELS.get(label, cell(label, 13))
    return Content.assemble((f"{name:<{label_width}}", "$quiet"), text)

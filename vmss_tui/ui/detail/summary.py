"""An instance on one or two lines, for small terminals. Pure."""

from itertools import takewhile

from textual.content import Content

from vmss_tui.fleet.scale_set import Instance, ScaleSet
from vmss_tui.text import cell
from vmss_tui.ui.detail.facts import domain_text, model_text, problem_text, versions
from vmss_tui.ui.detail.health_strip import health_strip
from vmss_tui.ui.detail.pane_text import InstanceView, badge, since_text, version_content
from vmss_tui.ui.drawing.glyphs import Appearance, tone_style
from vmss_tui.ui.instances.cell_modes import STATES
from vmss_tui.ui.instances.cells.cell_look import glyph_on_cells

_STRIP_WIDTH = 30


def instance_summary(
    instance: Instance | None,
    scale_set: ScaleSet | None,
    appearance: Appearance,
    latest_version: str = "",
    width: int = 200,
) -> Content:
    """`42 outdated · running · healthy · 22.04… → 22.04… · UD 2 · FD 2`.

    `latest_version` is the version that `latest` refers to; empty where the model names an exact
    one. If the line is too long, the version of the model is shortened first, then left out.
    """
    if instance is None:
        return Content.styled(" no instance", "$quiet")
    style = STATES[instance.state]
    for version in _version_texts(instance, scale_set, appearance, latest_version):
        texts = [*_state_texts(instance, latest_version), version, domain_text(instance)]
        line = Content.assemble(
            " ",
            (
                glyph_on_cells(style.character(appearance.glyphs), appearance.theme),
                tone_style(style.tone),
            ),
            (f" {cell(instance.instance_id, 30)} ", "bold"),
            (cell(" · ".join(filter(None, texts)), 200), ""),
        )
        if line.cell_length <= width:
            return line
    return line.truncate(width, ellipsis=True)


def instance_two_lines(view: InstanceView, width: int) -> Content:
    """The state with its reason; the run's verdict or the image, and the recent health."""
    instance = view.instance
    problem = view.run_text if view.is_failed_in_run else problem_text(instance)
    tone = "failed" if view.is_failed_in_run else STATES[instance.state].tone
    name = cell(instance.instance_id, 30)
    texts = [badge(view, name), Content.styled(model_text(instance, view.latest_version), "bold")]
    if problem:
        texts = [
            badge(view, name),
            since_text(view),
            Content.styled(cell(problem, 200), f"$tone-{tone}"),
        ]
    else:
        texts += [since_text(view), Content.styled(domain_text(instance), "$quiet")]
    first = Content("  ").join(texts)
    strip_width = min(_STRIP_WIDTH, width // 3) if len(view.levels) > 1 else 0
    second = _second_line(view, width - strip_width - 10 if strip_width else width)
    if strip_width:
        blanks = " " * max(1, width - second.cell_length - strip_width - 9)
        strip = health_strip(view.levels, strip_width, view.appearance)
        second = Content.assemble(second, blanks, ("Health ", "$quiet"), strip)
    return Content("\n").join(
        line if line.cell_length <= width else line.truncate(width, ellipsis=True)
        for line in (first, second)
    )


def _second_line(view: InstanceView, width: int) -> Content:
    if view.run_text and not view.is_failed_in_run:
        text = Content.assemble((" Run ", "$quiet"), cell(view.run_text, 200))
    else:
        shown = versions(view.instance, view.scale_set, view.latest_version)
        image = version_content(shown, view.appearance, width - 7) if shown else Content("")
        text = Content.assemble((" Image ", "$quiet"), image)
    return text if text.cell_length <= width else text.truncate(max(1, width), ellipsis=True)


def _version_texts(
    instance: Instance, scale_set: ScaleSet | None, appearance: Appearance, latest_version: str
) -> list[str]:
    """The versions, longest first."""
    shown = versions(instance, scale_set, latest_version)
    if shown is None:
        return [""]
    if not shown.target:
        return [shown.running, ""]
    arrow = f" {appearance.sign('to')} "
    remark = " (latest)" if shown.is_latest else ""
    pairs = zip(shown.running, shown.target, strict=False)
    shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    whole = f"{shown.running}{arrow}{shown.target}{remark}"
    return [whole, f"{shown.running}{arrow}…{shown.target[shared:]}{remark}", shown.running, ""]


def _state_texts(instance: Instance, latest_version: str) -> list[str]:
    return [
        model_text(instance, latest_version),
        str(instance.power),
        str(instance.health or "no health probe"),
        "" if instance.provisioning == "Succeeded" else str(instance.provisioning),
    ]

"""The lines above the tabs: the state of the instance, why, its image and its recent health."""

from textual.content import Content

from vmss_tui.text import cell
from vmss_tui.ui.detail.facts import domain_text, problem_text, versions
from vmss_tui.ui.detail.health_strip import health_strip
from vmss_tui.ui.detail.pane_text import InstanceView, badge, since_text, version_content
from vmss_tui.ui.drawing.static_text import ComputedText
from vmss_tui.ui.instances.cell_modes import STATES
from vmss_tui.ui.run.line_layout import justify

_WIDEST_STRIP = 90


class InstanceBanner(ComputedText):
    """Three lines for the width. `-danger` marks an instance that failed."""

    def __init__(self) -> None:
        super().__init__(self._lines)
        self._view: InstanceView | None = None

    def show(self, view: InstanceView) -> None:
        """Shows an instance."""
        self._view = view
        self.set_class(is_failed(view), "-danger")
        self.update_content()

    def _lines(self, width: int) -> Content:
        return Content("\n").join(banner_lines(self._view, width)) if self._view else Content("")


def is_failed(view: InstanceView) -> bool:
    """Whether Azure or the run says that the instance failed."""
    return view.is_failed_in_run or bool(view.instance.failure_message)


def banner_lines(view: InstanceView, width: int) -> list[Content]:
    """Three lines of at most `width` columns."""
    return [
        line if line.cell_length <= width else line.truncate(width, ellipsis=True)
        for line in (_head(view, width), _reason(view), _health(view, width))
    ]


def _head(view: InstanceView, width: int) -> Content:
    instance = view.instance
    names = [cell(name, 64) for name in (instance.name, instance.computer_name or "") if name]
    sign = badge(view)
    if is_failed(view):
        problem = view.appearance.sign("problem")
        sign = Content.styled(f" {problem} FAILED ", "bold $ink-failed on $cell-failed")
    left = Content.assemble(sign, (f" Instance {cell(instance.instance_id, 40)}", "bold"))
    since = since_text(view)
    for count in range(len(names), -1, -1):
        line = Content.assemble(left, ("".join(f"  {name}" for name in names[:count]), "$quiet"))
        if line.cell_length + since.cell_length + 3 <= width:
            return justify(Content.assemble(" ", line), Content.assemble(since, " "), width)
    return Content.assemble(" ", left)


def _reason(view: InstanceView) -> Content:
    problem, tone = problem_text(view.instance), STATES[view.instance.state].tone
    parts = []
    if view.run_text:
        style = "bold $tone-failed" if view.is_failed_in_run else ""
        parts.append(Content.styled(f"Run: {cell(view.run_text, 300)}", style))
    if problem and problem not in view.run_text:
        parts.append(Content.styled(problem, f"bold $tone-{tone}"))
    if not parts:
        return Content.styled(f" {domain_text(view.instance)}", "$quiet")
    dot = f" {view.appearance.sign('dot')} "
    return Content.assemble(" ", Content(dot).join(parts))


def _health(view: InstanceView, width: int) -> Content:
    shown = versions(view.instance, view.scale_set, view.latest_version)
    image = Content("")
    if shown is not None:
        image = Content.assemble(
            ("Image ", "$quiet"), version_content(shown, view.appearance, max(20, width // 3)), " "
        )
    room = min(_WIDEST_STRIP, width - image.cell_length - 12)
    if len(view.levels) < 2 or room < 10:
        return Content.assemble(" ", image)
    strip = Content.assemble(
        (" Health ", "$quiet"), health_strip(view.levels, room, view.appearance)
    )
    return justify(strip, image, width)

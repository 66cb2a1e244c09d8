"""The instances that are failed or unhealthy, worst first: a small list for free room."""

from collections.abc import Iterable
from datetime import datetime

from textual.content import Content

from vmss_tui.fleet.scale_set import Instance
from vmss_tui.fleet.states import State
from vmss_tui.text import cell
from vmss_tui.ui.detail.facts import domain_text, problem_text, state_since
from vmss_tui.ui.drawing.glyphs import Appearance
from vmss_tui.ui.drawing.line_text import LineText
from vmss_tui.ui.instances.cell_modes import STATES

_ORDER = (State.FAILED, State.UNHEALTHY, State.UNKNOWN)


class ProblemList(LineText):
    """A heading and a line for each instance, as many as fit."""

    def __init__(self, appearance: Appearance) -> None:
        super().__init__()
        self._appearance = appearance
        self._instances: tuple[Instance, ...] = ()

    def show(self, instances: Iterable[Instance]) -> None:
        """Takes the instances of a reading; shows those that need attention."""
        problems = tuple(instance for instance in instances if instance.needs_attention)
        if problems != self._instances:
            self._instances = problems
            self._draw()

    def on_resize(self) -> None:
        """Fits the lines to the new size."""
        self._draw()

    def _draw(self) -> None:
        width, height = self.size
        if width and height:
            self.set_lines(problem_lines(self._instances, self._appearance, (width, height)))


def problem_lines(
    instances: Iterable[Instance], appearance: Appearance, size: tuple[int, int]
) -> list[Content]:
    """`✖ 138 UD 3 · FD 3  did not become healthy within 600 s` for each, the failed ones first."""
    width, height = size
    ordered = sorted(instances, key=_rank)
    if not ordered or height < 2:
        return []
    lines = [Content.styled("Unhealthy or failed, worst first", "bold $foreground")]
    shown = ordered if len(ordered) < height else ordered[: max(0, height - 2)]
    ids = [cell(instance.instance_id, 20) for instance in shown]
    domains = [domain_text(instance) for instance in shown]
    id_width = max(map(len, ids), default=0)
    domain_width = max(map(len, domains), default=0)
    for instance, name, domain in zip(shown, ids, domains, strict=True):
        style = STATES[instance.state]
        tone = f"$tone-{style.tone}"
        line = Content.assemble(
            (f"{style.character(appearance.glyphs)} ", f"bold {tone}"),
            (f"{name:>{id_width}} ", "bold"),
            (f"{domain:<{domain_width}}  ", "$quiet"),
            (problem_text(instance) or str(instance.state), tone),
        )
        lines.append(line if line.cell_length <= width else line.truncate(width, ellipsis=True))
    if len(shown) < len(ordered):
        lines.append(Content.styled(f"and {len(ordered) - len(shown)} more", "$quiet"))
    return lines


def _rank(instance: Instance) -> tuple[int, float]:
    """Failed before unhealthy, and the ones that are so for longest first."""
    since: datetime | None = state_since(instance)
    return _ORDER.index(instance.state), since.timestamp() if since else float("inf")

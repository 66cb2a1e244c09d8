"""The pane of the instance under the cursor; its frame shows the name and the keys."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import ClassVar, cast

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content

from vmss_tui.fleet.causes.cause import Cause
from vmss_tui.fleet.scale_set import Instance, ScaleSet
from vmss_tui.runtime.observe.health_history import HealthLevel
from vmss_tui.text import cell
from vmss_tui.ui.commands.bindings import command_key
from vmss_tui.ui.detail.pane_text import InstanceView, pane_lines
from vmss_tui.ui.detail.summary import instance_summary as instance_summary
from vmss_tui.ui.detail.summary import instance_two_lines
from vmss_tui.ui.drawing.glyphs import Appearance
from vmss_tui.ui.drawing.line_text import LineText
from vmss_tui.ui.session import HasSession
from vmss_tui.ui.widgets.frame import Frame, key_hint


class InstanceDetail(VerticalScroll):
    """The facts of the instance under the cursor, what is wrong with it first. Scrolls by keys."""

    can_focus = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "scroll_down", show=False),
        Binding("k", "scroll_up", show=False),
        Binding("g", "scroll_home", show=False),
        Binding("G", "scroll_end", show=False),
    ]

    def __init__(self, appearance: Appearance) -> None:
        super().__init__()
        self.appearance = appearance
        self.view: InstanceView | None = None
        """What is shown; None without an instance."""
        self._text = LineText(classes="detail-text")

    def compose(self) -> Iterator[LineText]:
        """One block of lines, which scrolls."""
        yield self._text

    def show(
        self,
        instance: Instance | None,
        scale_set: ScaleSet | None,
        latest_version: str = "",
        run_text: str = "",
        addresses: Sequence[tuple[str, str]] = (),
        levels: Sequence[HealthLevel] = (),
        levels_end: datetime | None = None,
        now: datetime | None = None,
        causes: tuple[Cause, ...] = (),
    ) -> None:
        """Shows an instance, with its state in the run, its requested addresses as pairs of label
        and text, its health by minutes until `levels_end`, and the causes of its failure by the
        evidence of the run; `now` is the time of the reading."""
        previous = self.view
        self.view = None
        if instance is not None:
            health = (levels, levels_end, now, causes)
            self.view = InstanceView(
                instance, scale_set, self.appearance, latest_version, run_text, addresses, *health
            )
        if previous and instance and previous.instance.instance_id != instance.instance_id:
            self.scroll_home(animate=False)
        self._draw()

    def two_lines(self, width: int) -> Content:
        """The same in two lines, for small terminals."""
        if self.view is None:
            return Content.styled(" no instance", "$quiet")
        return instance_two_lines(self.view, width)

    def on_resize(self) -> None:
        """Fits the lines to the new width."""
        self._draw()

    def _draw(self) -> None:
        view, width = self.view, self.scrollable_content_region.width
        self._draw_frame()
        if not width:
            return
        empty = [Content.styled("No instance under the cursor.", "$quiet")]
        self._text.set_lines(pane_lines(view, width) if view else empty)

    def _draw_frame(self) -> None:
        frame = self.parent
        if not isinstance(frame, Frame):
            return
        instance = self.view.instance if self.view else None
        name = cell(instance.instance_id, 40) if instance else ""
        title = Content.styled(f"Instance {name}".rstrip(), "bold $foreground")
        room = frame.size.width - len(name) - 20
        full_name = cell(instance.name, 80) if instance else ""
        shown_name = full_name if len(full_name) <= room else ""
        frame.set_top(title, Content.styled(shown_name, "$quiet"))
        keys = cast(HasSession, self.app).session.keys
        entries = (("detail", "open"), ("json", "JSON"), ("copy-id", "copy id"))
        frame.set_keys([key_hint(command_key(command, keys), label) for command, label in entries])

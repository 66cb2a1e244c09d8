"""The tab with everything that is known of an instance from the reading of its set."""

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget

from vmss_tui.fleet.causes import find_causes, instance_statuses
from vmss_tui.ui.detail.labelled_lines import cause_lines
from vmss_tui.ui.detail.pane_text import fact_lines
from vmss_tui.ui.drawing.line_text import LineText
from vmss_tui.ui.instance_screen.tab import InstanceTab, TabContext

_WIDEST = 140


class SummaryTab(InstanceTab):
    """Causes, run, image, health, extensions and other facts. Sends nothing."""

    LABEL = "Summary"

    def __init__(self, context: TabContext) -> None:
        super().__init__(context)
        self._text = LineText(classes="detail-text")

    def compose(self) -> ComposeResult:
        """One block of lines, which scrolls."""
        yield VerticalScroll(self._text, can_focus=True)

    @property
    def scroll_target(self) -> Widget:
        """The lines."""
        return self.query_one(VerticalScroll)

    def open(self) -> None:
        """Nothing is to be read."""
        self.draw()

    def instance_changed(self, *, is_other: bool) -> None:
        """Draws the newer reading."""
        super().instance_changed(is_other=is_other)
        self.draw()
        if is_other:
            self.scroll_target.scroll_home(animate=False)

    @property
    def age_text(self) -> str:
        """The time of the set's reading."""
        return f"read {self.context.appearance.clock(self.context.view.now)}"

    @property
    def hints(self) -> tuple[tuple[str, str], ...]:
        """Reading again is that of the set."""
        return (("refresh", "read the set again"),)

    def draw(self) -> None:
        """Draws the facts for the width."""
        width = min(_WIDEST, self.scroll_target.scrollable_content_region.width)
        if not width:
            return
        view = self.context.view
        lines: list[Content] = []
        if view.instance.needs_attention or view.is_failed_in_run:
            causes = view.causes or find_causes(instance_statuses(view.instance), ())
            lines = list(cause_lines(causes, self.context.appearance, width, maximum=2))
        if lines:
            lines.append(Content(""))
        self._text.set_lines([*lines, *fact_lines(view, width)])

"""Out of a scale set: step by step with esc, at once with q, and what becomes of a live run."""

from rich.text import Text

from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.text import cell
from vmss_tui.ui.background.replies import IntentSent
from vmss_tui.ui.dialogs.leave import Leave, LeaveScreen
from vmss_tui.ui.screens.scale_set.navigation import WalkingScreen
from vmss_tui.ui.widgets.demo_hint import Story
from vmss_tui.ui.widgets.filter_bar import FilterBar
from vmss_tui.ui.widgets.instance_detail import Detail
from vmss_tui.upgrade.run.run import Phase

_MOVING = (Phase.ROLLING_FORWARD, Phase.ROLLING_BACK)


class LeavingScreen(WalkingScreen):
    """A scale set that can be left."""

    def __init__(self, scale_set: ScaleSetId) -> None:
        super().__init__(scale_set)
        self._leaving = False

    def do_back(self) -> None:
        """Clears the filter, then closes what is open, then goes back."""
        if self.query_one(Detail).has_class("-open"):
            self.do_detail()
        elif self.query_one(FilterBar).display or self.board.filter_text:
            self.clear_filter()
        elif self.query_one(Story).dismiss() or self.forget_operations():
            return
        elif len(self.app.screen_stack) > 2:
            self.dismiss(None)

    def do_leave(self) -> None:
        """Back to the list, or out of the program; a live run goes on by itself."""
        if len(self.app.screen_stack) > 2:
            self.dismiss(None)
        elif self.news is not None and self.news.alive:
            self.put_up(LeaveScreen(self.news.name), self._leave)
        else:
            self.app.exit(0)

    def _leave(self, how: Leave | None) -> None:
        if how is Leave.PAUSE and self.news is not None and self.news.run.phase in _MOVING:
            self._leaving = True  # once the wish is on disk
            self.do_pause()
        elif how is not None:
            self._leave_behind()

    def _leave_behind(self) -> None:
        """Leaves the shell with what brings the run back."""
        name = self.news.name if self.news else ""
        self.app.exit(0, message=Text(f"vmss-tui attach {cell(name, 60)} shows the run again"))

    def on_intent_sent(self, message: IntentSent) -> None:
        """The pause that was to come before leaving is asked for."""
        if self._leaving:
            self._leave_behind()

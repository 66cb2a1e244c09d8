"""The confirmation of a plan, over the checks before its first write.

It opens at once; the results of the checks are shown as soon as they have arrived. A plan that a
check refuses cannot be confirmed.
"""

from collections.abc import Callable

from textual.content import Content

from vmss_tui.fleet.preflight.result import Preflight
from vmss_tui.ui.background.replies import PreflightArrived
from vmss_tui.ui.background.workers import run_in_thread
from vmss_tui.ui.dialogs.confirm import ConfirmScreen, Question


class PlanConfirmScreen(ConfirmScreen):
    """The result is True for a confirmed plan."""

    def __init__(
        self,
        question: Question,
        check: Callable[[], Preflight],
        describe: Callable[[PreflightArrived], Content],
    ) -> None:
        """`check` blocks and is called in a thread; `describe` makes the body with its result."""
        super().__init__(question)
        self._check, self._describe = check, describe

    def on_mount(self) -> None:
        """Begins the checks."""
        run_in_thread(
            self,
            lambda: PreflightArrived(self._check()),
            lambda error: PreflightArrived(None, error),
        )

    def on_preflight_arrived(self, message: PreflightArrived) -> None:
        """Shows the results; what they refuse cannot be confirmed from now on."""
        self.show_body(self._describe(message))
        if message.preflight is not None:
            self.refuse(message.preflight.refusal_text)

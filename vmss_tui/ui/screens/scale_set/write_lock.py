"""The command that locks and unlocks writes: read-only sessions and protected scale sets."""

from textual.content import Content

from vmss_tui.text import capitalize_sentence, cell
from vmss_tui.ui.dialogs.confirm import ConfirmScreen, Question
from vmss_tui.ui.screens.scale_set.context import Controller


class WriteLock(Controller):
    """Whether this session may write to the scale set."""

    def do_read_only(self) -> None:
        """Switches read-only on at once; off, and a protected scale set unlocked, only by typing
        the set's name. Never off where the session was started read-only."""
        context, session = self.context, self.context.session
        name, reason = context.scale_set.name, context.protection_reason
        if session.read_only_locked:
            context.say("Started with --read-only: it cannot be switched off", warning=True)
        elif not session.read_only and reason:
            harm = "" if "settings" in reason else " It may undo changes, or be disrupted by them."
            text = f"{capitalize_sentence(reason)}.{harm} This session can then change it."
            body = Content(cell(text, 400))
            question = Question("Unlock this scale set?", body, "unlock it", name)
            context.push(ConfirmScreen(question), self._unlock)
        elif not session.read_only:
            context.services.read_only = True
            context.draw_header()
            context.redraw()
        else:
            body = Content("Commands that change something become available.")
            question = Question("Switch read-only off?", body, "switch it off", name)
            context.push(ConfirmScreen(question), self._allow_writes)

    def _unlock(self, yes: bool | None) -> None:
        if yes:
            self.context.services.permission.unlock(self.context.scale_set)
            self.context.draw_header()
            self.context.draw_condition()
            self.context.redraw()

    def _allow_writes(self, yes: bool | None) -> None:
        if yes:
            self.context.services.read_only = False
            self.context.draw_header()
            self.context.redraw()

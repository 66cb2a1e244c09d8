"""What closes the scale-set screen to writes: read-only, and a set whose name is wanted first."""

from textual.content import Content

from vmss_tui.text import cell
from vmss_tui.ui.dialogs.confirm import ConfirmScreen, Question
from vmss_tui.ui.screens.scale_set.run_commands import sentence
from vmss_tui.ui.screens.scale_set.upgrade_commands import ChangingScreen


class UnlockingScreen(ChangingScreen):
    """A scale set that may be closed to writes, and opened by its name."""

    def show_header(self) -> None:
        """Shows what closes it, among other things."""
        raise NotImplementedError

    def show_condition(self) -> None:
        """Shows what is to be known before anything else."""
        raise NotImplementedError

    def closed_to_writes(self) -> str:
        """The word for the header; empty where writing is open."""
        if self.session.read_only:
            return "READ-ONLY"
        return "PROTECTED" if self.protection() else ""

    def protection(self) -> str:
        """Why the set's name is to be typed before anything is written; empty once it was."""
        permission = self.session.services.permission
        locked = permission.is_protected(self.scale_set)
        return permission.protection_reason(self.scale_set) if locked else ""

    def do_read_only(self) -> None:
        """On at once; off only by typing the set's name, and never where the start said so."""
        session = self.session
        if session.locked:
            self.say("Read-only was asked for at the start: it stays on", warning=True)
        elif not session.read_only and (why := self.protection()):
            harm = "" if "settings" in why else " It may undo changes, or be harmed by them."
            words = f"{sentence(why)}.{harm} This session will be able to change it."
            body = Content(cell(words, 400))
            asked = Question("Unlock this scale set?", body, "unlock it", self.scale_set.name)
            self.put_up(ConfirmScreen(asked), self._unlocked)
        elif not session.read_only:
            session.services.read_only = True
            self.show_header()
            self.redraw()
        else:
            body = Content("Commands that change something will be possible again.")
            asked = Question("Switch read-only off?", body, "switch it off", self.scale_set.name)
            self.put_up(ConfirmScreen(asked), self._may_write)

    def protected_words(self) -> str:
        """Why it is only looked at, for the bar; empty where it is not protected."""
        why = self.protection()
        return f"{sentence(why)}: only looked at, ! unlocks it" if why else ""

    def _unlocked(self, yes: bool | None) -> None:
        if yes:
            self.session.services.permission.unlock(self.scale_set)
            self.show_header()
            self.show_condition()
            self.redraw()

    def _may_write(self, yes: bool | None) -> None:
        if yes:
            self.session.services.read_only = False
            self.show_header()
            self.redraw()

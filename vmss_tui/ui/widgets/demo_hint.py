"""The first line of the demo: the scenario and keys to try; `back` hides it for the session."""

from textual.content import Content

from vmss_tui.ui.commands.bindings import command_key, moved_key_labels
from vmss_tui.ui.commands.keys import replace_keys_in_hint
from vmss_tui.ui.drawing.static_text import ComputedText
from vmss_tui.ui.session import Session
from vmss_tui.ui.widgets.header import Part, justified_line

_ONE_ROW = "enter opens the scale set, / filters the list, ? shows all keys"
_LIVE = "p pauses and resumes the run, e shows its events, b lists runs"


class DemoHint(ComputedText):
    """One line; the title of the scenario is left out on narrow screens."""

    def __init__(self, session: Session) -> None:
        super().__init__(self._line)
        self._session = session
        self._run_is_live = self._lists_one = False
        self.display = bool(session.demo_hint[1])

    def set_run_is_live(self, *, run_is_live: bool) -> None:
        """Shows other keys to try while a run is live."""
        if run_is_live is not self._run_is_live:
            self._run_is_live = run_is_live
            self.update_content()

    def set_listed(self, count: int) -> None:
        """Over a list of one scale set, shows the key that opens it: the scenario's hint is about
        the heat map."""
        self._lists_one = count == 1
        self.update_content()

    def _line(self, width: int) -> Content:
        title, hint = self._session.demo_hint
        hint = _LIVE if self._run_is_live else _ONE_ROW if self._lists_one else hint
        hint = replace_keys_in_hint(hint, moved_key_labels(self._session.keys))
        left = [Part("try", "bold $accent"), Part(hint, "")]
        key = command_key("back", self._session.keys)
        hides = [Part(f"{key} hides", "$quiet", 1)] if key else []
        return justified_line([*left, Part(title, "$quiet", 2)], hides, width)

    def dismiss(self) -> bool:
        """Hides the hint on all screens; False if it was hidden already."""
        was_shown, self.display = self.display, False
        self._session.demo_hint = ("", "")
        return was_shown

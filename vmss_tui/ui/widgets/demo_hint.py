"""The demo's first line: what the story is and what to try; away for good with `esc`."""

from textual.content import Content

from vmss_tui.ui.commands.bindings import moved_key_labels
from vmss_tui.ui.commands.keys import replace_keys_in_hint
from vmss_tui.ui.drawing.static_text import ComputedText
from vmss_tui.ui.session import Session
from vmss_tui.ui.widgets.header import Part, line

_LIVE = "p pauses and resumes the run, e tells its events, b lists runs"


class Story(ComputedText):
    """One line; the title of the story gives way where it is narrow."""

    def __init__(self, session: Session) -> None:
        super().__init__(self._line)
        self._session = session
        self._live = False
        self.display = bool(session.welcome[1])

    def beside(self, *, live: bool) -> None:
        """While a run is live there are other things to try."""
        if live is not self._live:
            self._live = live
            self.update_content()

    def _line(self, width: int) -> Content:
        title, hint = self._session.welcome
        hint = replace_keys_in_hint(
            _LIVE if self._live else hint, moved_key_labels(self._session.keys)
        )
        left = [Part("try", "bold $accent"), Part(hint, "")]
        return line([*left, Part(title, "$quiet", 1)], [Part("esc hides", "$quiet", 2)], width)

    def dismiss(self) -> bool:
        """Hides it everywhere; False where it was hidden already."""
        was, self.display = self.display, False
        self._session.welcome = ("", "")
        return was

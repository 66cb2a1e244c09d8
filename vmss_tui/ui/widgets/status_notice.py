"""What stands in the way of a newer reading, how old the last one is, or else what closes the set.

It counts down by itself, and tells its screen when the reading has become too old.
"""

from datetime import datetime

from textual.content import Content
from textual.message import Message
from textual.timer import Timer

from vmss_tui.runtime.storage.latest_view import LatestView
from vmss_tui.text import cell
from vmss_tui.ui.drawing.static_text import StaticText
from vmss_tui.ui.session import Session
from vmss_tui.ui.text.reading_age import condition_words, expires_at


class Notice(StaticText):
    """A bar; hidden while there is nothing to say."""

    class Aged(Message):
        """The reading on the screen is too old from now on."""

    def __init__(self, session: Session) -> None:
        super().__init__(id="notice")
        self._session = session
        self._clockwork: Timer | None = None
        self._view: LatestView | None = None
        self._otherwise = ""
        self.old = False
        """Whether what is on the screen must not look fresh."""

    def show(self, view: LatestView | None, otherwise: str) -> None:
        """Takes the newest view; `otherwise` is said while all is well with it."""
        self._view, self._otherwise = view, otherwise
        if self._clockwork is not None:
            self._clockwork.stop()
            self._clockwork = None
        if view is None:
            return
        now = self._session.now()
        expires = expires_at(view)
        self.old = expires is not None and now >= expires
        words = condition_words(view, self._session.appearance, now, old=self.old) or otherwise
        self.display = bool(words)
        self.screen.set_class(bool(words), "-noticed")  # a blank line makes room for it
        self.set_content(Content(cell(words, 400)))
        self._clockwork = self._wound(view, now, expires)

    def _wound(self, view: LatestView, now: datetime, expires: datetime | None) -> Timer | None:
        """The timer of the next moment at which the words are others."""
        if view.retry_at is not None and view.retry_at > now:
            return self.set_timer(1.0, self._later)
        if expires is not None and not self.old:
            return self.set_timer((expires - now).total_seconds() + 0.01, self._later)
        return None

    def _later(self) -> None:
        was = self.old
        self.show(self._view, self._otherwise)
        if self.old is not was:
            self.post_message(self.Aged())

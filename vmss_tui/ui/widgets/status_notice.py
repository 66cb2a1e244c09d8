"""A notice of why there is no newer reading and how old the last one is.

It updates its countdown by a timer, and posts a message when the reading becomes outdated.
"""

from datetime import datetime

from textual.content import Content
from textual.message import Message
from textual.timer import Timer

from vmss_tui.runtime.storage.latest_view import LatestView
from vmss_tui.text import cell
from vmss_tui.ui.drawing.static_text import StaticText
from vmss_tui.ui.session import Session
from vmss_tui.ui.text.reading_age import describe_condition, expires_at


class StatusNotice(StaticText):
    """A bar; hidden while its text is empty."""

    class Expired(Message):
        """The reading on the screen has become outdated."""

    def __init__(self, session: Session) -> None:
        super().__init__(id="notice")
        self._session = session
        self._update_timer: Timer | None = None
        self._view: LatestView | None = None
        self._fallback = ""
        self.is_outdated = False
        """Whether the reading on the screen is outdated."""

    def show(self, view: LatestView | None, fallback: str) -> None:
        """Takes the newest view; `fallback` is the text while the view has no problem."""
        self._view, self._fallback = view, fallback
        if self._update_timer is not None:
            self._update_timer.stop()
            self._update_timer = None
        if view is None:
            return
        now = self._session.now()
        expires = expires_at(view)
        self.is_outdated = expires is not None and now >= expires
        text = (
            describe_condition(view, self._session.appearance, now, is_outdated=self.is_outdated)
            or fallback
        )
        self.display = bool(text)
        self.screen.set_class(bool(text), "-noticed")  # toasts leave its line free
        self.set_content(Content(cell(text, 400)))
        self._update_timer = self._next_timer(view, now, expires)

    def _next_timer(
        self, view: LatestView, now: datetime, expires: datetime | None
    ) -> Timer | None:
        """The timer for the next change of the text; None if it will not change."""
        if view.retry_at is not None and view.retry_at > now:
            return self.set_timer(1.0, self._update)
        if expires is not None and not self.is_outdated:
            return self.set_timer((expires - now).total_seconds() + 0.01, self._update)
        return None

    def _update(self) -> None:
        was_outdated = self.is_outdated
        self.show(self._view, self._fallback)
        if self.is_outdated is not was_outdated:
            self.post_message(self.Expired())

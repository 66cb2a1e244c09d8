"""How old a reading is, and what stands in the way of a newer one, in words. Pure."""

from datetime import datetime, timedelta

from vmss_tui.gateway.failures import Condition
from vmss_tui.runtime.storage.latest_view import LatestView
from vmss_tui.ui.drawing.glyphs import Appearance
from vmss_tui.upgrade.report.sentences import duration

_WELL = (Condition.FRESH, Condition.PENDING)


AT_LEAST = 4.0
"""Seconds of the wall within which no reading is old, however fast a demo's time runs."""


def expires_at(view: LatestView) -> datetime | None:
    """When the reading is too old: two intervals after it was taken."""
    if view.snapshot is None:
        return None
    return view.snapshot.taken_at + timedelta(seconds=max(2 * view.interval, AT_LEAST))


def describe_age(view: LatestView, look: Appearance, now: datetime) -> str:
    """`as read at 12:04:31, 3 min ago`; empty while the reading is not too old."""
    expires = expires_at(view)
    if view.snapshot is None or expires is None or now < expires:
        return ""
    taken_at = view.snapshot.taken_at
    ago = duration((now - taken_at).total_seconds())
    return f"as read at {look.clock(taken_at)}, {ago} ago"


def describe_condition(view: LatestView, look: Appearance, now: datetime, *, old: bool) -> str:
    """`stale since 12:04:31 · offline: … · next try in 17 s`; empty while all is well."""
    said = []
    if old and view.snapshot is not None:
        said.append(f"stale since {look.clock(view.snapshot.taken_at)}")
    if view.condition in _WELL:
        return " · ".join(said)
    words = view.message.removeprefix("Azure cannot be reached: ")  # offline says so
    said.append(": ".join(filter(None, (str(view.condition), words))))
    if view.retry_at is not None:
        left = (view.retry_at - now).total_seconds()
        said.append(f"next try in {round(left)} s" if left > 0 else "trying now")
    return " · ".join(said)

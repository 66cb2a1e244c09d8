"""Texts about the age of a reading, and about why there is no newer one. Pure."""

from datetime import datetime, timedelta

from vmss_tui.gateway.failures import Condition
from vmss_tui.runtime.storage.latest_view import LatestView
from vmss_tui.ui.drawing.glyphs import Appearance
from vmss_tui.upgrade.report.sentences import duration_text

_NO_PROBLEM = (Condition.FRESH, Condition.PENDING)


MIN_EXPIRY_SECONDS = 4.0
"""Seconds of wall time in which no reading expires, however fast the time of a demo is."""


def expires_at(view: LatestView) -> datetime | None:
    """When the reading becomes outdated: two intervals after it was taken."""
    if view.snapshot is None:
        return None
    return view.snapshot.taken_at + timedelta(seconds=max(2 * view.interval, MIN_EXPIRY_SECONDS))


def describe_age(view: LatestView, appearance: Appearance, now: datetime) -> str:
    """`data from 12:04:31, 3 min ago`; empty until the reading is outdated."""
    expires = expires_at(view)
    if view.snapshot is None or expires is None or now < expires:
        return ""
    taken_at = view.snapshot.taken_at
    ago = duration_text((now - taken_at).total_seconds())
    return f"data from {appearance.clock(taken_at)}, {ago} ago"


def describe_condition(
    view: LatestView, appearance: Appearance, now: datetime, *, is_outdated: bool
) -> str:
    """`data from 12:04:31, not refreshed · offline: … · retry in 17 s`; empty without a problem."""
    parts = []
    if view.snapshot is not None and (is_outdated or view.condition is Condition.PREVIEW):
        taken_at = appearance.clock(view.snapshot.taken_at)
        parts.append(f"data from {taken_at}{', not refreshed' if is_outdated else ''}")
    if view.condition in _NO_PROBLEM:
        return " · ".join(parts)
    error = view.message.removeprefix("Azure cannot be reached: ")  # the condition says so
    parts.append(": ".join(filter(None, (str(view.condition), error))))
    if view.retry_at is not None:
        seconds_left = (view.retry_at - now).total_seconds()
        parts.append(f"retry in {round(seconds_left)} s" if seconds_left > 0 else "retrying now")
    return " · ".join(parts)

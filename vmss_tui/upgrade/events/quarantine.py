"""Events of the quarantine of failed instances: a write that protects one. Part of `events`."""

from enum import StrEnum

from vmss_tui.upgrade.events.base import Event


class QuarantineOutcome(StrEnum):
    """What is known of the write."""

    ACCEPTED = "accepted"
    """Azure accepted the request; the next readings show its effect."""
    PROTECTED = "protected"
    """A reading shows the protection. Runs of earlier versions took the answer for it."""
    NOT_SHOWN = "not-shown"
    """Requested as often as it may be, and no reading showed the protection."""
    REFUSED = "refused"
    UNSENT = "unsent"
    """Nothing was sent: the instance could not be read, or something else came first."""
    UNKNOWN = "unknown"
    """The reply was lost: the next readings show it."""


class QuarantineIntent(Event, frozen=True, tag="quarantine_intent"):
    """A request to protect this failed instance is about to be sent."""

    instance_id: str
    client_request_id: str
    attempt: int = 1


class QuarantineEnded(Event, frozen=True, tag="quarantine_ended"):
    """The answer to the request, or what a reading shows of it."""

    instance_id: str
    outcome: QuarantineOutcome
    message: str = ""
    """What a reading shows, or why it is not protected."""

"""Events of the run's own model edit: the request and Azure's reply. Part of `events`."""

from typing import Any

import msgspec

from vmss_tui.upgrade.events.base import Event


class ModelIntent(Event, frozen=True, tag="model_intent"):
    """The model edit is about to be sent."""

    body: dict[str, Any]
    if_match: str
    client_request_id: str
    attempt: int


class ModelAccepted(Event, frozen=True, tag="model_accepted"):
    """Azure accepted the model edit."""

    operation: str | None = None
    observed: bool = msgspec.field(default=False, name="seen")
    """The reply was lost, and a later reading showed the edited model."""
    correlation_id: str = ""


class ModelRefused(Event, frozen=True, tag="model_refused"):
    """Azure refused the model edit; nothing changed."""

    code: str
    message: str = msgspec.field(name="words")
    retry_after: float | None = None
    """Seconds after which the edit may be sent again; None where the refusal is final."""
    parked: bool = False
    """The cause is on this machine or with the operator, so it does not count as a refusal."""
    unclear: bool = False
    """Azure does not say whether it may ever be accepted; false in older journals."""


class ModelUnknown(Event, frozen=True, tag="model_unknown"):
    """The reply to the model edit was lost."""

    message: str = msgspec.field(name="words")


class ModelPinned(Event, frozen=True, tag="model_pinned"):
    """From here on the run upgrades to this model only."""

    digest: str
    image: str = ""
    exact_version: str = ""
    """The model's image version; empty where the model says `latest`."""
    parts: dict[str, str] = msgspec.field(default_factory=dict)
    """The model by path, to describe later changes by others; empty in older journals."""

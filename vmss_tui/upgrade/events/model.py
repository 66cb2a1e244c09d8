"""The run's own model edit: what was asked of Azure and what it said. Part of `events`."""

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
    """Azure took the model edit, or the model was found as wanted after a lost answer."""

    operation: str | None = None
    observed: bool = msgspec.field(default=False, name="seen")


class ModelRefused(Event, frozen=True, tag="model_refused"):
    """Azure did not take the model edit; nothing changed."""

    code: str
    message: str = msgspec.field(name="words")
    retry_after: float | None = None
    """Seconds after which looking and asking again may succeed; None where it is final."""
    parked: bool = False
    """It waits for a person or for this machine, not for Azure: that is not counted."""


class ModelUnknown(Event, frozen=True, tag="model_unknown"):
    """The answer to the model edit was lost."""

    message: str = msgspec.field(name="words")


class ModelPinned(Event, frozen=True, tag="model_pinned"):
    """From here on the run upgrades to this model and to no other."""

    digest: str
    image: str = ""
    exact_version: str = ""
    """The model's image version where it is an exact one."""
    parts: dict[str, str] = msgspec.field(default_factory=dict)
    """The model path by path, to say what has moved where somebody writes it; empty in old ones."""

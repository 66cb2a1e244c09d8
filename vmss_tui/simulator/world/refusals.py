"""Lasting refusals: a fault makes Azure refuse some requests until the fault is removed.

`{"refuse":"size","scale_set":"rg/name"}`, where the scale set is optional, refuses writes to a
set: `image_type` (a write that exchanges a platform image for a customer's, or back), `image_sku`
(one that changes publisher, offer or SKU of the image), `size` (one that changes the VM size),
`deletion` (every write but a deletion).

`{"refuse":"unregistered","subscription":"Contoso Labs"}`, by id or name, refuses all requests for
`Microsoft.Compute` in a subscription that has not registered it; `unreadable` those that its
reader has no permission for.

`{"refuse":"api_version","newest":"2024-11-01","shape":"public"}` refuses every version of the
compute service after `newest`, in the shapes that `rest.api_versions` describes.
"""

import re
from dataclasses import dataclass
from typing import Any

from vmss_tui.simulator.errors import Json

SET_REFUSALS = frozenset({"image_type", "image_sku", "size", "deletion"})
SUBSCRIPTION_REFUSALS = frozenset({"unregistered", "unreadable"})
API_VERSION_SHAPES = ("public", "not_found", "no_list", "misleading", "invalid")
_API_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Refusal:
    """One lasting refusal; None in `scale_set` and `subscription` matches everything."""

    kind: str
    scale_set: str | None = None
    subscription: str | None = None
    newest: str = ""
    """The newest api-version that is accepted."""
    shape: str = "public"


class Refusals:
    """The active refusals."""

    def __init__(self) -> None:
        self.active: list[Refusal] = []

    def of_set(self, kind: str, label: str) -> bool:
        """Whether a kind of write to a scale set, named `group/name`, is refused."""
        return any(
            refusal.kind == kind and refusal.scale_set in (None, label.lower())
            for refusal in self.active
        )

    def of_subscription(self, subscription_id: str, title: str) -> str | None:
        """Why a subscription's requests are refused; None where they are not."""
        names = (None, subscription_id.lower(), title.lower())
        for refusal in self.active:
            if refusal.kind in SUBSCRIPTION_REFUSALS and refusal.subscription in names:
                return refusal.kind
        return None

    def of_api_versions(self) -> Refusal | None:
        """The refusal of newer api-versions, if any."""
        return next((item for item in self.active if item.kind == "api_version"), None)

    def register(self, subscription_id: str, title: str) -> None:
        """Ends the refusals of a subscription that was not registered."""
        names = (subscription_id.lower(), title.lower())
        self.active = [
            refusal
            for refusal in self.active
            if not (refusal.kind == "unregistered" and refusal.subscription in names)
        ]


def parse_refusal(definition: Json) -> Refusal:
    """The refusal of a definition. Raises ValueError with a message for an invalid one."""
    kind = str(definition["refuse"])
    if kind == "api_version":
        newest, shape = str(definition.get("newest", "")), definition.get("shape", "public")
        if not _API_VERSION.fullmatch(newest):
            raise ValueError("the refusal of api-versions names the newest one: 2024-11-01")
        if shape not in API_VERSION_SHAPES:
            raise ValueError(f"a refusal has one of the shapes {', '.join(API_VERSION_SHAPES)}")
        return Refusal(kind, newest=newest, shape=shape)
    if kind not in SET_REFUSALS | SUBSCRIPTION_REFUSALS:
        known = ", ".join(sorted({*SET_REFUSALS, *SUBSCRIPTION_REFUSALS, "api_version"}))
        raise ValueError(f"no such refusal: {kind}; there are {known}")
    return Refusal(
        kind,
        scale_set=_lower(definition.get("scale_set")),
        subscription=_lower(definition.get("subscription")),
    )


def _lower(value: Any) -> str | None:
    return None if value is None else str(value).lower()

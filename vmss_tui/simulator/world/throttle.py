"""Azure's request quotas as token buckets on the simulated clock, with their real names.

Sizes and refill rates: Azure documentation ("Compute throttling limits") and recorded header
maxima. A refusal has the classic body without the `error` envelope (exchange doc-429-*).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from vmss_tui.simulator.exchange import Reply, json_reply
from vmss_tui.simulator.world.simulated_time import stamp

LIMITS: dict[str, tuple[float, float]] = {
    "HighCostGetVMScaleSetResource": (30, 10),
    "HighCostGetVMScaleSetSubscriptionMaximum": (1080, 360),
    "GetVMScaleSetResource": (36, 12),
    "GetVMScaleSetSubscriptionMaximum": (2400, 800),
    "GetVMScaleSetVMResource": (36, 12),
    "GetVMScaleSetVMSubscriptionMaximum": (6000, 2000),
    "VMScaleSetVMViewsSubscriptionMaximum": (30000, 30000),
    "CreateVMScaleSetResource": (12, 4),
    "CreateVMScaleSetSubscriptionMaximum": (375, 125),
    "VMScaleSetActionsResource": (12, 4),
    "VMScaleSetActionsSubscriptionMaximum": (1500, 500),
    "DeleteVMScaleSetResource": (12, 4),
    "DeleteVMScaleSetSubscriptionMaximum": (525, 175),
    "VMScaleSetVMActionsResource": (12, 4),
    "VMScaleSetVMActionsSubscriptionMaximum": (2000, 1500),
    "DeleteVMScaleSetVMResource": (12, 4),
    "DeleteVMScaleSetVMSubscriptionMaximum": (2000, 1500),
    "VMScaleSetBatchedVMRequestsSubscriptionMaximum": (6000, 6000),
    "HighCostGetSubscriptionMaximum": (1080, 360),
    "LowCostGetSubscriptionMaximum": (24000, 8000),
    "LowCostGetResource": (36, 12),
    "UpdateVMSubscriptionMaximum": (1500, 500),
    "UpdateVMResource": (12, 4),
    "DeleteVMSubscriptionMaximum": (1500, 500),
    "DeleteVMResource": (12, 4),
    "HighCostGetImagesSubscriptionMaximum": (90, 30),
    "GetImagesSubscriptionMaximum": (360, 120),
    "CreateImagesSubscriptionMaximum": (60, 20),
    "ListGalleryInResourceGroup3Min": (100, 33),
    "ListGalleryInResourceGroup30Min": (1000, 33),
    "ListGalleryImagesInGallery3Min": (1500, 500),
    "ListGalleryImagesInGallery30Min": (10000, 333),
    "ListGalleryImageVersionsInGalleryImage3Min": (1500, 500),
    "ListGalleryImageVersionsInGalleryImage30Min": (10000, 333),
    "GetOperationResource": (60, 45),
    "GetOperationSubscriptionMaximum": (15000, 15000),
    "GetVMImageFromLocation3Min": (13000, 4333),
    "ListVMImagesVersionsFromLocation3Min": (16000, 5333),
}
"""Bucket → (burst, refill a minute)."""

_KEEP = 10_000
"""Buckets from which on full ones are forgotten."""

ARM_LIMITS = {"reads": (3750.0, 22500.0), "writes": (200.0, 600.0), "deletes": (200.0, 600.0)}
"""Azure Resource Manager's own buckets for a subscription."""


@dataclass(frozen=True, slots=True)
class Draw:
    """Tokens to take from one bucket of one owner."""

    bucket: str
    owner: str
    tokens: float = 1


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float
    taken: int = 0


class Throttle:
    """All buckets. Switched off it still counts down, but never refuses."""

    def __init__(self, *, enabled: bool = True) -> None:
        self.enabled = enabled
        self._buckets: dict[tuple[str, str], _Bucket] = {}

    def take(self, draws: Sequence[Draw], now: float, speed: float) -> Reply | None:
        """Takes all the draws, or none and answers the refusal.

        `Retry-After` is in real seconds: a waiting client lives outside the simulation.
        """
        for draw in draws:
            bucket, limit, refill = self._refilled(draw.bucket, draw.owner, now)
            if self.enabled and bucket.left < min(draw.tokens, limit):
                wait = (min(draw.tokens, limit) - bucket.left) * 60 / refill
                return _refusal(draw.bucket, limit, bucket, now, wait / (speed or 1.0))
        for draw in draws:
            self.spend(draw, now)
        return None

    def spend(self, draw: Draw, now: float) -> None:
        """Takes what there is, for a charge that is known only afterwards."""
        bucket, _, _ = self._refilled(draw.bucket, draw.owner, now)
        bucket.left = max(0.0, bucket.left - draw.tokens)
        bucket.taken += 1

    def remaining(self, draws: Sequence[Draw], now: float) -> str:
        """The value of `x-ms-ratelimit-remaining-resource`: one string, joined by commas."""
        parts = []
        for draw in draws:
            bucket, _, _ = self._refilled(draw.bucket, draw.owner, now)
            parts.append(f"Microsoft.Compute/{draw.bucket};{int(bucket.left)}")
        return ",".join(parts)

    def arm(self, kind: str, subscription: str, now: float) -> int:
        """Takes one from an ARM bucket (reads, writes, deletes); -1 means refused."""
        bucket, _, _ = self._refilled(kind, subscription, now)
        if bucket.left < 1:
            return -1 if self.enabled else 0
        bucket.left -= 1
        return int(bucket.left)

    def _refilled(self, name: str, owner: str, now: float) -> tuple[_Bucket, float, float]:
        limit, refill = LIMITS.get(name) or ARM_LIMITS[name]
        if len(self._buckets) > _KEEP:
            self._forget(now)
        bucket = self._buckets.setdefault((name, owner.lower()), _Bucket(limit, now))
        if now > bucket.at:
            bucket.left = min(limit, bucket.left + (now - bucket.at) * refill / 60)
            bucket.at = now
        return bucket, limit, refill

    def _forget(self, now: float) -> None:
        """Lets go of buckets that nobody drew from for so long that they are full again."""
        self._buckets = {key: each for key, each in self._buckets.items() if each.at > now - 600}


def _refusal(name: str, limit: float, bucket: _Bucket, now: float, wait: float) -> Reply:
    detail = {
        "operationGroup": name,
        "startTime": stamp(max(0.0, now - 60)),
        "endTime": stamp(now + wait),
        "allowedRequestCount": int(limit),
        "measuredRequestCount": bucket.taken + 1,
    }
    body = {
        "code": "OperationNotAllowed",
        "message": "The server rejected the request because too many requests have been "
        "received for this subscription.",
        "details": [
            {
                "code": "TooManyRequests",
                "target": name,
                "message": msgspec.json.encode(detail).decode(),
            }
        ],
    }
    headers = {
        "Retry-After": str(max(1, math.ceil(wait))),
        "x-ms-ratelimit-remaining-resource": f"Microsoft.Compute/{name};0",
    }
    return json_reply(429, body, headers)

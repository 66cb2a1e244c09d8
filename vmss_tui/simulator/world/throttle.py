"""Azure's request quotas as token buckets on the simulated clock, with their real names.

Sizes and refill rates: Azure documentation ("Compute throttling limits") and recorded header
maxima. A 429 response has the classic body without the `error` envelope (exchange doc-429-*).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from vmss_tui.simulator.exchange import Response, json_response
from vmss_tui.simulator.world.simulated_time import timestamp

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
    "GetSubscriptionInfo3Min": (360, 120),
    "GetVMImageFromLocation3Min": (13000, 4333),
    "ListVMImagesVersionsFromLocation3Min": (16000, 5333),
}
"""Bucket → (burst, refill per minute)."""

_MAX_BUCKETS = 10_000
"""Above this number of buckets the full ones are removed."""

ARM_LIMITS = {"reads": (3750.0, 22500.0), "writes": (200.0, 600.0), "deletes": (200.0, 600.0)}
"""Azure Resource Manager's own buckets per subscription."""


@dataclass(frozen=True, slots=True)
class TokenDraw:
    """A number of tokens to take from one bucket of one owner."""

    bucket: str
    owner: str
    tokens: float = 1


@dataclass(slots=True)
class _Bucket:
    tokens: float
    updated_at: float
    taken: int = 0


class Throttle:
    """All buckets. While disabled it still takes tokens, but never refuses a request."""

    def __init__(self, *, enabled: bool = True) -> None:
        self.enabled = enabled
        self._buckets: dict[tuple[str, str], _Bucket] = {}

    def take(self, draws: Sequence[TokenDraw], now: float, speed: float) -> Response | None:
        """Takes all the draws; or takes nothing and returns the 429 response.

        `Retry-After` is in real seconds, because clients wait in real time.
        """
        for draw in draws:
            bucket, limit, refill = self._refill(draw.bucket, draw.owner, now)
            if self.enabled and bucket.tokens < min(draw.tokens, limit):
                wait = (min(draw.tokens, limit) - bucket.tokens) * 60 / refill
                return _throttled_response(draw.bucket, limit, bucket, now, wait / (speed or 1.0))
        for draw in draws:
            self.take_available(draw, now)
        return None

    def take_available(self, draw: TokenDraw, now: float) -> None:
        """Takes at most what the bucket has, for a charge known only after the request."""
        bucket, _, _ = self._refill(draw.bucket, draw.owner, now)
        bucket.tokens = max(0.0, bucket.tokens - draw.tokens)
        bucket.taken += 1

    def remaining_header(self, draws: Sequence[TokenDraw], now: float) -> str:
        """The value of `x-ms-ratelimit-remaining-resource`: the buckets joined by commas."""
        parts = []
        for draw in draws:
            bucket, _, _ = self._refill(draw.bucket, draw.owner, now)
            parts.append(f"Microsoft.Compute/{draw.bucket};{int(bucket.tokens)}")
        return ",".join(parts)

    def take_arm_token(self, kind: str, subscription: str, now: float) -> int:
        """Takes a token of an ARM bucket (reads, writes, deletes) and returns the rest.

        -1 means that the request is refused.
        """
        bucket, _, _ = self._refill(kind, subscription, now)
        if bucket.tokens < 1:
            return -1 if self.enabled else 0
        bucket.tokens -= 1
        return int(bucket.tokens)

    def _refill(self, name: str, owner: str, now: float) -> tuple[_Bucket, float, float]:
        """The bucket with its tokens as of `now`, its limit, its refill per minute."""
        limit, refill = LIMITS.get(name) or ARM_LIMITS[name]
        if len(self._buckets) > _MAX_BUCKETS:
            self._remove_full_buckets(now)
        bucket = self._buckets.setdefault((name, owner.lower()), _Bucket(limit, now))
        if now > bucket.updated_at:
            refilled = bucket.tokens + (now - bucket.updated_at) * refill / 60
            bucket.tokens = min(limit, refilled)
            bucket.updated_at = now
        return bucket, limit, refill

    def _remove_full_buckets(self, now: float) -> None:
        """Removes buckets that were not used for so long that they are full again."""
        self._buckets = {
            key: bucket for key, bucket in self._buckets.items() if bucket.updated_at > now - 600
        }


def _throttled_response(
    name: str, limit: float, bucket: _Bucket, now: float, wait: float
) -> Response:
    detail = {
        "operationGroup": name,
        "startTime": timestamp(max(0.0, now - 60)),
        "endTime": timestamp(now + wait),
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
    return json_response(429, body, headers)

"""Classifies a 409: does a later identical request succeed? Decided by code and message. Pure.

Azure uses one status, and often one code (`OperationNotAllowed`), for "another operation is in
progress" and for "this is never possible". Sources: "Common VM error codes", the recorded 409s, and
texts of public issues.
"""

import re
from enum import Enum, auto


class Conflict(Enum):
    """What a 409 means for the same request, sent later."""

    PASSING = auto()
    """Another operation is in progress: it may succeed."""
    LASTING = auto()
    """It is refused again until the request, the model or the subscription is changed."""
    UNCLEAR = auto()
    """Neither the code nor the message says which."""


_LASTING_CODES = frozenset(
    code.lower()
    for code in (
        "AllocationFailed",
        "BadRequest",
        "DenyAssignmentAuthorizationFailed",
        "FeatureNotEnabled",
        "InvalidParameter",
        "InvalidResourceReference",
        "InvalidTemplateDeployment",
        "LinkedAuthorizationFailed",
        "MarketplacePurchaseEligibilityFailed",
        "MissingSubscriptionRegistration",
        "NotSupported",
        "OverconstrainedAllocationRequest",
        "OverconstrainedZonalAllocationRequest",
        "PropertyChangeNotAllowed",
        "QuotaExceeded",
        "ReadOnlyDisabledSubscription",
        "RequestDisallowedByPolicy",
        "ResourceGroupBeingDeleted",
        "ResourcePurchaseValidationFailed",
        "ScopeLocked",
        "SkuNotAvailable",
        "SubscriptionNotRegistered",
        "VMMarketplaceInvalidInput",
        "ZonalAllocationFailed",
    )
)
_PASSING_CODES = frozenset(
    code.lower()
    for code in (
        "AnotherOperationInProgress",
        "AttachDiskWhileBeingDetached",
        "ConcurrentOperation",
        "Conflict",
        "OperationPreempted",
        "ReferencedResourceNotProvisioned",
        "RetryableError",
        "TooManyRequests",
    )
)
_CERTAINLY_LASTING = re.compile(
    r"quota|marked for deletion|(?:may|can) ?not be (?:changed|modified)|\bthere is no\b"
    r"|not registered to use|disallowed by policy|being deleted|deprovisioning",
    re.IGNORECASE,
)
"""Checked first: such a message may also mention another operation or a retry."""
_PASSING = re.compile(
    r"\bconcurrent|in progress|another operation|currently (?:being|updating|running)"
    r"|preempted|\b(?:try|retry)\b.{0,40}\b(?:again|later)\b|\bplease wait\b",
    re.IGNORECASE,
)
_LASTING = re.compile(
    r"\bnot (?:be )?(?:allowed|supported|permitted|possible|available)\b|\ballowed only\b"
    r"|\bonly (?:allowed|supported)\b|\bcannot .{1,120} (?:when|while|because|since)\b",
    re.IGNORECASE,
)


def classify_conflict(code: str, message: str) -> Conflict:
    """The meaning of a 409 with this code and message; both may be empty."""
    code = code.lower()
    if code in _LASTING_CODES or _CERTAINLY_LASTING.search(message):
        return Conflict.LASTING
    if _PASSING.search(message):
        return Conflict.PASSING
    if _LASTING.search(message):
        return Conflict.LASTING
    return Conflict.PASSING if code in _PASSING_CODES else Conflict.UNCLEAR

"""Explains known errors of Azure for scale sets, by code or message. Pure.

Azure's own message is always shown first; the explanation says what it means and what may help.
Sources: "Troubleshoot allocation failures", "Resolve errors for SKU not available", the recorded
refusals (`vmss-put-400-trustedlaunch-managed-image`) and real texts of public issues.
"""

import re
from collections.abc import Sequence

_TABLE: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("allocationfailed|zonalallocationfailed|overconstrained", (),
     "Azure has no capacity for this size here now: try fewer at a time, another size or zone, or "
     "later"),
    ("skunotavailable", (),
     "this size is not available in this region to this subscription: choose another one"),
    ("", (r"quota|exceed(?:s|ed|ing)? approved",), "quota exceeded: use fewer instances, a smaller "
     "size, or request more quota"),
    ("platformimagenotfound", (),
     "this version does not exist in this region: `vmss-tui images` lists its versions, and with "
     "`--list skus`, `offers` or `publishers` other images"),
    ("", ("gallery image ", " not available in"),
     "this version is not replicated to the scale set's region: replicate it there, or choose "
     "another one"),
    ("", ("not replicated to",),
     "this version is not replicated to the scale set's region: replicate it there, or choose "
     "another one"),
    ("notfound", ("'/(?:subscriptions|sharedGalleries|communityGalleries)/", "images/"),
     "the image does not exist, or is in another region"),
    ("propertychangenotallowed", (),
     "this can only be set when a scale set is created: create a new one"),
    ("", (r"(?:may|can) ?not be (?:changed|modified)",),
     "this can only be set when a scale set is created: create a new one"),
    ("", ("^changing property ", " not allowed"),
     "this can only be set when a scale set is created: create a new one"),
    ("", ("managed images are not supported",), "the security type of the scale set allows no "
    "managed image: "
     "use a gallery image definition of that security type"),
    ("", ("health probe or health extension was not|no health probe",),
     "Azure requires a health probe first: an Application Health extension or a load balancer "
     "probe in the model"),
    ("", ("image ", r"\bdeprecated\b"), "the image is deprecated: choose a newer one"),
    ("marketplacepurchaseeligibilityfailed|resourcepurchasevalidationfailed|vmmarketplaceinvalidinput",
     (), "the image's marketplace terms are not accepted for this subscription"),
    ("linkedauthorizationfailed", (),
     "the signed-in principal has no access to a resource of the model, such as the image"),
    ("requestdisallowedbypolicy", (),
     "a policy of the organisation forbids it; Azure's words name it"),
    ("", ("marked for deletion",), "it is being deleted"),
    ("noregisteredproviderfound|invalidresourcetype", (),
     "this cloud does not know the API version that was used, or does not have this in the region; "
     "azure.api_version in the settings names another version"),
    ("missingsubscriptionregistration|subscriptionnotregistered", (),
     "the resource provider is not registered: register the provider named above"),
    ("scopelocked", (), "the resource is locked: delete the lock first"),
)  # fmt: skip
"""(pattern of the code, patterns that occur in the message in this order, explanation); the first
entry that applies counts; empty patterns apply to all."""
_EXPLANATIONS = tuple(
    (
        re.compile(codes, re.IGNORECASE),
        tuple(re.compile(part, re.IGNORECASE) for part in parts),
        explanation,
    )
    for codes, parts, explanation in _TABLE
)


def explain(code: str, message: str) -> str:
    """The explanation, a clause without a full stop; empty for an unknown error."""
    for codes, parts, explanation in _EXPLANATIONS:
        if codes.search(code) and _occur_in_order(parts, message):
            return explanation
    return ""


def _occur_in_order(parts: Sequence[re.Pattern[str]], message: str) -> bool:
    position = 0
    for part in parts:
        match = part.search(message, position)
        if match is None:
            return False
        position = match.end()
    return True


def with_explanation(text: str, code: str, message: str) -> str:
    """`text`, followed by the explanation where there is one."""
    explanation = explain(code, message)
    return f"{text}. In short: {explanation}" if explanation else text

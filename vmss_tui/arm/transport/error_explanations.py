"""Explains known errors of Azure for scale sets, by code or message. Pure.

Azure's own message is always shown first; the explanation says what it means and what may help.
Sources: "Troubleshoot allocation failures", "Resolve errors for SKU not available", the recorded
refusals (`vmss-put-400-trustedlaunch-managed-image`) and real texts of public issues.
"""

import re
from collections.abc import Sequence

_TABLE: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("allocationfailed|zonalallocationfailed|overconstrained", (),
     "Azure has no room for such machines here now: fewer at a time, another size or zone, or "
     "later"),
    ("skunotavailable", (),
     "this size cannot be had in this region with this subscription: choose another one"),
    ("", (r"quota|exceed(?:s|ed|ing)? approved",), "the quota is spent: fewer instances, a smaller "
     "size, or ask Azure for more quota"),
    ("platformimagenotfound", (),
     "there is no such version in this region: `vmss-tui images` lists its versions, and with "
     "`--list skus`, `offers` or `publishers` what there is besides"),
    ("", ("gallery image ", " not available in"),
     "the set's region has no such version: replicate it there, or choose another one"),
    ("", ("not replicated to",),
     "the set's region has no such version: replicate it there, or choose another one"),
    ("notfound", ("'/(?:subscriptions|sharedGalleries|communityGalleries)/", "images/"),
     "there is no such image, or it is in another region"),
    ("propertychangenotallowed", (),
     "Azure settles this when a set is made: it takes a new set to have it otherwise"),
    ("", (r"(?:may|can) ?not be (?:changed|modified)",),
     "Azure settles this when a set is made: it takes a new set to have it otherwise"),
    ("", ("^changing property ", " not allowed"),
     "Azure settles this when a set is made: it takes a new set to have it otherwise"),
    ("", ("managed images are not supported",), "the set's security type takes no managed image: "
     "put it into a gallery, as an image definition of that type"),
    ("", ("health probe or health extension was not|no health probe",),
     "Azure wants a health signal first: an Application Health extension or a load balancer's "
     "probe in the model"),
    ("", ("image ", r"\bdeprecated\b"), "the image is withdrawn: choose a newer one"),
    ("marketplacepurchaseeligibilityfailed|resourcepurchasevalidationfailed|vmmarketplaceinvalidinput",
     (), "the image is sold with terms that nobody has accepted for this subscription"),
    ("linkedauthorizationfailed", (),
     "the sign-in may not use something that the model names, such as the image"),
    ("requestdisallowedbypolicy", (),
     "a policy of the organisation forbids it; Azure's words name it"),
    ("", ("marked for deletion",), "Azure is deleting it, and does nothing else with it any more"),
    ("noregisteredproviderfound|invalidresourcetype", (),
     "this cloud does not know the API version that was used, or does not have this in the region; "
     "azure.api_version in the settings names another version"),
    ("missingsubscriptionregistration|subscriptionnotregistered", (),
     "the subscription never used this service: register the provider that Azure's words name"),
    ("scopelocked", (), "the resource has a lock: delete the lock first"),
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

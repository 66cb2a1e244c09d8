"""Explains known errors of Azure for scale sets, by code or message. Pure.

Azure's own message is always shown first; the explanation says what it means and what may help.
Sources: "Troubleshoot allocation failures", "Resolve errors for SKU not available", the recorded
refusals (`vmss-put-400-trustedlaunch-managed-image`) and real texts of public issues.
"""

import re

_EXPLANATIONS: tuple[tuple[str, str, str], ...] = (
    ("allocationfailed|zonalallocationfailed|overconstrained", "",
     "Azure has no room for such machines here now: fewer at a time, another size or zone, or "
     "later"),
    ("skunotavailable", "",
     "this size cannot be had in this region with this subscription: choose another one"),
    ("", r"exceed\w* (?:approved|quota)|quota", "the quota is spent: fewer instances, a smaller "
     "size, or ask Azure for more quota"),
    ("platformimagenotfound", "",
     "there is no such version in this region: `vmss-tui images` lists its versions, and with "
     "`--list skus`, `offers` or `publishers` what there is besides"),
    ("", r"gallery image .{1,300} not available in|not replicated to",
     "the set's region has no such version: replicate it there, or choose another one"),
    ("notfound", r"'/(?:subscriptions|sharedGalleries|communityGalleries)/.{1,300}images/",
     "there is no such image, or it is in another region"),
    ("propertychangenotallowed", "",
     "Azure settles this when a set is made: it takes a new set to have it otherwise"),
    ("", r"^changing property .{1,100} not allowed|(?:may|can) ?not be (?:changed|modified)",
     "Azure settles this when a set is made: it takes a new set to have it otherwise"),
    ("", r"managed images are not supported", "the set's security type takes no managed image: "
     "put it into a gallery, as an image definition of that type"),
    ("", r"health probe or health extension was not|no health probe",
     "Azure wants a health signal first: an Application Health extension or a load balancer's "
     "probe in the model"),
    ("", r"image .{0,200}\bdeprecated\b", "the image is withdrawn: choose a newer one"),
    ("marketplacepurchaseeligibilityfailed|resourcepurchasevalidationfailed|vmmarketplaceinvalidinput",
     "", "the image is sold with terms that nobody has accepted for this subscription"),
    ("linkedauthorizationfailed", "",
     "the sign-in may not use something that the model names, such as the image"),
    ("requestdisallowedbypolicy", "",
     "a policy of the organisation forbids it; Azure's words name it"),
    ("", r"marked for deletion", "Azure is deleting it, and does nothing else with it any more"),
    ("noregisteredproviderfound|invalidresourcetype", "",
     "this cloud does not know the API version that was used, or does not have this in the region; "
     "azure.api_version in the settings names another version"),
    ("missingsubscriptionregistration|subscriptionnotregistered", "",
     "the subscription never used this service: register the provider that Azure's words name"),
    ("scopelocked", "", "somebody put a lock on it: take the lock away first"),
)  # fmt: skip
"""(code pattern, message pattern, explanation); the first match counts; empty matches all."""


def explain(code: str, message: str) -> str:
    """The explanation, a clause without a full stop; empty for an unknown error."""
    for codes, pattern, explanation in _EXPLANATIONS:
        if codes and not re.search(codes, code, re.IGNORECASE):
            continue
        if pattern and not re.search(pattern, message, re.IGNORECASE):
            continue
        return explanation
    return ""


def with_explanation(text: str, code: str, message: str) -> str:
    """`text`, followed by the explanation where there is one."""
    explanation = explain(code, message)
    return f"{text}. In short: {explanation}" if explanation else text

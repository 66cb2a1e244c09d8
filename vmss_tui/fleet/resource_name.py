r"""Azure's grammar of names in resource ids, as regular expressions. Pure.

Sources: "Naming rules and restrictions for Azure resources"; Azure's own message for compute names
(`^[^_\W][\w\-._]{0,79}(?<![-.])$`). Letters and digits are those of any script, so that the
patterns must not be compiled with `re.ASCII`. None of them matches `.`, `..` or a slash.
"""

SUBSCRIPTION = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
GROUP = r"[\w\-.()]{0,89}[\w\-()]"
SCALE_SET = r"\w(?:[\w\-.]{0,62}\w)?"
INSTANCE = r"[^\W_](?:[\w\-.]{0,78}\w)?"
"""Digits in a Uniform set, the name of a virtual machine in a Flexible one."""
CATALOGUE_PART = r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,127}"
"""A location, an Edge Zone, or a publisher, offer, SKU or version: ASCII only."""

_COMPUTE = rf"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}/providers/Microsoft\.Compute"
_NAME = r"\w(?:[\w.\-]{0,78}\w)?"
_VERSION = r"/versions/[A-Za-z0-9][A-Za-z0-9_.\-]*"

GALLERY_ID = rf"{_COMPUTE}/galleries/{_NAME}"
GALLERY_IMAGE_ID = rf"(?P<definition>{GALLERY_ID}/images/{_NAME})(?:{_VERSION})?"
MANAGED_IMAGE_ID = rf"{_COMPUTE}/images/{_NAME}"
PUBLISHED_IMAGE_ID = (
    r"/(?P<kind>shared|community)Galleries/(?P<gallery>[A-Za-z0-9_.\-]{1,100})"
    rf"/images/(?P<image>{_NAME})(?:{_VERSION})?"
)
NETWORK_ID = (
    rf"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}/providers/Microsoft\.(?:Network|Compute)"
    rf"(?:/{_NAME})*/(?:networkInterfaces|publicIPAddresses)/{_NAME}"
)
"""A network interface or a public address, also of an instance."""

"""Why a scale set that a strategy selects is not a member of the campaign. Pure."""

from enum import StrEnum


class LeftOutKind(StrEnum):
    """The reason as one word, for filters and JSON; the order is that of the plan."""

    CURRENT = "current"
    """Every instance has what the campaign would change already."""
    EMPTY = "empty"
    """It has no instances, or none that may be changed."""
    LIVE = "live"
    """A run is live on it."""
    POLICY = "policy"
    """Its upgrade policy is not Manual: Azure itself upgrades its instances."""
    OWNED = "owned"
    """Another service of Azure manages it."""
    PROTECTED = "protected"
    """The settings protect it: its name must be typed before a run."""
    IMAGE = "image"
    """The image or VM size is not offered to it, or cannot follow its present one."""
    PREFLIGHT = "preflight"
    """A check before the first write refuses it."""
    STAGE = "stage"
    """It matches no stage."""
    CHANGED = "changed"
    """It matched in Azure's index, and does not as it was read now."""
    GONE = "gone"
    """It does not exist any more."""
    UNREADABLE = "unreadable"
    """It could not be read, or not completely."""

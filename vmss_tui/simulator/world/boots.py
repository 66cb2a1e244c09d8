"""The boots of an instance, of which its serial log is made, and what goes wrong in them."""

from dataclasses import dataclass

STORY_NAMES = frozenset(
    {
        "healthy",
        "no_root",
        "kernel_panic",
        "emergency_mode",
        "disk_full",
        "cloud_init_failed",
        "out_of_memory",
        "extension_failed",
        "application_down",
        "agent_failed",
    }
)
"""The kinds of boot that a serial log can show; `guest.boot_stories` has the lines."""
DEAD_STORIES = frozenset({"no_root", "kernel_panic", "emergency_mode"})
"""Stories after which the machine does nothing more, whatever Azure still shows of it."""
MOST_BOOTS = 8
"""Older boots have left the log."""


@dataclass(slots=True, eq=False)
class Boot:
    """One boot of an instance."""

    at: float
    story: str


def story_of_failure(code: str) -> str:
    """The story that fits the code of a failed provisioning."""
    if "Extension" in code:
        return "extension_failed"
    return {"OSProvisioningTimedOut": "no_root"}.get(code, "healthy")

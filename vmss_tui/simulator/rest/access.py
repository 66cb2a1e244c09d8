"""Whether a subscription answers at all: not registered, or not readable by the caller."""

from vmss_tui.simulator import errors
from vmss_tui.simulator.exchange import Request
from vmss_tui.simulator.world.world import World

_COMPUTE = "Microsoft.Compute"


def check_subscription(world: World, request: Request, segments: list[str]) -> None:
    """Raises ArmError where a fault refuses the requests for a subscription.

    `segments` are those of a path that begins with an existing subscription. Without registration
    (409) only the compute service refuses; without permission (403) everything does, but the
    subscription itself, which its reader can list.
    """
    refusals = world.faults.refusals
    if not refusals.active or len(segments) < 3:
        return
    subscription = world.find_subscription(segments[1])
    kind = refusals.of_subscription(subscription, world.subscriptions[subscription])
    lower = [segment.lower() for segment in segments]
    if kind == "unreadable":
        start = lower.index("providers") if "providers" in lower else len(lower)
        kinds = segments[start + 1 : start + 2] + segments[start + 2 :: 2]
        action = "/".join(kinds) or "Microsoft.Resources/subscriptions/resourceGroups"
        verb = "read" if request.method in ("GET", "HEAD") else "write"
        raise errors.authorization_failed(f"{action}/{verb}", f"/subscriptions/{subscription}")
    is_compute = "providers" in lower and _COMPUTE.lower() in lower
    if kind == "unregistered" and is_compute and not _is_registration(lower):
        raise errors.not_registered(_COMPUTE)


def _is_registration(segments: list[str]) -> bool:
    """Whether a path is that of the provider itself, or of its registration."""
    return segments[2] == "providers" and segments[4:] in ([], ["register"])

"""What an operation on instances costs, in sentences for whoever is to agree to it. Pure."""

from collections.abc import Iterator, Sequence

from vmss_tui.fleet.scale_set import Instance, Orchestration, PowerState
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.fleet.verb import Verb


def cautions(
    snapshot: Snapshot, verb: Verb, asked: Sequence[Instance], serving: int, left: int
) -> Iterator[str]:
    """What somebody should know before agreeing to `verb` on `asked`: `serving` instances are
    available now, and `left` of them are not touched."""
    scale_set = snapshot.scale_set
    if not asked:
        return
    yield from _losses(verb)
    if verb.interrupts and serving and not left:
        yield "No instance stays in service: this is downtime of the whole scale set."
    if verb is Verb.DELETE and any(i.protected_from_scale_in for i in asked):
        count = sum(i.protected_from_scale_in for i in asked)
        yield f"{count} of them protected from scale-in: that does not keep them from this."
    off = sum(i.power in (PowerState.STOPPED, PowerState.DEALLOCATED) for i in asked)
    if off and verb in (Verb.REIMAGE, Verb.REIMAGE_ALL):
        yield f"{off} of them not running now: they may run afterwards."
    if scale_set.owner:
        yield f"The set belongs to {scale_set.owner}, which may undo or be harmed by changes."
    if scale_set.automatic_repairs and verb.interrupts:
        yield "Automatic repairs are on: Azure may replace instances that do not answer."
    if scale_set.orchestration is Orchestration.FLEXIBLE:
        yield from _flexible(verb)


def _losses(verb: Verb) -> Iterator[str]:
    match verb:
        case Verb.POWER_OFF:
            yield "Stopped instances keep their host and are still paid for; deallocate frees both."
        case Verb.DEALLOCATE:
            yield "Temporary disks are lost, and a later start needs free capacity in Azure."
        case Verb.REDEPLOY:
            yield "They move to other hosts: temporary disks are lost."
        case Verb.REIMAGE:
            yield "Everything on their OS disks is lost."
        case Verb.REIMAGE_ALL:
            yield "Everything on their OS disks and data disks is lost."
        case Verb.DELETE:
            yield "What is on them is lost, and the set's capacity goes down with them."


def _flexible(verb: Verb) -> Iterator[str]:
    """Deletion has a call of the set for Flexible VMs; about the others Azure's own pages
    disagree ("Orchestration modes", "Orchestration modes API comparison"); deallocating some by
    name was recorded as accepted (`vmss-deallocate-hibernate-flex-202`)."""
    if verb.guards:
        yield "Protecting Flexible instances is new in Azure; the lists of VMs do not show it."
    elif verb is not Verb.DELETE:
        yield (
            "Azure's documentation disagrees whether a Flexible set takes this for its VMs in one "
            "request: if it refuses, nothing has happened, and `az vm` does it one by one."
        )

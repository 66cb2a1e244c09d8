"""Facts of one scale set among many, as Azure's index or a list of a subscription knows it.

A row serves lists and selections. It may be out of date, so it is never the basis of a write: the
scale set itself is read before each change (`Gateway.observe`).
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from functools import cached_property

from msgspec import Struct

from vmss_tui.fleet.image import Image
from vmss_tui.fleet.scale_set import Instance, ScaleSet
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.fleet.state_groups import StateGroup, group_of
from vmss_tui.fleet.states import Orchestration, PolicyMode, ProvisioningState

_PROBLEMS = (StateGroup.FAILED, StateGroup.UNHEALTHY)
_ALARMS = (ProvisioningState.FAILED, ProvisioningState.DELETING)


class InstanceCount(Struct, frozen=True):
    """A number of instances of one set that have an image version and a state in common."""

    version: str
    """The exact version that they run; empty where that is not reported."""
    group: StateGroup
    number: int


class EstateRow(Struct, frozen=True, dict=True):
    """One scale set. None means not known, never 0 and never False."""

    id: ScaleSetId
    subscription: str
    """Display name of its subscription; the id where there is none."""
    region: str = ""
    """`westus`: the name that Azure uses in requests."""
    edge_zone: str = ""
    """The Edge Zone of the region that it is in; empty in the region."""
    orchestration: Orchestration = Orchestration.UNIFORM
    policy_mode: PolicyMode = PolicyMode.UNKNOWN
    image: Image | None = None
    """The image of the model; None where it names none."""
    vm_size: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    capacity: int | None = None
    provisioning: ProvisioningState = ProvisioningState.UNKNOWN
    zones: tuple[str, ...] = ()
    owner: str | None = None
    """Display name of the service that manages the set; None where there is none."""
    counts: tuple[InstanceCount, ...] | None = None
    """All its instances; None before they are counted. Empty where it has none."""
    newer: int | None = None
    """The number of image versions that are newer than the model's; None where not known."""
    is_live: bool = False
    """Whether a run, or Azure itself, changes its instances now."""
    indexed_at: datetime | None = None
    """When Azure's index was read, which may be a minute behind; None for a list of the
    subscription, which is as Azure has it."""

    @property
    def name(self) -> str:
        """The name of the set, without its resource group."""
        return self.id.name

    @property
    def place(self) -> str:
        """`westus`, or `westus microsoftlosangeles1` in an Edge Zone."""
        return f"{self.region} {self.edge_zone}".rstrip()

    @property
    def image_version(self) -> str:
        """The version of the model's image, `latest`, or the image's name where it has none; empty
        without an image."""
        return (self.image.version or self.image.short_reference) if self.image else ""

    @cached_property
    def versions(self) -> Mapping[str, int]:
        """The number of instances by the image version that they run; empty before the count."""
        numbers = Counter[str]()
        for count in self.counts or ():
            numbers[count.version] += count.number
        return numbers

    @cached_property
    def groups(self) -> Mapping[StateGroup, int]:
        """The number of instances by group of states; empty before the count."""
        return group_totals(self.counts or ())

    @property
    def outdated(self) -> int | None:
        """The number of instances without the latest model; None where that is not known."""
        return None if self.counts is None else outdated_of(self.groups)

    @property
    def problems(self) -> int:
        """The number of failed and unhealthy instances, as far as they are counted."""
        return sum(self.groups.get(group, 0) for group in _PROBLEMS)

    @property
    def is_problem(self) -> bool:
        """Whether an instance, or the set itself, is failed or being deleted."""
        return self.problems > 0 or self.provisioning in _ALARMS

    @property
    def is_behind(self) -> bool:
        """Whether an instance is outdated, or the model's image has a newer version."""
        return bool(self.outdated) or bool(self.newer)


def group_totals(counts: Iterable[InstanceCount]) -> Mapping[StateGroup, int]:
    """The number of instances by group of states; groups without instances are missing."""
    numbers = Counter[StateGroup]()
    for count in counts:
        numbers[count.group] += count.number
    return numbers


def outdated_of(groups: Mapping[StateGroup, int]) -> int | None:
    """The number of outdated instances in groups of states; None where there are instances of
    which it is not known which model they have, and none of which it is."""
    compared = groups.get(StateGroup.LATEST_MODEL) or groups.get(StateGroup.OUTDATED)
    if groups.get(StateGroup.UNKNOWN) and not compared:
        return None
    return groups.get(StateGroup.OUTDATED, 0)


def instance_counts(instances: Iterable[Instance]) -> tuple[InstanceCount, ...]:
    """The instances of a reading by version and group."""
    numbers = Counter(
        (instance.image.running_version if instance.image else "", group_of(instance.state))
        for instance in instances
    )
    return tuple(InstanceCount(*place, number) for place, number in numbers.items())


def listed_row(scale_set: ScaleSet, subscription: str) -> EstateRow:
    """The row of a set that was listed or read; its instances are not counted."""
    return EstateRow(
        scale_set.id,
        subscription,
        region=scale_set.location,
        edge_zone=scale_set.edge_zone,
        orchestration=scale_set.orchestration,
        policy_mode=scale_set.policy_mode,
        image=scale_set.image,
        vm_size=scale_set.vm_size or "",
        tags=scale_set.tags,
        capacity=scale_set.capacity,
        provisioning=scale_set.provisioning,
        zones=scale_set.zones,
        owner=scale_set.owner,
    )


class VersionUse(Struct, frozen=True):
    """An image version that instances run, and where."""

    version: str
    instances: int
    scale_sets: int
    regions: tuple[str, ...]
    """Their regions, sorted."""


def versions_in_use(rows: Collection[EstateRow]) -> list[VersionUse]:
    """Every version that an instance runs, by the number of instances, most first."""
    places: dict[str, list[tuple[int, str]]] = {}
    for row in rows:
        for version, number in row.versions.items():
            places.setdefault(version, []).append((number, row.region))
    uses = [
        VersionUse(
            version,
            sum(number for number, _ in used),
            len(used),
            tuple(sorted({region for _, region in used})),
        )
        for version, used in places.items()
    ]
    return sorted(uses, key=lambda use: (-use.instances, use.version))

"""The entries of `list`: rows of the estate, counted by the index or one by one."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import NamedTuple

from vmss_tui.cli.output import print_message, show_progress
from vmss_tui.fleet.estate.row import EstateRow, InstanceCount, instance_counts
from vmss_tui.fleet.estate.where import Where
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.gateway import GatewayError
from vmss_tui.runtime.observe.estate import EstateReading
from vmss_tui.runtime.session import Services

PARALLEL_READS = 8
"""Number of scale sets that `list` reads at the same time."""


class ListEntry(NamedTuple):
    """One scale set of `list`."""

    scale_set: ScaleSet
    outdated: int | None
    """Number of outdated instances; None where that is not known."""
    run: str | None
    """Name of its live run."""
    row: EstateRow


def read_entries(services: Services, reading: EstateReading, where: Where) -> list[ListEntry]:
    """The scale sets that match; those that the index does not count are read."""
    control, name_of = services.run_control, services.subscription_names.name_of
    runs = {one.id.key: control.live_run_name(one.id) for one in reading.scale_sets}
    candidates = [
        (scale_set, row)
        for scale_set, row in zip(reading.scale_sets, reading.rows(name_of), strict=True)
        if where.may_match(replace(row, is_live=bool(runs[row.id.key])))
    ]
    if where.needs_versions:
        services.images.read_all_versions(scale_set for scale_set, _ in candidates)
    uncounted = [scale_set for scale_set, row in candidates if row.counts is None]
    counted = dict(zip((one.id.key for one in uncounted), _count(services, uncounted), strict=True))
    entries = []
    for scale_set, row in candidates:
        key = scale_set.id.key
        outdated, counts = counted.get(key, (row.outdated, row.counts))
        whole = replace(
            row,
            counts=counts,
            newer=services.images.versions_behind(scale_set),
            is_live=bool(runs[key]),
        )
        if where.matches(whole):
            entries.append(ListEntry(scale_set, outdated, runs[key], whole))
    return entries


_Count = tuple[int | None, tuple[InstanceCount, ...] | None]


def _count(services: Services, scale_sets: Sequence[ScaleSet]) -> list[_Count]:
    """Number of outdated instances of each set, and its counts; None where its instances could not
    be read, which is reported on stderr, or none of them says which model it has (a Flexible set at
    `latest`)."""
    problems: dict[str, str] = {}

    def count(scale_set: ScaleSet) -> _Count:
        try:
            snapshot = services.queries.observe(scale_set.id)
        except GatewayError as error:
            problems[scale_set.id.short] = error.message
            return None, None
        if not snapshot.complete:
            problems[scale_set.id.short] = "; ".join(snapshot.damage)
        unknown = all(i.latest_model_applied is None for i in snapshot.instances)
        counts = instance_counts(snapshot.instances)
        if not snapshot.complete or (snapshot.instances and unknown):
            return None, counts
        return snapshot.outdated, counts

    counts: list[_Count] = []
    with ThreadPoolExecutor(PARALLEL_READS) as pool, services.cancellation.on_interrupt():
        for counted in pool.map(count, scale_sets):
            counts.append(counted)
            show_progress(f"{len(counts)} of {len(scale_sets)} scale sets read")
    show_progress("")
    for name, problem in sorted(problems.items()):
        print_message(f"Not counted: {name}: {problem}")
    return counts

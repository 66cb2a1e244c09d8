"""Splits the instances of a plan into batches, by domain or zone and within the limits. Pure."""

from collections.abc import Sequence

from vmss_tui.fleet.domains import Grouping, Row, build_grid
from vmss_tui.fleet.scale_set import Instance
from vmss_tui.upgrade.plan.policy import Order, Policy

_GROUPINGS = {
    Order.DOMAIN: Grouping.UPDATE_DOMAIN,
    Order.FAULT_DOMAIN: Grouping.FAULT_DOMAIN,
    Order.ZONE: Grouping.ZONE,
}


def split_into_batches(
    members: Sequence[Instance], policy: Policy, running: int, all_instances: Sequence[Instance]
) -> list[tuple[str, tuple[str, ...]]]:
    """(row, ids) of each batch, row by row; a batch never contains instances of two rows.

    No batch is larger than the number of instances that may be unavailable at once. Instances that
    are unhealthy now are not subtracted: the run does that with its own readings. Rows have the
    names that they have among `all_instances`, as on the heatmap. Phases that applications report
    follow one another.
    """
    size, grouping = max_batch_size(policy, running), _GROUPINGS[policy.order]
    grid = build_grid(all_instances, grouping)
    batches: list[tuple[str, tuple[str, ...]]] = []
    for phase, instances in _by_phase(members):
        for panel in build_grid(instances, grouping, grid).panels:
            for row in panel.rows:
                name = f"{row.key.label} ({panel.heading})" if panel.heading else row.key.label
                ids = _ordered_ids(row, policy)
                while ids:
                    count = min(policy.canary, size) if policy.canary and not batches else size
                    batches.append((name + phase, tuple(ids[:count])))
                    ids = ids[count:]
    return batches


def _by_phase(members: Sequence[Instance]) -> list[tuple[str, list[Instance]]]:
    """Text for the row's name -> instances, in the order in which Azure upgrades phases: those
    without a phase come last. One group with an empty text where no application reports one."""
    phases: dict[int | None, list[Instance]] = {}
    for instance in members:
        phases.setdefault(instance.upgrade_phase, []).append(instance)
    if not phases.keys() - {None}:
        return [("", list(members))]
    ordered = sorted(phases, key=lambda phase: (phase is None, phase or 0))
    return [
        (", no phase" if phase is None else f", phase {phase}", phases[phase]) for phase in ordered
    ]


def max_batch_size(policy: Policy, running: int) -> int:
    """The maximum number of instances in a batch."""
    budget = policy.max_unhealthy_instance_percent.of(running)
    return min(policy.max_batch_instance_percent.of(running), budget)


def _ordered_ids(row: Row, policy: Policy) -> list[str]:
    instances = list(row.instances)
    if policy.prioritize_unhealthy_instances:
        instances.sort(key=lambda instance: instance.available)
    return [instance.instance_id for instance in instances]

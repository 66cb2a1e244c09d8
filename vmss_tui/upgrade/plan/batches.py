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
    """(row, ids) of each batch: one row after the other, a batch never crossing a row.

    No batch is larger than what may be unavailable at once: the run would take it in pieces. What
    is sick already takes room, too, but may be well by then: the run looks at that.
    Rows are called what they are called among `everyone`, as on the heatmap.
    """
    size, grouping = max_batch_size(policy, running), _GROUPINGS[policy.order]
    batches: list[tuple[str, tuple[str, ...]]] = []
    for panel in build_grid(members, grouping, build_grid(all_instances, grouping)).panels:
        for row in panel.rows:
            name = f"{row.key.label} ({panel.heading})" if panel.heading else row.key.label
            ids = _ordered_ids(row, policy)
            while ids:
                count = min(policy.canary, size) if policy.canary and not batches else size
                batches.append((name, tuple(ids[:count])))
                ids = ids[count:]
    return batches


def max_batch_size(policy: Policy, running: int) -> int:
    """Instances in a batch at most."""
    budget = policy.max_unhealthy_instance_percent.of(running)
    return min(policy.max_batch_instance_percent.of(running), budget)


def _ordered_ids(row: Row, policy: Policy) -> list[str]:
    instances = list(row.instances)
    if policy.prioritize_unhealthy_instances:
        instances.sort(key=lambda instance: instance.available)
    return [instance.instance_id for instance in instances]

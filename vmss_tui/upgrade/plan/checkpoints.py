"""Where a run pauses for approval: after the batch that reaches the share of a checkpoint. Pure.

Only whole batches end, so that the share is often larger than the one that was requested.
"""

from collections.abc import Sequence

from msgspec import Struct

from vmss_tui.upgrade.plan.plan import Plan


class CheckpointPosition(Struct, frozen=True):
    """Where one approval checkpoint of a plan falls."""

    percent: int
    """As requested."""
    batch: int | None
    """Number of the batch after which the run pauses; None where only the last one reaches it."""
    reached_percent: float
    """Share of the planned instances that are complete then."""


def batch_reaching(
    percent: int, total: int, sizes: Sequence[int], done: int = 0
) -> tuple[int, int] | None:
    """(index, instances complete after it) of the first batch that reaches a share of all
    instances; None where none does. `sizes` are those of the batches to come, `done` is what is
    complete before them."""
    for index, size in enumerate(sizes):
        done += size
        if done * 100 >= percent * total:
            return index, done
    return None


def checkpoint_positions(plan: Plan) -> tuple[CheckpointPosition, ...]:
    """The position of each checkpoint, in order, if every batch is sent as planned."""
    return tuple(_position(plan, percent) for percent in plan.policy.checkpoints)


def describe_checkpoints(plan: Plan) -> str:
    """`Pauses for approval at 50 % (after batch 4, really 60 %)`; empty without checkpoints."""
    if not plan.policy.checkpoints:
        return ""
    positions = checkpoint_positions(plan)
    texts = [_position_text(position) for position in positions if position.batch is not None]
    missed = [f"{position.percent} %" for position in positions if position.batch is None]
    reached = f"Pauses for approval at {', '.join(texts)}" if texts else ""
    unreached = f"No pause at {', '.join(missed)}: only the last batch reaches it" if missed else ""
    return "; ".join(filter(None, (reached, unreached)))


def _position(plan: Plan, percent: int) -> CheckpointPosition:
    total = len(plan.instance_ids)
    reached = batch_reaching(percent, total, [len(b.instance_ids) for b in plan.batches[:-1]])
    if reached is None:
        return CheckpointPosition(percent, None, 100.0)
    index, done = reached
    return CheckpointPosition(percent, index + 1, round(done * 100 / total, 1))


def _position_text(position: CheckpointPosition) -> str:
    reached = round(position.reached_percent)
    really = f", really {reached} %" if reached != position.percent else ""
    return f"{position.percent} % (after batch {position.batch}{really})"

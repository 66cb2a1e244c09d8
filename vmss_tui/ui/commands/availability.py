"""Rules that say whether a command is available, and the reason where it is not. Pure."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from vmss_tui.fleet.states import PolicyMode
from vmss_tui.upgrade.run.phase import Phase


class CommandContext(NamedTuple):
    """The state of a screen that the availability rules depend on."""

    read_only: bool = False
    protection_reason: str = ""
    """Why the scale set's name must be typed before a write (named as protected in the settings,
    or managed by another service); empty where it need not be."""
    has_reading: bool = False
    has_cursor: bool = False
    policy_mode: PolicyMode | None = None
    rolling_upgrade_status: str = ""
    """Status of Azure's own rolling upgrade while one is active; else empty."""
    repairs_enabled: bool = False
    """Automatic repairs are enabled in the model."""
    run_phase: Phase | None = None
    """Phase of the run on screen; None where there is none."""
    run_is_live: bool = False
    run_is_idle: bool = False
    """The run is paused or halted without an open batch: instance operations are allowed."""
    pause_reason: str = ""
    run_is_between_batches: bool = False
    """The run is in the pause between two batches."""
    retry_obstacle: str = "there is no run on this scale set"
    """Why the run on screen cannot be retried; empty where it can."""
    revert_obstacle: str = "there is no run on this scale set"
    run_name: str = ""
    """The run on screen; empty where there is none."""
    selected_sets: int = 0
    """Number of scale sets that are selected in the list."""
    campaign_obstacles: Mapping[str, str] = {}
    """Why each kind of intent has no effect on the campaign on screen; empty where it has one."""


AvailabilityRule = Callable[[CommandContext], str | None]
"""Returns the reason why a command is unavailable; None where it is available."""


def always_available(_: CommandContext) -> str | None:
    """The command is never unavailable."""
    return None


def requires_reading(context: CommandContext) -> str | None:
    """Requires that the scale set has been read."""
    return None if context.has_reading else "the scale set has not been read yet"


def requires_cursor(context: CommandContext) -> str | None:
    """Requires an instance under the cursor."""
    return None if context.has_cursor else "there is no instance under the cursor"


def requires_upgradable_set(context: CommandContext) -> str | None:
    """Requires a scale set with the Manual upgrade policy, read, without an active upgrade."""
    if not context.has_reading:
        return "the scale set has not been read yet"
    if not context.has_cursor:
        return "there is no instance to upgrade"
    if context.policy_mode is not PolicyMode.MANUAL:
        return (
            f"the upgrade policy is {context.policy_mode}: Azure itself upgrades the instances; "
            "only Manual scale sets are upgraded from here"
        )
    if context.run_is_live:
        return _RUN_IS_LIVE
    if context.rolling_upgrade_status:
        status = context.rolling_upgrade_status
        return f"{_ROLLING_UPGRADE_IS_ACTIVE} ({status}): let it end, or cancel it (x) first"
    return None


def requires_pausable_run(context: CommandContext) -> str | None:
    """Requires a run that has not ended; resuming it is a write, pausing is not."""
    match context.run_phase:
        case None:
            return "there is no run on this scale set"
        case phase if phase.is_over:
            return f"the run is over ({phase.label})"
        case Phase.PAUSED | Phase.FAULTED if context.read_only:
            return "this session is read-only: it may pause a run, not resume one"
    return None


def requires_checkpoint(context: CommandContext) -> str | None:
    """Requires a run paused at a checkpoint."""
    if context.run_phase is Phase.PAUSED and context.pause_reason == "checkpoint":
        return None
    return "no run is waiting for approval"


def requires_live_run(context: CommandContext) -> str | None:
    """Requires a run whose worker process is alive."""
    return None if context.run_is_live else "there is no live run on this scale set"


def requires_batch_pause(context: CommandContext) -> str | None:
    """Requires a live run in the pause between two batches."""
    if reason := requires_live_run(context):
        return reason
    if context.run_is_between_batches:
        return None
    return "the run is not in a pause between batches"


def requires_unfinished_run(context: CommandContext) -> str | None:
    """Requires a run that has not ended."""
    if context.run_phase is None:
        return "there is no run on this scale set"
    if context.run_phase.is_over:
        return f"the run is over ({context.run_phase.label})"
    return None


def requires_replaceable_worker(context: CommandContext) -> str | None:
    """Requires a run that has not ended and whose worker process is alive."""
    if reason := requires_unfinished_run(context):
        return reason
    return None if context.run_is_live else "the run has no worker now: resume it (p)"


def requires_retryable_run(context: CommandContext) -> str | None:
    """Requires a run with failed instances that can be upgraded again."""
    return f"nothing to retry: {context.retry_obstacle}" if context.retry_obstacle else None


def requires_revertible_run(context: CommandContext) -> str | None:
    """Requires a run that changed the model and can restore the previous one."""
    if not context.revert_obstacle:
        return None
    name = f"run {context.run_name} has " if context.run_name else ""
    return f"{name}nothing to roll back: {context.revert_obstacle}"


def requires_operable_set(context: CommandContext) -> str | None:
    """Requires an instance under the cursor, and no active run on the scale set."""
    if not context.has_cursor:
        return "there is no instance under the cursor"
    if context.run_is_live and not context.run_is_idle:
        return "a run is live on this scale set: pause it (p) first, and let its batch end"
    return None


def requires_editable_set(context: CommandContext) -> str | None:
    """Requires a scale set that has been read, without a live run."""
    if not context.has_reading:
        return "the scale set has not been read yet"
    return _RUN_IS_LIVE if context.run_is_live else None


def requires_no_rolling_upgrade(context: CommandContext) -> str | None:
    """Requires a scale set that has been read, without a live run or an Azure rolling upgrade."""
    if reason := requires_editable_set(context):
        return reason
    return (
        f"{_ROLLING_UPGRADE_IS_ACTIVE} ({context.rolling_upgrade_status})"
        if context.rolling_upgrade_status
        else None
    )


def requires_repairs(context: CommandContext) -> str | None:
    """Requires a scale set that has been read, without a live run, with automatic repairs."""
    if reason := requires_editable_set(context):
        return reason
    return None if context.repairs_enabled else "automatic repairs are off in the model"


def requires_selected_sets(context: CommandContext) -> str | None:
    """Requires a selection in the list of scale sets."""
    return None if context.selected_sets else "no scale set is selected: select some (space) first"


def requires_campaign_intent(kind: str) -> AvailabilityRule:
    """Requires a campaign on which an intent of this kind (`pause`, `skip` …) has an effect."""

    def rule(context: CommandContext) -> str | None:
        return context.campaign_obstacles.get(kind, "the campaign has not been read yet") or None

    return rule


_RUN_IS_LIVE = "a run is live on this scale set: let it end, or abort it (A), first"
_ROLLING_UPGRADE_IS_ACTIVE = "Azure's own rolling upgrade is in progress"

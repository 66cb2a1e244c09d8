"""Selection of instances: by id, domain, zone, placement group, or all. Pure."""

from collections.abc import Collection

import msgspec

from vmss_tui.errors import ExitCode, VmssError
from vmss_tui.fleet.scale_set import Instance, Orchestration
from vmss_tui.fleet.snapshot import Snapshot


class PlanError(VmssError, ValueError):
    """No plan is possible: nothing to do, or the selection names something that does not exist."""


class InvalidInstanceId(PlanError):
    """What was given as an instance ID can be none."""

    exit_code = ExitCode.USAGE


class Selection(msgspec.Struct, frozen=True):
    """Criteria for instances. Empty fields do not restrict; all empty: every outdated instance."""

    instance_ids: tuple[str, ...] = ()
    update_domains: tuple[int, ...] = ()
    fault_domain: int | None = None
    zone: str | None = None
    placement_group: str | None = None
    everything: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether it has no criteria: the default of a run, every outdated instance."""
        return self == Selection()


def select_instances(snapshot: Snapshot, selection: Selection) -> list[Instance]:
    """The selected instances; raises `PlanError` for an unknown name and for an empty result."""
    missing = [i for i in selection.instance_ids if i not in snapshot.by_id]
    is_uniform = snapshot.scale_set.orchestration is not Orchestration.FLEXIBLE
    if no_ids := [i for i in missing if is_uniform and not (i.isascii() and i.isdigit())]:
        raise InvalidInstanceId(
            f"{', '.join(map(ascii, no_ids))} cannot be an instance ID of "
            f"{snapshot.scale_set.id.short}: they are numbers"
        )
    if missing:
        raise PlanError(
            f"there is no instance {', '.join(missing)} in {snapshot.scale_set.id.short}"
        )
    if not snapshot.instances:
        raise PlanError(f"{snapshot.scale_set.id.short} has no instances")
    _check_present(snapshot, selection)
    named = set(selection.instance_ids)
    has_criteria = (
        selection.update_domains
        or selection.fault_domain is not None
        or selection.zone is not None
        or selection.placement_group is not None
    )

    def is_selected(instance: Instance) -> bool:
        if instance.instance_id in named:
            return True
        if not has_criteria:
            return selection.everything or not named
        return (
            (not selection.update_domains or instance.update_domain in selection.update_domains)
            and (selection.fault_domain in (None, instance.fault_domain))
            and (selection.zone in (None, instance.zone))
            and (
                selection.placement_group is None
                or (instance.placement_group or "").startswith(selection.placement_group)
            )
        )

    instances = [instance for instance in snapshot.instances if is_selected(instance)]
    if not instances:
        raise PlanError(
            f"no instance of {snapshot.scale_set.id.short} matches all of the given criteria"
        )
    return instances


def _check_present(snapshot: Snapshot, selection: Selection) -> None:
    instances = snapshot.instances
    domains = {i.update_domain for i in instances if i.update_domain is not None}
    for domain in selection.update_domains:
        if domain not in domains:
            raise PlanError(_absent_message("update domain", domain, domains))
    fault_domains = {i.fault_domain for i in instances if i.fault_domain is not None}
    if selection.fault_domain is not None and selection.fault_domain not in fault_domains:
        raise PlanError(_absent_message("fault domain", selection.fault_domain, fault_domains))
    zones = {i.zone for i in instances if i.zone is not None}
    if selection.zone is not None and selection.zone not in zones:
        raise PlanError(_absent_message("zone", selection.zone, zones))
    groups = {i.placement_group for i in instances if i.placement_group is not None}
    if (prefix := selection.placement_group) is not None:
        matches = [group for group in groups if group.startswith(prefix)]
        if len(matches) > 1:
            raise PlanError(
                f"{len(matches)} placement groups begin with {prefix}: {_values_text(matches)}"
            )
        if not matches:
            raise PlanError(_absent_message("placement group", prefix, groups))


def _absent_message(what: str, value: object, present: Collection[int] | Collection[str]) -> str:
    if not present:
        return f"there is no {what} {value}: Azure reports none for these instances"
    return f"there is no {what} {value}: choose from {_values_text(present)}"


def _values_text(values: Collection[int] | Collection[str]) -> str:
    return ", ".join(str(value) for value in sorted(values)[:20])

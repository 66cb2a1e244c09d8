"""`list` and `status`: print all scale sets, or one with the states of its instances."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import click
from msgspec.structs import replace

from vmss_tui.cli.colour import Coloured, TextColour
from vmss_tui.cli.json_output import Json
from vmss_tui.cli.json_output.fleet import list_entry_json, status_json
from vmss_tui.cli.json_output.runs import run_checks_json
from vmss_tui.cli.observation import observe
from vmss_tui.cli.options import GlobalOptions, global_options, pass_options
from vmss_tui.cli.output import (
    print_json,
    print_line,
    print_message,
    print_table,
    show_progress,
)
from vmss_tui.cli.run_colours import GROUP_COLOURS
from vmss_tui.errors import ExitCode
from vmss_tui.fleet.domains import build_grid
from vmss_tui.fleet.estate.row import EstateRow, InstanceCount, instance_counts
from vmss_tui.fleet.estate.where import Where, parse_where
from vmss_tui.fleet.flexible import COMPARED, missing_extensions
from vmss_tui.fleet.phrases import instances_text, pluralize
from vmss_tui.fleet.scale_set import Orchestration, ScaleSet
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.fleet.state_groups import StateGroup, count_groups
from vmss_tui.gateway import GatewayError
from vmss_tui.runtime.observe.estate import EstateReading
from vmss_tui.runtime.observe.matching_sets import MatchingSets
from vmss_tui.runtime.session import Services
from vmss_tui.text import capitalize_sentence, cell
from vmss_tui.upgrade.plan.latest_image import measure_image_lag


class ListEntry(NamedTuple):
    """One scale set of `list`."""

    scale_set: ScaleSet
    outdated: int | None
    """Number of outdated instances; None where that is not known."""
    run: str | None
    """Name of its live run."""
    row: EstateRow


@click.command("list")
@click.option(
    "--where",
    "expression",
    metavar="EXPR",
    default="",
    help="Only those that match, e.g. 'tag:role=web image:22.04.* outdated'.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@global_options
@pass_options
def list_command(options: GlobalOptions, expression: str, as_json: bool) -> ExitCode:
    """List scale sets with outdated instances and live runs."""
    where = parse_where(expression)
    services = options.connect().services
    reading = services.estate.read()
    for problem in reading.damage:
        print_message(f"Not listed: {problem}")
    for note in reading.notes:
        print_message(capitalize_sentence(note))
    if reading.indexed_at is not None:
        time = f"{reading.indexed_at:%H:%M:%S} UTC"
        print_message(f"From Azure's index, read {time}: up to a minute old")
    entries = read_entries(services, reading, where)
    if as_json:
        print_json([list_entry_json(*entry) for entry in entries])
        return ExitCode.DONE
    alarming = any(entry.scale_set.alarming_state for entry in entries)
    print_table(
        (
            *("SCALE SET", "REGION", "CAPACITY", "OUTDATED", "POLICY", "IMAGE VERSION", "LIVE RUN"),
            *(["STATE"] if alarming else []),
        ),
        (_cells(entry, alarming=alarming) for entry in entries),
        numbers={"CAPACITY", "OUTDATED"},
    )
    return ExitCode.DONE


def _cells(entry: ListEntry, *, alarming: bool) -> tuple[object, ...]:
    scale_set, outdated, run = entry.scale_set, entry.outdated, entry.run
    return (
        scale_set.id.short,
        scale_set.place,
        scale_set.capacity,
        "?"
        if outdated is None
        else Coloured(str(outdated), TextColour.OUTDATED if outdated else None),
        scale_set.policy_mode,
        scale_set.image.running_version if scale_set.image else "",
        Coloured(run or "", TextColour.MOVING),
        *([Coloured(scale_set.alarming_state, TextColour.FAILED)] if alarming else []),
    )


@click.command("status")
@click.argument("scale_set")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with every instance.")
@global_options
@pass_options
def status_command(options: GlobalOptions, scale_set: str, as_json: bool) -> ExitCode:
    """Show a scale set: model, domains, states."""
    connection = options.connect()
    services = connection.services
    snapshot = observe(services, connection.parse_scale_set(scale_set))
    run = services.run_control.live_run_name(snapshot.scale_set.id)
    latest = services.images.latest_version(snapshot.scale_set)
    if as_json:
        print_json(status_json(snapshot, run, latest, _run_checks(services, run)))
    else:
        _print_status(snapshot, run, latest)
    if snapshot.complete:
        return ExitCode.DONE
    print_message(f"The data is incomplete: {'; '.join(snapshot.damage)}")
    return ExitCode.ERROR


def _run_checks(services: Services, name: str | None) -> Json | None:
    """The bake time and the verdict of a live run; None without one."""
    if name is None:
        return None
    follower = services.run_control.follow(name)
    follower.read_new()
    return run_checks_json(follower.run, follower.run_time())


def read_entries(services: Services, reading: EstateReading, where: Where) -> list[ListEntry]:
    """The scale sets that match; those that the index does not count are read."""
    control, name_of = services.run_control, services.subscription_names.name_of
    runs = {one.id.key: control.live_run_name(one.id) for one in reading.scale_sets}
    sets = MatchingSets(
        services.images, services.cancellation, name_of, lambda set_id: bool(runs[set_id.key])
    )
    candidates = sets.select(reading, where)
    uncounted = [scale_set for scale_set, row in candidates if row.counts is None]
    counts_of_each = _count(services, sets, uncounted)
    counted = dict(zip((one.id.key for one in uncounted), counts_of_each, strict=True))
    entries = []
    for scale_set, row in candidates:
        key = scale_set.id.key
        outdated, counts = counted.get(key, (row.outdated, row.counts))
        whole = replace(row, counts=counts)
        if where.matches(whole):
            entries.append(ListEntry(scale_set, outdated, runs[key], whole))
    return entries


_Count = tuple[int | None, tuple[InstanceCount, ...] | None]


def _count(services: Services, sets: MatchingSets, scale_sets: Sequence[ScaleSet]) -> list[_Count]:
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

    counts = sets.in_parallel(
        count, scale_sets, lambda done, total: show_progress(f"{done} of {total} scale sets read")
    )
    show_progress("")
    for name, problem in sorted(problems.items()):
        print_message(f"Not counted: {name}: {problem}")
    return counts


def _print_status(snapshot: Snapshot, run: str | None, latest: str) -> None:
    scale_set = snapshot.scale_set
    print_line(
        f"{scale_set.id.short}  {scale_set.place}  {scale_set.orchestration}  "
        f"{scale_set.policy_mode}  {pluralize(len(snapshot.instances), 'instance', 'instances')}  "
        f"read {snapshot.taken_at:%H:%M:%S} UTC"
    )
    image = scale_set.image.title if scale_set.image else "no image"
    size = scale_set.size_text or "no size"
    print_line(f"model  {image}  {size}")
    if scale_set.purchase_plan:
        print_line(f"purchase plan  {scale_set.purchase_plan}")
    _print_remarks(snapshot, latest)
    if run:
        print_line("run  ", Coloured(run, TextColour.MOVING))
    print_line()
    for panel in build_grid(snapshot.instances).panels:
        if panel.heading:
            print_line(panel.heading)
        width = max(len(row.key.label) for row in panel.rows)
        for row in panel.rows:
            counts = count_groups(instance.state for instance in row.instances)
            print_line(
                f"{row.key.label:<{width}}  {len(row.instances):>4}   ", *_count_parts(counts, ", ")
            )
        print_line()
    counts = count_groups(instance.state for instance in snapshot.instances)
    print_line(*_count_parts(counts, " · ") or ("no instances",))


def _count_parts(counts: Mapping[StateGroup, int], separator: str) -> list[str]:
    """`20 latest model · 80 outdated`, in parts, each in its colour."""
    parts: list[str] = []
    for group, count in counts.items():
        if count:
            parts += [separator] if parts else []
            parts.append(Coloured(f"{count} {group}", GROUP_COLOURS[group]))
    return parts


def _print_remarks(snapshot: Snapshot, latest: str) -> None:
    """Prints what is unusual about the scale set as a whole, a line each."""
    scale_set = snapshot.scale_set
    if scale_set.alarming_state:
        print_line(
            "state  ",
            Coloured(f"provisioning state {scale_set.alarming_state}", TextColour.FAILED),
        )
        for instance in snapshot.instances:
            if instance.failure_message:
                print_line(
                    f"  instance {instance.instance_id}  {cell(instance.failure_message, 600)}"
                )
    late = measure_image_lag(snapshot, latest)
    if late is not None and late.behind:
        print_line(f"image  {late.message}")
    if scale_set.owner:
        print_line(f"managed by  {scale_set.owner}")
    if scale_set.orchestration is Orchestration.FLEXIBLE and snapshot.instances:
        print_line(f"latest model  {COMPARED}")
    for instance in snapshot.instances:
        if names := missing_extensions(instance, scale_set):
            print_line(f"missing  instance {instance.instance_id}: extension {', '.join(names)}")
    for reason, ids in _attached_ids(snapshot).items():
        print_line(f"attached  {instances_text(ids)}: {reason}")


def _attached_ids(snapshot: Snapshot) -> dict[str, list[str]]:
    """Reason -> ids of the machines that were not created from the set's model."""
    ids: dict[str, list[str]] = {}
    for instance in snapshot.instances:
        if instance.attached_reason:
            ids.setdefault(instance.attached_reason, []).append(instance.instance_id)
    return ids

"""`instance`: one instance with causes, boot log and activity. `run-command`: runs a script."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from vmss_tui.cli.diagnosis_text import (
    print_activity,
    print_cause,
    print_instance,
    print_log,
    print_outputs,
)
from vmss_tui.cli.error_report import CommandError
from vmss_tui.cli.json_output.diagnosis import boot_log_json, command_json, diagnosis_json
from vmss_tui.cli.options import GlobalOptions, global_options, pass_options
from vmss_tui.cli.options_run import instance_options
from vmss_tui.cli.output import print_json, print_message, show_progress
from vmss_tui.cli.prompts import confirm, list_ids, print_target
from vmss_tui.errors import ExitCode
from vmss_tui.fleet.causes import find_causes, instance_statuses
from vmss_tui.fleet.phrases import pluralize
from vmss_tui.fleet.scale_set import Instance, Orchestration
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.gateway.diagnostics import BootLog, BootLogState
from vmss_tui.operations.command_bundles import (
    BUNDLES_BY_ID,
    MAX_SCRIPT_LENGTH,
    script_problem,
)
from vmss_tui.runtime.diagnosis.activity import Activity, group_events, own_request_ids
from vmss_tui.runtime.diagnosis.instance_document import read_instance_document
from vmss_tui.runtime.diagnosis.loaded_log import (
    LoadedLog,
    add_earlier,
    boot_log_sentence,
    load_log,
)
from vmss_tui.runtime.operations.run_commands import CommandState, InstanceCommand
from vmss_tui.runtime.session import Services
from vmss_tui.upgrade.plan.selection import Selection, select_instances

_MAX_PARTS = 20
"""Parts of a boot log that are read at most."""
_ACTIVITY_SPAN = timedelta(hours=24)


@click.command("instance")
@click.argument("scale_set")
@click.argument("instance_id", metavar="ID")
@click.option("--boot-log", is_flag=True, help="Print the end of the serial log (2 API calls).")
@click.option(
    "--tail",
    type=click.IntRange(1, 50_000),
    default=200,
    show_default=True,
    metavar="N",
    help="Lines of the serial log.",
)
@click.option("--activity", is_flag=True, help="Who requested what in the last 24 hours.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@global_options
@pass_options
def instance_command(
    options: GlobalOptions,
    scale_set: str,
    instance_id: str,
    boot_log: bool,
    tail: int,
    activity: bool,
    as_json: bool,
) -> ExitCode:
    """Show one instance: state, causes of a failure, extensions.

    With --boot-log or --activity these are printed in place of the rest; --json has all of it.
    """
    connection = options.connect()
    services = connection.services
    snapshot = services.queries.observe(connection.parse_scale_set(scale_set))
    instance = _find_instance(snapshot, instance_id)
    log, loaded, sentence = _read_log(services, snapshot, instance, tail) if boot_log else _NO_LOG
    activities = _read_activity(services, snapshot, instance) if activity else None
    statuses = instance_statuses(instance)
    causes = loaded.causes if loaded else find_causes(statuses, ())
    if as_json:
        document = read_instance_document(
            services.diagnostics, snapshot.scale_set.id, instance.instance_id
        )
        log_json = boot_log_json(log, loaded, sentence, tail) if log and loaded else None
        id_ = snapshot.scale_set.id
        print_json(diagnosis_json(id_, instance, document, causes, log_json, activities))
    elif loaded is None and activities is None:
        document = read_instance_document(
            services.diagnostics, snapshot.scale_set.id, instance.instance_id
        )
        print_instance(instance, document, causes)
    else:
        if loaded is not None:
            for cause in causes:
                print_cause(cause, err=True)
            print_log(loaded, tail)
        if activities is not None:
            print_activity(activities)
    if sentence:
        print_message(sentence)
        return ExitCode.ERROR
    return ExitCode.DONE


_NO_LOG: tuple[BootLog | None, LoadedLog | None, str] = (None, None, "")


def _find_instance(snapshot: Snapshot, instance_id: str) -> Instance:
    instance = snapshot.by_id.get(instance_id)
    if instance is None:
        name = snapshot.scale_set.id.short
        raise CommandError(f"there is no instance {instance_id!a} in {name}", ExitCode.ERROR)
    return instance


def _read_log(
    services: Services, snapshot: Snapshot, instance: Instance, tail: int
) -> tuple[BootLog, LoadedLog, str]:
    """The end of the log with `tail` lines, as far as there are so many; else a sentence."""
    diagnostics, scale_set = services.diagnostics, snapshot.scale_set
    statuses = instance_statuses(instance)
    log = diagnostics.read_boot_log(scale_set.id, instance.instance_id)
    loaded = load_log(log, statuses)
    for _ in range(_MAX_PARTS):
        if len(loaded.lines) >= tail or loaded.is_whole or log.state is not BootLogState.AVAILABLE:
            break
        length = min(1 << 20, max(65_536, (tail - len(loaded.lines)) * 120))
        earlier = diagnostics.read_boot_log(
            scale_set.id, instance.instance_id, end=loaded.start, length=length
        )
        if earlier.state is not BootLogState.AVAILABLE:
            print_message(f"Earlier lines could not be read: {earlier.message}")
            break
        loaded = add_earlier(loaded, earlier, statuses)
    return log, loaded, boot_log_sentence(log, scale_set, instance.name)


def _read_activity(
    services: Services, snapshot: Snapshot, instance: Instance
) -> tuple[Activity, ...]:
    now, scale_set = datetime.now(UTC), snapshot.scale_set
    events = services.diagnostics.read_activity(scale_set.id, now - _ACTIVITY_SPAN, now)
    run = services.run_control.live_run_name(scale_set.id)
    records = services.run_control.follow(run).read_new() if run else ()
    own_ids = own_request_ids(services.operations_log, scale_set.id, records)
    base = scale_set.id.resource_id
    if scale_set.orchestration is Orchestration.FLEXIBLE:
        base = base.rsplit("/", 2)[0]
    path = f"{base}/virtualMachines/{instance.instance_id}".lower()
    return group_events(events, own_ids, path)


@click.command("run-command")
@click.argument("scale_set")
@instance_options
@click.option(
    "--script",
    "script_file",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    metavar="FILE",
    help="Script to run, - for stdin.",
)
@click.option("--bundle", type=click.Choice(list(BUNDLES_BY_ID)), help="Script that only reads.")
@click.option("--yes", "-y", is_flag=True, help="Skip the confirmation.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@global_options
@pass_options
def run_command_command(
    options: GlobalOptions,
    scale_set: str,
    selection: Selection,
    script_file: Path | None,
    bundle: str | None,
    yes: bool,
    as_json: bool,
) -> ExitCode:
    """Run a script as root or System on at most 20 instances, and print its output.

    Azure runs one command at a time on an instance, for at most 90 minutes, and keeps the last
    4,096 bytes of the output. It cannot be cancelled.
    """
    if (script_file is None) == (bundle is None):
        raise click.UsageError("choose what to run: --script FILE or --bundle NAME")
    if selection.is_empty:
        raise click.UsageError("choose instances: --instance, --domain, --zone … or --all")
    text = _read_script(script_file) if script_file is not None else ""
    connection = options.connect()
    services, scale_set_id = connection.services, connection.parse_scale_set(scale_set)
    snapshot = services.queries.observe(scale_set_id)
    instances = select_instances(snapshot, selection)
    ids = [instance.instance_id for instance in instances]
    is_windows = _is_windows(snapshot, instances)
    script = text.splitlines() if bundle is None else _bundle(bundle, windows=is_windows)
    if problem := script_problem("\n".join(script), len(ids)):
        raise CommandError(problem, ExitCode.REFUSED)
    print_target(snapshot.scale_set.id, services.context, print_message)
    print_message(f"instances  {len(ids)}: {list_ids(ids)}")
    for line in script:
        print_message(f"  {line}")
    confirm(services.permission, snapshot.scale_set.id, easy=False, yes=yes, command_ids=ids)
    is_flexible = snapshot.scale_set.orchestration is Orchestration.FLEXIBLE
    sent = services.run_commands.begin(
        snapshot.scale_set.id, ids, script, windows=is_windows, flexible=is_flexible
    )
    commands = _follow(services, sent)
    if as_json:
        print_json(command_json(snapshot.scale_set.id, script, commands))
    else:
        print_outputs(commands)
    return ExitCode.DONE if all(entry.succeeded for entry in commands) else ExitCode.HALTED


def _bundle(name: str, *, windows: bool) -> Sequence[str]:
    return BUNDLES_BY_ID[name].script(windows=windows)


def _is_windows(snapshot: Snapshot, instances: Sequence[Instance]) -> bool:
    kinds = {instance.os_type.lower() for instance in instances if instance.os_type}
    return (kinds or {snapshot.scale_set.os_type.lower()}) == {"windows"}


def _read_script(path: Path) -> str:
    """The text of the file; raises `CommandError` where it is no text, or too long."""
    if str(path) == "-":
        return sys.stdin.read(MAX_SCRIPT_LENGTH + 1)
    try:
        with path.open("rb") as file:
            return file.read(4 * MAX_SCRIPT_LENGTH + 1).decode("utf-8")
    except UnicodeDecodeError as error:
        raise CommandError(f"{path} is not a text in UTF-8", ExitCode.USAGE) from error


def _follow(services: Services, sent: Sequence[InstanceCommand]) -> Sequence[InstanceCommand]:
    """Waits for the ends; after Ctrl-C the commands go on."""

    def report(commands: Sequence[InstanceCommand]) -> None:
        running = sum(entry.state is CommandState.RUNNING for entry in commands)
        show_progress(f"running on {pluralize(running, 'instance', 'instances')}")

    report(sent)
    try:
        return services.run_commands.follow(sent, report)
    except KeyboardInterrupt:
        print_message()
        print_message("Stopped waiting; the commands continue, and cannot be cancelled.")
        raise
    finally:
        show_progress("")

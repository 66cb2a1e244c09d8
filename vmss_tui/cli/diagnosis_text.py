"""Prints an instance with causes, extensions, boot log and activity, and outputs of run command."""

from collections.abc import Iterable, Sequence

from vmss_tui.cli.colour import Coloured, TextColour
from vmss_tui.cli.output import print_line, print_message, print_table
from vmss_tui.cli.run_colours import GROUP_COLOURS
from vmss_tui.fleet.causes.cause import Cause
from vmss_tui.fleet.scale_set import Instance, Status
from vmss_tui.fleet.state_groups import group_of
from vmss_tui.runtime.diagnosis.activity import LAG, Activity
from vmss_tui.runtime.diagnosis.instance_document import InstanceDocument
from vmss_tui.runtime.diagnosis.loaded_log import LoadedLog
from vmss_tui.runtime.operations.run_commands import InstanceCommand

_PROBLEM_LEVELS = ("error", "warning")


def print_instance(instance: Instance, document: InstanceDocument, causes: Iterable[Cause]) -> None:
    """State, causes, facts, agent and extensions with whole messages."""
    group = group_of(instance.state)
    print_line(
        f"instance {instance.instance_id}  {instance.name}  ",
        Coloured(str(instance.state), GROUP_COLOURS[group]),
        f"  {instance.power}  {instance.health or 'no health probe'}",
    )
    for cause in causes:
        print_cause(cause)
    image = instance.image.running_version if instance.image else ""
    window = instance.maintenance_window
    facts = (
        ("image", image),
        ("size", instance.vm_size or ""),
        ("provisioning", str(instance.provisioning)),
        ("computer name", instance.computer_name or ""),
        ("changed", f"{instance.changed_at:%Y-%m-%d %H:%M:%S} UTC" if instance.changed_at else ""),
        ("maintenance", f"planned by Azure from {window[0]:%Y-%m-%d %H:%M} UTC" if window else ""),
    )
    for label, text in facts:
        if text:
            print_line(f"{label}  {text}")
    for handler in document.handlers:
        print_line(f"{handler.name}  {handler.version}")
        for status in (*handler.statuses, *handler.substatuses):
            _print_status(status)


def _print_status(status: Status) -> None:
    is_problem = status.level.lower() in _PROBLEM_LEVELS
    print_line(
        "  ", Coloured(f"{status.code}", TextColour.FAILED if is_problem else None),
        f"  {status.display}",
    )  # fmt: skip
    for line in status.message.splitlines():
        if line.strip():
            print_line(f"    {line}")


def print_cause(cause: Cause, *, err: bool = False) -> None:
    """The line, what it means and what helps."""
    line = print_message if err else print_line
    line("cause  ", Coloured(cause.quote, TextColour.FAILED))
    line(f"means  {cause.meaning}")
    line(f"helps  {cause.help}")


def print_log(loaded: LoadedLog, tail: int) -> None:
    """The last lines, errors in colour."""
    errors, first = set(loaded.errors), max(0, len(loaded.lines) - tail)
    for index, line in enumerate(loaded.lines[first:], first):
        print_line(Coloured(line, TextColour.FAILED if index in errors else None))


def print_activity(activities: Sequence[Activity]) -> None:
    """A row for each request, newest first."""
    print_message(LAG)
    print_table(
        ("TIME", "WHO", "KIND", "CLIENT", "OPERATION", "STATUS", "OURS", "CORRELATION ID"),
        (
            (
                f"{entry.first.at:%Y-%m-%d %H:%M:%S}",
                entry.first.caller or "not reported",
                entry.first.caller_kind,
                entry.first.client,
                entry.first.operation_label or entry.first.operation,
                entry.last.status,
                "yes" if entry.is_own else "",
                entry.first.correlation_id,
            )
            for entry in activities
        ),
    )


def print_outputs(commands: Iterable[InstanceCommand]) -> None:
    """State and output of each instance; what was written to stderr goes to stderr."""
    for command in commands:
        code = command.output.exit_code if command.output else None
        text = str(command.state) if code is None else f"exit code {code}"
        colour = None if command.succeeded else TextColour.FAILED
        print_line(f"instance {command.instance_id}  ", Coloured(text, colour))
        if command.message:
            print_message(f"instance {command.instance_id}: {command.message}")
        if command.output is not None:
            for line in command.output.stdout.splitlines():
                print_line(f"  {line}")
            for line in command.output.stderr.splitlines():
                print_message(f"  {line}")

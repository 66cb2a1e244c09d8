"""The `--json` output of `instance` and `run-command`, as plain values.

Field names are stable and documented in the README.
"""

from collections.abc import Sequence

from vmss_tui.cli.json_output import Json
from vmss_tui.cli.json_output.fleet import instance_json
from vmss_tui.fleet.causes.cause import Cause
from vmss_tui.fleet.scale_set import Instance, Status
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.gateway.diagnostics import BootLog
from vmss_tui.runtime.diagnosis.activity import Activity
from vmss_tui.runtime.diagnosis.instance_document import Handler, InstanceDocument
from vmss_tui.runtime.diagnosis.loaded_log import LoadedLog
from vmss_tui.runtime.operations.run_commands import InstanceCommand


def diagnosis_json(
    scale_set: ScaleSetId,
    instance: Instance,
    document: InstanceDocument,
    causes: Sequence[Cause],
    log: Json | None,
    activity: Sequence[Activity] | None,
) -> Json:
    """One instance with what it reports; `boot_log` and `activity` are null unless requested."""
    window = instance.maintenance_window
    return {
        "scale_set": scale_set.resource_id,
        **instance_json(instance),
        "vm_id": instance.vm_id or None,
        "maintenance_from": window[0] if window else None,
        "maintenance_until": window[1] if window else None,
        "statuses": [_status_json(status) for status in document.statuses],
        "handlers": [_handler_json(handler) for handler in document.handlers],
        "causes": [cause_json(cause) for cause in causes],
        "boot_log": log,
        "activity": None if activity is None else [activity_json(entry) for entry in activity],
    }


def cause_json(cause: Cause) -> Json:
    """A cause with the line that shows it."""
    return {
        "id": cause.id,
        "meaning": cause.meaning,
        "help": cause.help,
        "quote": cause.quote,
    }


def _handler_json(handler: Handler) -> Json:
    return {
        "name": handler.name,
        "type": handler.kind or None,
        "version": handler.version or None,
        "statuses": [_status_json(status) for status in handler.statuses],
        "substatuses": [_status_json(status) for status in handler.substatuses],
    }


def _status_json(status: Status) -> Json:
    return {
        "code": status.code,
        "level": status.level,
        "display": status.display,
        "message": status.message,
        "at": status.at,
    }


def boot_log_json(log: BootLog, loaded: LoadedLog, sentence: str, tail: int) -> Json:
    """The end of a serial log; `start` and `size` are bytes, `errors` are indices of `lines`."""
    lines = loaded.lines[-tail:]
    skipped = len(loaded.lines) - len(lines)
    return {
        "state": log.state,
        "message": sentence or None,
        "size": loaded.size,
        "lines": lines,
        "errors": [index - skipped for index in loaded.errors if index >= skipped],
        "has_screenshot": log.has_screenshot,
    }


def activity_json(activity: Activity) -> Json:
    """One request of the Activity Log."""
    first, last = activity.first, activity.last
    return {
        "at": first.at,
        "caller": first.caller or None,
        "caller_kind": first.caller_kind,
        "client": first.client or None,
        "operation": first.operation,
        "operation_label": first.operation_label,
        "status": last.status,
        "resource_id": first.resource_id,
        "correlation_id": first.correlation_id,
        "own": activity.is_own,
        "message": last.message or None,
    }


def command_json(
    scale_set: ScaleSetId, script: Sequence[str], commands: Sequence[InstanceCommand]
) -> Json:
    """A run command with its output on each instance."""
    return {
        "scale_set": scale_set.resource_id,
        "script": list(script),
        "instances": [_instance_command_json(command) for command in commands],
    }


def _instance_command_json(command: InstanceCommand) -> Json:
    output = command.output
    return {
        "instance_id": command.instance_id,
        "state": command.state,
        "exit_code": output.exit_code if output else None,
        "stdout": output.stdout if output else None,
        "stderr": output.stderr if output else None,
        "output_file": command.output_path or None,
        "client_request_id": command.request.request_id if command.request else "",
        "words": command.message,
    }

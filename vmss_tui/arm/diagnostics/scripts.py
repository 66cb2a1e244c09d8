"""Runs a script on one instance, and reads its output ("Run Command", recorded:
`flow-vmss-runCommand-action`, `flow-vm-runCommand-output-tail-4kB`).

Azure reports no exit code, and "Succeeded" also for a script that failed: the exit code is printed
by a line of ours. Of each stream the last 4,096 bytes are returned, so that it comes last.
"""

import re
from collections.abc import Sequence

from vmss_tui.arm.diagnostics.log_text import clean_output
from vmss_tui.arm.diagnostics.wire import CommandOperationWire, CommandPropertiesWire
from vmss_tui.arm.resources.long_running import parse_operation
from vmss_tui.arm.transport.send import RequestSender, Response
from vmss_tui.arm.transport.urls import ArmUrls
from vmss_tui.arm.wire.compute import StatusWire
from vmss_tui.arm.wire.decode import InvalidJson, decode_item
from vmss_tui.gateway import (
    InvalidResponse,
    OperationStatus,
    PollResult,
    Refused,
    Unreachable,
)
from vmss_tui.gateway.diagnostics import CommandOutput

MARKER = "vmss-tui:exit="
_MARKER_LINE = re.compile(rf"{MARKER}(\d{{1,10}})[ \r]?")
_SHELL_MARKER = f"trap 'echo {MARKER}$?' EXIT"
"""Runs also where the script calls `exit`, and keeps its exit code."""
_POWERSHELL_MARKER = (
    f'"{MARKER}$(if ($?) {{0}} elseif ($LASTEXITCODE) {{$LASTEXITCODE}} else {{1}})"'
)
_STDOUT, _STDERR = "[stdout]\n", "\n[stderr]\n"


def write_command(
    sender: RequestSender,
    url: str,
    script: Sequence[str],
    client_request_id: str,
    *,
    windows: bool,
) -> Response:
    """One POST of the script, with the line that prints its exit code."""
    body = {
        "commandId": "RunPowerShellScript" if windows else "RunShellScript",
        "script": [*script, _POWERSHELL_MARKER] if windows else _with_trap(script),
    }
    return sender.write("POST", url, body, {"x-ms-client-request-id": client_request_id})


def read_command_output(
    sender: RequestSender, urls: ArmUrls, operation: str
) -> tuple[PollResult, CommandOutput | None]:
    """See `Diagnostics.read_command_output`. Raises `Throttled` and `NotSignedIn`; any other
    failure is an unknown status."""
    if not urls.is_operation(operation):
        message = "Not an operation of the configured endpoint."
        return PollResult(OperationStatus.UNKNOWN, message=message), None
    try:
        response = sender.read(operation)
        wire, _ = decode_item(response.body, CommandOperationWire)
        result = parse_operation(response.body)
    except (Unreachable, InvalidResponse, Refused) as error:
        return PollResult(OperationStatus.UNKNOWN, error.code, error.message), None
    except InvalidJson:
        message = "The response is not an operation."
        return PollResult(OperationStatus.UNKNOWN, message=message), None
    properties = wire.properties or CommandPropertiesWire()
    if wire.value is not None:  # the final answer at `Location` has no status
        result = PollResult(OperationStatus.SUCCEEDED)
    if result.status is not OperationStatus.SUCCEEDED:
        return result, None
    statuses = wire.value or (properties.output.value if properties.output else None) or []
    return result, _parse_output([status for status in statuses if status is not None])


def _with_trap(script: Sequence[str]) -> list[str]:
    """The script with our line first, after an interpreter; unchanged for one that is no shell."""
    first = script[0] if script else ""
    if not first.startswith("#!"):
        return [_SHELL_MARKER, *script]
    is_shell = first.split("/")[-1].removeprefix("env ").split(" ")[0].strip().endswith("sh")
    return [first, _SHELL_MARKER, *script[1:]] if is_shell else list(script)


def _parse_output(statuses: Sequence[StatusWire]) -> CommandOutput:
    """Linux: one status with both streams. Windows: one for each."""
    by_stream = {
        stream: status.message or ""
        for status in statuses
        for stream in ("stdout", "stderr")
        if f"/{stream}/" in (status.code or "").lower()
    }
    if not by_stream and statuses:
        text = statuses[0].message or ""
        _, separator, rest = text.partition(_STDOUT)
        stdout, _, stderr = (rest if separator else text).rpartition(_STDERR)
        by_stream = (
            {"stdout": stdout, "stderr": stderr} if _STDERR in text else {"stdout": rest or text}
        )
    stdout, exit_code = _without_marker(clean_output(by_stream.get("stdout", "")))
    return CommandOutput(stdout, clean_output(by_stream.get("stderr", "")), exit_code)


def _without_marker(stdout: str) -> tuple[str, int | None]:
    """The output without our line, and the exit code in it; None where it is missing."""
    lines = stdout.rstrip("\n").split("\n")
    for index in range(len(lines) - 1, -1, -1):
        if match := _MARKER_LINE.fullmatch(lines[index]):
            return "\n".join(lines[:index] + lines[index + 1 :]).rstrip("\n"), int(match[1])
    return stdout.rstrip("\n"), None

"""Run command on one instance, and the catalogue of commands.

Recorded: flow-vmss-runCommand-action, flow-vm-runCommand-output-tail-4kB,
runCommands-document-RunShellScript, doc-409-runCommand-in-progress.
"""

from typing import Any

from vmss_tui.simulator import errors
from vmss_tui.simulator.errors import ArmError, Json
from vmss_tui.simulator.exchange import PathParameters, Request, Response, json_response
from vmss_tui.simulator.guest.command_documents import DOCUMENTS, document
from vmss_tui.simulator.guest.commands import Machine
from vmss_tui.simulator.guest.shell import run_script
from vmss_tui.simulator.handlers.flexible_vms import find_machine
from vmss_tui.simulator.handlers.responses import accepted_response
from vmss_tui.simulator.handlers.scale_set_reads import find_instance, find_scale_set
from vmss_tui.simulator.world.boots import DEAD_STORIES
from vmss_tui.simulator.world.instance import Instance
from vmss_tui.simulator.world.scale_set import ScaleSet
from vmss_tui.simulator.world.world import World

OUTPUT_BYTES = 4096
"""Of each stream the last bytes are kept, whatever they cut."""
_DURATION = (17.0, 20.0, 27.0)
"""Simulated seconds (low, median, high), beside what the script itself takes."""
_AGENT_WAIT = 300.0
_AGENT_FAILURE = (
    "VMAgentStatusCommunicationError",
    "VM agent on VM '{name}' has not reported latest status for extension 'RunCommandLinux'. "
    "Please verify the VM has a running VM agent, and can establish outbound connections to Azure "
    "storage.",
)


def list_documents(world: World, request: Request, parameters: PathParameters) -> Response:
    """The predefined commands, without their scripts."""
    world.find_subscription(parameters["sub"])
    fields = ("$schema", "id", "osType", "label", "description")
    value = [{name: item[name] for name in fields} for item in DOCUMENTS.values()]
    return json_response(200, {"value": value})


def get_document(world: World, request: Request, parameters: PathParameters) -> Response:
    """One predefined command with its script."""
    world.find_subscription(parameters["sub"])
    return json_response(200, document(parameters["command"]))


def run_on_instance(world: World, request: Request, parameters: PathParameters) -> Response:
    """Runs a command on an instance of a set."""
    scale_set = find_scale_set(world, parameters)
    return _run(world, request, scale_set, find_instance(scale_set, parameters["id"]))


def run_on_machine(world: World, request: Request, parameters: PathParameters) -> Response:
    """Runs a command on a Flexible machine."""
    return _run(world, request, *find_machine(world, parameters))


def _run(world: World, request: Request, scale_set: ScaleSet, instance: Instance) -> Response:
    body = request.json()
    script, values = _script(body), _values(body)
    _check_machine(instance)
    if instance.command is not None:
        message = (
            "Run command extension execution is in progress. Please wait for completion before "
            "invoking a run command."
        )
        raise ArmError(409, "Conflict", message)
    operation = world.start_operation("run command", scale_set)
    operation.pending = {instance.instance_id}
    instance.command = operation.name
    world.record_effect(
        world.now, "command", scale_set, [instance], operation, request.client_request_id
    )
    key = (instance.vm_id, operation.name)
    duration = world.random.sample(_DURATION, "run command", *key)
    windows = instance.state.build.os.kind == "Windows"
    result = run_script(Machine(instance, world.now), script, values)
    if instance.state.agent != "Ready" or instance.state.story in DEAD_STORIES:
        duration = _AGENT_WAIT
        code, message = _AGENT_FAILURE
        operation.fail(code, message.format(name=instance.name))
    else:
        duration += result.seconds
        operation.output = {"value": _statuses(result.stdout, result.stderr, windows=windows)}

    def finish(at: float) -> None:
        if instance.command == operation.name:
            instance.command = None
        operation.complete(at, instance.instance_id)

    world.call_later(world.now, duration, finish)
    return accepted_response(request, operation, 1)


def _script(body: Json) -> list[str]:
    """The script of a request: its own, or that of the predefined command."""
    command = body.get("commandId")
    if not isinstance(command, str):
        raise errors.invalid_parameter(
            "Required parameter 'commandId' is missing (null).", "commandId"
        )
    defined = document(command)
    script: Any = body.get("script") or defined["script"]
    if not isinstance(script, list) or not all(isinstance(line, str) for line in script):
        raise errors.invalid_parameter("The value of parameter script is invalid.", "script")
    return [line for text in script for line in text.splitlines()]


def _values(body: Json) -> list[str]:
    """The values of the parameters, which are positional."""
    parameters: Any = body.get("parameters") or []
    if not isinstance(parameters, list) or not all(isinstance(item, dict) for item in parameters):
        message = "The value of parameter parameters is invalid."
        raise errors.invalid_parameter(message, "parameters")
    return [str(item.get("value", "")) for item in parameters]


def _check_machine(instance: Instance) -> None:
    """Raises ArmError where the machine takes no command now."""
    state = instance.state
    if state.power != "running":
        message = "Cannot modify extensions in the VM when the VM is not running."
        raise errors.operation_not_allowed(message)
    if not (state.model.profile.get("osProfile") or {}).get("allowExtensionOperations", True):
        message = (
            "This operation cannot be performed when extension operations are disallowed. To "
            "allow, please ensure VM Agent is installed on the VM and the "
            "osProfile.allowExtensionOperations property is true."
        )
        raise errors.operation_not_allowed(message)
    if instance.operation is not None:
        raise errors.conflict()


def _statuses(stdout: str, stderr: str, *, windows: bool) -> list[Json]:
    """The last bytes of each stream: one status on Linux, two on Windows."""
    out, err = _tail(stdout), _tail(stderr)
    common = {"level": "Info", "displayStatus": "Provisioning succeeded"}
    if windows:
        return [
            {"code": "ComponentStatus/StdOut/succeeded", **common, "message": out},
            {"code": "ComponentStatus/StdErr/succeeded", **common, "message": err},
        ]
    message = f"Enable succeeded: \n[stdout]\n{out}\n[stderr]\n{err}"
    return [{"code": "ProvisioningState/succeeded", **common, "message": message}]


def _tail(text: str) -> str:
    return text.encode()[-OUTPUT_BYTES:].decode(errors="replace")

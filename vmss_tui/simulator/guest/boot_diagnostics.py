"""Boot diagnostics: where an instance's model switches them on, and the addresses of its blobs.

Recorded: flow-bootdiag-vm-managed-blob-404. What Azure answers where they are off, and for an
account of one's own, is not recorded.
"""

from typing import Any

from vmss_tui.simulator import errors
from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.exchange import PathParameters, Request, Response, json_response
from vmss_tui.simulator.guest.signed_addresses import signed_address
from vmss_tui.simulator.handlers.flexible_vms import find_machine
from vmss_tui.simulator.handlers.scale_set_reads import find_instance, find_scale_set
from vmss_tui.simulator.payloads.boot_diagnostics import blob_path
from vmss_tui.simulator.world.instance import Instance
from vmss_tui.simulator.world.world import World

_DEFAULT_MINUTES = 120
_LONGEST_MINUTES = 1440


def retrieve_of_instance(world: World, request: Request, parameters: PathParameters) -> Response:
    """The addresses of an instance of a set."""
    scale_set = find_scale_set(world, parameters)
    return _addresses(world, request, find_instance(scale_set, parameters["id"]))


def retrieve_of_machine(world: World, request: Request, parameters: PathParameters) -> Response:
    """The addresses of a Flexible machine."""
    return _addresses(world, request, find_machine(world, parameters)[1])


def _addresses(world: World, request: Request, instance: Instance) -> Response:
    minutes: Any = request.query.get("sasuriexpirationtimeinminutes", str(_DEFAULT_MINUTES))
    if not minutes.isdecimal() or not 1 <= int(minutes[:9]) <= _LONGEST_MINUTES:
        message = "The value of parameter sasUriExpirationTimeInMinutes is invalid."
        raise errors.invalid_parameter(message, "sasUriExpirationTimeInMinutes")
    if instance.state.model.boot_diagnostics is None:
        message = f"Boot diagnostics is not enabled for the virtual machine '{instance.name}'."
        raise errors.operation_not_allowed(message)
    state = world.log_settings.of(instance.vm_id).state
    body: Json = {}
    if state != "missing":
        expiry = world.now + (-60 if state == "expired" else int(minutes) * 60)
        paths = {
            "consoleScreenshotBlobUri": blob_path(instance, "screenshot.bmp"),
            "serialConsoleLogBlobUri": blob_path(instance, "serialconsole.log"),
        }
        body = {
            key: signed_address(world.random, request.base, path, expiry)
            for key, path in paths.items()
        }
    return json_response(200, body)

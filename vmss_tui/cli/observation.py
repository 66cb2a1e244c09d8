"""A reading of a scale set for a command; a wrong name is answered with the closest one."""

from difflib import get_close_matches

from vmss_tui.cli.error_report import CommandError
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.gateway import GatewayError, NotFound
from vmss_tui.runtime.session import Services


def observe(services: Services, scale_set: ScaleSetId) -> Snapshot:
    """The scale set with its instances.

    Where there is none of this name, the scale sets are listed once, and the `CommandError` names
    the closest one; without one, or where they cannot be listed, it is `NotFound`."""
    try:
        return services.queries.observe(scale_set)
    except NotFound as error:
        try:
            listed = [other.id for other in services.queries.list_scale_sets()]
        except GatewayError:
            raise error from None
        names = {other.short.lower(): other.short for other in listed}
        matches = get_close_matches(scale_set.short.lower(), names, n=1, cutoff=0.8)
        if not matches or matches[0] == scale_set.short.lower():
            raise
        message = f"{error.message.rstrip('.')}; did you mean {names[matches[0]]}?"
        raise CommandError(message, error.exit_code) from error

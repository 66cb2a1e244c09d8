"""The check of `doctor` on the team's container: reachable, rights, clock, public access."""

from collections.abc import Iterator
from uuid import uuid4

from vmss_tui import wiring
from vmss_tui.cli.commands.doctor_checks import Finding, fail, ok, warn
from vmss_tui.config import ConfigError, Settings
from vmss_tui.errors import ExitCode
from vmss_tui.gateway.blobs import BlobContainer, BlobError
from vmss_tui.target import Target

_MAX_CLOCK_DIFFERENCE = 30.0
"""Seconds that this machine's clock may differ from the storage's without a remark."""


def check_store(settings: Settings, target: Target) -> Iterator[Finding]:
    """Whether runs can be kept in the team's container, where one is set. Writes and removes one
    small blob, to know that this sign-in may."""
    if not wiring.state_url(settings, target):
        return
    try:
        container = wiring.team_container(settings, target)
    except ConfigError as error:
        yield fail("store", error.message, ExitCode.USAGE)
        return
    try:
        yield from _check_container(container)
    finally:
        container.close()


def _check_container(container: BlobContainer) -> Iterator[Finding]:
    name = f"doctor/{uuid4()}"
    try:
        container.list("sets/")
        container.write(name, b"{}", only_new=True)
        container.delete(name)
        public_access = container.public_access()
    except BlobError as error:
        yield fail("store", f"{container.url}: {error.message}")
        return
    yield ok("store", f"{container.url} can be read and written")
    if abs(container.clock_difference) > _MAX_CLOCK_DIFFERENCE:
        yield warn(
            "store-clock",
            f"this machine's clock differs by {abs(container.clock_difference):.0f} s from the "
            "storage's: set it (runs do not depend on it, times in their events do)",
        )
    if public_access:
        yield warn(
            "store-access",
            f"anybody can read the container ({public_access}): az storage container "
            "set-permission --public-access off --auth-mode login",
        )

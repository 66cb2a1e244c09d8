"""Where runs are stored: the state folder of this machine, and the team's container."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from vmss_tui.config import ConfigError, Settings
from vmss_tui.errors import ExitCode, VmssError
from vmss_tui.runtime.storage.port import RunStore, StoredRun
from vmss_tui.runtime.storage.run_store import FolderStore
from vmss_tui.runtime.storage.state_folder import state_folder
from vmss_tui.target import Target

if TYPE_CHECKING:
    from vmss_tui.gateway.blobs import BlobContainer


class ContextMismatch(VmssError):
    """A command line option contradicts the manifest of the run."""

    exit_code = ExitCode.USAGE


def run_store(
    settings: Settings, target: Target, notify: Callable[[str], None] = lambda _message: None
) -> RunStore:
    """All runs of this user on this machine, and those in the team's container where one is set.

    The container of the settings is for Azure: a demo or a simulator uses one only where `target`
    names it. Sends nothing yet. Raises `ConfigError`.
    """
    local = FolderStore(state_folder())
    if not state_url(settings, target):
        return local

    from vmss_tui.runtime.clock import BootClock
    from vmss_tui.runtime.storage.blob.store import BlobStore
    from vmss_tui.runtime.storage.joined_store import JoinedStore

    container = team_container(settings, target, notify)
    return JoinedStore(BlobStore(container, state_folder(), BootClock().real), local)


def team_container(
    settings: Settings, target: Target, notify: Callable[[str], None] = lambda _message: None
) -> "BlobContainer":
    """A client of the team's container; sends nothing yet. Raises `ConfigError`."""
    from vmss_tui.arm.blobs.container_client import connect_container
    from vmss_tui.arm.transport.clouds import InvalidSetting

    azure = settings.azure
    try:
        return connect_container(
            state_url(settings, target),
            cloud=azure.cloud,
            authority=azure.authority,
            credential=azure.credential,
            tenant_id=azure.tenant,
            process_timeout=azure.process_timeout,
            prompt=notify,
        )
    except InvalidSetting as error:
        raise ConfigError(str(error)) from error


def state_url(settings: Settings, target: Target) -> str:
    """The address of the team's container; empty for the state folder alone."""
    if target.state is not None:
        return target.state
    is_simulated = target.demo_world is not None or target.endpoint is not None
    return "" if is_simulated else settings.state


def check_context(folder: StoredRun, target: Target) -> None:
    """Raises `ContextMismatch` if a command line option contradicts the run's manifest."""
    context, plan = folder.manifest.context, folder.manifest.plan
    if target.endpoint is not None and target.endpoint.rstrip("/") != context.endpoint:
        raise ContextMismatch(f"{folder.name} belongs to {context.endpoint}: omit --endpoint")
    if target.demo_world is not None and not context.demo:
        raise ContextMismatch(f"{folder.name} is not a demo run: omit --demo")
    given = [subscription.lower() for subscription in target.subscriptions]
    if given and plan.subscription_id.lower() not in given:
        raise ContextMismatch(
            f"{folder.name} belongs to subscription {plan.subscription_id}: "
            "leave --subscription out"
        )

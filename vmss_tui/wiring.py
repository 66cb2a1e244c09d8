"""The composition root: Azure, or a simulator, behind one gateway, under one cockpit.

Decides nothing about scale sets. The SDK is imported when a gateway is built and not before, so
that a first frame, `--help` and everything about runs on disk come without it.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from vmss_tui import demo
from vmss_tui.config import Settings
from vmss_tui.errors import ExitCode, VmssError
from vmss_tui.fleet.scale_set_id import ScaleSetId, scale_set_id, split_scale_set
from vmss_tui.gateway import AzureContext, Gateway
from vmss_tui.runtime import self_command as itself
from vmss_tui.runtime.clock import BootClock, Clock, DemoClock
from vmss_tui.runtime.observe.run_follower import RunFollower
from vmss_tui.runtime.runs import worker
from vmss_tui.runtime.session import Services
from vmss_tui.runtime.storage.run_folder import RunFolder
from vmss_tui.runtime.storage.run_store import RunStore
from vmss_tui.subscriptions import NoSubscription, select_subscriptions, single_subscription
from vmss_tui.target import Target, check_endpoint
from vmss_tui.upgrade.run.run import Phase

if TYPE_CHECKING:
    from vmss_tui.arm.gateway import ArmGateway

SIMULATOR = "simulator"


class ContextMismatch(VmssError):
    """A flag says otherwise than the plan of the run that is meant."""

    exit_code = ExitCode.USAGE


class DemoWorldGone(VmssError):
    """The demo world of a run is not there any more."""


@dataclass(frozen=True, slots=True)
class Connection:
    """A cockpit, and the subscriptions it was opened for."""

    services: Services
    gateway: Gateway
    subscriptions: tuple[str, ...]
    """Ids; empty means all that can be seen."""
    subscriptions_given: bool
    """The command line named them."""

    def scale_set_id(self, text: str) -> ScaleSetId:
        """`RESOURCE_GROUP/NAME` or a resource id; raises `BadName`, `NoSubscription`."""
        subscription, group, name = split_scale_set(text)
        if subscription is None:
            subscription = single_subscription(self.subscriptions, self.services.subscription_names.list_subscriptions)
        elif self.subscriptions_given and subscription.lower() not in map(str.lower, self.subscriptions):
            raise NoSubscription(f"the resource id is of subscription {subscription}, the flag not")
        return scale_set_id(subscription, group, name)


def state_folder() -> Path:
    """Where runs, their locks and the demo's files live (XDG state folder)."""
    return platformdirs.user_state_path("vmss-tui", appauthor=False)


def run_store() -> RunStore:
    """All runs of this user."""
    return RunStore(state_folder())


def open_connection(
    settings: Settings, where: Target, tell: Callable[[str], None] = lambda _words: None
) -> Connection:
    """A seat at Azure, at the demo or at a simulator; may start the demo and ask for names.

    `tell` hears what a person should know: how to sign in by device code, and every wait before
    a read is tried again.
    """
    store = run_store()
    gateway = gateway_for(settings, where, tell)
    cloud = gateway.context.cloud
    ids = select_subscriptions(where.subscriptions, settings.azure.subscriptions, cloud, gateway.list_subscriptions)
    cockpit = Services(
        gateway,
        store,
        _clock_for(gateway.context),
        read_only=where.read_only,
        default_policy=settings.upgrade,
        subscriptions=ids,
        launch=_launcher(settings),
        poll_interval=settings.poll.interval,
        protects=settings.is_protected,
    )
    if where.demo_world is not None:
        cockpit.welcome = demo.welcome(where.demo_world)
    return Connection(cockpit, gateway, ids, bool(where.subscriptions))


def gateway_for(
    settings: Settings, where: Target, tell: Callable[[str], None] = lambda _words: None
) -> "ArmGateway":
    """The gateway that is meant; may start the demo, and asks for no token yet."""
    check_endpoint(where.endpoint)
    endpoint = where.endpoint
    if where.demo_world is not None:
        endpoint = demo.enter(run_store().state, where.demo_world).endpoint
    return _gateway(
        settings,
        endpoint=endpoint,
        read_only=where.read_only,
        is_demo=where.demo_world is not None,
        tell=tell,
    )


def services_for_run(
    folder: RunFolder, settings: Settings, where: Target, *, sign_in: bool = False
) -> Services:
    """The cockpit for an earlier run: of the run's own context, whatever the settings say now.

    With `sign_in` a token is fetched first, so that it is known who would continue the run.
    """
    check_context(folder, where)
    gateway = gateway_for_run(folder, settings, read_only=where.read_only)
    if sign_in:
        gateway.sign_in()
    return Services(
        gateway,
        run_store(),
        _clock_for(folder.manifest.context),
        read_only=where.read_only,
        default_policy=settings.upgrade,
        launch=_launcher(settings),
        protects=settings.is_protected,
    )


def check_context(folder: RunFolder, where: Target) -> None:
    """Raises `Contradiction` where a flag says otherwise than the run's own plan."""
    context, plan = folder.manifest.context, folder.manifest.plan
    if where.endpoint is not None and where.endpoint.rstrip("/") != context.endpoint:
        raise ContextMismatch(f"{folder.name} belongs to {context.endpoint}: leave --endpoint out")
    if where.demo_world is not None and not context.demo:
        raise ContextMismatch(f"{folder.name} is no demo run: leave --demo out")
    ids = [each.lower() for each in where.subscriptions]
    if ids and plan.subscription_id.lower() not in ids:
        raise ContextMismatch(
            f"{folder.name} belongs to subscription {plan.subscription_id}: "
            "leave --subscription out"
        )


def require_demo_world(folder: RunFolder, *, over_too: bool = False) -> None:
    """Raises `DemoGone` where a run that is not over has lost the world it ran in.

    With `over_too` also for one that is over: it is to be retried or reverted.
    """
    context = folder.manifest.context
    over = not over_too and folder.read_run()[0].phase in (Phase.COMPLETED, Phase.CANCELLED)
    if context.demo and not over and not demo.answers(context.endpoint):
        raise DemoWorldGone(
            f"the demo world of {folder.name} ({context.endpoint}) is gone: the run can be looked "
            "at (vmss-tui attach) but not continued; start a new one"
        )


def follower_for_run(folder: RunFolder) -> RunFollower:
    """Reads an earlier run's journal, by the clock of the run's own world."""
    return RunFollower(folder, _clock_for(folder.manifest.context))


def run_worker(name: str, settings: Settings) -> int:
    """Carries a run out in this process, which is its worker."""
    folder = run_store().find(name)
    clock = _clock_for(folder.manifest.context)
    return worker.host(folder, gateway_for_run(folder, settings), clock, settings.hooks.notify)


def gateway_for_run(folder: RunFolder, settings: Settings, *, read_only: bool = False) -> "ArmGateway":
    """The gateway that a run's plan was confirmed for."""
    context = folder.manifest.context
    if context.cloud != "custom":  # others have their authority by name, whatever is set now
        settings = replace(settings, azure=settings.azure._replace(authority=None))
    return _gateway(
        settings,
        cloud=context.cloud,
        endpoint=context.endpoint,
        credential=context.credential,
        tenant=context.tenant_id,
        subscription=folder.manifest.plan.subscription_id,
        read_only=read_only,
        is_demo=context.demo,
    )


def _gateway(
    settings: Settings,
    *,
    cloud: str | None = None,
    endpoint: str | None = None,
    credential: str | None = None,
    tenant: str | None = None,
    subscription: str = "",
    read_only: bool = False,
    is_demo: bool = False,
    tell: Callable[[str], None] = lambda _words: None,
) -> "ArmGateway":
    from vmss_tui.arm.connect import connect
    from vmss_tui.arm.transport.clouds import BadSetting
    from vmss_tui.arm.transport.pipeline import RetryPolicy

    azure = settings.azure
    try:
        return connect(
            cloud=cloud or azure.cloud,
            endpoint=endpoint or azure.endpoint,
            authority=azure.authority,
            credential=credential or azure.credential,
            tenant_id=azure.tenant if tenant is None else tenant,
            subscription_id=subscription,
            read_only=read_only,
            demo=is_demo,
            process_timeout=azure.process_timeout,
            prompt=tell,
            patience=RetryPolicy(
                wait=time.sleep,
                on_wait=lambda seconds, why: tell(f"Waiting {math.ceil(seconds)} s: {why}"),
            ),
            monotonic=BootClock().real,
        )
    except BadSetting as error:
        raise settings.bad_azure(str(error)) from error


def _clock_for(context: AzureContext) -> Clock:
    return DemoClock(context.endpoint) if context.demo else BootClock()


def _launcher(settings: Settings) -> Callable[[RunFolder], None]:
    argv = [*itself.COMMAND]
    if settings.path is not None:
        argv += ["--config", str(settings.path.absolute())]
    return lambda folder: worker.launch(folder, argv)

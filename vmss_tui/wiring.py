"""The composition root: builds the gateway to Azure or to the demo, and the services over it.

Decides nothing about scale sets. azure-core is imported when a gateway is built, so that the first
frame, `--help` and commands about stored runs do not wait for it.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from vmss_tui import demo
from vmss_tui.config import Settings
from vmss_tui.fleet.scale_set_id import ScaleSetId, scale_set_id, split_scale_set
from vmss_tui.gateway import AzureContext, Gateway
from vmss_tui.gateway.cancellation import Cancellation
from vmss_tui.run_stores import run_store
from vmss_tui.runtime import self_command
from vmss_tui.runtime.clock import BootClock, Clock, DemoClock
from vmss_tui.runtime.observe.run_follower import RunFollower
from vmss_tui.runtime.runs import worker
from vmss_tui.runtime.session import Services
from vmss_tui.runtime.storage.port import RunStore, StoredRun
from vmss_tui.runtime.storage.state_folder import state_folder
from vmss_tui.subscriptions import NoSubscription, select_subscriptions, single_subscription
from vmss_tui.target import DemoWorld, Target, check_endpoint

if TYPE_CHECKING:
    from vmss_tui.arm.gateway import ArmGateway
    from vmss_tui.runtime.campaigns.campaign_folder import CampaignFolder

SIMULATOR = "simulator"


@dataclass(frozen=True, slots=True)
class Connection:
    """The services, and the subscriptions that they work in."""

    services: Services
    subscriptions: tuple[str, ...]
    """Ids; empty means all that are visible."""
    subscriptions_given: bool
    """Whether the command line named them."""
    demo_world: DemoWorld | None = None

    def parse_scale_set(self, text: str) -> ScaleSetId:
        """`RESOURCE_GROUP/NAME` or resource id; raises `BadName`, `NoSubscription`, `NotInDemo`."""
        subscription, group, name = split_scale_set(text)
        world = self.demo_world
        if world is not None and not demo.is_recorded(state_folder(), world, group, name):
            demo.check_scale_set(world, group, name)
        if subscription is None:
            subscription = single_subscription(
                self.subscriptions, self.services.subscription_names.list_subscriptions
            )
        elif self.subscriptions_given and subscription.lower() not in map(
            str.lower, self.subscriptions
        ):
            raise NoSubscription(
                f"the resource ID is in subscription {subscription}, --subscription is another one"
            )
        return scale_set_id(subscription, group, name)


def open_connection(
    settings: Settings,
    target: Target,
    notify: Callable[[str], None] = lambda _message: None,
    *,
    start_demo: Callable[[], demo.DemoProcess] | None = None,
) -> Connection:
    """Connects to Azure, to the demo or to a simulator.

    May start the demo (by `start_demo`), and may list subscriptions to look up a name. `notify` is
    called with messages for the operator: how to sign in by device code, every wait for a retry.
    """
    store = run_store(settings, target, notify)
    gateway = gateway_for(settings, target, notify, start_demo=start_demo)
    ids = select_subscriptions(
        target.subscriptions,
        settings.azure.subscriptions,
        gateway.context.cloud,
        gateway.list_subscriptions,
    )
    services = _services(store, gateway, settings, target, ids)
    if target.demo_world is not None:
        services.read_welcome = partial(demo.recorded_welcome, state_folder(), target.demo_world)
    if target.state is not None:
        services.command_options = ("--state", target.state)
    return Connection(services, ids, bool(target.subscriptions), target.demo_world)


def gateway_for(
    settings: Settings,
    target: Target,
    notify: Callable[[str], None] = lambda _message: None,
    *,
    subscription_id: str = "",
    is_demo: bool = False,
    prepare_writes: bool = False,
    start_demo: Callable[[], demo.DemoProcess] | None = None,
) -> "ArmGateway":
    """The gateway to `target`. May start the demo; does not request a token yet.

    Raises `InvalidEndpoint`, `DemoFailed`, `ConfigError`.
    """
    check_endpoint(target.endpoint)
    azure = settings.azure
    endpoint = target.endpoint or azure.endpoint
    if target.demo_world is not None:
        start_demo = start_demo or partial(demo.start_or_join, state_folder(), target.demo_world)
        endpoint = start_demo().endpoint

    from vmss_tui.arm.connect import connect
    from vmss_tui.arm.transport.clouds import InvalidSetting
    from vmss_tui.arm.transport.pipeline import RetryPolicy

    cancellation = Cancellation()
    try:
        return connect(
            cloud=azure.cloud,
            endpoint=endpoint,
            authority=azure.authority,
            credential=azure.credential,
            tenant_id=azure.tenant,
            subscription_id=subscription_id,
            read_only=target.read_only,
            demo=is_demo or target.demo_world is not None,
            process_timeout=azure.process_timeout,
            prompt=notify,
            api_version=azure.api_version,
            prepare_writes=prepare_writes,
            patience=target.patience,
            retry_policy=RetryPolicy(
                wait=cancellation.wait,
                on_wait=lambda seconds, why: notify(f"Waiting {math.ceil(seconds)} s: {why}"),
            ),
            cancellation=cancellation,
            monotonic=BootClock().real,
        )
    except InvalidSetting as error:
        raise settings.azure_error(str(error)) from error


def services_for_run(
    folder: StoredRun,
    settings: Settings,
    target: Target,
    notify: Callable[[str], None] = lambda _message: None,
    *,
    sign_in: bool = False,
) -> Services:
    """The services for an existing run, connected as its manifest says.

    With `sign_in` a token is fetched first, so that the name of the operator is known. `notify` is
    called with messages for the operator, as in `open_connection`.
    """
    gateway = gateway_for_run(
        folder, settings, Target(read_only=target.read_only, patience=target.patience), notify
    )
    if sign_in:
        gateway.sign_in()
    return _services(run_store(settings, target, notify), gateway, settings, target)


def require_demo_world(folder: StoredRun, *, even_if_over: bool = False) -> None:
    """Raises `DemoWorldGone` for a demo run whose demo world has ended.

    A run that is over needs its world only to be retried or reverted: `even_if_over`.
    """
    context = folder.manifest.context
    over = not even_if_over and folder.read_run()[0].phase.is_over
    if not over:
        demo.require_world(folder.name, context)


def follower_for_run(folder: StoredRun) -> RunFollower:
    """A reader of the run's journal, with the clock of Azure or of the run's demo world."""
    return RunFollower(folder, clock_for(folder.manifest.context))


def run_worker(
    name: str, settings: Settings, target: Target, lock_descriptor: int | None = None
) -> int:
    """Carries out a run in this process, which may have inherited the lock of its scale set."""
    store = run_store(settings, target)
    folder = store.find(name)
    clock = clock_for(folder.manifest.context)
    gateway = gateway_for_run(folder, settings, prepare_writes=True)
    return worker.run_worker(folder, gateway, clock, store, settings.hooks.notify, lock_descriptor)


def services_for_campaign(
    folder: "CampaignFolder",
    settings: Settings,
    target: Target,
    notify: Callable[[str], None] = lambda _message: None,
    *,
    sign_in: bool = False,
) -> Services:
    """As `services_for_run`, for an existing campaign."""
    connection = Target(read_only=target.read_only, patience=target.patience)
    gateway = _gateway_for_context(folder.manifest.context, settings, connection, notify)
    if sign_in:
        gateway.sign_in()
    return _services(run_store(settings, target, notify), gateway, settings, target)


def run_campaign_worker(
    name: str, settings: Settings, target: Target, lock_descriptor: int | None = None
) -> int:
    """Carries out a campaign in this process, which may have inherited its lock."""
    from vmss_tui.runtime.campaigns import campaign_worker
    from vmss_tui.runtime.campaigns.campaign_store import CampaignStore

    folder = CampaignStore(state_folder()).find(name)
    services = services_for_campaign(folder, settings, target)
    clock = clock_for(folder.manifest.context)
    return campaign_worker.run_campaign_worker(folder, services, clock, lock_descriptor)


def gateway_for_run(
    folder: StoredRun,
    settings: Settings,
    target: Target | None = None,
    notify: Callable[[str], None] = lambda _message: None,
    *,
    prepare_writes: bool = False,
) -> "ArmGateway":
    """The gateway to the Azure, or the demo, that the run's plan was confirmed for."""
    return _gateway_for_context(
        folder.manifest.context,
        settings,
        target or Target(),
        notify,
        subscription_id=folder.manifest.plan.subscription_id,
        prepare_writes=prepare_writes,
    )


def _gateway_for_context(
    context: AzureContext,
    settings: Settings,
    target: Target,
    notify: Callable[[str], None] = lambda _message: None,
    *,
    subscription_id: str = "",
    prepare_writes: bool = False,
) -> "ArmGateway":
    azure = settings.azure
    azure = azure._replace(
        cloud=context.cloud or azure.cloud,
        endpoint=context.endpoint or azure.endpoint,
        credential=context.credential or azure.credential,
        tenant=context.tenant_id,
        # The settings may name an authority for another cloud; only a custom one needs it.
        authority=azure.authority if context.cloud == "custom" else None,
    )
    return gateway_for(
        replace(settings, azure=azure),
        target,
        notify,
        subscription_id=subscription_id,
        is_demo=context.demo,
        prepare_writes=prepare_writes,
    )


def _services(
    store: RunStore,
    gateway: Gateway,
    settings: Settings,
    target: Target,
    subscriptions: Sequence[str] = (),
) -> Services:
    worker_command = [*self_command.COMMAND]
    if settings.path is not None:
        worker_command += ["--config", str(settings.path.absolute())]
    if target.state is not None:
        worker_command += ["--state", target.state]
    return Services(
        gateway,
        store,
        clock_for(gateway.context),
        read_only=target.read_only,
        default_policy=settings.upgrade,
        subscriptions=subscriptions,
        launch=lambda folder: worker.launch_worker(folder, worker_command),
        launch_campaign=lambda folder: worker.launch_worker(
            folder, worker_command, worker.CAMPAIGN_COMMAND
        ),
        poll_interval=settings.poll.interval,
        settings_protect=settings.is_protected,
    )


def clock_for(context: AzureContext) -> Clock:
    """The clock of what was confirmed for this context: the machine's, or that of its demo."""
    return DemoClock(context.endpoint) if context.demo else BootClock()

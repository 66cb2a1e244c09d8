"""The services of one session, for screens and commands: queries, images, models, runs and so on.

All share one gateway, one clock and one state folder. Methods that send requests to Azure block and
are called from threads. Campaigns and checks before the first write are imported when they are
first used, so that commands such as `status` do not wait for them.
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.gateway import AzureContext, Gateway
from vmss_tui.gateway.cancellation import Cancellation
from vmss_tui.gateway.diagnostics import Diagnostics
from vmss_tui.runtime.clock import Clock
from vmss_tui.runtime.images import Images
from vmss_tui.runtime.observe.estate import EstateReader
from vmss_tui.runtime.observe.queries import Queries
from vmss_tui.runtime.offers import Offers
from vmss_tui.runtime.operations.instances import InstanceOperations
from vmss_tui.runtime.operations.maintenance import MaintenanceControl
from vmss_tui.runtime.operations.model_edits import ModelWriter
from vmss_tui.runtime.operations.run_commands import ScriptRuns
from vmss_tui.runtime.permission import Permission
from vmss_tui.runtime.runs.control import RunControl
from vmss_tui.runtime.runs.planner import Planner
from vmss_tui.runtime.storage.operations_log import OperationsLog
from vmss_tui.runtime.storage.pins import Pins
from vmss_tui.runtime.storage.port import RunStore, StoredRun
from vmss_tui.runtime.subscription_names import SubscriptionNames
from vmss_tui.upgrade.plan.policy import Policy

if TYPE_CHECKING:
    from vmss_tui.runtime.campaigns.campaign_control import CampaignControl
    from vmss_tui.runtime.campaigns.campaign_folder import CampaignFolder
    from vmss_tui.runtime.campaigns.planner import CampaignPlanner
    from vmss_tui.runtime.preflight.checker import PreflightChecker


class Services:
    """The services over a gateway and a state folder."""

    read_welcome: Callable[[], tuple[str, str]] | None = None
    """For `welcome`, when it is first needed: a demo reads its catalogue of scenarios."""
    command_options: Sequence[str] = ()
    """Options that a command for a person to paste needs, to reach the same runs."""

    def __init__(
        self,
        gateway: Gateway,
        store: RunStore,
        clock: Clock,
        *,
        read_only: bool = False,
        default_policy: Policy | None = None,
        subscriptions: Sequence[str] = (),
        launch: Callable[[StoredRun], None],
        launch_campaign: "Callable[[CampaignFolder], None]" = lambda _folder: None,
        poll_interval: float = 6.0,
        settings_protect: Callable[[ScaleSetId], bool] = lambda _scale_set: False,
    ) -> None:
        """`launch` starts a detached worker of a run, `launch_campaign` that of a campaign.
        `subscriptions` are ids; empty means all visible ones. `poll_interval` is in seconds."""
        self._gateway = gateway
        self._clock = clock
        self._launch_campaign = launch_campaign
        self.store = store
        self.default_policy = default_policy or Policy()
        self.permission = Permission(
            gateway, store, read_only=read_only, settings_protect=settings_protect
        )
        self.pins = Pins(store.state_folder / "pins.json")
        self.operations_log = OperationsLog.in_state_folder(store.state_folder)
        self.subscription_names = SubscriptionNames(gateway.list_subscriptions)
        self.queries = Queries(
            gateway,
            store,
            clock,
            self.permission,
            self.subscription_names,
            subscriptions=subscriptions,
            poll_interval=poll_interval,
        )
        self.estate = EstateReader(gateway, self.queries)
        self.images = Images(gateway.catalogue)
        self.offers = Offers(self.images)
        self.planner = Planner(store, self.images, self.offers)
        self.run_control = RunControl(gateway, store, clock, self.permission, launch)
        self.model_writer = ModelWriter(gateway, clock, self.operations_log, self.permission)
        self.instance_operations = InstanceOperations(
            gateway, clock, self.operations_log, self.permission, store
        )
        self.run_commands = ScriptRuns(gateway, clock, self.operations_log, self.permission, store)
        self.maintenance = MaintenanceControl(gateway, clock, self.operations_log, self.permission)

    @cached_property
    def welcome(self) -> tuple[str, str]:
        """In a demo: the title of its scenario, and what to try first."""
        return self.read_welcome() if self.read_welcome is not None else ("", "")

    @cached_property
    def preflight(self) -> "PreflightChecker":
        """Checks what Azure would refuse at the first write."""
        from vmss_tui.runtime.preflight.checker import PreflightChecker

        return PreflightChecker(self._gateway, self.images)

    @cached_property
    def campaign_control(self) -> "CampaignControl":
        """Starts and controls campaigns."""
        from vmss_tui.runtime.campaigns.campaign_control import CampaignControl

        return CampaignControl(
            self._gateway, self.store, self._clock, self.permission, self._launch_campaign
        )

    @cached_property
    def campaign_planner(self) -> "CampaignPlanner":
        """Plans campaigns over the scale sets of this session."""
        from vmss_tui.runtime.campaigns.candidates import CandidateReader
        from vmss_tui.runtime.campaigns.member_planner import MemberPlanner
        from vmss_tui.runtime.campaigns.planner import CampaignPlanner

        candidates = CandidateReader(
            self.estate,
            self.queries,
            self.cancellation,
            self.subscription_names.name_of,
            lambda scale_set: self.store.live_run(scale_set) is not None,
            self.images,
        )
        members = MemberPlanner(self.planner, self.images, self.offers, self.permission)
        return CampaignPlanner(candidates, members, self.preflight, self._clock)

    @property
    def context(self) -> AzureContext:
        """Cloud, tenant and principal."""
        return self._gateway.context

    @property
    def diagnostics(self) -> Diagnostics:
        """What Azure and single instances say about what happened, and run command."""
        return self._gateway.diagnostics

    @property
    def read_only(self) -> bool:
        """This session must not write."""
        return self.permission.read_only

    @read_only.setter
    def read_only(self, read_only: bool) -> None:
        self.permission.read_only = read_only
        self._gateway.read_only = read_only

    @property
    def cancellation(self) -> Cancellation:
        """Ends reads before their time."""
        return self._gateway.cancellation

    def close(self) -> None:
        """Closes the gateway's connections; reads in other threads end."""
        self._gateway.close()

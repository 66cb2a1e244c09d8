"""The gateway over azure-mgmt-compute's pipeline: combines the resources, and sends writes once."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from vmss_tui.arm.api_versions import NegotiatingSender
from vmss_tui.arm.resources import protection, rolling_upgrades
from vmss_tui.arm.resources.catalogue import ArmCatalogue
from vmss_tui.arm.resources.listings import list_scale_sets, list_subscriptions
from vmss_tui.arm.resources.long_running import parse_accepted, poll_operation
from vmss_tui.arm.resources.maintenance import ArmMaintenance
from vmss_tui.arm.resources.scale_sets import ScaleSetReader
from vmss_tui.arm.transport.credentials import Principal, parse_principal
from vmss_tui.arm.transport.pipeline import ReadOnlyPolicy
from vmss_tui.arm.transport.send import RequestSender, Response
from vmss_tui.arm.transport.urls import COMPUTE_VERSION, ArmUrls, check_instance_ids
from vmss_tui.fleet.azure_maintenance import RollingUpgrade
from vmss_tui.fleet.instance_operation import ProtectionPolicy
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.gateway import (
    Accepted,
    AzureContext,
    ListBudget,
    NetworkAddress,
    PollResult,
    PowerAction,
    Refused,
    Subscription,
)
from vmss_tui.gateway.cancellation import Cancellation

if TYPE_CHECKING:
    from vmss_tui.arm.diagnostics.diagnostics import ArmDiagnostics
    from vmss_tui.arm.preflight.reads import ArmPreflightReads
    from vmss_tui.arm.resources.estate_index import ArmEstateIndex
    from vmss_tui.arm.resources.graph_client import GraphClient


class ArmGateway:
    """`gateway.Gateway` over Azure Resource Manager. Build it with `connect`."""

    def __init__(
        self,
        sender: RequestSender,
        urls: ArmUrls,
        context: AzureContext,
        read_only_policy: ReadOnlyPolicy,
        *,
        monotonic: Callable[[], float],
        now: Callable[[], datetime],
    ) -> None:
        self.sender, self.urls = sender, urls
        self.reader = ScaleSetReader(sender, urls, monotonic=monotonic, now=now)
        self._context, self._monotonic, self._now = context, monotonic, now
        self._read_only_policy = read_only_policy
        self.maintenance = ArmMaintenance(sender, urls)
        """Azure's own maintenance of scale sets."""
        self.catalogue = ArmCatalogue(sender, urls, monotonic, now)
        """Available images and VM sizes."""

    @cached_property
    def _graph(self) -> "GraphClient":
        """Its requests are paced for all queries of the session."""
        from vmss_tui.arm.resources.graph_client import GraphClient

        return GraphClient(self.sender, self.urls, self._monotonic)

    @cached_property
    def diagnostics(self) -> "ArmDiagnostics":
        """What Azure and single instances say about what happened, and run command."""
        from vmss_tui.arm.diagnostics.diagnostics import ArmDiagnostics

        return ArmDiagnostics(self.reader, self._graph, self._context, self._now)

    @cached_property
    def estate_index(self) -> "ArmEstateIndex":
        """Azure's index of all scale sets."""
        from vmss_tui.arm.resources.estate_index import ArmEstateIndex

        return ArmEstateIndex(self._graph, self.sender.cancellation, self._now)

    @cached_property
    def preflight(self) -> "ArmPreflightReads":
        """What is checked before the first write of a run; few commands need it."""
        from vmss_tui.arm.preflight.reads import ArmPreflightReads

        return ArmPreflightReads(self.sender, self.urls)

    @property
    def context(self) -> AzureContext:
        """Endpoint and principal; the principal is empty before the first token (see `sign_in`)."""
        return self._context_of(self.sender.credential.principal)

    @property
    def cancellation(self) -> Cancellation:
        """Ends reads before their time."""
        return self.sender.cancellation

    def sign_in(self) -> AzureContext:
        """Fetches a token now, so that `context` has a principal."""
        self.sender.credential.token(self.sender.scope, 0.0)
        return self.context

    def read_api_version(self, subscription_id: str) -> tuple[str, str]:
        """The api-version of requests about scale sets, by what this cloud says that it knows, and
        the newest one that this program knows."""
        url = self.urls.scale_sets(subscription_id)
        if not isinstance(self.sender, NegotiatingSender):
            return COMPUTE_VERSION, COMPUTE_VERSION
        return self.sender.version_of(url), COMPUTE_VERSION

    def prepare_write(self) -> AzureContext:
        """Signs in for the next writes of this thread; returns the principal they are sent as."""
        return self._context_of(parse_principal(self.sender.prepare_write().token))

    @property
    def read_only(self) -> bool:
        """While true, the pipeline refuses every write."""
        return self._read_only_policy.is_active

    @read_only.setter
    def read_only(self, is_active: bool) -> None:
        self._read_only_policy.is_active = is_active

    def list_subscriptions(self) -> Sequence[Subscription]:
        """All visible subscriptions."""
        return list_subscriptions(self.sender, self.urls)

    def list_scale_sets(
        self, subscription_id: str, report_damage: Callable[[str], None] | None = None
    ) -> Sequence[ScaleSet]:
        """All scale sets of a subscription, without those whose id is not valid in a request."""
        return list_scale_sets(self.sender, self.urls, subscription_id, report_damage)

    def read_model(self, scale_set: ScaleSetId) -> ScaleSet:
        """The scale set and its model."""
        return self.reader.read_model(scale_set)

    def observe(self, scale_set: ScaleSetId) -> Snapshot:
        """The model and every instance view."""
        return self.reader.observe(scale_set)

    def observe_instances(
        self, scale_set: ScaleSetId, instance_ids: Sequence[str], last: Snapshot
    ) -> Snapshot:
        """`last`, with these instances and the model read again."""
        return self.reader.observe_instances(scale_set, instance_ids, last)

    def read_instance(self, scale_set: ScaleSetId, instance_id: str) -> Mapping[str, Any]:
        """One instance as ARM's JSON, with its instance view."""
        return self.reader.read_instance(scale_set, instance_id)

    def read_addresses(self, scale_set: ScaleSetId, instance_id: str) -> Sequence[NetworkAddress]:
        """The addresses of one instance, by network interface."""
        return self.reader.read_addresses(scale_set, instance_id)

    def list_budget(self, scale_set: ScaleSetId) -> ListBudget | None:
        """List requests left for this set, by the last response; None before the first."""
        return self.reader.list_budget(scale_set)

    def read_rolling_upgrade(self, scale_set: ScaleSetId) -> RollingUpgrade | None:
        """Azure's own latest rolling upgrade; None if there has never been one."""
        return rolling_upgrades.read_latest(self.sender, self.urls, scale_set)

    def patch(
        self, scale_set: ScaleSetId, body: Mapping[str, Any], if_match: str, client_request_id: str
    ) -> Accepted:
        """Writes the model if its etag is still `if_match`."""
        if not if_match or if_match == "*":
            message = "Not sent: the model that was read has no etag to write over."
            raise Refused(message, code="NoEtag")
        headers = {"If-Match": if_match, "x-ms-client-request-id": client_request_id}
        url = self.urls.scale_set(scale_set)
        return self._accepted(self.sender.write("PATCH", url, body, headers))

    def upgrade(
        self, scale_set: ScaleSetId, instance_ids: Sequence[str], client_request_id: str
    ) -> Accepted:
        """Requests the latest model for exactly these instances."""
        return self._post_to_instances(scale_set, "manualupgrade", instance_ids, client_request_id)

    def power(
        self,
        scale_set: ScaleSetId,
        action: PowerAction,
        instance_ids: Sequence[str],
        client_request_id: str,
    ) -> Accepted:
        """Requests a power or disk action for exactly these instances."""
        return self._post_to_instances(
            scale_set, PowerAction(action).value, instance_ids, client_request_id
        )

    def read_protection(self, scale_set: ScaleSetId, instance_id: str) -> ProtectionPolicy:
        """One instance's protection, with its etag."""
        return protection.read_protection(self.sender, self.urls, scale_set, instance_id)

    def protect(
        self,
        scale_set: ScaleSetId,
        instance_id: str,
        policy: ProtectionPolicy,
        client_request_id: str,
    ) -> Accepted:
        """Writes one instance's protection, if its etag is still `policy.etag`, where given."""
        target = (self.sender, self.urls, scale_set, instance_id)
        return self._accepted(protection.write_protection(*target, policy, client_request_id))

    def poll(self, operation: str) -> PollResult:
        """Polls an operation. Raises `Throttled`, `NotSignedIn`; other failures give `UNKNOWN`."""
        return poll_operation(self.sender, self.urls, operation)

    def close(self) -> None:
        """Closes the connections; reads in other threads end."""
        self.sender.cancellation.cancel()
        self.sender.client.close()
        self.diagnostics.close()

    def _context_of(self, principal: Principal) -> AzureContext:
        return replace(
            self._context,
            principal=principal.name,
            tenant_id=principal.tenant_id or self._context.tenant_id,
        )

    def _post_to_instances(
        self, scale_set: ScaleSetId, action: str, instance_ids: Sequence[str], request_id: str
    ) -> Accepted:
        body = {"instanceIds": check_instance_ids(instance_ids)}
        headers = {"x-ms-client-request-id": request_id}
        url = self.urls.scale_set(scale_set, action)
        return self._accepted(self.sender.write("POST", url, body, headers))

    def _accepted(self, response: Response) -> Accepted:
        return parse_accepted(self.urls, response)

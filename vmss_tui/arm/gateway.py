"""The gateway over azure-mgmt-compute's pipeline: combines the resources, and sends writes once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from vmss_tui.arm.resources import protection, rolling_upgrades
from vmss_tui.arm.resources.catalogue import ArmCatalogue
from vmss_tui.arm.resources.listings import list_scale_sets, list_subscriptions
from vmss_tui.arm.resources.long_running import parse_accepted, poll_operation
from vmss_tui.arm.resources.maintenance import ArmMaintenance
from vmss_tui.arm.resources.scale_sets import ScaleSetReader
from vmss_tui.arm.transport.pipeline import ReadOnlyPolicy
from vmss_tui.arm.transport.send import Response, RequestSender
from vmss_tui.arm.transport.urls import ArmUrls, check_instance_ids
from vmss_tui.fleet.azure_maintenance import RollingUpgrade
from vmss_tui.fleet.instance_operation import ProtectionPolicy
from vmss_tui.fleet.scale_set import NetworkAddress, ScaleSet
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.gateway import (
    Accepted,
    AzureContext,
    ListBudget,
    PollResult,
    PowerAction,
    Refused,
    Subscription,
)


class ArmGateway:
    """`gateway.Gateway` over Azure Resource Manager. Build it with `connect`."""

    def __init__(
        self,
        sender: RequestSender,
        paths: ArmUrls,
        context: AzureContext,
        read_only_policy: ReadOnlyPolicy,
        *,
        monotonic: Callable[[], float],
        now: Callable[[], datetime],
        scope: str,
    ) -> None:
        self.sender, self.paths = sender, paths
        self.reader = ScaleSetReader(sender, paths, monotonic=monotonic, now=now)
        self._context = context
        self._read_only_policy = read_only_policy
        self._scope = scope
        self.maintenance = ArmMaintenance(sender, paths)
        """What Azure does with a set by itself."""
        self.catalogue = ArmCatalogue(sender, paths, monotonic, now)
        """What images and sizes there are."""

    @property
    def context(self) -> AzureContext:
        """Where and as whom; the principal is empty until the first token (see `sign_in`)."""
        principal = self.sender.credential.principal
        return replace(
            self._context,
            principal=principal.name,
            tenant_id=principal.tenant_id or self._context.tenant_id,
        )

    def sign_in(self) -> AzureContext:
        """Fetches a token now, so that `context` can name its principal."""
        self.sender.credential.get_token_info(self._scope)
        return self.context

    @property
    def read_only(self) -> bool:
        """While true, the pipeline refuses every write."""
        return self._read_only_policy.is_active

    @read_only.setter
    def read_only(self, on: bool) -> None:
        self._read_only_policy.is_active = on

    def list_subscriptions(self) -> Sequence[Subscription]:
        """Every subscription that can be seen."""
        return list_subscriptions(self.sender, self.paths)

    def list_scale_sets(self, subscription_id: str) -> Sequence[ScaleSet]:
        """All sets of a subscription. One whose id is odd cannot be addressed and is left out."""
        return list_scale_sets(self.sender, self.paths, subscription_id)

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
        """Azure's own latest rolling upgrade; None where none ever ran."""
        return rolling_upgrades.read_latest(self.sender, self.paths, scale_set)

    def patch(
        self, scale_set: ScaleSetId, body: Mapping[str, Any], if_match: str, client_request_id: str
    ) -> Accepted:
        """Writes the model, only over the etag given."""
        if not if_match or if_match == "*":
            message = "Not sent: the model that was read has no etag to write over."
            raise Refused(message, code="NoEtag")
        headers = {"If-Match": if_match, "x-ms-client-request-id": client_request_id}
        url = self.paths.scale_set(scale_set)
        return self._accepted(self.sender.write("PATCH", url, body, headers))

    def upgrade(
        self, scale_set: ScaleSetId, instance_ids: Sequence[str], client_request_id: str
    ) -> Accepted:
        """Asks for the latest model on exactly these instances."""
        return self._post_to_instances(scale_set, "manualupgrade", instance_ids, client_request_id)

    def power(
        self,
        scale_set: ScaleSetId,
        action: PowerAction,
        instance_ids: Sequence[str],
        client_request_id: str,
    ) -> Accepted:
        """Asks for a power or disk action on exactly these instances."""
        return self._post_to_instances(scale_set, PowerAction(action).value, instance_ids, client_request_id)

    def read_protection(self, scale_set: ScaleSetId, instance_id: str) -> ProtectionPolicy:
        """One instance's protection, with its etag."""
        return protection.read_protection(self.sender, self.paths, scale_set, instance_id)

    def protect(
        self,
        scale_set: ScaleSetId,
        instance_id: str,
        wanted: ProtectionPolicy,
        client_request_id: str,
    ) -> Accepted:
        """Writes one instance's protection, over `wanted.etag` where there is one."""
        target = (self.sender, self.paths, scale_set, instance_id)
        return self._accepted(protection.write_protection(*target, wanted, client_request_id))

    def poll(self, operation: str) -> PollResult:
        """Asks after an operation. Throttled and NotSignedIn are raised, all else is Unknown."""
        return poll_operation(self.sender, self.paths, operation)

    def close(self) -> None:
        """Lets go of connections."""
        self.sender.client.close()

    def _post_to_instances(
        self, scale_set: ScaleSetId, action: str, instance_ids: Sequence[str], request_id: str
    ) -> Accepted:
        body = {"instanceIds": check_instance_ids(instance_ids)}
        headers = {"x-ms-client-request-id": request_id}
        url = self.paths.scale_set(scale_set, action)
        return self._accepted(self.sender.write("POST", url, body, headers))

    def _accepted(self, response: Response) -> Accepted:
        return parse_accepted(self.paths, response)

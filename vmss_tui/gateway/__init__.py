"""The only access to Azure: protocols, their values, and their errors.

A write names explicit instance ids and is sent once, after `prepare_write`. It returns `Accepted`,
raises `Refused` (nothing happened) or raises `Unknown` (it may have happened: read before anything
else); `Throttled` and `NotSignedIn` from a write also mean that nothing happened.
Reads raise `Unreachable`, `InvalidResponse`, `Throttled`, `Refused` or `NotSignedIn`.
All text in responses and errors has passed `text.clean`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import msgspec
from msgspec import Struct

from vmss_tui.errors import ExitCode, VmssError
from vmss_tui.fleet.azure_maintenance import OsUpgrade, RepairsService, RollingUpgrade
from vmss_tui.fleet.instance_operation import ProtectionPolicy
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.gateway.actions import Accepted as Accepted
from vmss_tui.gateway.actions import OperationStatus as OperationStatus
from vmss_tui.gateway.actions import PollResult as PollResult
from vmss_tui.gateway.actions import PowerAction as PowerAction
from vmss_tui.gateway.actions import RollingUpgradeAction as RollingUpgradeAction
from vmss_tui.gateway.cancellation import Cancellation
from vmss_tui.gateway.catalogue import Catalogue
from vmss_tui.gateway.diagnostics import Diagnostics
from vmss_tui.gateway.estate_index import EstateIndex

if TYPE_CHECKING:
    from vmss_tui.gateway.preflight import PreflightReads


class GatewayError(VmssError):
    """Base of all errors of a gateway."""

    def __init__(self, message: str, *, code: str = "", status: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        """Azure's error code; empty where there is none."""
        self.status = status


class Refused(GatewayError):
    """Azure refused the request, and nothing happened."""


class NotFound(Refused):
    """404: the resource does not exist, or no longer."""


class NotAllowed(Refused):
    """403: a right is missing; Azure's message names action, scope and principal."""

    exit_code = ExitCode.NOT_SIGNED_IN


class Busy(Refused):
    """409: another operation is in progress; a later request may succeed."""


class UnclearConflict(Refused):
    """409: Azure does not say whether a later request may succeed."""


class PreconditionFailed(Refused):
    """412: the resource was changed since it was read."""


class InvalidInstanceIds(Refused):
    """400: some instance ids are not in the set (any longer); `instance_ids` are those named."""

    def __init__(self, message: str, instance_ids: Sequence[str], *, code: str = "") -> None:
        super().__init__(message, code=code, status=400)
        self.instance_ids = tuple(instance_ids)


class ReadOnly(Refused):
    """The pipeline refused a write because the session is read-only."""

    exit_code = ExitCode.REFUSED


class Unknown(GatewayError):
    """The response to a write was lost: it may have happened. Read before anything else."""

    exit_code = ExitCode.HALTED

    @property
    def full_message(self) -> str:
        """The message, and what to do next."""
        return f"{self.message}; check the result before doing anything else"


class Throttled(GatewayError):
    """429: too many requests. `retry_after` is in seconds, limited to 1-300."""

    def __init__(self, message: str, retry_after: float, *, code: str = "") -> None:
        super().__init__(message, code=code, status=429)
        self.retry_after = retry_after


class NotSignedIn(GatewayError):
    """No token is available, or Azure no longer accepts it."""

    exit_code = ExitCode.NOT_SIGNED_IN


class Unreachable(GatewayError):
    """A read got no response: network, DNS or TLS failed, or the server did."""


class InvalidResponse(GatewayError):
    """A read got an invalid response, such as a proxy's page or malformed JSON."""


class ReadCancelled(GatewayError):
    """A read was cancelled by its caller."""


class NetworkAddress(msgspec.Struct, frozen=True, gc=False):
    """An IP configuration of a network interface."""

    network_interface: str
    private_ip: str = ""
    """Empty where none is assigned yet."""
    public_ip: str = ""
    """The instance's own public address, not that of a load balancer."""
    subnet: str = ""
    """`vnet0/web`."""
    remark: str = ""
    """Why an existing public address could not be read."""


class Subscription(Struct, frozen=True):
    """A subscription that is visible to the credential."""

    subscription_id: str
    name: str
    tenant_id: str = ""


class AzureContext(Struct, frozen=True):
    """Endpoint and principal; stored with every run, and shown in every confirmation."""

    endpoint: str
    cloud: str = "public"
    tenant_id: str = ""
    principal: str = ""
    credential: str = "cli"
    demo: bool = False

    def shares_world(self, other: "AzureContext") -> bool:
        """Whether scale sets of one name are the same in both. Every demo world has the names of
        its scenario again, and an endpoint of its own."""
        return self.endpoint == other.endpoint or not (self.demo or other.demo)


class ListBudget(Struct, frozen=True):
    """List requests left for a set: Azure's bucket of 30, refilled by 10 per minute."""

    remaining: int
    burst: int


class MaintenanceGateway(Protocol):
    """Azure's own maintenance of a set: rolling upgrades and automatic repairs."""

    def read_upgrade_history(self, scale_set: ScaleSetId) -> Sequence[OsUpgrade]:
        """The OS upgrades that Azure remembers (five, of two months), newest first."""

    def request_rolling_upgrade(
        self, scale_set: ScaleSetId, action: RollingUpgradeAction, client_request_id: str
    ) -> Accepted:
        """Starts or cancels a rolling upgrade of the set; Azure selects the instances."""

    def read_repairs(self, scale_set: ScaleSetId) -> RepairsService:
        """The state of the repairs service; costs one list request."""

    def set_repairs(self, scale_set: ScaleSetId, *, on: bool, client_request_id: str) -> Accepted:
        """Resumes or suspends automatic repairs."""


class Gateway(Protocol):
    """Azure, or the simulator behind the same pipeline. Thread-safe."""

    @property
    def maintenance(self) -> MaintenanceGateway:
        """Azure's own maintenance of scale sets."""

    @property
    def diagnostics(self) -> Diagnostics:
        """What Azure and single instances say about what happened, and run command."""

    read_only: bool
    """While true, every request is refused without being sent, except those that only read."""

    @property
    def context(self) -> AzureContext:
        """Endpoint and principal of this gateway."""

    @property
    def catalogue(self) -> Catalogue:
        """Available images and VM sizes."""

    @property
    def preflight(self) -> "PreflightReads":
        """What is checked before the first write of a run."""

    @property
    def estate_index(self) -> EstateIndex:
        """Azure's index of all scale sets, which may be a minute behind."""

    @property
    def cancellation(self) -> Cancellation:
        """Ends reads before their time: they raise `ReadCancelled`. Never ends a write."""

    def prepare_write(self) -> AzureContext:
        """Signs in before the readings that a write is decided on. This thread's writes are sent
        with exactly this token, whose principal is returned, and are refused once it ends."""

    def list_subscriptions(self) -> Sequence[Subscription]:
        """All visible subscriptions."""

    def list_scale_sets(
        self, subscription_id: str, report_damage: Callable[[str], None] | None = None
    ) -> Sequence[ScaleSet]:
        """All scale sets of a subscription. A list read in part raises, unless it is reported."""

    def read_model(self, scale_set: ScaleSetId) -> ScaleSet:
        """The set and its model, without its instances."""

    def observe(self, scale_set: ScaleSetId) -> Snapshot:
        """The model and every instance view: one GET and a list request per page."""

    def observe_instances(
        self, scale_set: ScaleSetId, instance_ids: Sequence[str], last: Snapshot
    ) -> Snapshot:
        """`last`, with these instances and the model read again: a GET each, no list request.
        Instances that no longer exist are left out. Sufficient to follow a batch, but not for
        decisions about the rest of the set."""

    def read_instance(self, scale_set: ScaleSetId, instance_id: str) -> Mapping[str, Any]:
        """One instance as ARM's JSON, with its instance view."""

    def read_addresses(self, scale_set: ScaleSetId, instance_id: str) -> Sequence[NetworkAddress]:
        """The addresses of one instance: a request, and one for each public address."""

    def read_rolling_upgrade(self, scale_set: ScaleSetId) -> RollingUpgrade | None:
        """Azure's own latest rolling upgrade, running or ended; None if there never was one."""

    def list_budget(self, scale_set: ScaleSetId) -> ListBudget | None:
        """List requests left for this set, by the last response; None before the first."""

    def patch(
        self, scale_set: ScaleSetId, body: Mapping[str, Any], if_match: str, client_request_id: str
    ) -> Accepted:
        """Writes the model. Raises `PreconditionFailed` if the etag has changed."""

    def upgrade(
        self, scale_set: ScaleSetId, instance_ids: Sequence[str], client_request_id: str
    ) -> Accepted:
        """Requests the latest model for exactly these instances (manualupgrade)."""

    def power(
        self,
        scale_set: ScaleSetId,
        action: PowerAction,
        instance_ids: Sequence[str],
        client_request_id: str,
    ) -> Accepted:
        """Requests a power or disk action for exactly these instances."""

    def read_protection(self, scale_set: ScaleSetId, instance_id: str) -> ProtectionPolicy:
        """An instance's protection with its etag, by its path in the set; one GET."""

    def protect(
        self,
        scale_set: ScaleSetId,
        instance_id: str,
        policy: ProtectionPolicy,
        client_request_id: str,
    ) -> Accepted:
        """Writes one instance's protection, and nothing else of it; ARM has no call for several.

        Raises `PreconditionFailed` if `policy.etag` is given and the etag has changed.
        """

    def poll(self, operation: str) -> PollResult:
        """Reads the status of an operation by its URL, on the configured host only."""

    def close(self) -> None:
        """Closes the connections, and ends the reads of other threads."""

"""The one door to Azure, as a protocol and a few errors. Owned by those who ask.

Every write names explicit instance ids, is sent once, and has one of three answers: it returns
(`Accepted`), raises `Refused` (nothing happened) or raises `Unknown` (look before anything else);
`Throttled` and `NotSignedIn` from a write also mean that nothing happened.
Reads raise `Unreachable`, `Damaged`, `Throttled`, `Refused` or `NotSignedIn`, never decide.
All text in answers and errors has passed `text.clean`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from vmss_tui.errors import ExitCode, VmssError
from vmss_tui.fleet.azure_maintenance import OsUpgrade, RepairsService, RollingUpgrade
from vmss_tui.fleet.instance_operation import ProtectionPolicy
from vmss_tui.fleet.scale_set import NetworkAddress, ScaleSet
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.gateway.catalogue import Catalogue


class GatewayError(VmssError):
    """Base of everything the gateway raises."""

    def __init__(self, message: str, *, code: str = "", status: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        """Azure's error code where it gave one."""
        self.status = status


class Refused(GatewayError):
    """Azure said no, and nothing happened."""


class NotFound(Refused):
    """404: there is no such thing, or not any more."""


class NotAllowed(Refused):
    """403: a right is missing; Azure's message names action, scope and principal."""

    exit_code = ExitCode.NOT_SIGNED_IN


class Busy(Refused):
    """409: something else is at work on it; asking later may succeed."""


class PreconditionFailed(Refused):
    """412: somebody wrote the model since it was read."""


class InvalidInstanceIds(Refused):
    """400: some instance ids are not (or no longer) members; `instance_ids` where named."""

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
        return f"{self.message}; look before doing anything else"


class Throttled(GatewayError):
    """Azure said not yet. `retry_after` is in seconds, already clamped to 1-300."""

    def __init__(self, message: str, retry_after: float, *, code: str = "") -> None:
        super().__init__(message, code=code, status=429)
        self.retry_after = retry_after


class NotSignedIn(GatewayError):
    """No token is available, or Azure no longer accepts it."""

    exit_code = ExitCode.NOT_SIGNED_IN


class Unreachable(GatewayError):
    """A read got no answer: network, DNS, TLS, or the server failed."""


class InvalidResponse(GatewayError):
    """A read got an answer that cannot be understood (a proxy's page, a broken one)."""


class ReadCancelled(GatewayError):
    """A reading was ended by whoever had asked for it."""


class PowerAction(StrEnum):
    """What can be asked of instances besides an upgrade; the value is ARM's path segment."""

    START = "start"
    RESTART = "restart"
    POWER_OFF = "poweroff"
    DEALLOCATE = "deallocate"
    REDEPLOY = "redeploy"
    REIMAGE = "reimage"
    REIMAGE_ALL = "reimageall"
    DELETE = "delete"


class RollingUpgradeAction(StrEnum):
    """What can be asked of Azure's own rolling upgrade; the value is ARM's path."""

    START_OS = "osRollingUpgrade"
    START_EXTENSIONS = "extensionRollingUpgrade"
    CANCEL = "rollingUpgrades/cancel"


class OperationStatus(StrEnum):
    """Of a long-running operation. Never evidence that instances are as wanted."""

    IN_PROGRESS = "InProgress"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    CANCELED = "Canceled"
    UNKNOWN = "Unknown"
    """It could not be asked (404, HTML, 5xx …): look at the instances."""


@dataclass(frozen=True, slots=True)
class PollResult:
    """What Azure says of an operation when asked."""

    status: OperationStatus
    code: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Accepted:
    """Azure took a write. `operation` is the URL to ask, None where Azure named none."""

    operation: str | None
    correlation_id: str = ""
    etag: str | None = None


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription this credential can see."""

    subscription_id: str
    name: str
    tenant_id: str = ""


@dataclass(frozen=True, slots=True)
class AzureContext:
    """Where and as whom we speak; part of every plan, shown in every confirmation."""

    endpoint: str
    cloud: str = "public"
    tenant_id: str = ""
    principal: str = ""
    credential: str = "cli"
    demo: bool = False


@dataclass(frozen=True, slots=True)
class ListBudget:
    """List requests left for a set: Azure's bucket of 30, refilled by 10 a minute."""

    remaining: int
    burst: int


class MaintenanceGateway(Protocol):
    """What Azure does with a set by itself: its rolling upgrades, its automatic repairs."""

    def read_upgrade_history(self, scale_set: ScaleSetId) -> Sequence[OsUpgrade]:
        """Upgrades of the OS that Azure remembers (five, of two months), newest first."""

    def request_rolling_upgrade(self, scale_set: ScaleSetId, action: RollingUpgradeAction, client_request_id: str) -> Accepted:
        """Starts or cancels Azure's rolling upgrade of a set; instances are Azure's choice."""

    def read_repairs(self, scale_set: ScaleSetId) -> RepairsService:
        """How the service stands that repairs instances; one request of the list bucket."""

    def set_repairs(
        self, scale_set: ScaleSetId, *, on: bool, client_request_id: str
    ) -> Accepted:
        """Resumes or suspends it."""


class Gateway(Protocol):
    """Azure, or the simulator behind the same pipeline. Every method may be called from threads."""

    @property
    def maintenance(self) -> MaintenanceGateway:
        """What Azure does with sets by itself."""

    read_only: bool
    """The transport rule: while true, every method but GET and HEAD is refused unsent."""

    @property
    def context(self) -> AzureContext:
        """Where and as whom this gateway speaks."""

    @property
    def catalogue(self) -> Catalogue:
        """What images and sizes there are."""

    def list_subscriptions(self) -> Sequence[Subscription]:
        """Every subscription that can be seen."""

    def list_scale_sets(self, subscription_id: str) -> Sequence[ScaleSet]:
        """All scale sets of a subscription; one list request per page of 50."""

    def read_model(self, scale_set: ScaleSetId) -> ScaleSet:
        """The set and its model, without its instances."""

    def observe(self, scale_set: ScaleSetId) -> Snapshot:
        """The model and every instance view: one GET and a list request per page."""

    def observe_instances(
        self, scale_set: ScaleSetId, instance_ids: Sequence[str], last: Snapshot
    ) -> Snapshot:
        """`last` with these instances (and the model) read anew, a GET each: no list request.

        An id that is not there any more is left out. Good for following a batch, and for no
        decision about the rest of the set.
        """

    def read_instance(self, scale_set: ScaleSetId, instance_id: str) -> Mapping[str, Any]:
        """One instance as ARM's JSON, with its instance view."""

    def read_addresses(self, scale_set: ScaleSetId, instance_id: str) -> Sequence[NetworkAddress]:
        """Where one instance can be reached: a request, and one for each public address."""

    def read_rolling_upgrade(self, scale_set: ScaleSetId) -> RollingUpgrade | None:
        """Azure's own latest rolling upgrade, over or at work; None where none ever ran."""

    def list_budget(self, scale_set: ScaleSetId) -> ListBudget | None:
        """What the last answer said is left for listing this set; None before the first."""

    def patch(
        self, scale_set: ScaleSetId, body: Mapping[str, Any], if_match: str, client_request_id: str
    ) -> Accepted:
        """Writes the model. Raises `Changed` when the etag moved."""

    def upgrade(
        self, scale_set: ScaleSetId, instance_ids: Sequence[str], client_request_id: str
    ) -> Accepted:
        """Asks for the latest model on exactly these instances (manualupgrade)."""

    def power(
        self,
        scale_set: ScaleSetId,
        action: PowerAction,
        instance_ids: Sequence[str],
        client_request_id: str,
    ) -> Accepted:
        """Asks for a power or disk action on exactly these instances."""

    def read_protection(self, scale_set: ScaleSetId, instance_id: str) -> ProtectionPolicy:
        """An instance's protection, and its etag, by its own path in the set; one GET."""

    def protect(
        self,
        scale_set: ScaleSetId,
        instance_id: str,
        protection: ProtectionPolicy,
        client_request_id: str,
    ) -> Accepted:
        """Writes one instance's protection and nothing else of it, over `wanted.etag` where
        there is one. ARM has no call for several. Raises `Changed` when the etag moved."""

    def poll(self, operation: str) -> PollResult:
        """Asks after an operation by its URL, on the configured host only."""

    def close(self) -> None:
        """Lets go of connections."""

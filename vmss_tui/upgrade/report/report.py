"""The report of a run: operator, times, requests, and the result of every instance. Data only.

The encoded fields of `Report` are the JSON output. `build` fills it, `markdown` renders it.
"""

import msgspec

from vmss_tui.upgrade.plan.plan import Batch, LeftOutInstance
from vmss_tui.upgrade.plan.policy import Policy
from vmss_tui.upgrade.run.run import Phase, Stage


class ReportContext(msgspec.Struct, frozen=True, kw_only=True):
    """Endpoint, tenant and principal of the run."""

    endpoint: str = ""
    cloud: str = ""
    tenant_id: str = ""
    principal: str = ""
    credential: str = ""
    demo: bool = False


class AzureRequest(msgspec.Struct, kw_only=True):
    """A request that was sent to Azure, with the equivalent `az` command."""

    at: str
    kind: str
    """`model` or `batch`."""
    number: int
    """Number of the batch, or of the attempt at the model edit."""
    label: str = ""
    """`batch 3`, `roll-back batch 1`; empty for a model edit."""
    row: str = ""
    instance_ids: tuple[str, ...] = ()
    az: str
    client_request_id: str
    correlation_id: str = ""
    operation: str = ""
    """URL of the long-running operation without its signed query, which the journal contains."""
    answer: str = "none"
    """`accepted`, `refused`, `unknown`, or `none` where the worker died before the reply."""
    message: str = msgspec.field(default="", name="words")
    settled_at: str = ""
    seconds: float | None = None
    """From the request to the settled batch, on the run's clock; None while it is open."""
    upgraded: int = 0
    failed: int = 0
    gone: int = 0
    reopened: int = 0
    reverts: bool = False
    """Sent to roll back; `upgraded` then counts instances that are on the previous model again."""

    @property
    def title(self) -> str:
        """The request for a person: `batch 3`, `roll-back model 1`."""
        return self.label or f"{'roll-back ' * self.reverts}{self.kind} {self.number}"


class InstanceResult(msgspec.Struct, kw_only=True):
    """The result of one planned instance."""

    instance_id: str
    row: str
    outcome: Stage = Stage.WAITING
    batches: tuple[int, ...] = ()
    """Numbers of the batches that contained it."""
    requested_at: str = msgspec.field(default="", name="asked_at")
    ended_at: str = ""
    seconds: float | None = None
    """From its last request to its final stage, on the run's clock."""
    message: str = msgspec.field(default="", name="words")


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """Instances that failed together, with Azure's message if there is one."""

    at: str
    instance_ids: tuple[str, ...]
    message: str = msgspec.field(name="words")


class TimelineEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An event that changed the course of the run: a halt, a pause, an intent, a gate."""

    at: str
    kind: str
    message: str = msgspec.field(name="words")
    output: str = ""
    """Output of the gate's command."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A run, complete."""

    run: str
    scale_set: str
    context: ReportContext = msgspec.field(name="where")
    by: str
    assumed_yes: bool
    started_at: str
    changed_at: str
    seconds: float
    phase: Phase
    reason: str
    message: str
    planned: int
    upgraded: int
    failed: int
    gone: int
    skipped: int
    open: int
    """Number of instances with a request that have not reached a final stage."""
    open_note: str = ""
    """What is known of those after an abort or a halt: `not observed after the abort at …`."""
    waiting: int
    rolled_back: int = 0
    """Number of instances that a revert has put back on the previous model; not in `upgraded`."""
    image: str
    """The image of the pinned model, title only."""
    policy: Policy
    edit: tuple[str, ...]
    batches: tuple[Batch, ...]
    """As planned; `requests` has the batches that were sent."""
    left_out: tuple[LeftOutInstance, ...]
    cautions: tuple[str, ...]
    requests: tuple[AzureRequest, ...] = msgspec.field(name="acts")
    instances: tuple[InstanceResult, ...]
    failures: tuple[Failure, ...]
    timeline: tuple[TimelineEntry, ...] = msgspec.field(name="turns")
    workers: int
    damage: str = ""

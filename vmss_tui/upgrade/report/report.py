"""What a run was: who, when, what was asked, what became of every instance. Data only.

The fields of `Report` are the JSON output; `reporting` fills it, `report_text` writes it down.
"""

import msgspec

from vmss_tui.upgrade.plan.plan import Batch, LeftOutInstance
from vmss_tui.upgrade.plan.policy import Policy
from vmss_tui.upgrade.run.run import Phase, Stage


class ReportContext(msgspec.Struct, frozen=True, kw_only=True):
    """Where the run worked, and as whom."""

    endpoint: str = ""
    cloud: str = ""
    tenant_id: str = ""
    principal: str = ""
    credential: str = ""
    demo: bool = False


class AzureRequest(msgspec.Struct, kw_only=True):
    """One request that Azure was asked, with the line that somebody would have typed."""

    at: str
    kind: str
    """`model` or `batch`."""
    number: int
    """Of the batch, or which attempt at the model."""
    row: str = ""
    instance_ids: tuple[str, ...] = ()
    az: str
    client_request_id: str
    correlation_id: str = ""
    operation: str = ""
    """Its URL without its query, which is signed; the journal has all of it."""
    answer: str = "none"
    """`accepted`, `refused`, `unknown`, or `none` where the worker died before it came."""
    message: str = msgspec.field(default="", name="words")
    settled_at: str = ""
    seconds: float | None = None
    """From the request to the settled batch, on the run's clock; None while it is open."""
    upgraded: int = 0
    failed: int = 0
    gone: int = 0
    reopened: int = 0


class InstanceResult(msgspec.Struct, kw_only=True):
    """What became of one planned instance."""

    instance_id: str
    row: str
    outcome: Stage = Stage.WAITING
    batches: tuple[int, ...] = ()
    """Numbers of the batches it was asked in."""
    requested_at: str = msgspec.field(default="", name="asked_at")
    ended_at: str = ""
    seconds: float | None = None
    """From its last request to its end, on the run's clock."""
    message: str = msgspec.field(default="", name="words")


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """Instances that failed together, in Azure's words where it had any."""

    at: str
    instance_ids: tuple[str, ...]
    message: str = msgspec.field(name="words")


class TimelineEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A turn that the run took: a halt, a pause, a wish of a person, a gate."""

    at: str
    kind: str
    message: str = msgspec.field(name="words")
    output: str = ""
    """Of the gate's command."""


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
    """Asked, and not yet at an end."""
    waiting: int
    image: str
    """What the run upgraded to (or back to)."""
    policy: Policy
    edit: tuple[str, ...]
    batches: tuple[Batch, ...]
    """As planned; `acts` has them as they were asked."""
    left_out: tuple[LeftOutInstance, ...]
    cautions: tuple[str, ...]
    requests: tuple[AzureRequest, ...] = msgspec.field(name="acts")
    instances: tuple[InstanceResult, ...]
    failures: tuple[Failure, ...]
    timeline: tuple[TimelineEntry, ...] = msgspec.field(name="turns")
    workers: int
    damage: str = ""

"""Events about what explains a halt or a pause. Part of `events`.

They are recorded when it is known, which may be after the run was resumed, and decide nothing.
"""

import msgspec

from vmss_tui.upgrade.events.base import Event


class InstanceEvidence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a failed instance itself said."""

    instance_id: str
    statuses: tuple[str, ...] = ()
    """Failed statuses in Azure's words, at most five: `CustomScript: ProvisioningState/failed/3:
    message`."""
    causes: tuple[str, ...] = ()
    """Ids of `fleet.causes`, the most decisive first."""
    quotes: tuple[str, ...] = ()
    """The decisive line for each cause; without a cause the last lines of the log."""
    log_state: str = ""
    """`BootLogState`; empty where the log was not read."""
    message: str = ""
    """Why there is no log, or no statuses."""
    file: str = ""
    """Path of the whole evidence below the folder of the run; empty where it was not kept."""


class Author(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A change of the scale set by somebody else."""

    at: str
    """UTC, ISO 8601."""
    caller: str = ""
    """A user's name or an application's id; empty where Azure does not say."""
    caller_kind: str = ""
    """`CallerKind`."""
    client: str = ""
    operation: str = ""
    correlation_id: str = ""
    properties: tuple[tuple[str, str, str], ...] = ()
    """Path, old and new value; at most twenty."""


class EvidenceRecorded(Event, frozen=True, tag="evidence"):
    """What explains the event with number `about`: instances that failed, or who did what."""

    about: int
    """`seq` of the halt, pause or loss of instances."""
    reason: str = ""
    """`failure`, `drift`, `foreign`, `gone` or `capacity`."""
    instances: tuple[InstanceEvidence, ...] = ()
    authors: tuple[Author, ...] = ()
    """Newest first; our own requests are left out."""
    message: str = msgspec.field(name="words", default="")
    """What is not known and why, in one sentence: a missing right, or not yet visible."""
    pending: bool = False
    """It is looked for again, and another event with the same `about` replaces this one."""

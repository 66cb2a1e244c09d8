"""Faults that are asked for: on the wire, and in instances. Counts them; carries none out.

A fault on the wire is `{"match":{"method","path"},"nth":1,"times":1,"action":{...}}`: it
happens `times` times (null: always) from the `nth` matching request on; `"every": 7` in place
of both strikes every seventh. `"done": true` beside
a `status`, `html` or `redirect` lets the request take effect before it is so answered.

One in an instance is
`{"instance":"never_healthy","scale_set":"rg/name","instance_ids":["1"],"version":"1.2.3"}`,
everything but the kind optional; it strikes when an action leaves an instance running, an
`allocation_failure` when one begins that needs a host, and a `lag` lets `period` seconds pass
before an accepted action shows. (`eviction` is `faulting`'s.)
"""

import re
from dataclasses import dataclass, field
from typing import Any

from vmss_tui.simulator.errors import Json

WIRE_ACTIONS = frozenset(
    {
        "status",
        "headers",
        "body",
        "delay",
        "drop_before",
        "drop_after",
        "hang",
        "html",
        "strip_lro_headers",
        "redirect",
        "stale",
        "cut",
        "done",
    }
)
INSTANCE_KINDS = frozenset(
    {"never_healthy", "flap", "extension_failure", "boot_failure", "allocation_failure", "lag"}
)

_NEEDS_HOST = frozenset({"start", "create", "redeploy"})
_FAILURES = {
    "allocation_failure": (
        "AllocationFailed",
        "Allocation failed. We do not have sufficient capacity for the requested VM size in this "
        "region. Read more about improving likelihood of allocation success at "
        "http://aka.ms/allocation-guidance",
    ),
    "boot_failure": (
        "OSProvisioningTimedOut",
        "OS Provisioning for VM '{vm}' did not finish in the allotted time. The VM may still "
        "finish provisioning successfully. Please check provisioning state later.",
    ),
    "extension_failure": (
        "VMExtensionProvisioningError",
        "VM has reported a failure when processing extension 'bootstrap' (publisher "
        "'Microsoft.Azure.Extensions' and type 'CustomScript'). Error message: 'Enable failed: "
        "failed to execute command: command terminated with exit status=1'.",
    ),
}


@dataclass(slots=True)
class WireFault:
    """One fault on the wire and how often it has been seen and done."""

    method: str | None
    path: re.Pattern[str]
    action: Json
    nth: int = 1
    times: int | None = 1
    every: int = 1
    seen: int = 0
    done: int = 0

    def strikes(self, method: str, path: str, query: str) -> bool:
        """Counts a request whose path, or path and query, matches; whether it is struck."""
        if self.method and self.method != method:
            return False
        if not (self.path.search(path) or self.path.search(f"{path}?{query}")):
            return False
        self.seen += 1
        if self.seen < self.nth or (self.times is not None and self.done >= self.times):
            return False
        if (self.seen - self.nth) % self.every:
            return False
        self.done += 1
        return True


@dataclass(slots=True)
class InstanceFault:
    """One fault in instances; fields that are None match everything."""

    kind: str
    scale_set: str | None = None
    instance_ids: frozenset[str] | None = None
    version: str | None = None
    times: int | None = None
    period: float | None = None
    """Simulated seconds between two changes of mind, for `flap`."""
    done: int = 0

    @property
    def failure(self) -> tuple[str, str] | None:
        """Code and message where the provisioning itself fails."""
        return _FAILURES.get(self.kind)

    @property
    def verdict(self) -> str:
        """What the health extension comes to say."""
        return "unhealthy" if self.kind == "never_healthy" else "healthy"

    def strikes(self, scale_set: str, instance_id: str, version: str | None) -> bool:
        """Whether it strikes this instance; counts if so."""
        if self.scale_set is not None and self.scale_set.lower() != scale_set.lower():
            return False
        if self.instance_ids is not None and instance_id not in self.instance_ids:
            return False
        if self.version is not None and self.version != version:
            return False
        if self.times is not None and self.done >= self.times:
            return False
        self.done += 1
        return True


@dataclass(slots=True)
class Faults:
    """The faults in force, in the order they were asked for; the first that matches strikes."""

    wire: list[WireFault] = field(default_factory=list)
    instances: list[InstanceFault] = field(default_factory=list)

    def add(self, asked: Json) -> None:
        """Puts a fault in force. Raises ValueError with a sentence if it makes no sense."""
        if "instance" in asked:
            self.instances.append(_instance_fault(asked))
        else:
            self.wire.append(_wire_fault(asked))

    def clear(self) -> None:
        """Lifts them all; what has happened stays so."""
        self.wire.clear()
        self.instances.clear()

    def for_request(self, method: str, path: str, query: str) -> Json | None:
        """The action that strikes this request, if any; every fault counts what it matches."""
        struck = [fault for fault in self.wire if fault.strikes(method, path, query)]
        return struck[0].action if struck else None

    def for_instance(
        self, scale_set: str, instance_id: str, version: str | None, kind: str
    ) -> InstanceFault | None:
        """The fault that strikes an instance at the end of an action, if any."""
        for fault in self.instances:
            if fault.kind in ("lag", "allocation_failure"):
                continue
            if fault.failure is not None and kind not in ("upgrade", "reimage", "create"):
                continue
            if fault.strikes(scale_set, instance_id, version):
                return fault
        return None

    def refused_host(self, scale_set: str, instance_id: str, kind: str) -> tuple[str, str] | None:
        """Code and message where an action finds no host for an instance."""
        for fault in self.instances:
            wanted = fault.kind == "allocation_failure" and kind in _NEEDS_HOST
            if wanted and fault.strikes(scale_set, instance_id, fault.version):
                return fault.failure
        return None

    def lag(self, scale_set: str, instance_id: str) -> float:
        """Seconds between the acceptance of an action and its first sign."""
        for fault in self.instances:
            if fault.kind == "lag" and fault.strikes(scale_set, instance_id, fault.version):
                return fault.period or 0.0
        return 0.0


def _wire_fault(asked: Json) -> WireFault:
    match: Json = asked.get("match", {})
    action: Any = asked.get("action")
    if not isinstance(action, dict) or not action:
        raise ValueError("a fault needs an action")
    unknown = set(action) - WIRE_ACTIONS
    if unknown:
        raise ValueError(f"no such action: {', '.join(sorted(unknown))}")
    method = match.get("method")
    try:
        path = re.compile(str(match.get("path", "")), re.IGNORECASE)
    except re.error as error:
        raise ValueError(f"the path is no regular expression: {error}") from error
    every = int(asked.get("every", 1))
    if every < 1:
        raise ValueError("a fault strikes every first, second, third ... time")
    times = asked.get("times", None if "every" in asked else 1)
    return WireFault(
        method=str(method).upper() if method else None,
        path=path,
        action=action,
        nth=int(asked.get("nth", every)),
        every=every,
        times=None if times is None else int(times),
    )


def _instance_fault(asked: Json) -> InstanceFault:
    kind = str(asked["instance"])
    if kind not in INSTANCE_KINDS:
        raise ValueError(f"no such fault of an instance: {kind}")
    ids: Any = asked.get("instance_ids")
    times = asked.get("times")
    defaults = {"flap": 20.0, "lag": 10.0}
    period = float(asked.get("period", defaults[kind])) if kind in defaults else None
    return InstanceFault(
        kind=kind,
        scale_set=asked.get("scale_set"),
        instance_ids=None if ids is None else frozenset(str(each) for each in ids),
        version=asked.get("version"),
        times=None if times is None else int(times),
        period=period,
    )

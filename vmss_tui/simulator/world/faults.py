"""Injected faults: definitions, matching and counting. Their effects are implemented elsewhere.

A request fault is `{"match":{"method","path"},"nth":1,"times":1,"action":{...}}`. It applies
`times` times (null: without limit), beginning with the `nth` matching request; `"every": 7`
instead of both applies it to every seventh. With `"done": true` beside a `status`, `html` or
`redirect` the request takes effect before that response is sent.

An instance fault is
`{"instance":"never_healthy","scale_set":"rg/name","instance_ids":["1"],"version":"1.2.3"}`,
where everything but the kind is optional. It applies when an action ends with the instance
running; an `allocation_failure` applies when an action starts that needs a host; a `lag` delays
the first visible change of an accepted action by `period` seconds. `"story":"kernel_panic"` names
what the serial log says of it (`world.boots`). A `view_lag`, which shows
instances as they were some time ago, is defined in `world.view_lag`; `eviction` is implemented
in `behaviour.spot_eviction`; lasting refusals are defined in `world.refusals`.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.world.boots import STORY_NAMES
from vmss_tui.simulator.world.refusals import Refusals, parse_refusal
from vmss_tui.simulator.world.seeded_random import SeededRandom
from vmss_tui.simulator.world.view_lag import ViewLag, ViewLagFault, view_lag_fault

REQUEST_ACTIONS = frozenset(
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
INSTANCE_FAULT_KINDS = frozenset(
    {"never_healthy", "flap", "extension_failure", "boot_failure", "allocation_failure", "lag"}
)

_STORIES = {
    "never_healthy": "application_down",
    "extension_failure": "extension_failed",
    "boot_failure": "no_root",
}
"""Kind → what the serial log says, unless the fault names another story."""
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
        "failed to execute command: command terminated with exit status=1\n[stdout]\n\n[stderr]\n"
        "/opt/bootstrap.sh: line 31: artifacts.contoso.example: 403 Forbidden\n'.",
    ),
}


@dataclass(slots=True)
class RequestFault:
    """A fault in requests, with the number of matching requests and of applications."""

    method: str | None
    path: re.Pattern[str]
    action: Json
    nth: int = 1
    times: int | None = 1
    every: int = 1
    matched: int = 0
    applied: int = 0

    def triggers(self, method: str, path: str, query: str) -> bool:
        """Counts a request whose path, or path and query, matches; True if the fault applies."""
        if self.method and self.method != method:
            return False
        if not (self.path.search(path) or self.path.search(f"{path}?{query}")):
            return False
        self.matched += 1
        if self.matched < self.nth or (self.times is not None and self.applied >= self.times):
            return False
        if (self.matched - self.nth) % self.every:
            return False
        self.applied += 1
        return True


@dataclass(slots=True)
class InstanceFault:
    """A fault in instances; None in a field matches everything."""

    kind: str
    scale_set: str | None = None
    instance_ids: frozenset[str] | None = None
    version: str | None = None
    times: int | None = None
    story: str = "healthy"
    period: float | None = None
    """Simulated seconds between two health changes of `flap`, or the delay of `lag`."""
    applied: int = 0

    @property
    def failure(self) -> tuple[str, str] | None:
        """Code and message where the provisioning itself fails."""
        return _FAILURES.get(self.kind)

    def failure_of(self, name: str) -> tuple[str, str] | None:
        """Code and message for the instance of this name."""
        if self.failure is None:
            return None
        code, message = self.failure
        return code, message.replace("{vm}", name)

    @property
    def reported_health(self) -> str:
        """The health state that the extension reports first."""
        return "unhealthy" if self.kind == "never_healthy" else "healthy"

    def triggers(self, scale_set: str, instance_id: str, version: str | None) -> bool:
        """Whether the fault applies to this instance; counts it if so."""
        if not self.matches(scale_set, instance_id, version):
            return False
        self.applied += 1
        return True

    def matches(self, scale_set: str, instance_id: str, version: str | None) -> bool:
        """Whether the fault would apply to this instance."""
        if self.scale_set is not None and self.scale_set.lower() != scale_set.lower():
            return False
        if self.instance_ids is not None and instance_id not in self.instance_ids:
            return False
        if self.version is not None and self.version != version:
            return False
        return self.times is None or self.applied < self.times


@dataclass(slots=True)
class FaultRegistry:
    """The active faults in the order of their definition; the first that matches applies."""

    request_faults: list[RequestFault] = field(default_factory=list)
    instance_faults: list[InstanceFault] = field(default_factory=list)
    view_lags: list[ViewLagFault] = field(default_factory=list)
    refusals: Refusals = field(default_factory=Refusals)

    def __len__(self) -> int:
        """The number of active faults."""
        return (
            len(self.request_faults)
            + len(self.instance_faults)
            + len(self.view_lags)
            + len(self.refusals.active)
        )

    def add(self, definition: Json) -> None:
        """Activates a fault. Raises ValueError with a message for an invalid definition."""
        if "refuse" in definition:
            self.refusals.active.append(parse_refusal(definition))
        elif definition.get("instance") == "view_lag":
            self.view_lags.append(view_lag_fault(definition))
        elif "instance" in definition:
            self.instance_faults.append(_instance_fault(definition))
        else:
            self.request_faults.append(_request_fault(definition))

    def clear(self) -> None:
        """Removes all faults; effects that have happened remain."""
        self.request_faults.clear()
        self.instance_faults.clear()
        self.view_lags.clear()
        self.refusals.active.clear()

    def next_action(self, method: str, path: str, query: str) -> Json | None:
        """The action to apply to this request, if any; every matching fault counts it."""
        faults = [fault for fault in self.request_faults if fault.triggers(method, path, query)]
        return faults[0].action if faults else None

    def outcome_fault(
        self, scale_set: str, instance_id: str, version: str | None, kind: str
    ) -> InstanceFault | None:
        """The fault to apply to an instance at the end of an action, if any."""
        faults = self._outcome_faults(kind)
        return next((f for f in faults if f.triggers(scale_set, instance_id, version)), None)

    def expected_story(
        self, scale_set: str, instance_id: str, version: str | None, kind: str
    ) -> str:
        """The story of the boot in an action whose outcome is not decided yet."""
        faults = self._outcome_faults(kind)
        stories = (f.story for f in faults if f.matches(scale_set, instance_id, version))
        return next(stories, "healthy")

    def _outcome_faults(self, kind: str) -> list[InstanceFault]:
        """The faults that an action of this kind may end with."""
        return [
            fault
            for fault in self.instance_faults
            if fault.kind not in ("lag", "allocation_failure")
            and (fault.failure is None or kind in ("upgrade", "reimage", "create"))
        ]

    def allocation_failure(
        self, scale_set: str, instance_id: str, kind: str
    ) -> tuple[str, str] | None:
        """Code and message where an action gets no host for an instance."""
        for fault in self.instance_faults:
            relevant = fault.kind == "allocation_failure" and kind in _NEEDS_HOST
            if relevant and fault.triggers(scale_set, instance_id, fault.version):
                return fault.failure
        return None

    def lag(self, scale_set: str, instance_id: str) -> float:
        """Seconds between the acceptance of an action and its first visible change."""
        for fault in self.instance_faults:
            if fault.kind == "lag" and fault.triggers(scale_set, instance_id, fault.version):
                return fault.period or 0.0
        return 0.0

    def view_lag(self, random: SeededRandom, scale_set: str, instance_id: str) -> ViewLag | None:
        """How far behind the views of an instance are; None where they show the truth."""
        lags = (fault.lag(random, scale_set, instance_id) for fault in self.view_lags)
        return next((lag for lag in lags if lag is not None), None)


def _request_fault(definition: Json) -> RequestFault:
    match: Json = definition.get("match", {})
    action: Any = definition.get("action")
    if not isinstance(action, dict) or not action:
        raise ValueError("a fault needs an action")
    unknown = set(action) - REQUEST_ACTIONS
    if unknown:
        raise ValueError(f"no such action: {', '.join(sorted(unknown))}")
    method = match.get("method")
    try:
        path = re.compile(str(match.get("path", "")), re.IGNORECASE)
    except re.error as error:
        raise ValueError(f"the path is no regular expression: {error}") from error
    every = int(definition.get("every", 1))
    if every < 1:
        raise ValueError("a fault strikes every first, second, third ... time")
    times = definition.get("times", None if "every" in definition else 1)
    return RequestFault(
        method=str(method).upper() if method else None,
        path=path,
        action=action,
        nth=int(definition.get("nth", every)),
        every=every,
        times=None if times is None else int(times),
    )


def _instance_fault(definition: Json) -> InstanceFault:
    kind = str(definition["instance"])
    if kind not in INSTANCE_FAULT_KINDS:
        raise ValueError(f"no such fault of an instance: {kind}")
    ids: Any = definition.get("instance_ids")
    times = definition.get("times")
    story = str(definition.get("story", _STORIES.get(kind, "healthy")))
    if story not in STORY_NAMES:
        raise ValueError(f"no such story: {story}; there are {', '.join(sorted(STORY_NAMES))}")
    defaults = {"flap": 20.0, "lag": 10.0}
    period = float(definition.get("period", defaults[kind])) if kind in defaults else None
    return InstanceFault(
        kind=kind,
        scale_set=definition.get("scale_set"),
        instance_ids=None if ids is None else frozenset(str(instance_id) for instance_id in ids),
        version=definition.get("version"),
        times=None if times is None else int(times),
        story=story,
        period=period,
    )

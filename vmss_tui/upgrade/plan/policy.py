"""The limits of a run: names and defaults of Azure's RollingUpgradePolicy, and some of our own.

Source: "Configure rolling upgrades on Virtual Machine Scale Sets". Times are in seconds of the
run's own clock. A policy that breaks a rule cannot be built: `validate` names field and rule.
"""

from enum import StrEnum
from math import floor, isfinite
from typing import Any

import msgspec

from vmss_tui.errors import ExitCode, VmssError
from vmss_tui.text import redact, redact_arguments
from vmss_tui.upgrade.plan.verdict import Verdict, VerdictError, validate_verdict


class PolicyError(VmssError, ValueError):
    """A policy breaks a rule; `field` is the name of the field in `Policy`."""

    exit_code = ExitCode.USAGE

    def __init__(self, field: str, rule: str) -> None:
        super().__init__(f"{field}: {rule}")
        self.field = field


class Order(StrEnum):
    """The grouping of batches: a batch is in one group, and groups follow one another."""

    DOMAIN = "domain"
    FAULT_DOMAIN = "fault-domain"
    ZONE = "zone"


class Amount(msgspec.Struct, frozen=True):
    """A number of instances or a percentage of them; exactly one of the two is set."""

    count: int | None = None
    percent: int | None = None

    def of(self, total: int) -> int:
        """The number for a total, at least 1, as Azure calculates its batches."""
        if self.count is not None:
            return max(1, self.count)
        return max(1, floor(total * (self.percent or 0) / 100))

    def exceeded(self, number: int, total: int) -> bool:
        """Whether `number` of `total` is more than this; an equal number is not, as in Azure."""
        if self.count is not None:
            return number > self.count
        return number * 100 > (self.percent or 0) * total

    def __str__(self) -> str:
        return f"{self.percent}%" if self.percent is not None else str(self.count)


def parse_amount(field: str, text: str) -> Amount:
    """Parses `20%` or `5`; raises `PolicyError` for other texts and numbers out of range."""
    least = _least_amount(field)
    digits = text.removesuffix("%")
    if not (digits.isascii() and digits.isdigit()):
        raise PolicyError(field, f"must be a number or a percentage such as 5 or 20%, not {text!a}")
    number = int(digits)
    if text.endswith("%"):
        if not least <= number <= 100:
            raise PolicyError(field, f"must be from {least}% to 100%, not {text!a}")
        return Amount(percent=number)
    if not least <= number <= 1000:
        raise PolicyError(field, f"must be from {least} to 1000 instances, not {text!a}")
    return Amount(count=number)


def _least_amount(field: str) -> int:
    """Azure's strictest value of MaxUnhealthyUpgradedInstancePercent is 0, the others begin above
    it: a batch and a budget of nothing would never end."""
    return 0 if field == "max_unhealthy_upgraded_instance_percent" else 1


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """The limits of a run. Percentages are of the instances that run at its start."""

    max_batch_instance_percent: Amount = Amount(percent=20)
    max_unhealthy_instance_percent: Amount = Amount(percent=20)
    """The availability budget: how many may be unavailable because of this program."""
    max_unhealthy_upgraded_instance_percent: Amount = Amount(percent=20)
    """With 0 the run halts at the first upgraded instance that is unhealthy."""
    max_new_failures: int = 1
    """The run halts when this number of its own instances have failed."""
    pause_time_between_batches: float = 0.0
    prioritize_unhealthy_instances: bool = False
    order: Order = Order.DOMAIN
    min_healthy_time: float = 10.0
    healthy_deadline: float = 600.0
    """Seconds from the end of provisioning within which an instance must be healthy."""
    batch_deadline: float = 5400.0
    canary: int = 0
    """Size of a separate first batch; 0 for none."""
    checkpoints: tuple[int, ...] = ()
    """Percentages of the plan after which the run waits for an operator."""
    skip_not_running: bool = True
    settle_window: float = 60.0
    """Seconds of observation after a lost reply before the request may be sent once more."""
    gate: tuple[str, ...] = ()
    """The operator's command with its arguments, run before each batch and after the last."""
    gate_timeout: float = 600.0
    """Real seconds that the command may take, also in the demo."""
    bake: float = 0.0
    """Seconds that the run goes on observing after its last batch, before it is complete."""
    verdict: Verdict | None = None
    """A check that is sampled from the first batch to the end of the bake time."""
    quarantine: bool = False
    """A failed instance is protected from scale-set actions, and the run goes on while fewer than
    `max_new_failures` have failed."""


VERDICT_FIELDS = {
    "verdict_every": "every",
    "verdict_timeout": "timeout",
    "verdict_window": "failures",
    "inconclusive": "inconclusive",
    "on_failure": "on_failure",
}
"""Option or setting -> field of the verdict; a window sets `failures` and `samples`."""
_VERDICT_SETTINGS = {field: name for name, field in VERDICT_FIELDS.items()}


def with_fields(policy: Policy, fields: dict[str, Any]) -> Policy:
    """The policy with these values: fields of `Policy`, and `VERDICT_FIELDS` of its verdict.

    Raises `PolicyError` where there is no verdict for the latter. A new verdict keeps how the
    previous one is sampled."""
    own = {name: value for name, value in fields.items() if name not in VERDICT_FIELDS}
    parts = {
        VERDICT_FIELDS[name]: value for name, value in fields.items() if name in VERDICT_FIELDS
    }
    verdict, earlier = own.get("verdict", policy.verdict), policy.verdict
    if parts and verdict is None:
        name = next(name for name in fields if name in VERDICT_FIELDS)
        raise PolicyError(name, "needs a verdict")
    if verdict is not None and earlier is not None:
        kept = {name: getattr(earlier, name) for name in (*VERDICT_FIELDS.values(), "samples")}
        verdict = msgspec.structs.replace(verdict, **kept)
    if verdict is not None and "failures" in parts:
        parts["failures"], parts["samples"] = parts["failures"]
    if verdict is not None:
        own["verdict"] = msgspec.structs.replace(verdict, **parts)
    return msgspec.structs.replace(policy, **own)


def without_secrets(policy: Policy) -> Policy:
    """The policy as it is shown and stored in reports: commands and addresses without secrets."""
    verdict = policy.verdict
    if verdict is not None:
        verdict = msgspec.structs.replace(
            verdict, command=redact_arguments(verdict.command), url=redact(verdict.url)
        )
    return msgspec.structs.replace(policy, gate=redact_arguments(policy.gate), verdict=verdict)


_AMOUNTS = (
    "max_batch_instance_percent",
    "max_unhealthy_instance_percent",
    "max_unhealthy_upgraded_instance_percent",
)
_TIMES = (
    "pause_time_between_batches",
    "min_healthy_time",
    "healthy_deadline",
    "batch_deadline",
    "settle_window",
    "gate_timeout",
    "bake",
)
MAX_BAKE = 7 * 86_400.0


def validate(policy: Policy) -> Policy:
    """Returns the policy, or raises `PolicyError` with the field and the rule it breaks."""
    for field in _AMOUNTS:
        _check_amount(field, getattr(policy, field))
    _check_times(policy)
    if policy.max_new_failures < 1:
        raise PolicyError("max_new_failures", "must be at least 1")
    if policy.canary < 0:
        raise PolicyError("canary", "must not be negative")
    if any(not 0 < percent < 100 for percent in policy.checkpoints):
        raise PolicyError("checkpoints", "must be percentages from 1 to 99")
    if policy.gate and not policy.gate[0].strip():
        raise PolicyError("gate", "must begin with the command to run")
    if list(policy.checkpoints) != sorted(set(policy.checkpoints)):
        raise PolicyError("checkpoints", "must be ascending, each percentage once")
    if policy.quarantine and policy.max_new_failures < 2:
        raise PolicyError("quarantine", "needs max_new_failures of at least 2, or the first halts")
    if policy.verdict is not None:
        try:
            validate_verdict(policy.verdict)
        except VerdictError as error:
            raise PolicyError(_VERDICT_SETTINGS.get(error.field, "verdict"), error.rule) from error
    return policy


def _check_amount(field: str, amount: Amount) -> None:
    least = _least_amount(field)
    match amount:
        case Amount(count=int(number), percent=None) if least <= number <= 1000:
            return
        case Amount(count=None, percent=int(number)) if least <= number <= 100:
            return
    limits = f"from {least} to 1000 instances, or from {least}% to 100%"
    raise PolicyError(field, f"must be {limits}")


def _check_times(policy: Policy) -> None:
    for field in _TIMES:
        if not isfinite(getattr(policy, field)):  # not a number passes every comparison
            raise PolicyError(field, "must be a number of seconds")
    if policy.pause_time_between_batches < 0:
        raise PolicyError("pause_time_between_batches", "must not be negative")
    if policy.min_healthy_time < 0:
        raise PolicyError("min_healthy_time", "must not be negative")
    if policy.healthy_deadline <= policy.min_healthy_time:
        raise PolicyError("healthy_deadline", "must be longer than min_healthy_time")
    if policy.batch_deadline <= policy.healthy_deadline:
        raise PolicyError("batch_deadline", "must be longer than healthy_deadline")
    if policy.settle_window < 1:
        raise PolicyError("settle_window", "must be at least 1 second")
    if not 1 <= policy.gate_timeout <= 86_400:
        raise PolicyError("gate_timeout", "must be from 1 second to a day")
    if not 0 <= policy.bake <= MAX_BAKE:
        raise PolicyError("bake", "must be from 0 to a week")

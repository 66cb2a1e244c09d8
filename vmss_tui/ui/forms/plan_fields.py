"""The fields of the upgrade form: labels, help, and the policy made from what is typed. Pure."""

from collections.abc import Callable, Mapping

from vmss_tui.ui.forms.base_form import FormField
from vmss_tui.ui.forms.check_fields import CHECK_FIELDS, check_fields, checks_from_fields
from vmss_tui.ui.forms.choice_field import SWITCH
from vmss_tui.upgrade.plan.durations import format_seconds, parse_seconds
from vmss_tui.upgrade.plan.policy import (
    Order,
    Policy,
    PolicyError,
    parse_amount,
    validate,
    with_fields,
)

_AMOUNT, _TIME = "% or count", "s, m or h"
LIMIT_FIELDS = {
    "max_batch_instance_percent": FormField(
        "Batch size",
        "How many instances are upgraded at a time. A batch never crosses a domain.",
        _AMOUNT,
        "maxBatchInstancePercent",
    ),
    "max_unhealthy_instance_percent": FormField(
        "Max unavailable",
        "At no time are more than this many instances unavailable: those being upgraded and those "
        "already unhealthy.",
        _AMOUNT,
        "maxUnhealthyInstancePercent",
    ),
    "max_unhealthy_upgraded_instance_percent": FormField(
        "Max unhealthy upgraded",
        "The run stops when more than this many upgraded instances are unhealthy. 0% stops at the "
        "first.",
        _AMOUNT,
        "maxUnhealthyUpgradedInstancePercent",
    ),
    "max_new_failures": FormField(
        "Stop after",
        "The run stops when this many of its instances have failed.",
        "failures",
    ),
    "canary": FormField(
        "Canary batch size",
        "A first, smaller batch of this many instances.",
        "0 = none",
    ),
    "order": FormField(
        "Batch by",
        "No batch crosses these boundaries, and they are upgraded one after the other. "
        "Space changes it.",
        choices={
            Order.DOMAIN: "update domain",
            Order.FAULT_DOMAIN: "fault domain",
            Order.ZONE: "zone",
        },
    ),
    "image_version": FormField(
        "Target image",
        "Image version that the model gets first; F2 lists the versions. Empty keeps the current "
        "model.",
        azure_name="imageReference.version",
        placeholder="Keep current model",
    ),
    "min_healthy_time": FormField(
        "Min healthy time",
        "An upgraded instance counts as complete once it was healthy for this long without a gap: "
        "30s, 5m.",
        _TIME,
    ),
    "healthy_deadline": FormField(
        "Health timeout",
        "An instance that is not healthy this long after its provisioning has failed.",
        _TIME,
    ),
    "batch_deadline": FormField(
        "Batch timeout",
        "Instances of a batch that are not complete after this time have failed.",
        _TIME,
    ),
    "pause_time_between_batches": FormField(
        "Pause between batches",
        "Time between the end of a batch and the next one.",
        _TIME,
        "pauseTimeBetweenBatches",
    ),
    "checkpoints": FormField(
        "Approval checkpoints",
        "The run waits for approval after the batch that reaches a percentage: 10% 50%. 1% is "
        "after the first batch; empty for none.",
        placeholder="none",
    ),
    "prioritize_unhealthy_instances": FormField(
        "Prioritize unhealthy",
        "Upgrade unhealthy instances before healthy ones. Space switches it.",
        "",
        "prioritizeUnhealthyInstances",
        choices=SWITCH,
    ),
    "skip_not_running": FormField(
        "Include stopped",
        "Upgrade stopped and deallocated instances as well; they stay stopped. Space switches it.",
        choices=SWITCH,
    ),
}
"""In the order of Tab: the left column, then the right one."""
FIELDS = {**LIMIT_FIELDS, **CHECK_FIELDS}
"""The fields of both pages."""


def policy_fields(policy: Policy) -> dict[str, str]:
    """The values of a policy as texts, by field."""
    return {
        "max_batch_instance_percent": str(policy.max_batch_instance_percent),
        "max_unhealthy_instance_percent": str(policy.max_unhealthy_instance_percent),
        "max_unhealthy_upgraded_instance_percent": str(
            policy.max_unhealthy_upgraded_instance_percent
        ),
        "max_new_failures": str(policy.max_new_failures),
        "pause_time_between_batches": format_seconds(policy.pause_time_between_batches),
        "min_healthy_time": format_seconds(policy.min_healthy_time),
        "healthy_deadline": format_seconds(policy.healthy_deadline),
        "order": str(policy.order),
        "prioritize_unhealthy_instances": "on" if policy.prioritize_unhealthy_instances else "off",
        "canary": str(policy.canary),
        "checkpoints": " ".join(f"{percent}%" for percent in policy.checkpoints),
        "batch_deadline": format_seconds(policy.batch_deadline),
        "skip_not_running": "off" if policy.skip_not_running else "on",
        **check_fields(policy),
    }


def policy_from_fields(values: Mapping[str, str], default: Policy) -> Policy:
    """The policy for typed values; raises `PolicyError`, which names the field."""
    parsers: dict[str, Callable[[str, str], object]] = {
        "max_batch_instance_percent": _amount,
        "max_unhealthy_instance_percent": _amount,
        "max_unhealthy_upgraded_instance_percent": _amount,
        "max_new_failures": _whole_number,
        "pause_time_between_batches": _seconds,
        "min_healthy_time": _seconds,
        "healthy_deadline": _seconds,
        "order": lambda _, text: Order(text),
        "prioritize_unhealthy_instances": lambda _, text: text == "on",
        "canary": _whole_number,
        "checkpoints": _percentages,
        "batch_deadline": _seconds,
        "skip_not_running": lambda _, text: text != "on",
    }
    changes = {
        field: parse(field, values[field]) for field, parse in parsers.items() if values[field]
    }
    if not values["checkpoints"]:
        changes["checkpoints"] = ()
    return validate(with_fields(default, changes | checks_from_fields(values, default, _seconds)))


def error_text(error: Exception) -> tuple[str, str]:
    """The field that an error is about and its text with the labels of fields, not their ids."""
    field = getattr(error, "field", "")
    text = str(error).removeprefix(f"{field}: ")
    for name, shown in FIELDS.items():
        text = text.replace(name, shown.label)
    return field, text


def _amount(field: str, text: str) -> object:
    return parse_amount(field, text.replace(" ", ""))


def _whole_number(field: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 7):
        raise PolicyError(field, f"must be a whole number such as 3, not {text!a}")
    return int(text)


def _seconds(field: str, text: str) -> float:
    seconds = parse_seconds(text)
    if seconds is None or seconds >= 1e6:
        raise PolicyError(field, f"must be a time such as 30s, 5m or 1h, not {text!a}")
    return seconds


def _percentages(field: str, text: str) -> tuple[int, ...]:
    parts = text.replace(",", " ").replace(" %", "%").split()
    return tuple(_whole_number(field, part.rstrip("%")) for part in parts)

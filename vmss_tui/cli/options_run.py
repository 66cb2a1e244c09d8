"""Options for the selection of instances, the limits of a run, and edits of the model.

A command receives each group of options as one value: a `Selection`, a dict of policy fields, an
`Edit`.
"""

import functools
import shlex
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Any, TypeVar

import click

from vmss_tui.fleet.model_edit.edit import Edit
from vmss_tui.fleet.model_edit.upgrade_settings import SETTINGS, Setting
from vmss_tui.upgrade.plan.durations import parse_seconds
from vmss_tui.upgrade.plan.policy import Amount, Order, Policy, PolicyError, parse_amount
from vmss_tui.upgrade.plan.selection import Selection
from vmss_tui.upgrade.plan.verdict import (
    Inconclusive,
    OnFailure,
    Verdict,
    VerdictError,
    parse_verdict,
    parse_window,
)

_WEEK = 604_800
E = TypeVar("E", bound=StrEnum)
F = TypeVar("F", bound=Callable[..., Any])
Option = Callable[[Any], Any]


def instance_options(command: F) -> F:
    """Adds the options that select instances, as the parameter `selection`."""
    return combined_options("selection", Selection.__struct_fields__, Selection, _INSTANCE_OPTIONS)(
        command
    )


def limit_options(command: F) -> F:
    """Adds the options that set limits, as the parameter `limits`: policy field -> value given."""
    return combined_options("limits", _LIMIT_OPTIONS, _given_limits, _LIMIT_OPTIONS.values())(
        command
    )


def model_options(command: F) -> F:
    """Adds the options that edit the image or the VM size, as the parameter `edit`."""
    return combined_options("edit", MODEL_OPTIONS, Edit, MODEL_OPTIONS.values())(command)


def combined_options(
    parameter: str, names: Iterable[str], make: Callable[..., Any], options: Iterable[Option]
) -> Callable[[F], F]:
    """Adds `options`, whose parameters are `names`, and passes `make(**values)` as `parameter`."""

    def decorate(command: F) -> F:
        @functools.wraps(command)
        def call(*args: Any, **kwargs: Any) -> Any:
            values = {name: kwargs.pop(name) for name in names}
            return command(*args, **kwargs, **{parameter: make(**values)})

        decorated: Any = call
        for option in reversed([*options]):
            decorated = option(decorated)
        result: F = decorated
        return result

    return decorate


_TIME_OPTIONS = {
    "min_healthy_time": "--min-healthy",
    "healthy_deadline": "--healthy-deadline",
    "batch_deadline": "--batch-deadline",
}


def name_options(message: str, policy: Policy) -> str:
    """The message of a `PolicyError`, with option names and values in place of time fields."""
    field, separator, rule = message.partition(": ")
    if field not in _TIME_OPTIONS or not separator:
        return message
    message = f"{field} {rule}"
    for name, option in _TIME_OPTIONS.items():
        message = message.replace(name, f"{option} ({getattr(policy, name):g} s)")
    return message


def _given_limits(**limits: Any) -> dict[str, Any]:
    return {name: value for name, value in limits.items() if value is not None}


def _parse_amount(
    ctx: click.Context, parameter: click.Parameter, value: str | None
) -> Amount | None:
    field = parameter.name or ""
    try:
        return None if value is None else parse_amount(field, value)
    except PolicyError as error:
        raise click.BadParameter(str(error).removeprefix(f"{field}: ")) from error


def _parse_percentages(
    ctx: click.Context, parameter: click.Parameter, value: str | None
) -> tuple[int, ...] | None:
    if value is None:
        return None
    parts = [part.strip().removesuffix("%") for part in value.split(",")]
    if not all(part.isascii() and part.isdigit() for part in parts):
        raise click.BadParameter(f"must be percentages such as 25%,50%, not {value!a}")
    return tuple(map(int, parts))


def _parse_duration(
    ctx: click.Context, parameter: click.Parameter, value: str | None
) -> float | None:
    if value is None:
        return None
    seconds = parse_seconds(value)
    if seconds is None or seconds > _WEEK:
        raise click.BadParameter(
            f"must be a time such as 90s, 5m or 1h, a week at most, not {value!a}"
        )
    return seconds


def _parse_command(
    ctx: click.Context, parameter: click.Parameter, value: str | None
) -> tuple[str, ...] | None:
    try:
        return None if value is None else tuple(shlex.split(value))
    except ValueError as error:
        raise click.BadParameter(f"must be a command line ({str(error).lower()})") from error


def _parse_verdict(
    ctx: click.Context, parameter: click.Parameter, value: str | None
) -> Verdict | None:
    try:
        return None if value is None else parse_verdict(value)
    except VerdictError as error:
        raise click.BadParameter(error.rule) from error


def _parse_window(
    ctx: click.Context, parameter: click.Parameter, value: str | None
) -> tuple[int, int] | None:
    try:
        return None if value is None else parse_window(value)
    except VerdictError as error:
        raise click.BadParameter(error.rule) from error


def _choice_of(kind: type[E]) -> Callable[[click.Context, click.Parameter, str | None], E | None]:
    """A callback that makes a member of `kind` of the value."""
    return lambda ctx, parameter, value: None if value is None else kind(value)


def _seconds_option(name: str, field: str, help_text: str) -> Option:
    return click.option(
        name, field, callback=_parse_duration, metavar="TIME", help=f"{help_text} 90s, 5m, 1h."
    )


def _amount_option(name: str, field: str, help_text: str) -> Option:
    return click.option(name, field, callback=_parse_amount, metavar="N|P%", help=help_text)


_COUNT = click.IntRange(0, 1000)
_INSTANCE_OPTIONS: tuple[Option, ...] = (
    click.option(
        "--domain",
        "update_domains",
        type=click.IntRange(0),
        multiple=True,
        metavar="N",
        help="Update domain; may be repeated.",
    ),
    click.option("--fault-domain", type=click.IntRange(0), metavar="N", help="Fault domain."),
    click.option("--zone", metavar="Z", help="Availability zone."),
    click.option("--placement-group", metavar="G", help="Placement group ID or prefix."),
    click.option(
        "--instance", "instance_ids", multiple=True, metavar="ID", help="Instance; may be repeated."
    ),
    click.option("--all", "everything", is_flag=True, help="All instances."),
)
_LIMIT_OPTIONS: dict[str, Option] = {
    "max_batch_instance_percent": _amount_option(
        "--max-batch", "max_batch_instance_percent", "Batch size (count or %)."
    ),
    "max_unhealthy_instance_percent": _amount_option(
        "--max-unhealthy", "max_unhealthy_instance_percent", "Max unavailable (count or %)."
    ),
    "max_unhealthy_upgraded_instance_percent": _amount_option(
        "--max-unhealthy-upgraded",
        "max_unhealthy_upgraded_instance_percent",
        "Max unhealthy upgraded instances (count or %); more halt the run.",
    ),
    "pause_time_between_batches": _seconds_option(
        "--pause-between", "pause_time_between_batches", "Pause between batches:"
    ),
    "max_new_failures": click.option(
        "--max-new-failures",
        type=click.IntRange(1, 1000),
        metavar="N",
        help="Stop after N failures.",
    ),
    "order": click.option(
        "--order",
        type=click.Choice([*map(str, Order)]),
        callback=_choice_of(Order),
        help="Batch boundary: a batch is within one of these.",
    ),
    "prioritize_unhealthy_instances": click.option(
        "--unhealthy-first",
        "prioritize_unhealthy_instances",
        is_flag=True,
        default=None,
        help="Prioritize unhealthy instances.",
    ),
    "canary": click.option(
        "--canary", type=_COUNT, metavar="N", help="Canary batch size (0 = none)."
    ),
    "checkpoints": click.option(
        "--checkpoint",
        "checkpoints",
        callback=_parse_percentages,
        metavar="25%,50%",
        help="Approval checkpoints: wait for approval at these shares of the plan.",
    ),
    "min_healthy_time": _seconds_option("--min-healthy", "min_healthy_time", "Min healthy time:"),
    "healthy_deadline": _seconds_option(
        "--healthy-deadline", "healthy_deadline", "Health timeout:"
    ),
    "batch_deadline": _seconds_option("--batch-deadline", "batch_deadline", "Batch timeout:"),
    "skip_not_running": click.option(
        "--include-stopped",
        "skip_not_running",
        flag_value=False,
        type=bool,
        default=None,
        help="Include stopped instances.",
    ),
    "gate": click.option(
        "--gate",
        callback=_parse_command,
        metavar="COMMAND",
        help="Command run before each batch and after the last (no shell).",
    ),
    "bake": _seconds_option("--bake", "bake", "Observe the run for this time before it ends:"),
    "verdict": click.option(
        "--verdict",
        callback=_parse_verdict,
        metavar="CHECK",
        help="Check sampled during the run and its bake time: a command (exit 0, 1, 2 = success, "
        "failure, inconclusive), https://…, or 'metric:average of Percentage CPU < 80 over 5m'.",
    ),
    "verdict_every": _seconds_option(
        "--verdict-every", "verdict_every", "Time between two samples:"
    ),
    "verdict_window": click.option(
        "--verdict-failures",
        "verdict_window",
        callback=_parse_window,
        metavar="N|N/M",
        help="The verdict fails after N failures, or N of the last M samples.",
    ),
    "inconclusive": click.option(
        "--inconclusive",
        type=click.Choice([*map(str, Inconclusive)]),
        callback=_choice_of(Inconclusive),
        help="What an inconclusive sample does.",
    ),
    "on_failure": click.option(
        "--on-failure",
        type=click.Choice([*map(str, OnFailure)]),
        callback=_choice_of(OnFailure),
        help="What a failed verdict does: halt the run, or roll back at once.",
    ),
    "quarantine": click.option(
        "--quarantine",
        is_flag=True,
        default=None,
        help="Protect failed instances from scale-set actions, and go on.",
    ),
}
MODEL_OPTIONS: dict[str, Option] = {
    "image_version": click.option(
        "--image-version", metavar="V", help="Image version, or `latest`."
    ),
    "image_sku": click.option("--image-sku", metavar="S", help="Image SKU."),
    "image_offer": click.option("--image-offer", metavar="O", help="Image offer."),
    "image_publisher": click.option("--image-publisher", metavar="P", help="Image publisher."),
    "image_id": click.option(
        "--image-id",
        metavar="RESOURCE_ID",
        help="Custom image ID: managed, gallery, shared or community gallery.",
    ),
    "image_uri": click.option("--image-uri", metavar="VHD", help="VHD URI (legacy)."),
    "vm_size": click.option("--vm-size", metavar="S", help="VM size, such as Standard_D4s_v5."),
}
"""Parameter -> option, for the image and the VM size."""


_CAPACITY = click.option(
    "--capacity", type=click.IntRange(0, 1000), metavar="N", help="Instance count (capacity)."
)


def all_model_options(command: F) -> F:
    """Adds all options that edit the model, as the parameter `edit`."""
    options: dict[str, Option] = {
        **MODEL_OPTIONS,
        "capacity": _CAPACITY,
        **{setting.field: _setting_option(setting) for setting in SETTINGS},
    }
    return combined_options("edit", options, Edit, options.values())(command)


def _setting_option(setting: Setting) -> Option:
    values = "|".join(setting.choices) if setting.choices else "N"
    help_text = f"{setting.title}: {setting.allowed}."
    return click.option(
        f"--{setting.field.replace('_', '-')}", setting.field, metavar=values, help=help_text
    )

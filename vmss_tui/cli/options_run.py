"""Options for the selection of instances, the limits of a run, and edits of the model.

A command receives each group of options as one value: a `Selection`, a dict of policy fields, an
`Edit`.

Each limit of the settings can be switched off for one run, by one rule: a flag by `--no-FLAG`, a
text or a list by the empty text, a number or a time by 0.
"""

import functools
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import click

from vmss_tui.cli.policy_options.check_options import NO_VERDICT, VERDICT_OPTIONS
from vmss_tui.cli.policy_options.parsers import (
    Option,
    choice_of,
    flag_option,
    parse_command,
    seconds_option,
)
from vmss_tui.fleet.model_edit.edit import Edit
from vmss_tui.fleet.model_edit.upgrade_settings import SETTINGS, Setting
from vmss_tui.upgrade.plan.policy import Amount, Order, Policy, PolicyError, parse_amount
from vmss_tui.upgrade.plan.selection import Selection

F = TypeVar("F", bound=Callable[..., Any])


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
    given = {name: value for name, value in limits.items() if value is not None}
    return given | ({"verdict": None} if given.get("verdict") == NO_VERDICT else {})


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
    if value is None or not value.strip():
        return value if value is None else ()
    parts = [part.strip().removesuffix("%") for part in value.split(",")]
    if not all(part.isascii() and part.isdigit() for part in parts):
        raise click.BadParameter(f"must be percentages such as 25%,50%, not {value!a}")
    return tuple(map(int, parts))


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
    "pause_time_between_batches": seconds_option(
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
        callback=choice_of(Order),
        help="Batch boundary: a batch is within one of these.",
    ),
    "prioritize_unhealthy_instances": flag_option(
        "unhealthy-first", "prioritize_unhealthy_instances", "Prioritize unhealthy instances."
    ),
    "canary": click.option(
        "--canary", type=_COUNT, metavar="N", help="Canary batch size (0 = none)."
    ),
    "checkpoints": click.option(
        "--checkpoint",
        "checkpoints",
        callback=_parse_percentages,
        metavar="25%,50%",
        help="Approval checkpoints: wait for approval at these shares of the plan; '' for none.",
    ),
    "min_healthy_time": seconds_option("--min-healthy", "min_healthy_time", "Min healthy time:"),
    "healthy_deadline": seconds_option("--healthy-deadline", "healthy_deadline", "Health timeout:"),
    "batch_deadline": seconds_option("--batch-deadline", "batch_deadline", "Batch timeout:"),
    "skip_not_running": flag_option(
        "include-stopped", "skip_not_running", "Include stopped instances.", negated=True
    ),
    "gate": click.option(
        "--gate",
        callback=parse_command,
        metavar="COMMAND",
        help="Command run before each batch and after the last (no shell); '' for none.",
    ),
    **VERDICT_OPTIONS,
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

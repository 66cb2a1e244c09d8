"""Callbacks that parse the values of options."""

import shlex
from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

import click

from vmss_tui.upgrade.plan.durations import parse_seconds

_WEEK = 604_800
E = TypeVar("E", bound=StrEnum)
Option = Callable[[Any], Any]


def parse_duration(
    ctx: click.Context, parameter: click.Parameter, value: str | None
) -> float | None:
    """The seconds of a time such as `90s` or `1h`."""
    if value is None:
        return None
    seconds = parse_seconds(value)
    if seconds is None or seconds > _WEEK:
        raise click.BadParameter(
            f"must be a time such as 90s, 5m or 1h, a week at most, not {value!a}"
        )
    return seconds


def parse_command(
    ctx: click.Context, parameter: click.Parameter, value: str | None
) -> tuple[str, ...] | None:
    """A command line, split as a shell does."""
    try:
        return None if value is None else tuple(shlex.split(value))
    except ValueError as error:
        raise click.BadParameter(f"must be a command line ({str(error).lower()})") from error


def flag_option(name: str, field: str, help_text: str, *, negated: bool = False) -> Option:
    """An option without a value, and `--no-NAME`, which switches off what the settings switch on.

    `negated`: the field is true where the option is off.
    """

    def parse(ctx: click.Context, parameter: click.Parameter, value: bool | None) -> bool | None:
        return value if value is None else value is not negated

    return click.option(
        f"--{name}/--no-{name}", field, default=None, callback=parse, help=help_text
    )


def choice_of(kind: type[E]) -> Callable[[click.Context, click.Parameter, str | None], E | None]:
    """A callback that makes a member of `kind` of the value."""
    return lambda ctx, parameter, value: None if value is None else kind(value)


def seconds_option(name: str, field: str, help_text: str) -> Option:
    """An option for a time; its value is in seconds."""
    return click.option(
        name, field, callback=parse_duration, metavar="TIME", help=f"{help_text} 90s, 5m, 1h."
    )

"""Options for the verdict of a run, its bake time, and the quarantine of failed instances."""

import click

from vmss_tui.cli.policy_options.parsers import Option, choice_of, flag_option, seconds_option
from vmss_tui.upgrade.plan.verdict import (
    Inconclusive,
    OnFailure,
    Verdict,
    VerdictError,
    parse_verdict,
    parse_window,
)

NO_VERDICT = ""
"""The value of `--verdict ''`, as against None: the settings decide."""


def _parse_verdict(
    ctx: click.Context, parameter: click.Parameter, value: str | None
) -> Verdict | str | None:
    if value is None or not value.strip():
        return value if value is None else NO_VERDICT
    try:
        return parse_verdict(value)
    except VerdictError as error:
        raise click.BadParameter(error.rule) from error


def _parse_window(
    ctx: click.Context, parameter: click.Parameter, value: str | None
) -> tuple[int, int] | None:
    try:
        return None if value is None else parse_window(value)
    except VerdictError as error:
        raise click.BadParameter(error.rule) from error


VERDICT_OPTIONS: dict[str, Option] = {
    "bake": seconds_option("--bake", "bake", "Observe the run for this time before it ends:"),
    "verdict": click.option(
        "--verdict",
        callback=_parse_verdict,
        metavar="CHECK",
        help="Check sampled during the run and its bake time: a command (exit 0, 1, 2 = success, "
        "failure, inconclusive), https://…, or 'metric:average of Percentage CPU < 80 over 5m'; "
        "'' for none.",
    ),
    "verdict_every": seconds_option(
        "--verdict-every", "verdict_every", "Time between two samples:"
    ),
    "verdict_timeout": seconds_option(
        "--verdict-timeout", "verdict_timeout", "Time that a sample may take:"
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
        callback=choice_of(Inconclusive),
        help="What an inconclusive sample does.",
    ),
    "on_failure": click.option(
        "--on-failure",
        type=click.Choice([*map(str, OnFailure)]),
        callback=choice_of(OnFailure),
        help="What a failed verdict does: halt the run, or roll back at once.",
    ),
    "quarantine": flag_option(
        "quarantine",
        "quarantine",
        "Protect failed instances from scale-set actions and continue.",
    ),
}
"""Parameter -> option; the names are those of `Policy` and of `policy.VERDICT_FIELDS`."""

"""The keys of a strategy file, and the parsers of their values.

As in `parsers`, a parser returns the value or raises ValueError with a message that begins with
"must".
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from vmss_tui.campaign.strategy import MAX_NAME_LENGTH
from vmss_tui.config.entry import KeyPath
from vmss_tui.config.parsers import (
    amount_parser,
    choice_parser,
    integer_parser,
    parse_command,
    parse_flag,
    parse_percentages,
    parse_text,
    parse_texts,
    parse_verdict_window,
)
from vmss_tui.fleet.estate.where import BadWhere
from vmss_tui.fleet.estate.where import parse_where as parse_filter
from vmss_tui.upgrade.plan.durations import parse_seconds
from vmss_tui.upgrade.plan.policy import Order
from vmss_tui.upgrade.plan.verdict import (
    Inconclusive,
    Metric,
    OnFailure,
    parse_metric,
)

ITEM = "*"
"""In a key path of the schema: the number of any item of the list."""
MAX_CONCURRENCY = 50
_DAY = 86_400.0
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*+", re.ASCII)
_VERSION = re.compile(r"\d{1,10}(?:\.\d{1,20}){2,3}|latest", re.ASCII)


def parse_name(value: Any) -> str:
    """A name that can be part of the name of a run and of a folder."""
    name = str(value) if type(value) in (int, str) else ""
    if len(name) > MAX_NAME_LENGTH or not _NAME.fullmatch(name):
        raise ValueError(
            f"must be a name of letters, digits, - and _, at most {MAX_NAME_LENGTH} of them"
        )
    return name


def parse_version(value: Any) -> str:
    """An image version. YAML reads a version of two parts as a number."""
    if not isinstance(value, str) or not _VERSION.fullmatch(value):
        raise ValueError("must be a version in quotes, such as '22.04.202601010', or latest")
    return value


def time_parser(low: float, high: float) -> Callable[[Any], float]:
    """A parser for times such as `90s`, `30m` and `2h`, from `low` to `high` seconds.

    A number without a unit is refused: YAML reads `1:30` as 90.
    """
    limits = f"from {low:g}s to {high / 3600:g}h"

    def parse(value: Any) -> float:
        has_unit = isinstance(value, str) and not value.strip()[-1:].isdigit()
        seconds = parse_seconds(value) if has_unit else 0.0 if value == 0 else None
        if seconds is None or isinstance(value, bool) or not low <= seconds <= high:
            raise ValueError(f"must be a time with its unit, such as 90s, 30m or 2h, {limits}")
        return seconds

    return parse


def parse_start(value: Any) -> datetime:
    """A time of day with its zone, as UTC."""
    rule = "must be a date and time with its zone, such as 2026-01-15T22:00Z"
    try:
        time = datetime.fromisoformat(value) if isinstance(value, str) else None
        if time is None or time.tzinfo is None:
            raise ValueError(rule)
        return time.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(rule) from error


def parse_program(value: Any) -> tuple[str, ...]:
    """A command, as one text or as a list of its words."""
    if isinstance(value, tuple) and value and all(isinstance(word, str) for word in value):
        return value
    argv = parse_command(value) if isinstance(value, str) else ()
    if not argv or not argv[0].strip():
        raise ValueError('must be a command, such as ["./check.sh", "--all"]')
    return argv


def parse_where(value: Any) -> str:
    """A filter of the list of scale sets; `*` for every set."""
    rule = "must be a filter such as tag:role=web, or * for every scale set, in quotes"
    if not isinstance(value, str) or not value.strip():
        raise ValueError(rule)
    try:
        return parse_filter(value).text
    except BadWhere as error:
        raise ValueError(f"{rule} ({error})") from error


def parse_measured_metric(value: Any) -> Metric:
    """A metric of Azure Monitor with its limit."""
    return parse_metric(parse_text(value))


POLICY_KEYS: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "max_batch": (
        "max_batch_instance_percent",
        amount_parser("max_batch_instance_percent"),
    ),
    "max_unhealthy": (
        "max_unhealthy_instance_percent",
        amount_parser("max_unhealthy_instance_percent"),
    ),
    "max_unhealthy_upgraded": (
        "max_unhealthy_upgraded_instance_percent",
        amount_parser("max_unhealthy_upgraded_instance_percent"),
    ),
    "max_new_failures": ("max_new_failures", integer_parser(1, 1000)),
    "pause_between": ("pause_time_between_batches", time_parser(0, _DAY)),
    "unhealthy_first": ("prioritize_unhealthy_instances", parse_flag),
    "order": ("order", lambda value: Order(choice_parser(*Order)(value))),
    "min_healthy_time": ("min_healthy_time", time_parser(0, _DAY)),
    "healthy_deadline": ("healthy_deadline", time_parser(1, _DAY)),
    "batch_deadline": ("batch_deadline", time_parser(1, 7 * _DAY)),
    "canary": ("canary", integer_parser(0, 1000)),
    "checkpoints": ("checkpoints", parse_percentages),
    "include_stopped": ("skip_not_running", lambda value: not parse_flag(value)),
    "quarantine": ("quarantine", parse_flag),
    "gate": ("gate", parse_program),
    "gate_timeout": ("gate_timeout", time_parser(1, _DAY)),
}
"""Key of section `policy` -> field of the policy, and its parser. The keys are the options of
`run`."""

STRATEGY_SCHEMA: Mapping[KeyPath, Callable[[Any], Any]] = {
    ("campaign",): parse_name,
    ("select", "where"): parse_where,
    ("select", "subscriptions"): parse_texts,
    ("change", "image_version"): parse_version,
    ("change", "image_sku"): parse_text,
    ("change", "image_offer"): parse_text,
    ("change", "image_publisher"): parse_text,
    ("change", "image_id"): parse_text,
    ("change", "image_uri"): parse_text,
    ("change", "vm_size"): parse_text,
    **{("policy", key): parse for key, (_, parse) in POLICY_KEYS.items()},
    ("stages", ITEM, "name"): parse_name,
    ("stages", ITEM, "where"): parse_where,
    ("stages", ITEM, "concurrency"): integer_parser(1, MAX_CONCURRENCY),
    ("stages", ITEM, "max_failed_members"): integer_parser(0, 1000),
    ("stages", ITEM, "bake"): time_parser(0, 7 * _DAY),
    ("stages", ITEM, "approve"): parse_flag,
    ("stages", ITEM, "start_at"): parse_start,
    ("rules", "paired_regions_apart"): parse_flag,
    ("rules", "one_region_at_a_time"): parse_flag,
    ("verdict", "command"): parse_program,
    ("verdict", "url"): parse_text,
    ("verdict", "metric"): parse_measured_metric,
    ("verdict", "every"): time_parser(5, _DAY),
    ("verdict", "timeout"): time_parser(1, 3600),
    ("verdict", "failures"): parse_verdict_window,
    ("verdict", "inconclusive"): lambda v: Inconclusive(choice_parser(*Inconclusive)(v)),
    ("verdict", "on_failure"): lambda v: OnFailure(choice_parser(*OnFailure)(v)),
    ("on_failure",): lambda v: OnFailure(choice_parser(*OnFailure)(v)),
}

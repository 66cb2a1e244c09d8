"""A verdict: a check that is sampled while a run changes instances, and afterwards. Pure.

It is a command of the operator, an HTTP address, or a metric of Azure Monitor against a limit. Each
sample is a success, a failure or inconclusive; `failures` of the last `samples` conclusive ones
fail the verdict.
"""

import re
import shlex
from enum import StrEnum
from math import isfinite
from typing import NamedTuple
from urllib.parse import urlsplit

import msgspec

from vmss_tui.errors import ExitCode, VmssError
from vmss_tui.fleet.phrases import pluralize
from vmss_tui.upgrade.plan.durations import format_seconds, parse_seconds

MAX_SAMPLES = 100
"""The largest window."""
LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "::1")
_METRIC_PREFIX = "metric:"
_METRIC = re.compile(r"(?P<name>[^<>=]{1,120})(?P<comparison><=|>=|<|>)(?P<rest>[^<>=]{1,600})")
_RESOURCE_ID = re.compile(r"/subscriptions/[A-Za-z0-9._()/-]{1,900}", re.IGNORECASE)
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,10})?", re.ASCII)
AGGREGATIONS = ("average", "minimum", "maximum", "total", "count")
"""Aggregation types of Azure Monitor ("Metrics - List", REST API)."""
DEFAULT_WINDOW = 300.0
_DAY = 86_400.0


class VerdictError(VmssError, ValueError):
    """A verdict breaks a rule; `field` is the name of the field in `Verdict`."""

    exit_code = ExitCode.USAGE

    def __init__(self, field: str, rule: str) -> None:
        super().__init__(f"{field}: {rule}")
        self.field, self.rule = field, rule


class Inconclusive(StrEnum):
    """What an inconclusive sample does to the run."""

    PAUSE = "pause"
    IGNORE = "ignore"


class OnFailure(StrEnum):
    """What a failed verdict does to the run."""

    HALT = "halt"
    REVERT = "revert"


class SampleResult(StrEnum):
    """The result of one sample."""

    SUCCESS = "success"
    FAILURE = "failure"
    INCONCLUSIVE = "inconclusive"


class Metric(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A metric of Azure Monitor, and what its value must be."""

    name: str
    comparison: str
    """`<`, `<=`, `>` or `>=`: a success where the value compares so with the limit."""
    limit: float
    aggregation: str = "average"
    window: float = DEFAULT_WINDOW
    """Seconds of data that make the value."""
    resource: str = ""
    """Resource id of what is measured; empty for the scale set."""

    def holds(self, value: float) -> bool:
        """Whether the value is as it must be."""
        match self.comparison:
            case "<":
                return value < self.limit
            case "<=":
                return value <= self.limit
            case ">":
                return value > self.limit
        return value >= self.limit

    def __str__(self) -> str:
        on = f" on {self.resource}" if self.resource else ""
        return (
            f"{self.aggregation} of {self.name} {self.comparison} {self.limit:g} "
            f"over {format_seconds(self.window)}{on}"
        )


class Verdict(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The check of a run; exactly one of `command`, `url` and `metric` is set."""

    command: tuple[str, ...] = ()
    """Program and arguments, without a shell. Exit code 0 is a success, 1 a failure, anything else
    inconclusive; a JSON object on stdout may add `message` and `numbers`."""
    url: str = ""
    """An https address, or http on this machine: a status of 2xx is a success."""
    metric: Metric | None = None
    every: float = 60.0
    """Seconds on the run's clock between the beginnings of two samples."""
    timeout: float = 30.0
    """Real seconds that a sample may take."""
    failures: int = 1
    """So many failures …"""
    samples: int = 1
    """… among the last so many conclusive samples fail the verdict."""
    inconclusive: Inconclusive = Inconclusive.PAUSE
    on_failure: OnFailure = OnFailure.HALT

    @property
    def window_text(self) -> str:
        """`1 failure`, or `2 failures of the last 3 samples`."""
        count = pluralize(self.failures, "failure", "failures")
        return count if self.samples == 1 else f"{count} of the last {self.samples} samples"


class Sample(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One sample, as the probe returned it; texts are clean."""

    result: SampleResult
    message: str = ""
    numbers: dict[str, float] = {}  # msgspec copies defaults
    seconds: float = 0.0
    """Real seconds that it took."""


class Judgement(NamedTuple):
    """How many of the samples that count have failed."""

    failures: int
    samples: int
    failed: bool


def judge(results: list[SampleResult], verdict: Verdict) -> Judgement:
    """The judgement over these results, oldest first. Inconclusive ones push no other one out."""
    conclusive = [r for r in results if r is not SampleResult.INCONCLUSIVE][-verdict.samples :]
    failures = sum(result is SampleResult.FAILURE for result in conclusive)
    return Judgement(failures, len(conclusive), failures >= verdict.failures)


def parse_verdict(text: str) -> Verdict:
    """A verdict of the text of an option; raises `VerdictError`.

    `https://host/health`, `metric:average of Percentage CPU < 80 over 5m`, or a command line."""
    value = text.strip()
    if value.lower().startswith(("http://", "https://")):
        return validate_verdict(Verdict(url=value))
    if value.lower().startswith(_METRIC_PREFIX):
        return validate_verdict(Verdict(metric=parse_metric(value[len(_METRIC_PREFIX) :])))
    try:
        command = tuple(shlex.split(value))
    except ValueError as error:
        rule = f"must be a command line, an address or a metric ({str(error).lower()})"
        raise VerdictError("command", rule) from error
    return validate_verdict(Verdict(command=command))


def parse_metric(text: str) -> Metric:
    """A metric of `[AGGREGATION of] NAME < LIMIT [over 5m] [on RESOURCE_ID]`; raises
    `VerdictError`."""
    match = _METRIC.fullmatch(text.strip())
    if match is None:
        raise VerdictError(
            "metric", f"must be such as `average of Percentage CPU < 80 over 5m`, not {text!a}"
        )
    name, aggregation = match["name"].strip(), "average"
    first, separator, rest = name.partition(" of ")
    if separator and first.lower() in AGGREGATIONS:
        name, aggregation = rest.strip(), first.lower()
    values, _, resource = match["rest"].strip().partition(" on ")
    limit_text, _, window_text = values.partition(" over ")
    limit = _number(limit_text)
    window = parse_seconds(window_text) if window_text else DEFAULT_WINDOW
    if limit is None or window is None:
        raise VerdictError("metric", f"must end in a limit such as `80 over 5m`, not {text!a}")
    return Metric(
        name=name,
        comparison=match["comparison"],
        limit=limit,
        aggregation=aggregation,
        window=window,
        resource=resource.strip(),
    )


def parse_window(text: str) -> tuple[int, int]:
    """Failures and samples of `3` or `2/5`; raises `VerdictError`."""
    first, separator, second = text.strip().partition("/")
    parts = (first, second) if separator else (first, first)
    if not all(part.isascii() and part.isdigit() and len(part) <= 4 for part in parts):
        raise VerdictError("failures", f"must be such as 1, or 2/5 (2 of 5 samples), not {text!a}")
    return int(parts[0]), int(parts[1])


def validate_verdict(verdict: Verdict) -> Verdict:
    """Returns the verdict, or raises `VerdictError` with the field and the rule it breaks."""
    if sum(map(bool, (verdict.command, verdict.url, verdict.metric))) != 1:
        raise VerdictError("verdict", "must be a command, an address or a metric, and only one")
    if verdict.command and not verdict.command[0].strip():
        raise VerdictError("command", "must begin with the command to run")
    if verdict.url:
        _check_url(verdict.url)
    if verdict.metric:
        _check_metric(verdict.metric)
    if not 1 <= verdict.failures <= verdict.samples <= MAX_SAMPLES:
        raise VerdictError("failures", f"must be at least 1 of at most {MAX_SAMPLES} samples")
    for field, least, most in (("every", 5.0, _DAY), ("timeout", 1.0, 3600.0)):
        if not least <= getattr(verdict, field) <= most:  # also where it is not a number
            raise VerdictError(field, f"must be from {least:g} to {most:g} seconds")
    return verdict


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise VerdictError("url", f"must be an address, not {url!a}") from error
    if not host or port == 0 or any(not "!" <= character <= "~" for character in url):
        raise VerdictError("url", f"must be an address such as https://host/health, not {url!a}")
    if parts.username is not None or parts.password is not None:
        raise VerdictError("url", "must not contain a user name or a password")
    if parts.scheme.lower() != "https" and host not in LOOPBACK_HOSTS:
        raise VerdictError("url", "must begin with https://, except for this machine (localhost)")


def _check_metric(metric: Metric) -> None:
    if not metric.name.strip() or len(metric.name) > 120:
        raise VerdictError("metric", "must have a name of at most 120 characters")
    if metric.comparison not in ("<", "<=", ">", ">=") or not isfinite(metric.limit):
        raise VerdictError("metric", "must compare with a number by <, <=, > or >=")
    if metric.aggregation not in AGGREGATIONS:
        raise VerdictError("metric", f"must be one of {', '.join(AGGREGATIONS)}")
    if not 60 <= metric.window <= _DAY:
        raise VerdictError("metric", "must be over at least 1m and at most a day")
    if metric.resource and not _RESOURCE_ID.fullmatch(metric.resource):
        raise VerdictError("metric", "must be on a resource id that begins with /subscriptions/")


def _number(text: str) -> float | None:
    if not _NUMBER.fullmatch(text.strip()):
        return None
    return float(text)

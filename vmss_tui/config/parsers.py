"""Parsers for the values of a settings file.

A parser returns the setting's value, or raises ValueError with a message that begins with "must".
"""

import re
import shlex
from collections.abc import Callable
from typing import Any

from vmss_tui import text
from vmss_tui.upgrade.plan.policy import Amount, parse_amount
from vmss_tui.upgrade.plan.verdict import Verdict, VerdictError, parse_verdict, parse_window

_TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9.\-]{0,252}")
_API_VERSION = re.compile(r"20\d\d-[01]\d-[0-3]\d", re.ASCII)


def parse_text(value: Any) -> str:
    """A text that is not empty."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError("must be text")
    return text.clean(value.strip())


def parse_optional_text(value: Any) -> str:
    """A text, or empty."""
    return "" if value is None or value == "" else parse_text(value)


def parse_url(value: Any) -> str | None:
    """An https URL, or None."""
    if value is None or value == "":
        return None
    address = parse_text(value)
    if not address.startswith("https://"):
        raise ValueError("must begin with https://")
    return address


def parse_tenant(value: Any) -> str:
    """A tenant's id or domain, or empty."""
    name = parse_optional_text(value)
    if name and not _TENANT.fullmatch(name):
        raise ValueError("must be a tenant's id or domain, such as contoso.com")
    return name


def parse_api_version(value: Any) -> str:
    """A date, or empty. YAML may read one as text only in quotes."""
    version = parse_optional_text(str(value) if value else "")
    if version and not _API_VERSION.fullmatch(version):
        raise ValueError("must be a date such as 2024-11-01")
    return version


def parse_host(value: Any) -> str | None:
    """A host name, or None."""
    return parse_optional_text(value) or None


def choice_parser(*allowed: str) -> Callable[[Any], str]:
    """A parser for exactly one of these texts."""

    def parse(value: Any) -> str:
        if value not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)}")
        return str(value)

    return parse


def integer_parser(low: int, high: int) -> Callable[[Any], int]:
    """A parser for an integer within bounds; true and false are refused."""

    def parse(value: Any) -> int:
        if type(value) is not int or not low <= value <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return value

    return parse


def seconds_parser(low: float, high: float) -> Callable[[Any], float]:
    """A parser for seconds within bounds."""

    def parse(value: Any) -> float:
        if type(value) not in (int, float) or not low <= value <= high:
            raise ValueError(f"must be seconds, from {low:g} to {high:g}")
        return float(value)

    return parse


def parse_flag(value: Any) -> bool:
    """true or false."""
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def parse_key(value: Any) -> str:
    """A key, or several with commas, in the notation of the dashboard's key tables."""
    if type(value) not in (int, str) or not str(value).strip():
        raise ValueError(
            "must be a key such as U, f5 or pageup (in quotes where it is a punctuation character)"
        )
    return text.clean(str(value).strip())


def parse_command(value: Any) -> tuple[str, ...]:
    """A command line, split like a shell does, but never run by one; empty for none."""
    if value is None or value == "":
        return ()
    if not isinstance(value, str):
        raise ValueError("must be a command line, in quotes")
    try:
        return tuple(shlex.split(value))
    except ValueError as error:
        raise ValueError(f"must be a command line ({str(error).lower()})") from error


def parse_verdict_check(value: Any) -> Verdict | None:
    """A command line, an address, or a metric with its limit; empty for none."""
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise ValueError("must be a command line, an address or a metric, in quotes")
    try:
        return parse_verdict(value)
    except VerdictError as error:
        raise ValueError(error.rule) from error


def parse_verdict_window(value: Any) -> tuple[int, int]:
    """`1`, or `2/3`: failures among the last samples."""
    try:
        return parse_window(str(value))
    except VerdictError as error:
        raise ValueError(error.rule) from error


def parse_texts(value: Any) -> tuple[str, ...]:
    """A list of texts."""
    if not isinstance(value, tuple) or not all(isinstance(i, str) and i.strip() for i in value):
        raise ValueError("must be a list of texts")
    return tuple(text.clean(item.strip()) for item in value)


def amount_parser(name: str) -> Callable[[Any], Amount]:
    """A parser for a number of instances or a percentage, for the policy field `name`."""

    def parse(value: Any) -> Amount:
        if type(value) not in (int, str):
            raise ValueError("must be a number or a percentage such as 5 or 20%")
        return parse_amount(name, str(value))

    return parse


def parse_percentages(value: Any) -> tuple[int, ...]:
    """A list such as `[25%, 50%]`."""
    items = value if isinstance(value, tuple) else ("",)
    if not all(type(i) in (int, str) and str(i).removesuffix("%").isdecimal() for i in items):
        raise ValueError("must be a list of percentages such as [25%, 50%]")
    return tuple(int(str(item).removesuffix("%")) for item in items)

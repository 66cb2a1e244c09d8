"""Durations as they are typed into forms and options, and shown: `30s`, `5m`, `1h`. Pure."""

import re

_PARTS = re.compile(r"(?:(\d+)\s*h\s*)?(?:(\d+)\s*m(?:in)?\s*)?(?:(\d+(?:\.\d+)?)\s*s?)?")
_MAX_DIGITS = 12


def parse_seconds(text: str) -> float | None:
    """The seconds of `90`, `30s`, `5m`, `1h`, `1h30m`; None for anything else."""
    match = _PARTS.fullmatch(text.strip().lower())
    if match is None or not any(match.groups()) or len(text) > _MAX_DIGITS:
        return None
    hours, minutes, seconds = (float(part or 0) for part in match.groups())
    return (hours * 60 + minutes) * 60 + seconds


def format_seconds(seconds: float) -> str:
    """`30s`, `10m`, `90m`, `2h`, which `parse_seconds` reads."""
    if seconds >= 7200 and seconds % 3600 == 0:
        return f"{seconds / 3600:g}h"
    if seconds >= 60 and seconds % 60 == 0:
        return f"{seconds / 60:g}m"
    return f"{seconds:g}s"

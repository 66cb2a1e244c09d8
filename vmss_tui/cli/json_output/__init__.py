"""The `--json` output of the commands."""

from typing import Any

Json = dict[str, Any]
"""A JSON object, as plain values that msgspec can encode."""

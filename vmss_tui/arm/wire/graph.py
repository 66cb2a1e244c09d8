"""Typed structs of Resource Graph's answers and of the columns that our queries project.

Every column may be absent, null or of another type. Sources: arg-communitygalleries-objectArray
-2025, arg-resources-vm-table-2019 and "Working with large Azure resource data sets".
"""

from typing import Any

import msgspec

from vmss_tui.arm.wire.compute import Wire


class GraphAnswerWire(Wire):
    """An answer with `resultFormat` objectArray; `resultTruncated` is a text."""

    data: list[msgspec.Raw] | None = None
    result_truncated: Any = None
    skip_token: str | None = msgspec.field(default=None, name="$skipToken")


class InstanceCountWire(Wire):
    """A row of the queries that count instances, or of a single instance."""

    scale_set: str | None = None
    """The id of the set in lower case."""
    image: str | None = None
    """`imageReference` as JSON."""
    size: str | None = None
    state: str | None = None
    power: str | None = None
    """`PowerState/running`; empty where the index does not have it."""
    latest: str | None = None
    """`true` or `false`; empty where the index does not have it."""
    instances: int = 1

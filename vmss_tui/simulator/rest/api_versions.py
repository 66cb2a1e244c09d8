"""Properties that older api-versions do not have. Every version is served, without newer keys.

Recorded at 2020-06-01, 2022-11-01, 2023-09-01 and 2024-07-01; versions between are guesses.
"""

import re
from typing import Any

import msgspec

from vmss_tui.simulator.exchange import JSON_TYPE, Request, Response

FIRST_VERSIONS = {
    "platformFaultDomainCount": "2020-12-01",
    "timeCreated": "2021-11-01",
    "diskControllerType": "2022-08-01",
    "prioritizeUnhealthyInstances": "2023-03-01",
    "etag": "2023-09-01",
    "resilientVMDeletionStatus": "2024-07-01",
}
"""Key → the first api-version that has it."""

_NEWEST = max(FIRST_VERSIONS.values())
_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}")


def downgrade_response(request: Request, response: Response) -> Response:
    """Removes the keys that the requested api-version does not have; fast for a recent one."""
    version = request.api_version[:10]
    recent = version >= _NEWEST or not _VERSION.fullmatch(version) or version < "2010"
    if recent or response.status >= 300 or not response.body or response.content_type != JSON_TYPE:
        return response
    unknown = frozenset(key for key, since in FIRST_VERSIONS.items() if version < since)
    body = msgspec.json.decode(response.body)
    response.body = msgspec.json.encode(_without(body, unknown))
    return response


def _without(body: Any, keys: frozenset[str]) -> Any:
    if isinstance(body, dict):
        return {name: _without(value, keys) for name, value in body.items() if name not in keys}
    if isinstance(body, list):
        return [_without(item, keys) for item in body]
    return body

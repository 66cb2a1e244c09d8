"""Which api-versions the compute service has: old ones lack properties, and newest can be refused.

Every version is served, without the properties that came later. With the fault `refuse:
api_version` (`world.refusals`) those after its newest one are refused, in Azure's own shapes:

- `public`: a resource 400 `NoRegisteredProviderFound`, a list 404 `InvalidResourceType`;
- `not_found`: both 404, as recorded in sovereign clouds;
- `no_list`: 404 for all, without the versions that are supported;
- `misleading`: 400 for all versions, with a list that contains the requested one, as recorded
  for a region that does not have the resource type;
- `invalid`: 400 `InvalidApiVersionParameter`, with the versions of Azure Resource Manager itself.

Properties were recorded at 2020-06-01, 2022-11-01, 2023-09-01 and 2024-07-01; versions between
are guesses. The versions of each type were recorded in 2024; later ones are those of the SDK.
"""

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from vmss_tui.simulator.errors import ArmError
from vmss_tui.simulator.exchange import JSON_TYPE, Request, Response
from vmss_tui.simulator.payloads.provider import supported_versions
from vmss_tui.simulator.world.custom_images import REGIONS
from vmss_tui.simulator.world.world import World

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
_RESOURCE_MANAGER_VERSIONS = (
    "2014-04-01,2015-01-01,2016-09-01,2018-05-01,2020-06-01,2021-04-01,2022-09-01,2024-11-01"
)


def check_api_version(world: World, request: Request, segments: list[str]) -> None:
    """Raises ArmError where a fault refuses the api-version of a request to the compute service."""
    refusal = world.faults.refusals.of_api_versions()
    lower = [segment.lower() for segment in segments]
    if refusal is None or "microsoft.compute" not in lower[:-1] or lower[-1] == "register":
        return
    types = segments[lower.index("microsoft.compute") + 1 :]
    kind, requested = "/".join(types[::2]), request.api_version
    versions = sorted(supported_versions(kind, refusal.newest))
    if refusal.shape == "misleading":
        raise _no_registered_provider(world, segments, kind, requested, {*versions, requested})
    if requested[:10] <= refusal.newest:
        return
    if refusal.shape == "invalid":
        message = (
            f"The api-version '{requested}' is invalid. The supported versions are "
            f"'{_RESOURCE_MANAGER_VERSIONS}'."
        )
        raise ArmError(400, "InvalidApiVersionParameter", message, headers=_gateway())
    if refusal.shape == "no_list":
        raise unknown_type(requested)
    if refusal.shape == "public" and len(types) > 1:
        raise _no_registered_provider(world, segments, kind, requested, versions)
    message = (
        f"The resource type '{kind}' could not be found in the namespace 'Microsoft.Compute' for "
        f"api version '{requested}'. The supported api-versions are '{','.join(versions)}'."
    )
    raise ArmError(404, "InvalidResourceType", message, headers=_gateway())


def unknown_type(api_version: str, namespace: str = "Microsoft.Compute") -> ArmError:
    """The 404 for a type or an action that no version has; it lists none."""
    message = (
        f"The resource type could not be found in the namespace '{namespace}' for api version "
        f"'{api_version}'."
    )
    return ArmError(404, "InvalidResourceType", message, headers=_gateway())


def _no_registered_provider(
    world: World, segments: list[str], kind: str, requested: str, versions: Iterable[str]
) -> ArmError:
    message = (
        f"No registered resource provider found for location '{_location(world, segments)}' and "
        f"API version '{requested}' for type '{kind}'. The supported api-versions are "
        f"'{', '.join(sorted(versions))}'. The supported locations are '{', '.join(REGIONS)}'."
    )
    return ArmError(400, "NoRegisteredProviderFound", message, headers=_gateway())


def _location(world: World, segments: list[str]) -> str:
    """The region of a path: the one it names, or that of its resource group."""
    lower = [segment.lower() for segment in segments]
    if "locations" in lower[:-1]:
        return segments[lower.index("locations") + 1]
    group = world.groups.get((lower[1], lower[3])) if lower[2:3] == ["resourcegroups"] else None
    return group[1] if group is not None else next(iter(REGIONS))


def _gateway() -> dict[str, str]:
    return {"x-ms-failure-cause": "gateway"}


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

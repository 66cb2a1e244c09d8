"""Who sends requests: the user of the simulator, a colleague, services of Azure, Azure itself.

The ids of Azure's applications are the real ones; people and their ids are invented.
"""

import base64
import binascii
from dataclasses import dataclass
from typing import Any

import msgspec

_ZEROS = "00000000-0000-0000-0000-000000000000"
_CLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
_PORTAL = "c44b4083-3bb0-49c1-b47d-974e53cbdf3c"
_CLIENTS = {
    _CLI: "Azure CLI",
    _PORTAL: "Azure Portal",
    "1950a258-227b-4e31-a9cf-717495945fc2": "Azure PowerShell",
}
_MAX_TOKEN = 16_384


@dataclass(frozen=True, slots=True)
class Principal:
    """Who sends a request, and with which client."""

    caller: str
    """A user's name, an object id, or the name of a service of Azure's."""
    kind: str
    """User, Application or System, as in Resource Graph's `changedByType`."""
    name: str = ""
    object_id: str = _ZEROS
    application: str = ""
    """The id of the client."""
    address: str = "203.0.113.7"

    @property
    def client(self) -> str:
        """The client's name, or its id."""
        return _CLIENTS.get(self.application, self.application) or "Unspecified"


USER = Principal("someone@example.com", "User", "Example User", application=_CLI)
"""Whoever sends a token that says nothing."""
COLLEAGUE = Principal(
    "dana@contoso.example",
    "User",
    "Dana Reyes",
    "5b0f9d2e-7c41-4a8b-9e63-1f2d8c7a4b10",
    _PORTAL,
    "198.51.100.23",
)
AUTOSCALE = Principal("Microsoft.Insights/autoscaleSettings", "System", address="")
AZURE = Principal("Microsoft.Compute", "System", address="")


def _service(name: str, object_id: str, application: str) -> Principal:
    return Principal(object_id, "Application", name, object_id, application, "192.0.2.44")


OPERATORS = {
    "colleague": COLLEAGUE,
    "another-operator": COLLEAGUE,
    "autoscale": AUTOSCALE,
    "azure-kubernetes-service": _service(
        "Azure Kubernetes Service",
        "8d1f6a70-2b93-4c55-a1de-60b7f3c2e901",
        "7319c514-987d-4e9b-ac3d-d38c4f427f4c",
    ),
    "azure-devops": _service(
        "Azure DevOps",
        "c3a9e1d4-55f0-4b7e-8c26-9d0a17b4e602",
        "499b84ac-1321-427f-aa17-267ca6975798",
    ),
    "azure-batch": _service(
        "Microsoft Azure Batch",
        "e7b25c18-0d6a-49f3-b1a4-3c8e5f907d03",
        "ddbf3205-c6bd-46ae-8127-60eb93363864",
    ),
    "databricks": _service(
        "AzureDatabricks",
        "14c0d9b6-a872-4e3d-95f1-7be26a4c8d04",
        "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d",
    ),
}
"""The operators of scenarios."""


def operator_principal(operator: str) -> Principal:
    """An operator of a scenario; one without an entry is Azure."""
    return OPERATORS.get(operator, AZURE)


def token_principal(authorization: str) -> Principal:
    """The principal in the token of an `Authorization` header; `USER` where it has none."""
    claims = _claims(authorization.partition(" ")[2])
    user = claims.get("upn") or claims.get("unique_name") or claims.get("preferred_username")
    object_id, application = str(claims.get("oid", _ZEROS)), str(claims.get("appid", _CLI))
    if user:
        name = str(claims.get("name", user))
        return Principal(str(user), "User", name, object_id, application)
    if "appid" in claims and "oid" in claims:
        return Principal(object_id, "Application", "", object_id, application)
    return USER


def _claims(token: str) -> dict[str, Any]:
    """The claims of a JSON Web Token, whose signature nobody checks; {} for another token."""
    parts = token.strip().split(".")
    if len(parts) != 3 or len(token) > _MAX_TOKEN:
        return {}
    try:
        payload = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        claims: Any = msgspec.json.decode(payload)
    except (binascii.Error, ValueError, msgspec.DecodeError):
        return {}
    return claims if isinstance(claims, dict) else {}

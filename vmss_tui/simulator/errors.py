"""Azure's error responses, with its own messages (recorded exchanges, Azure documentation)."""

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
"""A JSON object."""


@dataclass(slots=True)
class ArmError(Exception):
    """A refused request, which has changed nothing."""

    status: int
    code: str
    message: str
    target: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def body(self) -> Json:
        """The response body: the error in Azure Resource Manager's envelope."""
        error = {"code": self.code, "message": self.message}
        if self.target is not None:
            error["target"] = self.target
        return {"error": error}


def unauthenticated() -> ArmError:
    """The request has no bearer token."""
    challenge = (
        'Bearer authorization_uri="https://login.microsoftonline.com/common", '
        'error="invalid_token", error_description="The authentication failed because of '
        "missing 'Authorization' header.\""
    )
    return ArmError(
        401,
        "AuthenticationFailed",
        "Authentication failed. The 'Authorization' header is missing.",
        headers={"WWW-Authenticate": challenge},
    )


def subscription_not_found(subscription: str) -> ArmError:
    """The subscription does not exist."""
    message = f"The subscription '{subscription}' could not be found."
    return ArmError(404, "SubscriptionNotFound", message)


def group_not_found(group: str) -> ArmError:
    """The resource group does not exist."""
    message = f"Resource group '{group}' could not be found."
    return ArmError(404, "ResourceGroupNotFound", message)


def resource_not_found(kind: str, name: str, group: str) -> ArmError:
    """The 404 of Azure Resource Manager itself: the resource does not exist."""
    message = (
        f"The Resource '{kind}/{name}' under resource group '{group}' was not found. "
        "For more details please go to https://aka.ms/ARMResourceNotFoundFix"
    )
    return ArmError(404, "ResourceNotFound", message, headers={"x-ms-failure-cause": "gateway"})


def entity_not_found() -> ArmError:
    """The 404 of the compute service, as for a missing instance."""
    return ArmError(404, "NotFound", "The entity was not found in this Azure location.")


def instance_not_active(instance_id: str) -> ArmError:
    """The error for a whole batch that has one unknown instance id."""
    message = (
        f"The provided instanceId {instance_id} is not an active "
        "Virtual Machine Scale Set VM instanceId."
    )
    return ArmError(400, "InvalidParameter", message, "instanceIds")


def etag_mismatch(given: str, actual: str) -> ArmError:
    """If-Match has another etag; both arguments include their quotes."""
    message = f"Etag provided in if-match header {given} does not match etag {actual} of resource."
    return ArmError(412, "PreconditionFailed", message)


def image_not_found(urn: str) -> ArmError:
    """The catalogue has no such platform image."""
    message = (
        f"The platform image '{urn}' is not available. Verify that all fields in the storage "
        "profile are correct. For more details about storage profile information, please refer "
        "to https://aka.ms/storageprofile"
    )
    return ArmError(404, "PlatformImageNotFound", message, "imageReference")


def image_id_not_found(image_id: str) -> ArmError:
    """A managed or gallery image does not exist, or not in the set's region."""
    message = f"The entity '{image_id}' was not found in this Azure location."
    return ArmError(404, "NotFound", message, "imageReference")


def image_not_replicated(image_id: str, location: str) -> ArmError:
    """A gallery image has no version in this region."""
    message = (
        f"The gallery image {image_id} is not available in {location} region. Please contact "
        "image owner to replicate to this region, or change your requested region."
    )
    return ArmError(404, "GalleryImageNotFound", message, "imageReference")


def conflict() -> ArmError:
    """Another operation on the same instance is in progress."""
    message = (
        "The request failed due to conflict with a concurrent request. To resolve it, please "
        "refer to https://aka.ms/activitylog to get more details on the conflicting requests."
    )
    return ArmError(409, "Conflict", message)


def operation_not_allowed(message: str) -> ArmError:
    """A 409 of the compute service."""
    return ArmError(409, "OperationNotAllowed", message)


def marked_for_deletion(operation: str, scale_set: str) -> ArmError:
    """A 409 for a write to a scale set whose deletion has begun."""
    return operation_not_allowed(
        f"Operation '{operation}' is not allowed on Virtual Machine Scale Set '{scale_set}' since "
        "it is marked for deletion. You can only retry the Delete operation (or wait for an "
        "ongoing one to complete)."
    )


def property_change_not_allowed(name: str) -> ArmError:
    """A 409 for the change of a property that never changes."""
    message = f"Changing property '{name}' is not allowed."
    return ArmError(409, "PropertyChangeNotAllowed", message, name)


def sku_not_available(size: str, location: str) -> ArmError:
    """A 409: the region has no capacity for a VM size, or not for this subscription."""
    message = (
        "The requested VM size for resource 'Following SKUs have failed for Capacity "
        f"Restrictions: {size}' is currently not available in location '{location}'. Please try "
        "another size or deploy to a different location or different zone. See "
        "https://aka.ms/azureskunotavailable for details."
    )
    return ArmError(409, "SkuNotAvailable", message)


def not_registered(namespace: str) -> ArmError:
    """A 409: the subscription has never registered this resource provider."""
    message = (
        f"The subscription is not registered to use namespace '{namespace}'. See "
        "https://aka.ms/rps-not-found for how to register subscriptions."
    )
    return ArmError(409, "MissingSubscriptionRegistration", message)


def authorization_failed(action: str, scope: str) -> ArmError:
    """A 403: the caller has no role with this permission."""
    message = (
        "The client 'someone@example.com' with object id '00000000-0000-0000-0000-000000000000' "
        f"does not have authorization to perform action '{action}' over scope '{scope}' or the "
        "scope is invalid. If access was recently granted, please refresh your credentials."
    )
    return ArmError(403, "AuthorizationFailed", message)


def invalid_parameter(message: str, target: str | None = None) -> ArmError:
    """A parameter is missing or has an invalid value."""
    return ArmError(400, "InvalidParameter", message, target)


def invalid_control(message: str) -> ArmError:
    """A request to the control interface with an odd value; it has changed nothing."""
    return ArmError(400, "InvalidControl", message)

"""Reads and writes the protection policy of one instance; ARM has no call for several.

A PUT with only the policy leaves the rest of the instance unchanged ("Instance protection for
Azure Virtual Machine Scale Set instances"). It is conditional on the etag read with the policy.
"""

from vmss_tui.arm.resources.listings import read_object
from vmss_tui.arm.translate.scale_set import clean_etag
from vmss_tui.arm.transport.send import RequestSender, Response
from vmss_tui.arm.transport.urls import ArmUrls
from vmss_tui.fleet.instance_operation import ProtectionPolicy
from vmss_tui.fleet.scale_set import ProvisioningState
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.gateway import InvalidResponse


def read_protection(
    sender: RequestSender, urls: ArmUrls, scale_set: ScaleSetId, instance_id: str
) -> ProtectionPolicy:
    """The current policy; without protection where the instance has no policy.

    It is written back whole, so an invalid policy raises `InvalidResponse`.
    """
    tree = read_object(sender, urls.set_instance(scale_set, instance_id))
    properties = tree.get("properties")
    if not isinstance(properties, dict):
        raise InvalidResponse(f"The answer about instance {instance_id} has no properties.")
    policy = properties.get("protectionPolicy")
    fields = {} if policy is None else policy
    flags = fields.values() if isinstance(fields, dict) else ("no policy",)
    if not all(isinstance(flag, bool | None) for flag in flags):
        raise InvalidResponse(f"The protection of instance {instance_id} cannot be read.")
    return ProtectionPolicy(
        scale_in=fields.get("protectFromScaleIn") is True,
        set_actions=fields.get("protectFromScaleSetActions") is True,
        etag=clean_etag(tree.get("etag")),
        settled=properties.get("provisioningState") != ProvisioningState.UPDATING,
    )


def write_protection(
    sender: RequestSender,
    urls: ArmUrls,
    scale_set: ScaleSetId,
    instance_id: str,
    policy: ProtectionPolicy,
    client_request_id: str,
) -> Response:
    """One PUT with only the policy."""
    headers = {"x-ms-client-request-id": client_request_id}
    if policy.etag:
        headers["If-Match"] = policy.etag
    return sender.write("PUT", urls.set_instance(scale_set, instance_id), policy.body, headers)

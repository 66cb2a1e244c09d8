"""Reads and writes one instance's protection policy: the one write that ARM has no list call for.

A PUT with nothing but the policy leaves the rest of the instance as it is ("Instance protection
for Azure Virtual Machine Scale Set instances"); it goes over the etag that was read with it.
"""

from vmss_tui.arm.resources.listings import read_object
from vmss_tui.arm.translate.scale_set import clean_etag
from vmss_tui.arm.transport.send import Response, RequestSender
from vmss_tui.arm.transport.urls import ArmUrls
from vmss_tui.fleet.instance_operation import ProtectionPolicy
from vmss_tui.fleet.scale_set import ProvisioningState
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.gateway import InvalidResponse


def read_protection(sender: RequestSender, paths: ArmUrls, scale_set: ScaleSetId, instance_id: str) -> ProtectionPolicy:
    """The policy as it is; an instance without one has none.

    It is written back whole, so one that cannot be understood is damaged, and never none.
    """
    tree = read_object(sender, paths.set_instance(scale_set, instance_id))
    properties = tree.get("properties")
    if not isinstance(properties, dict):
        raise InvalidResponse(f"The answer about instance {instance_id} has no properties.")
    policy = properties.get("protectionPolicy")
    fields = {} if policy is None else policy
    flags = fields.values() if isinstance(fields, dict) else ("no policy",)
    if not all(isinstance(flag, bool | None) for flag in flags):
        raise InvalidResponse(f"The protection of instance {instance_id} cannot be understood.")
    return ProtectionPolicy(
        scale_in=fields.get("protectFromScaleIn") is True,
        set_actions=fields.get("protectFromScaleSetActions") is True,
        etag=clean_etag(tree.get("etag")),
        settled=properties.get("provisioningState") != ProvisioningState.UPDATING,
    )


def write_protection(
    sender: RequestSender,
    paths: ArmUrls,
    scale_set: ScaleSetId,
    instance_id: str,
    policy: ProtectionPolicy,
    client_request_id: str,
) -> Response:
    """One PUT of the policy alone."""
    headers = {"x-ms-client-request-id": client_request_id}
    if policy.etag:
        headers["If-Match"] = policy.etag
    return sender.write("PUT", paths.set_instance(scale_set, instance_id), policy.body, headers)

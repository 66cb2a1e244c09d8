"""Reads and writes one instance's protection policy: the one write that ARM has no list call for.

A PUT with nothing but the policy leaves the rest of the instance as it is ("Instance protection
for Azure Virtual Machine Scale Set instances"); it goes over the etag that was read with it.
"""

from vmss_tui.arm.resources.listings import read_object
from vmss_tui.arm.translate.scale_set import fit_etag
from vmss_tui.arm.transport.send import Response, RequestSender
from vmss_tui.arm.transport.urls import ArmUrls
from vmss_tui.fleet.instance_operation import ProtectionPolicy
from vmss_tui.fleet.scale_set import ProvisioningState
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.gateway import InvalidResponse


def read(sender: RequestSender, paths: ArmUrls, scale_set: ScaleSetId, instance_id: str) -> ProtectionPolicy:
    """The policy as it is; an instance without one has none.

    It is written back whole, so one that cannot be understood is damaged, and never none.
    """
    tree = read_object(sender, paths.set_instance(scale_set, instance_id))
    known = tree.get("properties")
    if not isinstance(known, dict):
        raise InvalidResponse(f"The answer about instance {instance_id} has no properties.")
    policy = known.get("protectionPolicy")
    said = {} if policy is None else policy
    flags = said.values() if isinstance(said, dict) else ("no policy",)
    if not all(isinstance(flag, bool | None) for flag in flags):
        raise InvalidResponse(f"The protection of instance {instance_id} cannot be understood.")
    return ProtectionPolicy(
        scale_in=said.get("protectFromScaleIn") is True,
        set_actions=said.get("protectFromScaleSetActions") is True,
        etag=fit_etag(tree.get("etag")),
        settled=known.get("provisioningState") != ProvisioningState.UPDATING,
    )


def write(
    sender: RequestSender,
    paths: ArmUrls,
    scale_set: ScaleSetId,
    instance_id: str,
    wanted: ProtectionPolicy,
    client_request_id: str,
) -> Response:
    """One PUT of the policy alone."""
    headers = {"x-ms-client-request-id": client_request_id}
    if wanted.etag:
        headers["If-Match"] = wanted.etag
    return sender.write("PUT", paths.set_instance(scale_set, instance_id), wanted.body, headers)

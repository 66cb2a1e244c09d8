"""Requests of the gateway, the answers that the fuzz test damages, and the result of each."""

import json
from collections.abc import Callable, Sequence

from tests.support.canned_gateway import ENDPOINT, Reply, canned_gateway, json_reply
from tests.support.fuzz_judge import (
    FLEXIBLE,
    FLEXIBLE_SET,
    SET,
    UNIFORM,
    check_clean,
    check_storable,
    judge_snapshot,
    object_at,
    parse_loosely,
)
from tests.support.json_mutations import JsonMutator
from tests.support.recorded_answers import body_of
from vmss_tui.arm.gateway import ArmGateway
from vmss_tui.fleet.image import Image, ImageKind
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.fleet.scale_set_id import parse_resource_id
from vmss_tui.gateway import Accepted, PowerAction
from vmss_tui.gateway.catalogue import ignore_progress

PAGES = [
    body_of("vms-list-2-noncontiguous-ids"),
    body_of("vms-list-5-uniform-mixed-updating-succeeded"),
    body_of("vms-list-latestModelApplied-false-healthext"),
    body_of("vms-list-select-expand-instanceView"),
]
UNIFORM_REPLY, FLEXIBLE_REPLY = json_reply(UNIFORM), json_reply(FLEXIBLE)
PAGE_REPLY = json_reply(PAGES[0])
ONE = body_of("vm-get-expand-instanceView-updating-state")
MACHINES = {
    "value": [
        {
            "name": f"flex_{n}",
            "id": f"{FLEXIBLE['id'].rpartition('/providers')[0]}/providers/x/virtualMachines/f_{n}",
            "properties": {
                "virtualMachineScaleSet": {"id": FLEXIBLE["id"]},
                "provisioningState": "Succeeded",
                "instanceView": body_of("vm-instanceView-running"),
            },
        }
        for n in range(3)
    ]
}
OPERATIONS = [
    body_of("asyncop-inprogress"),
    body_of("asyncop-succeeded"),
    body_of("doc-asyncop-failed-rolling-unhealthy"),
]
OPERATION = f"{ENDPOINT}/subscriptions/{SET.subscription_id}/providers/x/operations/y?api-version=1"
ERRORS = {
    400: body_of("doc-400-instanceid-not-active"),
    404: body_of("vmss-get-404-ResourceNotFound"),
    409: body_of("doc-409-concurrent-request"),
    412: body_of("doc-412-etag-mismatch-vmss-put"),
    429: body_of("doc-429-compute-throttle-classic"),
}
SUBSCRIPTIONS = {
    "value": [
        {"subscriptionId": SET.subscription_id, "displayName": "Contoso", "tenantId": "t"},
        {"subscriptionId": SET.subscription_id, "displayName": "Fabrikam", "tenantId": "t"},
    ]
}
REPAIRS = {
    "orchestrationServices": [
        {"serviceName": "AutomaticRepairs", "serviceState": "Running"},
        {"serviceName": "Other", "serviceState": "Running"},
    ]
}
JAMMY = Image(
    ImageKind.PLATFORM, publisher="Canonical", offer="jammy", sku="22_04-lts-gen2", version="latest"
)
GALLERY = Image(
    ImageKind.GALLERY,
    reference=f"/subscriptions/{SET.subscription_id}/resourceGroups/g"
    "/providers/Microsoft.Compute/galleries/own/images/web/versions/1.0.0",
)


def instances(m: JsonMutator) -> str:
    """A list of one or two pages, either of them damaged."""
    first, second = m.random.sample(PAGES, 2)
    two = first | {"nextLink": f"{ENDPOINT}{SET.resource_id}/virtualMachines?$skiptoken=2"}
    bodies = m.random.choice(
        (
            [m.mutate(first)],
            [m.mutate(two), json.dumps(second).encode()],
            [json.dumps(two).encode(), m.mutate(second)],
        )
    )
    gateway = canned_gateway(UNIFORM_REPLY, *((200, _limits(m), body) for body in bodies))
    return judge_snapshot(gateway.observe(SET), bodies)


def machines(m: JsonMutator) -> str:
    """The machines of a Flexible set."""
    body = m.mutate(MACHINES)
    return judge_snapshot(
        canned_gateway(FLEXIBLE_REPLY, (200, _limits(m), body)).observe(FLEXIBLE_SET), [body]
    )


def model(m: JsonMutator) -> str:
    """The scale set and its model."""
    body = m.mutate(UNIFORM)
    snapshot = canned_gateway((200, {}, body), PAGE_REPLY).observe(SET)
    tree = parse_loosely(body)
    assert parse_resource_id(tree["id"]).key == SET.key
    assert isinstance(tree["properties"].get("virtualMachineProfile"), dict | None)
    assert snapshot.scale_set.capacity in (None, object_at(tree, "sku").get("capacity"))
    check_storable(snapshot)
    check_clean(snapshot)
    return "read" if snapshot.complete else "read with its damage said"


def one_instance(m: JsonMutator) -> str:
    """One instance, read after the whole scale set."""
    body = m.mutate(ONE)
    gateway = canned_gateway(UNIFORM_REPLY, PAGE_REPLY, UNIFORM_REPLY, (200, {}, body))
    return judge_snapshot(
        gateway.observe_instances(SET, ["0"], gateway.observe(SET)),
        [PAGE_REPLY[2], body],
    )


def instance_json(m: JsonMutator) -> str:
    """The JSON that key `y` shows."""
    gateway = canned_gateway(UNIFORM_REPLY, (200, {}, m.mutate(ONE)))
    check_clean(json.dumps(gateway.read_instance(SET, "0"), ensure_ascii=False))
    return "read"


def lists_of_sets(m: JsonMutator) -> str:
    """All sets of a subscription."""
    gateway = canned_gateway((200, {}, m.mutate(body_of("vmss-list-rg"))))
    for scale_set in gateway.list_scale_sets(SET.subscription_id):
        check_clean(scale_set)
        parse_resource_id(scale_set.id.resource_id)
    return "read"


def lists_of_subscriptions(m: JsonMutator) -> str:
    """The subscriptions of a credential."""
    check_clean(canned_gateway((200, {}, m.mutate(SUBSCRIPTIONS))).list_subscriptions())
    return "read"


def operations(m: JsonMutator) -> str:
    """The poll of an operation."""
    body = m.mutate(m.random.choice(OPERATIONS))
    state = canned_gateway((200, {}, body)).poll(OPERATION)
    check_clean(state)
    tree = parse_loosely(body)
    if state.status.value == "Succeeded":
        assert isinstance(tree, dict)
        assert str(tree["status"]).lower() == "succeeded"
    return f"operation {state.status}"


def errors(m: JsonMutator) -> str:
    """A refusal of a reading or of a write, with a body and headers that are damaged."""
    status = m.random.choice([*ERRORS, 401, 403, 408, 410, 418, 499, 500, 502, 503, 302, 204, 226])
    headers = {
        "retry-after": m.random_header(),
        "date": m.random_header(),
        "retry-after-ms": m.random_header(),
    }
    gateway = canned_gateway((status, headers, m.mutate(ERRORS.get(status, ERRORS[409]))))
    return (
        write_with(gateway, m)
        if m.random.random() < 0.5
        else str(gateway.read_model(SET) and "read")
    )


def writes(m: JsonMutator) -> str:
    """An accepted write whose reply is damaged."""
    headers = {
        "azure-asyncoperation": m.random.choice([m.random_header(), OPERATION, "https://evil/subscriptions/x"]),
        "location": m.random_header(),
        "etag": m.random.choice([m.random_header(), '"7"', "\u0661", "a\tb"]),
        "x-ms-correlation-request-id": m.random_header(),
    }  # fmt: skip
    return write_with(
        canned_gateway((m.random.choice([200, 201, 202]), headers, m.mutate(UNIFORM))), m
    )


def write_with(gateway: ArmGateway, m: JsonMutator) -> str:
    """One of the writes, chosen at random."""
    calls: tuple[Callable[[], Accepted], ...] = (
        lambda: gateway.upgrade(SET, ["0"], "r"),
        lambda: gateway.power(SET, m.random.choice(list(PowerAction)), ["0"], "r"),
        lambda: gateway.patch(SET, {"sku": {"name": "x"}}, '"1"', "r"),
    )
    accepted = m.random.choice(calls)()
    check_clean(accepted)
    assert accepted.operation is None or accepted.operation.startswith(ENDPOINT)
    return "accepted"


def catalogue(m: JsonMutator) -> str:
    """Versions of a platform image or a gallery image."""
    image, body = m.random.choice(
        [
            (JAMMY, body_of("vmimage-versions-top1-orderby-desc")),
            (JAMMY, body_of("vmimage-versions-full-list")[:12]),
            (GALLERY, body_of("gallery-image-versions-list")),
        ]
    )
    gateway = canned_gateway((200, {}, m.mutate(body)))
    versions = gateway.catalogue.list_versions(
        ScaleSet(SET, location="eastus"), image, ignore_progress
    )
    check_clean(versions)
    return "read"


def catalogue_names(m: JsonMutator) -> str:
    """Publishers, images of the subscription, and VM sizes."""
    scale_set = ScaleSet(SET, location="eastus")
    publishers = body_of("vmimage-publishers-westus")[:9]
    galleries = json_reply(body_of("galleries-list-rg"))
    managed, images = body_of("managed-images-list-rg"), body_of("gallery-images-list")
    own: tuple[Reply, ...] = (
        (200, {}, m.mutate(managed)),
        galleries,
        (200, {}, m.mutate(images)),
    )
    match m.random.randrange(3):
        case 0:
            gateway = canned_gateway((200, {}, m.mutate(publishers)))
            check_clean(gateway.catalogue.list_publishers(scale_set, ignore_progress))
        case 1:
            check_clean(canned_gateway(*own).catalogue.list_own_images(scale_set, ignore_progress))
        case _:
            gateway = canned_gateway((200, {}, m.mutate(body_of("vmss-list-skus"))))
            check_clean(gateway.catalogue.list_sizes(scale_set, ignore_progress))
    return "read"


def maintenance(m: JsonMutator) -> str:
    """Azure's own rolling upgrade, its history, and repairs."""
    latest = m.mutate(body_of("doc-rollingUpgrades-latest-RollingForward"))
    rolling = canned_gateway((200, {}, latest))
    history = canned_gateway((200, {}, m.mutate(body_of("doc-osUpgradeHistory-one-entry"))))
    repairs = canned_gateway((200, {}, m.mutate(REPAIRS)))
    match m.random.randrange(3):
        case 0:
            upgrade = rolling.read_rolling_upgrade(SET)
            assert upgrade is not None
            tree = parse_loosely(latest)
            status = object_at(object_at(tree, "properties"), "runningStatus")
            assert upgrade.active is None or isinstance(status.get("code"), str)
            check_clean(upgrade)
        case 1:
            check_clean(history.maintenance.read_upgrade_history(SET))
        case _:
            check_clean(repairs.maintenance.read_repairs(SET))
    return "read"


def protection(m: JsonMutator) -> str:
    """The protection, which is written back whole."""
    body = m.mutate(body_of("vm-get-protectionpolicy-after"))
    state = canned_gateway((200, {}, body)).read_protection(SET, "0")
    policy = parse_loosely(body)["properties"].get("protectionPolicy")
    assert policy is None or state.scale_in == (policy.get("protectFromScaleIn") is True)
    assert policy is None or all(isinstance(value, bool | None) for value in policy.values())
    return "read"


ROUTES: Sequence[tuple[Callable[[JsonMutator], str], int]] = (
    (instances, 8),
    (model, 4),
    (machines, 2),
    (one_instance, 2),
    (instance_json, 1),
    (lists_of_sets, 2),
    (lists_of_subscriptions, 1),
    (operations, 2),
    (errors, 2),
    (writes, 1),
    (catalogue, 1),
    (catalogue_names, 1),
    (maintenance, 1),
    (protection, 1),
)


def _limits(m: JsonMutator) -> dict[str, str]:
    return (
        {"x-ms-ratelimit-remaining-resource": m.random_header()} if m.random.random() < 0.1 else {}
    )

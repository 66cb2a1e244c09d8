"""Ten thousand damaged answers of Azure through the whole gateway but for the socket.

Each is built from a recorded exchange with a seed of its own, and must come to a reading that
says what is wrong with it, or to one of the gateway's errors. A second, plain reading of the same
bytes holds the first to the truth: nothing is current, running or healthy that Azure did not call
so literally.
"""

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from random import Random
from typing import Any, cast

import msgspec
import pytest

from tests.arm.test_translate import body_of
from tests.support.canned_gateway import ENDPOINT, Asked, gateway, tell
from tests.support.json_mutations import Mutator
from vmss_tui.arm.gateway import ArmGateway
from vmss_tui.fleet.domains import Grouping, grid
from vmss_tui.fleet.image import Image, ImageKind
from vmss_tui.fleet.scale_set import Health, Instance, PowerState, ScaleSet, State
from vmss_tui.fleet.scale_set_id import BadName, parse_resource_id
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.gateway import Accepted, GatewayError, Power
from vmss_tui.gateway.catalogue import quiet
from vmss_tui.runtime.storage.latest_view import LatestView
from vmss_tui.text import clean

HOW_MANY = 10_000
PARTS = 4
"""Tests among which they are divided, so that several processes can share them."""
LONGEST_WORDS = 2_500

UNIFORM, FLEXIBLE = body_of("vmss-get-uniform"), body_of("vmss-get-flexible")
SET, FLEXIBLE_SET = parse_resource_id(UNIFORM["id"]), parse_resource_id(FLEXIBLE["id"])
PAGES = [
    body_of(name)
    for name in (
        "vms-list-2-noncontiguous-ids",
        "vms-list-5-uniform-mixed-updating-succeeded",
        "vms-list-latestModelApplied-false-healthext",
        "vms-list-select-expand-instanceView",
    )
]
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


# What is asked, and what may come of it


def instances(m: Mutator) -> str:
    """A list of one or two pages, either of them damaged."""
    first, second = m.random.sample(PAGES, 2)
    two = first | {"nextLink": f"{ENDPOINT}{SET.resource_id}/virtualMachines?$skiptoken=2"}
    bodies = m.random.choice(
        (
            [m.mutated(first)],
            [m.mutated(two), json.dumps(second).encode()],
            [json.dumps(two).encode(), m.mutated(second)],
        )
    )
    seen = gateway(tell(UNIFORM), *((200, _limits(m), body) for body in bodies))
    return judge(seen.observe(SET), bodies)


def machines(m: Mutator) -> str:
    """The machines of a Flexible set."""
    body = m.mutated(MACHINES)
    return judge(gateway(tell(FLEXIBLE), (200, _limits(m), body)).observe(FLEXIBLE_SET), [body])


def model(m: Mutator) -> str:
    """The scale set and its model."""
    body = m.mutated(UNIFORM)
    found = gateway((200, {}, body), tell(PAGES[0])).observe(SET)
    said = plainly(body)
    assert parse_resource_id(said["id"]).key == SET.key
    assert isinstance(said["properties"].get("virtualMachineProfile"), dict | None)
    assert found.scale_set.capacity in (None, _map(said, "sku").get("capacity"))
    fit_to_keep(found)
    all_clean(found)
    return "read" if found.complete else "read with its damage said"


def one_instance(m: Mutator) -> str:
    """A member looked at by itself, after a whole reading."""
    body = m.mutated(ONE)
    first = gateway(tell(UNIFORM), tell(PAGES[0]), tell(UNIFORM), (200, {}, body))
    return judge(
        first.observe_members(SET, ["0"], first.observe(SET)), [json.dumps(PAGES[0]).encode(), body]
    )


def instance_json(m: Mutator) -> str:
    """What `y` shows."""
    seen = gateway(tell(UNIFORM), (200, {}, m.mutated(ONE)))
    all_clean(json.dumps(seen.read_instance(SET, "0"), ensure_ascii=False))
    return "read"


def lists_of_sets(m: Mutator) -> str:
    """All sets of a subscription."""
    seen = gateway((200, {}, m.mutated(body_of("vmss-list-rg"))))
    for found in seen.list_scale_sets(SET.subscription_id):
        all_clean(found)
        parse_resource_id(found.id.resource_id)
    return "read"


def lists_of_subscriptions(m: Mutator) -> str:
    """What a credential can see."""
    all_clean(gateway((200, {}, m.mutated(SUBSCRIPTIONS))).subscriptions())
    return "read"


def operations(m: Mutator) -> str:
    """A poll, answered or refused."""
    answer = m.mutated(m.random.choice(OPERATIONS))
    found = gateway((200, {}, answer)).poll(OPERATION)
    all_clean(found)
    said = plainly(answer)
    if found.status.value == "Succeeded":
        assert isinstance(said, dict)
        assert str(said["status"]).lower() == "succeeded"
    return f"operation {found.status}"


def errors(m: Mutator) -> str:
    """A refusal of a reading or of a write, with a body and headers that are damaged."""
    status = m.random.choice([*ERRORS, 401, 403, 408, 410, 418, 499, 500, 502, 503, 302, 204, 226])
    headers = {"retry-after": m.header(), "date": m.header(), "retry-after-ms": m.header()}
    seen = gateway((status, headers, m.mutated(ERRORS.get(status, ERRORS[409]))))
    return write_with(seen, m) if m.random.random() < 0.5 else str(seen.read_model(SET) and "read")


def writes(m: Mutator) -> str:
    """An accepted write whose answer is damaged."""
    headers = {
        "azure-asyncoperation": m.random.choice([m.header(), OPERATION, "https://evil/subscriptions/x"]),
        "location": m.header(),
        "etag": m.random.choice([m.header(), '"7"', "\u0661", "a\tb"]),
        "x-ms-correlation-request-id": m.header(),
    }  # fmt: skip
    return write_with(gateway((m.random.choice([200, 201, 202]), headers, m.mutated(UNIFORM))), m)


def write_with(seen: ArmGateway, m: Mutator) -> str:
    """Any of the writes."""
    calls: tuple[Callable[[], Accepted], ...] = (
        lambda: seen.upgrade(SET, ["0"], "r"),
        lambda: seen.power(SET, m.random.choice(list(Power)), ["0"], "r"),
        lambda: seen.patch(SET, {"sku": {"name": "x"}}, '"1"', "r"),
    )
    found = m.random.choice(calls)()
    all_clean(found)
    assert found.operation is None or found.operation.startswith(ENDPOINT)
    return "accepted"


def catalogue(m: Mutator) -> str:
    """Image versions of a platform's or a gallery's."""
    image, body = m.random.choice(
        [
            (JAMMY, body_of("vmimage-versions-top1-orderby-desc")),
            (JAMMY, body_of("vmimage-versions-full-list")[:12]),
            (GALLERY, body_of("gallery-image-versions-list")),
        ]
    )
    seen = gateway((200, {}, m.mutated(body)))
    found = seen.catalogue.versions(ScaleSet(SET, location="eastus"), image, quiet)
    all_clean(found)
    return "read"


def catalogue_names(m: Mutator) -> str:
    """Publishers, images of one's own, and sizes."""
    asked = ScaleSet(SET, location="eastus")
    publishers = body_of("vmimage-publishers-westus")[:9]
    galleries = tell(body_of("galleries-list-rg"))
    managed, images = body_of("managed-images-list-rg"), body_of("gallery-images-list")
    own: tuple[Asked, ...] = (
        (200, {}, m.mutated(managed)),
        galleries,
        (200, {}, m.mutated(images)),
    )
    match m.random.randrange(3):
        case 0:
            seen = gateway((200, {}, m.mutated(publishers)))
            all_clean(seen.catalogue.publishers(asked, quiet))
        case 1:
            all_clean(gateway(*own).catalogue.own_images(asked, quiet))
        case _:
            seen = gateway((200, {}, m.mutated(body_of("vmss-list-skus"))))
            all_clean(seen.catalogue.sizes(asked, quiet))
    return "read"


def upkeep(m: Mutator) -> str:
    """Azure's own rolling upgrade, its history, and repairs."""
    latest = m.mutated(body_of("doc-rollingUpgrades-latest-RollingForward"))
    rolling = gateway((200, {}, latest))
    history = gateway((200, {}, m.mutated(body_of("doc-osUpgradeHistory-one-entry"))))
    repairs = gateway((200, {}, m.mutated(REPAIRS)))
    match m.random.randrange(3):
        case 0:
            found = rolling.rolling_upgrade(SET)
            assert found is not None
            said = plainly(latest)
            status = _map(_map(said, "properties"), "runningStatus")
            assert found.active is None or isinstance(status.get("code"), str)
            all_clean(found)
        case 1:
            all_clean(history.upkeep.history(SET))
        case _:
            all_clean(repairs.upkeep.repairs(SET))
    return "read"


def protection(m: Mutator) -> str:
    """What is written back whole must have been understood whole."""
    body = m.mutated(body_of("vm-get-protectionpolicy-after"))
    found = gateway((200, {}, body)).read_protection(SET, "0")
    policy = plainly(body)["properties"].get("protectionPolicy")
    assert policy is None or found.scale_in == (policy.get("protectFromScaleIn") is True)
    assert policy is None or all(isinstance(each, bool | None) for each in policy.values())
    return "read"


ROUTES: Sequence[tuple[Callable[[Mutator], str], int]] = (
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
    (upkeep, 1),
    (protection, 1),
)


# The judge


def plainly(body: bytes) -> Any:
    """The same bytes as Python's own reader understands them; None where it does not."""
    try:
        return json.loads(body.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None


def judge(found: Snapshot, bodies: Sequence[bytes]) -> str:
    """Holds a reading to the bytes it was made of."""
    assert found.complete == (not found.damage)
    fit_to_keep(found)
    all_clean(found)
    all_clean(found.damage)
    assert all(len(words) <= LONGEST_WORDS for words in found.damage)
    items: dict[str, list[dict[str, Any]]] = {}
    for body in bodies[: found.pages or None]:
        tree = plainly(body)
        listed = tree.get("value") if isinstance(tree, dict) and "value" in tree else [tree]
        for item in listed if isinstance(listed, list) else ():
            if isinstance(item, dict):
                items.setdefault(_id(item), []).append(item)
    for instance in found.instances:
        said = items.get(instance.instance_id, [])
        assert said, f"nobody named {instance.instance_id}"
        assert any(_agrees(instance, item) for item in said), instance
    if found.complete:
        for key, said in items.items():
            assert key in found.by_id or all(_of_another_set(item) for item in said), key
            assert key not in found.by_id or not any(_wrong_types(item) for item in said), key
    return "read" if found.complete else "read with its damage said"


def fit_to_keep(found: Snapshot) -> None:
    """A worker can leave it for viewers, and a screen can arrange it."""
    kept = msgspec.json.decode(msgspec.json.encode(LatestView(found)), type=LatestView)
    assert kept.snapshot is not None
    assert len(kept.snapshot.instances) == len(found.instances)
    for grouping in Grouping:
        assert len(grid(found.instances, grouping).row_of) == len(found.instances)


def all_clean(fact: object) -> None:
    """Every text in it has passed the sanitiser, and can be written anywhere."""
    for text in _texts(fact):
        assert clean(text) == text
        text.encode()


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, ScaleSet):
        for part in fields(value):
            if part.name != "raw":
                yield from _texts(getattr(value, part.name))
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, msgspec.Struct):
        yield from _texts(msgspec.structs.astuple(value))
    elif is_dataclass(value):
        for part in fields(value):
            yield from _texts(getattr(value, part.name))


def _agrees(instance: Instance, item: dict[str, Any]) -> bool:
    """Nothing good is said of an instance that Azure did not say."""
    properties = _map(item, "properties")
    view = _map(properties, "instanceView")
    codes = [
        str(each.get("code")).lower() for each in _list(view, "statuses") if isinstance(each, dict)
    ]
    applied = properties.get("latestModelApplied")
    health = view.get("vmHealth")
    return (
        (instance.latest_model_applied is not True or applied is True)
        and (instance.latest_model_applied is not False or applied is False)
        and (instance.state is not State.CURRENT or applied is True)
        and (
            instance.power is not PowerState.RUNNING
            or any(code.split("/")[:2] == ["powerstate", "running"] for code in codes)
        )
        and (
            instance.health is not Health.HEALTHY
            or str(_map(_map(view, "vmHealth"), "status").get("code")).lower().split("/")[:2]
            in (["healthstate", "healthy"], ["healthy"])
        )
        and (instance.health is not None or health is None)
    )


def _of_another_set(item: dict[str, Any]) -> bool:
    """Does a machine name the set that it belongs to, and not ours?"""
    owner = _map(_map(item, "properties"), "virtualMachineScaleSet").get("id")
    try:
        return isinstance(owner, str) and parse_resource_id(owner).key != FLEXIBLE_SET.key
    except BadName:
        return False


def _wrong_types(item: dict[str, Any]) -> bool:
    """Is a field that counts of another type than Azure gives it?"""
    properties, view = _map(item, "properties"), _map(_map(item, "properties"), "instanceView")
    wanted: tuple[tuple[Mapping[str, Any], str, type], ...] = (
        (item, "properties", dict),
        (properties, "latestModelApplied", bool),
        (properties, "provisioningState", str),
        (properties, "instanceView", dict),
        (view, "vmHealth", dict),
        (view, "statuses", list),
    )
    return any(not isinstance(holder.get(key), kind | None) for holder, key, kind in wanted)


def _id(item: dict[str, Any]) -> str:
    if isinstance(item.get("instanceId"), str) and item["instanceId"]:
        return cast(str, item["instanceId"])
    named = next((item[k] for k in ("id", "name") if isinstance(item.get(k), str) and item[k]), "")
    return str(named).rpartition("/")[2]


def _map(holder: Mapping[str, Any], key: str) -> dict[str, Any]:
    found = holder.get(key)
    return found if isinstance(found, dict) else {}


def _list(holder: Mapping[str, Any], key: str) -> list[Any]:
    found = holder.get(key)
    return found if isinstance(found, list) else []


def _limits(m: Mutator) -> dict[str, str]:
    return {"x-ms-ratelimit-remaining-resource": m.header()} if m.random.random() < 0.1 else {}


# The tests


def come_to(seed: int) -> str:
    """What the damaged answer of a seed comes to; raises what nobody may ever see."""
    m = Mutator(seed)
    routes, weights = zip(*ROUTES, strict=True)
    route = Random(seed).choices(routes, weights)[0]
    try:
        return cast(str, route(m))
    except GatewayError as error:
        words, kind = error.words, type(error).__name__
    assert words
    assert clean(words) == words
    assert len(words) <= LONGEST_WORDS, words[:200]
    return f"an error of the gateway: {kind}"


@pytest.mark.parametrize("part", range(PARTS))
def test_a_damaged_answer_is_a_reading_with_its_damage_said_or_an_error_of_the_gateway(
    part: int, capsys: pytest.CaptureFixture[str]
) -> None:
    share = range(part * HOW_MANY // PARTS, (part + 1) * HOW_MANY // PARTS)
    outcomes: Counter[str] = Counter()
    for seed in share:
        try:
            outcomes[come_to(seed)] += 1
        except Exception as error:
            raise AssertionError(f"seed {seed}: {type(error).__name__}: {error}") from error
    assert outcomes.total() == len(share)
    assert len(outcomes) > 5, outcomes
    with capsys.disabled():
        told = ", ".join(f"{count} {what}" for what, count in outcomes.most_common())
        sys.stderr.write(f"\n{outcomes.total()} damaged answers: {told}\n")

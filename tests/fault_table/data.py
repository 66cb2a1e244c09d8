"""Faults of content: replies with missing parts, unknown values or hostile text."""

import json
from collections.abc import Iterable

from tests.fault_table import altered_replies
from tests.fault_table.altered_replies import (
    Json,
    alter_instances,
    alter_model,
    alter_pages,
    with_status,
    with_value,
    without,
)
from tests.fault_table.fault import (
    WAITS,
    Fault,
    FaultMoment,
    Injection,
    Upgraded,
    all_of,
    error,
    in_instances,
    on_operation,
    on_post,
)
from vmss_tui.upgrade.run.run import Stage

HOSTILE = "\x1b]52;c;bWluZQ==\x07\x1b[2J[/red]vm[/\u202eexe.\x9b31m\x00\udc80" + "x" * 5000
FIRST = ("0", "5", "15", "20")
TWO = ("1", "6")
"""Two instances of the second batch."""


def unsettled_fault(name: str, inject: Injection, posts: int = 3) -> Fault:
    """The state of two members of the second batch is unknown: they are reported, not upgraded.

    Instances that may be unavailable use up the budget, so the first batch is cut in two.
    """
    return Fault(
        name=name,
        inject=inject,
        ends="deadline",
        without=TWO,
        message="did not become ready: still updating",
        posts=posts,
    )


def undecided_fault(name: str, inject: Injection, **more: object) -> Fault:
    """No reading can be used: nothing is sent, and the run waits for one that can."""
    return Fault(
        name=name,
        inject=inject,
        ends=WAITS,
        upgraded=Upgraded.NOTHING,
        posts=0,
        limit=400.0,
        **more,  # type: ignore[arg-type]
    )


def drop_half(tree: Json) -> None:
    del tree["value"][: len(tree["value"]) // 2]


def repeat_first(tree: Json) -> None:
    tree["value"] += tree["value"][:1]


def empty_list(tree: Json) -> None:
    tree["value"] = []


def set_odd_id(tree: Json) -> None:
    tree["value"][0]["instanceId"] = "../../other-vmss"


def upper_case(instance: Json) -> None:
    instance["id"] = instance["id"].upper()
    instance["name"] = instance["name"].upper()
    view = instance["properties"]["instanceView"]
    view["placementGroupId"] = view["placementGroupId"].upper()
    for line in view["statuses"]:
        line["code"] = line["code"].upper()


def hostile_texts(instance: Json) -> None:
    instance["name"] = HOSTILE
    instance["tags"] = {HOSTILE: HOSTILE}
    view = instance["properties"]["instanceView"]
    view["computerName"] = HOSTILE
    for line in view["statuses"]:
        line |= {"displayStatus": HOSTILE, "message": HOSTILE}


def hostile_failure(instance: Json) -> None:
    if instance["properties"]["provisioningState"] == "Failed":
        hostile_texts(instance)


def without_domains(instance: Json) -> None:
    for key in ("platformUpdateDomain", "platformFaultDomain", "placementGroupId"):
        instance["properties"]["instanceView"].pop(key, None)


def view_faults() -> Iterable[Fault]:
    gone = without("properties", "instanceView")
    yield unsettled_fault("two instance views missing", alter_instances(gone, TWO))
    yield Fault(
        name="all instance views missing for a while",
        moment=FaultMoment.BETWEEN,
        inject=alter_instances(gone, times=5),
    )
    yield unsettled_fault(
        "two with unknown provisioning",
        alter_instances(with_status("ProvisioningState", "Xyz"), TWO),
    )
    yield unsettled_fault(
        "two with unknown power", alter_instances(with_status("PowerState", "hibernated"), TWO)
    )
    yield unsettled_fault(
        "two in an unknown motion", alter_instances(with_status("PowerState", "starting"), TWO)
    )
    yield unsettled_fault(
        "two without a word on their model",
        alter_instances(without("properties", "latestModelApplied"), TWO),
        posts=2,
    )
    yield Fault(
        name="unknown health of upgraded ones",
        inject=alter_instances(altered_replies.with_health("pondering"), FIRST),
        ends="failure",
        upgraded=Upgraded.FIRST_BATCH,
        posts=1,
        stages={Stage.FAILED: 4},
    )
    yield Fault(name="domains missing after the plan", inject=alter_instances(without_domains))
    yield Fault(name="ids and states in another case", inject=alter_instances(upper_case))
    yield undecided_fault(
        "health of a wrong type", alter_instances(with_value(7, "properties", "instanceView"), TWO)
    )
    yield Fault(
        name="health of a wrong type for a while",
        moment=FaultMoment.BATCH_OPEN,
        inject=alter_instances(
            with_value("sick", "properties", "instanceView", "vmHealth"), times=4
        ),
    )


def list_faults() -> Iterable[Fault]:
    yield undecided_fault("an odd id in the list", alter_pages(set_odd_id))
    yield undecided_fault("an instance listed twice", alter_pages(repeat_first))
    yield undecided_fault("an empty list of a set that has instances", alter_pages(empty_list))
    yield Fault(
        name="an empty list once in mid operation",
        moment=FaultMoment.BATCH_OPEN,
        inject=alter_pages(empty_list, times=1),
    )
    yield Fault(
        name="half a list once in mid operation",
        moment=FaultMoment.BATCH_OPEN,
        inject=alter_pages(drop_half, times=1),
    )
    yield undecided_fault("a list without items", alter_pages(without("value")))
    yield Fault(
        name="a list that says null",
        moment=FaultMoment.BETWEEN,
        inject=alter_pages(with_value(None, "value"), times=3),
    )


def model_faults() -> Iterable[Fault]:
    yield Fault(name="capacity missing", inject=alter_model(without("sku", "capacity")))
    yield Fault(
        name="etag missing",
        inject=alter_model(without("etag")),
        patches=1,
    )
    yield Fault(name="set id in another case", inject=alter_model(upper_case_id))
    yield undecided_fault(
        "a model of another set", alter_model(with_value("/subscriptions/other", "id"))
    )
    yield Fault(
        name="profile missing once",
        moment=FaultMoment.BETWEEN,
        inject=alter_model(without("properties", "virtualMachineProfile"), times=1),
        ends="drift",
        upgraded=Upgraded.FIRST_BATCH,
        posts=1,
    )
    yield Fault(
        name="unknown upgrade policy",
        moment=FaultMoment.BETWEEN,
        inject=alter_model(with_value("Whimsical", "properties", "upgradePolicy", "mode")),
        ends="drift",
        upgraded=Upgraded.FIRST_BATCH,
        posts=1,
    )


def upper_case_id(tree: Json) -> None:
    tree["id"] = tree["id"].upper()


def hostile_faults() -> Iterable[Fault]:
    yield Fault(name="hostile texts in instances", inject=alter_instances(hostile_texts))
    yield Fault(name="hostile texts in the model", inject=alter_model(_hostile_tags))
    yield Fault(
        name="hostile texts in a failure",
        inject=all_of(in_instances("boot_failure"), alter_instances(hostile_failure)),
        ends="failure",
        upgraded=Upgraded.FIRST_BATCH,
        posts=1,
        stages={Stage.FAILED: 4},
    )
    yield Fault(
        name="hostile texts in a refusal",
        inject=on_post(status=403, body=json.dumps(error("No\x1b[1m", HOSTILE))),
        ends="refused",
        upgraded=Upgraded.NOTHING,
        posts=1,
    )
    yield Fault(
        name="hostile texts in an operation",
        inject=on_operation(body=json.dumps({"status": "Failed", **error("X", HOSTILE)})),
    )


def _hostile_tags(tree: Json) -> None:
    tree["tags"] = {HOSTILE: HOSTILE}


FAULTS = (*view_faults(), *list_faults(), *model_faults(), *hostile_faults())

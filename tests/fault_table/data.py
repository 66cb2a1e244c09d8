"""What Azure says, but not as it should: parts missing, words unknown, texts hostile."""

import json
from collections.abc import Iterable

from tests.fault_table import altered_replies
from tests.fault_table.altered_replies import Json, instances, model, pages, says, status, without
from tests.fault_table.fault import (
    WAITS,
    Done,
    Fault,
    Strike,
    When,
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
"""Of the second batch."""


def _held(name: str, strike: Strike, posts: int = 3) -> Fault:
    """Two members of the second batch are not understood: never asked, and told in the end.

    What is not known to serve uses up the budget, so the first batch is cut in two.
    """
    return Fault(
        name=name,
        strike=strike,
        ends="deadline",
        without=TWO,
        message="did not settle",
        posts=posts,
    )


def _undecided(name: str, strike: Strike, **more: object) -> Fault:
    """No reading decides anything: nothing is sent, and the run goes on once one does."""
    return Fault(
        name=name,
        strike=strike,
        ends=WAITS,
        done=Done.NOTHING,
        posts=0,
        limit=400.0,
        **more,  # type: ignore[arg-type]
    )


def _half(tree: Json) -> None:
    del tree["value"][: len(tree["value"]) // 2]


def _twice(tree: Json) -> None:
    tree["value"] += tree["value"][:1]


def _nothing(tree: Json) -> None:
    tree["value"] = []


def _odd_id(tree: Json) -> None:
    tree["value"][0]["instanceId"] = "../../other-vmss"


def _shouted(each: Json) -> None:
    each["id"] = each["id"].upper()
    each["name"] = each["name"].upper()
    view = each["properties"]["instanceView"]
    view["placementGroupId"] = view["placementGroupId"].upper()
    for line in view["statuses"]:
        line["code"] = line["code"].upper()


def _hostile(each: Json) -> None:
    each["name"] = HOSTILE
    each["tags"] = {HOSTILE: HOSTILE}
    view = each["properties"]["instanceView"]
    view["computerName"] = HOSTILE
    for line in view["statuses"]:
        line |= {"displayStatus": HOSTILE, "message": HOSTILE}


def _hostile_failure(each: Json) -> None:
    if each["properties"]["provisioningState"] == "Failed":
        _hostile(each)


def _domainless(each: Json) -> None:
    for key in ("platformUpdateDomain", "platformFaultDomain", "placementGroupId"):
        each["properties"]["instanceView"].pop(key, None)


def _views() -> Iterable[Fault]:
    gone = without("properties", "instanceView")
    yield _held("two instance views missing", instances(gone, TWO))
    yield Fault(
        name="all instance views missing for a while",
        when=When.BETWEEN,
        strike=instances(gone, times=5),
    )
    yield _held("two with unknown provisioning", instances(status("ProvisioningState", "Xyz"), TWO))
    yield _held("two with unknown power", instances(status("PowerState", "hibernated"), TWO))
    yield _held("two in an unknown motion", instances(status("PowerState", "starting"), TWO))
    yield _held(
        "two without a word on their model",
        instances(without("properties", "latestModelApplied"), TWO),
        posts=2,
    )
    yield Fault(
        name="unknown health of upgraded ones",
        strike=instances(altered_replies.health("pondering"), FIRST),
        ends="failure",
        done=Done.FIRST_BATCH,
        posts=1,
        stages={Stage.FAILED: 4},
    )
    yield Fault(name="domains missing after the plan", strike=instances(_domainless))
    yield Fault(name="ids and states in another case", strike=instances(_shouted))
    yield _undecided(
        "health of a wrong type", instances(says(7, "properties", "instanceView"), TWO)
    )
    yield Fault(
        name="health of a wrong type for a while",
        when=When.BATCH_OPEN,
        strike=instances(says("sick", "properties", "instanceView", "vmHealth"), times=4),
    )


def _lists() -> Iterable[Fault]:
    yield _undecided("an odd id in the list", pages(_odd_id))
    yield _undecided("an instance listed twice", pages(_twice))
    yield _undecided("an empty list of a set that has instances", pages(_nothing))
    yield Fault(
        name="an empty list once in mid operation",
        when=When.BATCH_OPEN,
        strike=pages(_nothing, times=1),
    )
    yield Fault(
        name="half a list once in mid operation", when=When.BATCH_OPEN, strike=pages(_half, times=1)
    )
    yield _undecided("a list without items", pages(without("value")))
    yield Fault(
        name="a list that says null", when=When.BETWEEN, strike=pages(says(None, "value"), times=3)
    )


def _models() -> Iterable[Fault]:
    yield Fault(name="capacity missing", strike=model(without("sku", "capacity")))
    yield Fault(
        name="etag missing",
        strike=model(without("etag")),
        patches=1,
    )
    yield Fault(name="set id in another case", strike=model(_upper_id))
    yield _undecided("a model of another set", model(says("/subscriptions/other", "id")))
    yield Fault(
        name="profile missing once",
        when=When.BETWEEN,
        strike=model(without("properties", "virtualMachineProfile"), times=1),
        ends="drift",
        done=Done.FIRST_BATCH,
        posts=1,
    )
    yield Fault(
        name="unknown upgrade policy",
        when=When.BETWEEN,
        strike=model(says("Whimsical", "properties", "upgradePolicy", "mode")),
        ends="drift",
        done=Done.FIRST_BATCH,
        posts=1,
    )


def _upper_id(tree: Json) -> None:
    tree["id"] = tree["id"].upper()


def _hostility() -> Iterable[Fault]:
    yield Fault(name="hostile texts in instances", strike=instances(_hostile))
    yield Fault(name="hostile texts in the model", strike=model(_hostile_tags))
    yield Fault(
        name="hostile texts in a failure",
        strike=all_of(in_instances("boot_failure"), instances(_hostile_failure)),
        ends="failure",
        done=Done.FIRST_BATCH,
        posts=1,
        stages={Stage.FAILED: 4},
    )
    yield Fault(
        name="hostile texts in a refusal",
        strike=on_post(status=403, body=json.dumps(error("No\x1b[1m", HOSTILE))),
        ends="refused",
        done=Done.NOTHING,
        posts=1,
    )
    yield Fault(
        name="hostile texts in an operation",
        strike=on_operation(body=json.dumps({"status": "Failed", **error("X", HOSTILE)})),
    )


def _hostile_tags(tree: Json) -> None:
    tree["tags"] = {HOSTILE: HOSTILE}


FAULTS = (*_views(), *_lists(), *_models(), *_hostility())

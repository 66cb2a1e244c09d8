"""Changes what Azure says on its way to the gateway, below everything of ours that reads it."""

import json
from collections.abc import Callable, Container
from dataclasses import dataclass, field, fields
from typing import Any

from tests.fault_table.fault import Strike
from tests.support.bench import Bench
from vmss_tui.arm.transport.send import RequestSender, Response

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class AlteringSender(RequestSender):
    """A sender whose readings are changed, so many times."""

    change: Callable[[Json], bool] = lambda _tree: False
    """Changes a decoded body in place; False where it is none of those to change."""
    times: list[float] = field(default_factory=lambda: [0.0])

    def read(self, url: str, known: bytes = b"") -> Response:
        """A GET, unpacked in any case, and what becomes of it."""
        response = RequestSender.read(self, url)
        if self.times[0] <= 0:
            return response
        tree = json.loads(response.body)
        if not self.change(tree):
            return response
        self.times[0] -= 1
        return Response(response.status, response.headers, json.dumps(tree).encode())


def alter_replies(bench: Bench, change: Callable[[Json], bool], times: float) -> None:
    plain = bench.gateway.sender
    values = {field.name: getattr(plain, field.name) for field in fields(RequestSender)}
    sender = AlteringSender(**values, change=change, times=[times])
    bench.gateway.sender = bench.gateway.reader.sender = sender


def instances(
    change: Callable[[Json], None], ids: Container[str] | None = None, times: float = float("inf")
) -> Strike:
    """Changes instances in every list, the named ones or all."""

    def changed(tree: Json) -> bool:
        for each in tree.get("value", ()):
            if ids is None or each.get("instanceId") in ids:
                change(each)
        return "value" in tree

    return lambda bench: alter_replies(bench, changed, times)


def pages(change: Callable[[Json], None], times: float = float("inf")) -> Strike:
    """Changes pages of the list as a whole."""

    def changed(tree: Json) -> bool:
        found = "value" in tree
        if found:
            change(tree)
        return found

    return lambda bench: alter_replies(bench, changed, times)


def model(change: Callable[[Json], None], times: float = float("inf")) -> Strike:
    """Changes the set as it is read."""

    def changed(tree: Json) -> bool:
        found = "virtualMachineScaleSets" in str(tree.get("type", ""))
        if found:
            change(tree)
        return found

    return lambda bench: alter_replies(bench, changed, times)


def health(word: str, *, upgraded_only: bool = True) -> Callable[[Json], None]:
    """What the health extension says: of instances on the latest model, or of all."""

    def change(each: Json) -> None:
        member = each["properties"]
        if member["latestModelApplied"] or not upgraded_only:
            status = {"code": f"HealthState/{word}", "level": "Info", "displayStatus": word}
            member["instanceView"]["vmHealth"] = {"status": status}

    return change


def status(family: str, word: str) -> Callable[[Json], None]:
    """`PowerState` or `ProvisioningState` in the instance's view and beside it."""

    def change(each: Json) -> None:
        if family == "ProvisioningState":
            each["properties"]["provisioningState"] = word
        for line in each["properties"]["instanceView"]["statuses"]:
            if line["code"].startswith(f"{family}/"):
                line["code"] = f"{family}/{word}"

    return change


def without(*path: str) -> Callable[[Json], None]:
    """Leaves out what stands at a path."""

    def change(each: Json) -> None:
        for key in path[:-1]:
            each = each[key]
        each.pop(path[-1], None)

    return change


def says(value: object, *path: str) -> Callable[[Json], None]:
    """Puts a value at a path."""

    def change(each: Json) -> None:
        for key in path[:-1]:
            each = each[key]
        each[path[-1]] = value

    return change

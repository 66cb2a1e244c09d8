"""Changes replies of Azure before the gateway decodes them."""

import json
from collections.abc import Callable, Container
from dataclasses import dataclass, field, fields
from typing import Any

from tests.fault_table.fault import Injection
from tests.support.bench import Bench
from vmss_tui.arm.transport.send import RequestSender, Response

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class AlteringSender(RequestSender):
    """A sender that changes the replies to reads, a number of times."""

    change: Callable[[Json], bool] = lambda _tree: False
    """Changes a decoded body in place; returns False where the body is not to be changed."""
    times: list[float] = field(default_factory=lambda: [0.0])

    def read(self, url: str, known: bytes = b"") -> Response:
        """Sends a GET and returns its reply, decoded and changed."""
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


def alter_instances(
    change: Callable[[Json], None], ids: Container[str] | None = None, times: float = float("inf")
) -> Injection:
    """Changes instances in every list, the named ones or all."""

    def change_list(tree: Json) -> bool:
        for instance in tree.get("value", ()):
            if ids is None or instance.get("instanceId") in ids:
                change(instance)
        return "value" in tree

    return lambda bench: alter_replies(bench, change_list, times)


def alter_pages(change: Callable[[Json], None], times: float = float("inf")) -> Injection:
    """Changes the body of list pages."""

    def change_page(tree: Json) -> bool:
        is_page = "value" in tree
        if is_page:
            change(tree)
        return is_page

    return lambda bench: alter_replies(bench, change_page, times)


def alter_model(change: Callable[[Json], None], times: float = float("inf")) -> Injection:
    """Changes the body of the scale set."""

    def change_model(tree: Json) -> bool:
        is_model = "virtualMachineScaleSets" in str(tree.get("type", ""))
        if is_model:
            change(tree)
        return is_model

    return lambda bench: alter_replies(bench, change_model, times)


def with_health(word: str, *, upgraded_only: bool = True) -> Callable[[Json], None]:
    """Another health state, of instances on the latest model or of all."""

    def change(instance: Json) -> None:
        member = instance["properties"]
        if member["latestModelApplied"] or not upgraded_only:
            status = {"code": f"HealthState/{word}", "level": "Info", "displayStatus": word}
            member["instanceView"]["vmHealth"] = {"status": status}

    return change


def with_status(family: str, word: str) -> Callable[[Json], None]:
    """Another `PowerState` or `ProvisioningState`, in the instance view and in the properties."""

    def change(instance: Json) -> None:
        if family == "ProvisioningState":
            instance["properties"]["provisioningState"] = word
        for line in instance["properties"]["instanceView"]["statuses"]:
            if line["code"].startswith(f"{family}/"):
                line["code"] = f"{family}/{word}"

    return change


def without(*path: str) -> Callable[[Json], None]:
    """Removes the value at a path."""

    def change(tree: Json) -> None:
        for key in path[:-1]:
            tree = tree[key]
        tree.pop(path[-1], None)

    return change


def with_value(value: object, *path: str) -> Callable[[Json], None]:
    """Another value at a path."""

    def change(tree: Json) -> None:
        for key in path[:-1]:
            tree = tree[key]
        tree[path[-1]] = value

    return change

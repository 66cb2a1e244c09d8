"""Reads on demand: the JSON of an instance is bounded where it is drawn."""

import json
import time
from typing import Any

from tests.support.fleets import scale_set
from vmss_tui.runtime.observe.queries import MAX_JSON_LENGTH, Queries


class OneInstance:
    """A gateway that returns the same instance for every id."""

    def __init__(self, body: dict[str, Any]) -> None:
        self._body = body

    def read_instance(self, *_where: object) -> dict[str, Any]:
        """The instance."""
        return self._body


def instance_json(body: dict[str, Any]) -> str:
    """What a screen shows of this answer."""
    unused: Any = None
    gateway: Any = OneInstance(body)
    return Queries(gateway, *[unused] * 4).read_instance_json(scale_set().id, "0")


def test_a_long_json_is_cut_with_a_note() -> None:
    start = time.process_time()
    shown = instance_json({"name": "web_0", "tags": {"a": "é\x1b" * 500_000}})
    assert time.process_time() - start < 1.0
    assert len(shown) < MAX_JSON_LENGTH * 2
    assert '"name": "web_0"' in shown
    assert "\x1b" not in shown
    assert shown.splitlines()[-1].endswith("more characters are not shown")


def test_a_short_json_is_whole() -> None:
    assert json.loads(instance_json({"name": "web_0"})) == {"name": "web_0"}

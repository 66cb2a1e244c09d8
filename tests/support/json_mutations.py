"""Random mutations of JSON, as a proxy or a later Azure version might cause; seeded.

`JsonMutator.mutate(tree)` returns bytes: the tree with one to four mutations (a value deleted,
null, of a wrong type, unknown, huge, deep, duplicated, a lone surrogate, an odd number), and in
some cases also damaged as text (cut off, a byte changed, another encoding).
"""

import json
import marshal
from itertools import repeat
from random import Random
from typing import Any

HOSTILE = (
    "\x1b]52;c;cm0gLXJm\x07",
    "\x9b2J\x1b[6n",
    "[/red]vm[",
    "a\u202eb\u2066c\u200b",
    "z" + "\u0301" * 60,
    "\u2028\u2029\x00\x7f",
    "東京 🚀 Zürich",
)
_SIGNIFICANT_KEYS = frozenset(
    {
        "latestModelApplied",
        "provisioningState",
        "code",
        "instanceId",
        "id",
        "name",
        "value",
        "nextLink",
        "zones",
        "statuses",
        "status",
        "instanceView",
        "vmHealth",
        "platformUpdateDomain",
        "properties",
        "error",
        "message",
    }
)
_WRONG_VALUES: tuple[Any, ...] = (
    0, -1, 1, 3.5, 3.0, "", "x", "true", True, False, [], {}, [None], {"a": 1}, [[]],
)  # fmt: skip
_UNKNOWN_TEXTS = (
    "Pondering",
    "PowerState/levitating",
    "PowerState/",
    "ProvisioningState/failed/",
    "HealthState/dancing",
    " Succeeded ",
    "sUCCEEDED",
    "/",
    "//",
    "PowerState/running/extra",
    "*",
    "../..",
    "9999-12-31T23:59:59-14:00",
    "https://[",
    "https://management.azure.com:99999/x",
    "https://management.azure.com\u2100/x",
    "//management.azure.com@evil.example/x",
)
_NUMBER_LITERALS = (
    "NaN",
    "-Infinity",
    "Infinity",
    "1e999",
    "-1e999",
    "1E-999",
    "-0",
    "0012",
    "0x10",
    "1_0",
)
_BUCKET = "Microsoft.Compute/HighCostGetVMScaleSetResource;"
_HEADER_VALUES = (
    "", "-5", "inf", "nan", "soon", "9" * 400, "1e999", "\u0661\u0662", "17", "*", ";", ",;,",
    f"{_BUCKET}-1", f"{_BUCKET}{'9' * 30}", f"{_BUCKET}x", "Fri, 31 Dec 9999 23:59:59 GMT",
)  # fmt: skip
_PLACEHOLDER = "\u0001raw\u0001"
_Location = tuple[Any, Any]


class JsonMutator:
    """Mutates JSON; the same seed gives the same mutations."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self._raw_texts: list[str] = []
        self._mutations = (
            self._delete,
            self._set_null,
            self._set_wrong_value,
            self._set_unknown_text,
            self._set_huge_value,
            self._set_deep_value,
            self._set_lone_surrogate,
            self._duplicate_key,
            self._set_odd_number,
            self._set_hostile_text,
            self._copy_other_value,
            self._repeat,
        )

    def mutate(self, tree: Any) -> bytes:
        """The bytes of a mutated copy."""
        self._raw_texts = []
        root = [_copy(tree)]
        for _ in range(self.random.randint(1, 4)):
            self._damage(root)
        body = self._encode(root[0] if root else None)
        return self._break_text(body) if self.random.random() < 0.15 else body

    def random_header(self) -> str:
        """An unexpected header value."""
        return self.random.choice((*_HEADER_VALUES, *_UNKNOWN_TEXTS))

    def _damage(self, root: list[Any]) -> None:
        locations = _locations(root)
        if not locations:
            return
        significant = [location for location in locations if location[1] in _SIGNIFICANT_KEYS]
        container, key = self.random.choice(
            significant if significant and self.random.random() < 0.5 else locations
        )
        mutation = self.random.choice(self._mutations)
        mutation(container, key, locations)

    def _delete(self, container: Any, key: Any, _others: list[_Location]) -> None:
        del container[key]

    def _set_null(self, container: Any, key: Any, _others: list[_Location]) -> None:
        container[key] = None

    def _set_wrong_value(self, container: Any, key: Any, _others: list[_Location]) -> None:
        container[key] = _copy(self.random.choice(_WRONG_VALUES))

    def _set_unknown_text(self, container: Any, key: Any, _others: list[_Location]) -> None:
        container[key] = self.random.choice(_UNKNOWN_TEXTS)

    def _set_huge_value(self, container: Any, key: Any, _others: list[_Location]) -> None:
        container[key] = self.random.choice(
            (
                "x" * 50_000,
                10**30,
                -(10**30),
                2**63,
                [container[key]] * 40,
                {"k" * 9_000: 1},
                "0" * 999,
            )
        )

    def _set_deep_value(self, container: Any, key: Any, _others: list[_Location]) -> None:
        depth = self.random.choice((40, 150, 5_000))
        opening, closing = self.random.choice((("[", "]"), ('{"a":', "}")))
        container[key] = self._raw_json(opening * depth + "1" + closing * depth)

    def _set_lone_surrogate(self, container: Any, key: Any, _others: list[_Location]) -> None:
        escape = self.random.choice(('"\\ud800"', '"a\\udfffb"', '"\\ud83d\\ud83d"', '"\\\\ud800"'))
        container[key] = self._raw_json(escape)

    def _duplicate_key(self, container: Any, key: Any, _others: list[_Location]) -> None:
        """Adds the same key again with another value."""
        name = key if isinstance(key, str) else "name"
        first, second = (self.random.choice(("true", "false", "null", '"x"', "1")) for _ in "ab")
        container[key] = self._raw_json(f'{{"{name}": {first}, "{name}": {second}}}')
        if isinstance(container, dict) and isinstance(key, str):
            container[key] = self._raw_json(f'{first}, "{key}": {second}')

    def _set_odd_number(self, container: Any, key: Any, _others: list[_Location]) -> None:
        container[key] = self._raw_json(self.random.choice(_NUMBER_LITERALS))

    def _set_hostile_text(self, container: Any, key: Any, _others: list[_Location]) -> None:
        text = self.random.choice(HOSTILE)
        if isinstance(container, dict) and self.random.random() < 0.2:
            container[text] = container.pop(key)
        else:
            container[key] = text

    def _copy_other_value(self, container: Any, key: Any, locations: list[_Location]) -> None:
        """Replaces a value by another one of the same tree."""
        other, other_key = self.random.choice(locations)
        container[key] = _copy(other[other_key])

    def _repeat(self, container: Any, key: Any, _others: list[_Location]) -> None:
        if isinstance(container, list) and len(container) < 50:
            container.append(_copy(container[key]))
        else:
            container[key] = [container[key], _copy(container[key])]

    def _raw_json(self, json_text: str) -> str:
        """A placeholder that is replaced by `json_text` when the tree is encoded."""
        self._raw_texts.append(json_text)
        return f"{_PLACEHOLDER}{len(self._raw_texts) - 1}\u0001"

    def _encode(self, tree: Any) -> bytes:
        text = json.dumps(tree, ensure_ascii=self.random.random() < 0.5)
        for number, raw in enumerate(self._raw_texts):
            text = text.replace(json.dumps(f"{_PLACEHOLDER}{number}\u0001"), raw)
        return text.encode("utf-8", "surrogatepass")

    def _break_text(self, body: bytes) -> bytes:
        at = self.random.randrange(len(body) + 1)
        byte = bytes([self.random.randrange(256)])
        return self.random.choice(
            (
                body[:at],
                body[:at] + byte + body[at + 1 :],
                body[:at] + byte + body[at:],
                body[:at] + b"\xed\xa0\x80" + body[at:],
                b"\xef\xbb\xbf" + body,
                body.decode("utf-8", "replace").encode("utf-16"),
                body + b"}",
                body + body,
                b"",
                b"<html><body>Sign in to the proxy</body></html>",
                b"\x00" * 64,
            )
        )


def _copy(tree: Any) -> Any:
    """A deep copy of JSON; what occurs twice is copied once, as by `copy.deepcopy`."""
    return marshal.loads(marshal.dumps(tree))


def _locations(root: Any) -> list[_Location]:
    """(container, key) of every value."""
    locations: list[_Location] = []
    pending = [root]
    while pending:
        container = pending.pop()
        is_object = container.__class__ is dict
        locations += zip(repeat(container), container if is_object else range(len(container)))
        values = container.values() if is_object else container
        pending += [v for v in values if v.__class__ is dict or v.__class__ is list]
    return locations

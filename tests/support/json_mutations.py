"""Damages JSON as a proxy, a guest or tomorrow's Azure might; the same seed, the same damage.

`Mutator.mutated(tree)` gives bytes: a tree that was changed in one to four places (something
missing, null, of a wrong type, an unknown word, huge, deep, twice, half a character, no number),
and now and then text that was broken as text (cut off, a byte flipped, another encoding).
"""

import copy
import json
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
_TELLING = frozenset(
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
_WRONG: tuple[Any, ...] = (
    0, -1, 1, 3.5, 3.0, "", "x", "true", True, False, [], {}, [None], {"a": 1}, [[]],
)  # fmt: skip
_WORDS = (
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
_NUMBERS = (
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
_HEADERS = (
    "", "-5", "inf", "nan", "soon", "9" * 400, "1e999", "\u0661\u0662", "17", "*", ";", ",;,",
    f"{_BUCKET}-1", f"{_BUCKET}{'9' * 30}", f"{_BUCKET}x", "Fri, 31 Dec 9999 23:59:59 GMT",
)  # fmt: skip
_MARK = "\u0001raw\u0001"
_Place = tuple[Any, Any]


class JsonMutator:
    """Makes damage from a seed."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self._raw: list[str] = []
        self._kinds = (
            self._missing, self._null, self._wrong, self._word, self._huge, self._deep,
            self._half, self._twice, self._number, self._hostile, self._moved, self._repeated,
        )  # fmt: skip

    def mutate(self, tree: Any) -> bytes:
        """Bytes of a damaged copy."""
        self._raw = []
        root = [copy.deepcopy(tree)]
        for _ in range(self.random.randint(1, 4)):
            self._damage(root)
        body = self._encoded(root[0] if root else None)
        return self._broken(body) if self.random.random() < 0.15 else body

    def random_header(self) -> str:
        """What a header may hold instead of what it should."""
        return self.random.choice((*_HEADERS, *_WORDS))

    def _damage(self, root: list[Any]) -> None:
        places = _places(root)
        if not places:
            return
        telling = [place for place in places if place[1] in _TELLING]
        holder, key = self.random.choice(
            telling if telling and self.random.random() < 0.5 else places
        )
        kind = self.random.choice(self._kinds)
        kind(holder, key, places)

    def _missing(self, holder: Any, key: Any, _places: list[_Place]) -> None:
        del holder[key]

    def _null(self, holder: Any, key: Any, _places: list[_Place]) -> None:
        holder[key] = None

    def _wrong(self, holder: Any, key: Any, _places: list[_Place]) -> None:
        holder[key] = copy.deepcopy(self.random.choice(_WRONG))

    def _word(self, holder: Any, key: Any, _places: list[_Place]) -> None:
        holder[key] = self.random.choice(_WORDS)

    def _huge(self, holder: Any, key: Any, _places: list[_Place]) -> None:
        holder[key] = self.random.choice(
            (
                "x" * 50_000,
                10**30,
                -(10**30),
                2**63,
                [holder[key]] * 40,
                {"k" * 9_000: 1},
                "0" * 999,
            )
        )

    def _deep(self, holder: Any, key: Any, _places: list[_Place]) -> None:
        depth = self.random.choice((40, 150, 5_000))
        opening, closing = self.random.choice((("[", "]"), ('{"a":', "}")))
        holder[key] = self._as_it_is(opening * depth + "1" + closing * depth)

    def _half(self, holder: Any, key: Any, _places: list[_Place]) -> None:
        half = self.random.choice(('"\\ud800"', '"a\\udfffb"', '"\\ud83d\\ud83d"', '"\\\\ud800"'))
        holder[key] = self._as_it_is(half)

    def _twice(self, holder: Any, key: Any, _places: list[_Place]) -> None:
        """The same key again, with another value, in a new object."""
        name = key if isinstance(key, str) else "name"
        first, second = (self.random.choice(("true", "false", "null", '"x"', "1")) for _ in "ab")
        holder[key] = self._as_it_is(f'{{"{name}": {first}, "{name}": {second}}}')
        if isinstance(holder, dict) and isinstance(key, str):
            holder[key] = self._as_it_is(f'{first}, "{key}": {second}')

    def _number(self, holder: Any, key: Any, _places: list[_Place]) -> None:
        holder[key] = self._as_it_is(self.random.choice(_NUMBERS))

    def _hostile(self, holder: Any, key: Any, _places: list[_Place]) -> None:
        text = self.random.choice(HOSTILE)
        if isinstance(holder, dict) and self.random.random() < 0.2:
            holder[text] = holder.pop(key)
        else:
            holder[key] = text

    def _moved(self, holder: Any, key: Any, places: list[_Place]) -> None:
        """Something of the same answer, where it does not belong."""
        other, its_key = self.random.choice(places)
        holder[key] = copy.deepcopy(other[its_key])

    def _repeated(self, holder: Any, key: Any, _places: list[_Place]) -> None:
        if isinstance(holder, list) and len(holder) < 50:
            holder.append(copy.deepcopy(holder[key]))
        else:
            holder[key] = [holder[key], copy.deepcopy(holder[key])]

    def _as_it_is(self, json_text: str) -> str:
        """A mark that becomes this text when the tree is written."""
        self._raw.append(json_text)
        return f"{_MARK}{len(self._raw) - 1}\u0001"

    def _encoded(self, tree: Any) -> bytes:
        text = json.dumps(tree, ensure_ascii=self.random.random() < 0.5)
        for at, raw in enumerate(self._raw):
            text = text.replace(json.dumps(f"{_MARK}{at}\u0001"), raw)
        return text.encode("utf-8", "surrogatepass")

    def _broken(self, body: bytes) -> bytes:
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


def _places(holder: Any) -> list[_Place]:
    """(holder, key) of every value."""
    found: list[_Place] = []
    waiting = [holder]
    while waiting:
        each = waiting.pop()
        inner = each.items() if isinstance(each, dict) else enumerate(each)
        for key, value in inner:
            found.append((each, key))
            if isinstance(value, dict | list):
                waiting.append(value)
    return found

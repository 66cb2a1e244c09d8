"""Chance that a seed fixes: the same seed and the same key always fall the same way.

There is no stream of random numbers, so the order in which things are asked does not matter.
"""

import math
from hashlib import blake2b


class Dice:
    """Draws from a seed and a key, the key being whatever names the draw."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def hex(self, length: int, *key: object) -> str:
        """`length` (at most 64) hexadecimal digits."""
        return self._digest(key).hex()[:length]

    def guid(self, *key: object) -> str:
        """A version 4 GUID."""
        raw = self.hex(32, "guid", *key)
        variant = "89ab"[int(raw[16], 16) % 4]
        return f"{raw[:8]}-{raw[8:12]}-4{raw[13:16]}-{variant}{raw[17:20]}-{raw[20:]}"

    def fraction(self, *key: object) -> float:
        """A number from 0 up to but not including 1."""
        return int.from_bytes(self._digest(key)[:7], "big") / (1 << 56)

    def around(self, spread: tuple[float, float, float], *key: object) -> float:
        """A number from (low, median, high): half of the draws on each side of the median."""
        low, median, high = spread
        fraction = self.fraction(*key)
        if fraction < 0.5:
            drawn = low + (median - low) * math.pow(2 * fraction, 0.7)
        else:
            drawn = median + (high - median) * math.pow(2 * fraction - 1, 2)
        return round(drawn, 3)

    def _digest(self, key: tuple[object, ...]) -> bytes:
        text = "|".join(str(part) for part in (self.seed, *key))
        return blake2b(text.encode(), digest_size=32).digest()

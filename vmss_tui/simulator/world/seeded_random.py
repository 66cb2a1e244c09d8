"""Pseudo-random values derived from a seed and a key: equal seeds and keys give equal values.

There is no stream of random numbers, so the order of the calls does not matter.
"""

import math
from hashlib import blake2b


class SeededRandom:
    """Derives values from a seed and a key; the parts of the key identify the value."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def hex(self, length: int, *key: object) -> str:
        """`length` (at most 64) hexadecimal digits."""
        return self._digest(key).hex()[:length]

    def guid(self, *key: object) -> str:
        """A version 4 GUID."""
        digits = self.hex(32, "guid", *key)
        variant = "89ab"[int(digits[16], 16) % 4]
        return (
            f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"
        )

    def fraction(self, *key: object) -> float:
        """A number from 0 up to but not including 1."""
        return int.from_bytes(self._digest(key)[:7], "big") / (1 << 56)

    def sample(self, spread: tuple[float, float, float], *key: object) -> float:
        """A number from a (low, median, high) spread; half of the samples lie below the median."""
        low, median, high = spread
        fraction = self.fraction(*key)
        if fraction < 0.5:
            sample = low + (median - low) * math.pow(2 * fraction, 0.7)
        else:
            sample = median + (high - median) * math.pow(2 * fraction - 1, 2)
        return round(sample, 3)

    def _digest(self, key: tuple[object, ...]) -> bytes:
        text = "|".join(map(str, (self.seed, *key)))
        return blake2b(text.encode(), digest_size=32).digest()

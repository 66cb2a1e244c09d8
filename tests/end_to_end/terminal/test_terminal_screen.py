"""The faster screen of the terminal emulator shows what pyte's own does."""

import random

import pyte

from tests.support.terminal_screen import TerminalScreen

_PIECES = (
    "ab", "x" * 30, "東京", "é", "e\u0301", "─│█◐", "\r\n", "\t", "\b", "\x1b[0m", "\x1b[31m",
    "\x1b[42m", "\x1b[1;1H", "\x1b[2;11H", "\x1b[4;5H", "\x1b[?7l", "\x1b[?7h", "\x1b[4h",
    "\x1b[4l", "\x1b(0", "\x1b(B", "\x0e", "\x0f", "\x1b[K", "\x1b[2J",
)  # fmt: skip


def test_any_text_is_on_the_screen_where_pyte_draws_it() -> None:
    for seed in range(60):
        is_resized = seed >= 40  # pyte's `display` fails where a wide character was cut
        dice = random.Random(seed)
        slow, fast = pyte.Screen(12, 4), TerminalScreen(12, 4)
        streams = pyte.Stream(slow), pyte.Stream(fast)
        for _ in range(40):
            piece = dice.choice(_PIECES)
            for stream in streams:
                stream.feed(piece)
            if is_resized and dice.random() < 0.1:
                size = dice.randint(2, 5), dice.randint(2, 14)
                slow.resize(*size)
                fast.resize(*size)
        assert fast.buffer == slow.buffer, seed
        assert (fast.cursor.x, fast.cursor.y) == (slow.cursor.x, slow.cursor.y), seed
        assert is_resized or fast.text == "\n".join(line.rstrip() for line in slow.display), seed

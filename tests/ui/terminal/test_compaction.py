"""The shorter output of a partial update shows the same as the longer one."""

import pytest

from vmss_tui.ui.terminal.compaction import compact_update

_GREEN, _RESET = "\x1b[1;38;5;16;48;5;32m", "\x1b[0m"


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("", ""),
        (f"\x1b[1;2H{_GREEN}a{_RESET}", f"\x1b[1;2H{_GREEN}a{_RESET}"),
        (
            f"\x1b[1;2H{_GREEN}a{_RESET}\n\x1b[2;2H{_GREEN}b{_RESET}",
            f"\x1b[1;2H{_GREEN}a\x1b[2;2Hb{_RESET}",
        ),
        (f"{_GREEN}a{_RESET}b", f"{_GREEN}a{_RESET}b"),
        (f"{_GREEN}a{_RESET}\x1b[38;5;9;48;5;32m  {_RESET}", f"{_GREEN}a  {_RESET}"),
        ("\x1b[4;31ma\x1b[0m\x1b[31m \x1b[0m", "\x1b[4;31ma\x1b[0;31m \x1b[0m"),
        ("\x1b[31ma\x1b[0m\x1b[7;31m \x1b[0m", "\x1b[31ma\x1b[7m \x1b[0m"),
        ("\x1b[1;31ma\x1b[0m\x1b[2;31mb\x1b[0m", "\x1b[1;31ma\x1b[0;2;31mb\x1b[0m"),
        ("\x1b[1;31ma\x1b[0m\x1b[32mb\x1b[0m", "\x1b[1;31ma\x1b[0;32mb\x1b[0m"),
        (f"{_GREEN}a{_RESET}\x1b[31;48;5;32mb{_RESET}", f"{_GREEN}a\x1b[22;31mb{_RESET}"),
        (
            "\x1b[38;2;1;2;3ma\x1b[0m\x1b[38;2;1;2;4mb\x1b[0m",
            "\x1b[38;2;1;2;3ma\x1b[38;2;1;2;4mb\x1b[0m",
        ),
        ("\x1b[31;44ma\x1b[0m\x1b[K", "\x1b[31;44ma\x1b[0m\x1b[K"),
    ],
)  # fmt: skip
def test_a_partial_update_sets_only_what_differs(output: str, expected: str) -> None:
    assert compact_update(output) == expected

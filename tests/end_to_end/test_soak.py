"""A short soak: ten minutes of the demo for each story (`tests.end_to_end.soak`: an hour)."""

from pathlib import Path

import pytest

from tests.end_to_end.soak import STORIES, soak

MOST_MEMORY = 220.0
"""MiB resident; that it stays steady takes the long one to see."""


@pytest.mark.parametrize("story", STORIES)
def test_ten_minutes_of_keys_with_a_run_going_end_in_order(tmp_path: Path, story: str) -> None:
    seen = soak(tmp_path / "home", story, seconds=10.0, speed=60.0, silence=3.0)
    told = seen.line()
    assert seen.keys >= 20, told
    assert seen.crashes == 0, told
    assert seen.forbidden == [], told
    assert seen.silent == b"", told
    assert seen.code == 143, told
    assert max(mib for _, mib in seen.memory) <= MOST_MEMORY, told
    assert len(seen.upgraded) == len(set(seen.upgraded)), "nothing was upgraded twice"

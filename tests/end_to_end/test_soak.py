"""A short soak test: ten minutes of the demo for each scenario (see `tests.end_to_end.soak`)."""

from pathlib import Path

import pytest

from tests.end_to_end.soak import SCENARIOS, soak

MOST_MEMORY = 220.0
"""MiB resident. Only the long soak test shows whether it grows."""


@pytest.mark.parametrize("story", SCENARIOS)
def test_ten_minutes_of_keys_with_a_run_going_end_in_order(tmp_path: Path, story: str) -> None:
    result = soak(tmp_path / "home", story, seconds=10.0, speed=60.0, silence=3.0)
    summary = result.summary()
    assert result.keys >= 20, summary
    assert result.crashes == 0, summary
    assert result.forbidden == [], summary
    assert result.idle_output == b"", summary
    assert result.code == 143, summary
    assert max(mib for _, mib in result.memory) <= MOST_MEMORY, summary
    assert len(result.upgraded) == len(set(result.upgraded)), "nothing was upgraded twice"

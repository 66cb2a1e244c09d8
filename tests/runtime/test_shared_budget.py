"""The read requests that the runs of this machine share, in the buckets of Azure."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.run_folders import WEB
from vmss_tui.runtime.observe import shared_budget
from vmss_tui.runtime.observe.shared_budget import ReadKind, SharedBudget
from vmss_tui.runtime.storage.state_folder import blocking_lock

PAGES = {ReadKind.LIST: 9, ReadKind.MODEL: 1}


def test_processes_take_from_one_bucket_per_region_which_refills_and_keeps_a_reserve(
    tmp_path: Path,
) -> None:
    def take(now: float, region: str = "westeurope", endpoint: str = "https://a") -> float:
        return SharedBudget(tmp_path, endpoint).reserve(WEB, region, PAGES, now)

    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(take, [100.0] * 100))
    assert waits.count(0.0) == (1080 - 216) / 9, "a fifth is left to others"
    assert take(100.0) == 9 * 60 / 360, "one request refills in a sixth of a second"
    assert take(100.0, region="northeurope") == 0.0
    assert take(100.0, endpoint="https://b") == 0.0
    assert take(101.5) == 0.0
    assert take(3.0) == 0.0, "the clock started from zero, as after a restart of the machine"


def test_a_read_of_more_than_a_bucket_waits_until_it_is_full_and_damage_limits_nothing(
    tmp_path: Path,
) -> None:
    budget = SharedBudget(tmp_path, "https://a")
    huge = {ReadKind.INSTANCE: 9000}
    assert budget.reserve(WEB, "", huge, 0.0) == 0.0
    assert budget.reserve(WEB, "", huge, 0.0) == 60 * 9000 / 2000
    for path in (tmp_path / "budgets").glob("*.json"):
        path.write_text("damaged")
    assert budget.reserve(WEB, "", huge, 0.0) == 0.0
    (tmp_path / "budgets").chmod(0o755)
    assert budget.reserve(WEB, "", huge, 0.0) == 0.0


def test_a_stopped_process_that_holds_the_lock_limits_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_budget, "_LOCK_SECONDS", 0.05)
    budget = SharedBudget(tmp_path, "https://a")
    huge = {ReadKind.INSTANCE: 9000}
    assert budget.reserve(WEB, "", huge, 0.0) == 0.0
    (lock,) = (tmp_path / "budgets").glob("*.lock")
    with blocking_lock(lock):
        assert budget.reserve(WEB, "", huge, 0.0) == 0.0
    assert budget.reserve(WEB, "", huge, 0.0) > 0.0, "as much as before"

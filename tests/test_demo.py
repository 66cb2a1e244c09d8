"""The demo's simulator process: shared, sped up, restarted, and ended."""

import os
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
import requests
from msgspec.structs import replace

from tests.support.control_session import ControlSession
from tests.support.run_folders import AZURE, HALTED, WEB, add_run
from vmss_tui import demo
from vmss_tui.demo import (
    DemoFailed,
    DemoProcess,
    DemoWorld,
    EarlyStart,
    NotInDemo,
    check_scale_set,
    demo_welcome,
    find_running,
    is_recorded,
    recorded_welcome,
    scenarios_with,
    start_or_join,
    stop,
)
from vmss_tui.runtime.storage.run_store import FolderStore
from vmss_tui.upgrade.run.phase import Phase

WORLD = DemoWorld("empty", 3)


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    """A state folder; no demo outlives its test."""
    folder = tmp_path / "state"
    folder.mkdir(mode=0o700)
    yield folder
    for world in (WORLD, DemoWorld("empty", 4)):
        stop(folder, world)


def clock(endpoint: str) -> dict[str, Any]:
    reply: dict[str, Any] = requests.get(f"{endpoint}/_simulator/clock", timeout=10).json()
    return reply


def test_the_second_command_meets_the_world_of_the_first(state: Path) -> None:
    first = start_or_join(state, WORLD)
    assert start_or_join(state, WORLD) == first == find_running(state, WORLD)
    assert first.scale_sets == ("empty-rg/empty-vmss",)
    assert is_recorded(state, WORLD, "EMPTY-rg", "empty-vmss")
    assert not is_recorded(state, WORLD, "empty-rg", "web-vmss")
    assert not is_recorded(state, DemoWorld("empty", 4), "empty-rg", "empty-vmss")
    assert clock(first.endpoint)["speed"] == demo.DEFAULT_SPEED


def test_a_world_starts_at_the_time_of_this_machine(state: Path) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    reply = clock(start_or_join(state, WORLD).endpoint)
    passed = timedelta(seconds=reply["seconds"])
    started = datetime.fromisoformat(reply["now"]) - passed
    assert before - timedelta(seconds=1) <= started <= datetime.now(UTC)


@pytest.mark.parametrize(
    ("world", "scale_set", "expected"),
    [
        (DemoWorld(), ("zone-rg", "zone-vmss"), "web-100 has no zone-rg/zone-vmss (it has"),
        (DemoWorld(), ("ZONE-RG", "zone-vmss"), "add --scenario zonal after --demo"),
        (DemoWorld("zonal"), ("big-rg", "big-vmss"), "--scenario thousand"),
    ],
)
def test_a_scale_set_of_another_scenario_is_answered_with_its_name(
    world: DemoWorld, scale_set: tuple[str, str], expected: str
) -> None:
    with pytest.raises(NotInDemo) as caught:
        check_scale_set(world, *scale_set)
    assert expected in str(caught.value)


def test_a_scale_set_of_this_scenario_and_one_of_none_are_left_to_the_simulator() -> None:
    check_scale_set(DemoWorld(), "web-rg", "web-vmss")
    check_scale_set(DemoWorld(), "web-rg", "no-such-set")
    assert "web-100" in scenarios_with("web-rg", "web-vmss")
    assert scenarios_with("web-rg", "no-such-set") == ()


def test_another_seed_is_another_world(state: Path) -> None:
    assert (
        start_or_join(state, WORLD).endpoint != start_or_join(state, DemoWorld("empty", 4)).endpoint
    )


def test_an_early_start_makes_the_folder_private_and_one_that_fails_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = DemoProcess(
        endpoint="http://127.0.0.1:9",
        title="A fleet",
        hint="press U",
        subscription_id="5ca1ab1e",
        scale_sets=("rg/web",),
    )
    start = Mock(side_effect=[DemoFailed("no port"), process])
    monkeypatch.setattr(demo, "_start", start)
    early = EarlyStart(tmp_path / "new", WORLD)
    with pytest.raises(DemoFailed, match="no port"):
        early.result()
    assert early.result().endpoint == "http://127.0.0.1:9"
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700
    assert recorded_welcome(tmp_path / "new", WORLD) == ("A fleet", "press U")
    assert recorded_welcome(tmp_path, WORLD) == demo_welcome(WORLD), "nothing is recorded there"


def test_two_commands_at_once_start_one_world(state: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(lambda _: start_or_join(state, WORLD), range(2))
    assert one == other


def test_a_speed_given_later_changes_the_living_world(state: Path) -> None:
    first = start_or_join(state, WORLD)
    again = start_or_join(state, DemoWorld("empty", 3, speed=40))
    assert again == first
    assert clock(first.endpoint)["speed"] == 40
    start_or_join(state, WORLD)
    assert clock(first.endpoint)["speed"] == 40


def test_fresh_ends_the_old_world_and_starts_anew(state: Path) -> None:
    first = start_or_join(state, WORLD)
    store = FolderStore(state)
    in_demo = replace(AZURE, demo=True, endpoint=first.endpoint)
    demo_run, halted, azure_run = (
        add_run(store, context=in_demo), add_run(store, HALTED, context=in_demo), add_run(store)
    )  # fmt: skip
    session = ControlSession(state)
    assert session.control.latest_run_name(WEB) == azure_run.name
    second = start_or_join(state, DemoWorld("empty", 3, fresh=True))
    assert [r.read_run()[0].phase for r in (demo_run, halted)] == [Phase.CANCELLED] * 2
    assert azure_run.read_run()[0].phase is Phase.ROLLING_FORWARD
    assert not demo_run.is_live
    azure_run.remove()
    assert session.control.latest_run_name(WEB) is None
    assert second.pid != first.pid
    assert not demo.is_reachable(first.endpoint) or first.endpoint == second.endpoint


def test_a_world_that_died_is_started_again(state: Path) -> None:
    first = start_or_join(state, WORLD)
    stop(state, WORLD)
    assert find_running(state, WORLD) is None
    assert start_or_join(state, WORLD).pid != first.pid


def test_an_endpoint_file_that_lies_is_not_believed(state: Path) -> None:
    folder = state / "demo"
    folder.mkdir(mode=0o700)
    path = folder / f"{WORLD.name}.json"
    for lie in (
        b"not json",
        b'{"endpoint":"http://127.0.0.1:1","subscription_id":"x","scale_sets":[],"pid":%d}'
        % os.getpid(),
        b'{"endpoint":"http://127.0.0.1:1","subscription_id":"x","scale_sets":[],"pid":-1}',
    ):
        path.write_bytes(lie)
        assert find_running(state, WORLD) is None


def test_its_files_are_private(state: Path) -> None:
    start_or_join(state, WORLD)
    assert (state / "demo").stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in (state / "demo").iterdir())


def test_a_demo_that_cannot_start_says_why(state: Path) -> None:
    with pytest.raises(DemoFailed, match="there is no scenario 'nowhere'"):
        start_or_join(state, DemoWorld("nowhere", 1))


def test_it_outlives_the_terminal_of_who_started_it(state: Path) -> None:
    process = start_or_join(state, WORLD)
    assert os.getsid(process.pid) == process.pid
    result = subprocess.run(
        ["ps", "-o", "tty=", "-p", str(process.pid)], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "?"

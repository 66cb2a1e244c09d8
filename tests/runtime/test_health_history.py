"""The recent health of instances by minutes."""

import time
from dataclasses import replace
from datetime import timedelta

from msgspec import structs

from tests.support.fleets import NOON, thousand, web
from vmss_tui.fleet.scale_set import Health
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.runtime.observe.health_history import MAX_MINUTES, HealthHistory, HealthLevel

_MINUTE = timedelta(minutes=1)


def _unhealthy(snapshot: Snapshot, instance_id: str) -> Snapshot:
    return replace(
        snapshot,
        instances=tuple(
            structs.replace(i, health=Health.UNHEALTHY) if i.instance_id == instance_id else i
            for i in snapshot.instances
        ),
    )


def test_a_minute_has_its_worst_health_and_the_newest_one_the_last() -> None:
    history, snapshot = HealthHistory(), web(odd=False)
    history.record(_unhealthy(snapshot, "3"))
    history.record(replace(snapshot, taken_at=NOON + timedelta(seconds=5)))
    assert history.levels("3") == (HealthLevel.GOOD,)
    history.record(replace(snapshot, taken_at=NOON + 3 * _MINUTE))
    not_read = HealthLevel.NOT_READ
    assert history.levels("3") == (
        HealthLevel.UNHEALTHY, not_read, not_read, HealthLevel.GOOD,
    )  # fmt: skip
    assert history.levels("4")[0] is HealthLevel.GOOD
    assert history.levels("no such") == ()
    assert history.ends_at == (NOON + 3 * _MINUTE).replace(second=0)


def test_an_instance_that_comes_later_begins_later_and_incomplete_readings_do_not_count() -> None:
    history, snapshot = HealthHistory(), web(odd=False)
    history.record(replace(snapshot, instances=snapshot.instances[:5]))
    history.record(replace(snapshot, taken_at=NOON + _MINUTE))
    history.record(replace(snapshot, taken_at=NOON + 2 * _MINUTE, complete=False))
    assert len(history.levels("4")) == 2
    assert len(history.levels("50")) == 1


def test_a_thousand_instances_are_recorded_quickly_and_for_an_hour_only() -> None:
    history, snapshot = HealthHistory(), thousand()
    best = 1.0
    for minute in range(MAX_MINUTES + 20):
        reading = replace(snapshot, taken_at=NOON + minute * _MINUTE)
        began = time.perf_counter()
        history.record(reading)
        best = min(best, time.perf_counter() - began)
    assert len(history.levels("999")) == MAX_MINUTES
    assert best < 0.002

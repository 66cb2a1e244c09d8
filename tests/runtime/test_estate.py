"""The estate: the index agrees with readings, and its failures cost no more than themselves."""

from collections import Counter
from datetime import timedelta
from itertools import groupby

import pytest

from tests.support.bench import Bench, BenchFactory
from vmss_tui.arm.resources import estate_index, graph_client
from vmss_tui.fleet.estate.row import EstateRow, versions_in_use
from vmss_tui.fleet.estate.where import parse_where
from vmss_tui.fleet.model_edit.change import change_from_edit
from vmss_tui.fleet.model_edit.edit import Edit
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.fleet.state_groups import StateGroup, group_of
from vmss_tui.gateway import GatewayError, NotAllowed, Unreachable
from vmss_tui.gateway.estate_index import IndexReading
from vmss_tui.runtime.observe import estate

GRAPH = "ResourceGraph"


def read_index(bench: Bench) -> IndexReading:
    """The index of all subscriptions of the simulator."""
    return bench.gateway.estate_index.read(tuple(bench.simulator.world.subscriptions))


def counted(reading: IndexReading) -> dict[str, Counter[tuple[str, StateGroup]]]:
    """The counts of each set by version and group."""
    return {
        key: Counter({(count.version, count.group): count.number for count in counts})
        for key, counts in reading.counts.items()
    }


def observed(bench: Bench, scale_set: ScaleSet) -> Counter[tuple[str, StateGroup]]:
    """The same by a reading of the set; the index knows no health."""
    snapshot = bench.services.queries.observe(scale_set.id)
    return Counter(
        (instance.image.running_version if instance.image else "", group_of(instance.state))
        for instance in snapshot.instances
    )


@pytest.mark.parametrize("scenario", ["fleet", "instance-mix"])
def test_the_index_agrees_with_readings_and_is_no_model_to_write_over(
    scenario: str, make_bench: BenchFactory
) -> None:
    bench = make_bench(scenario)
    reading = read_index(bench)
    assert reading.damage == ()
    assert {listed.id.short for listed in reading.scale_sets} == {
        label.lower().replace(label.partition("/")[2].lower(), label.partition("/")[2])
        for label in bench.simulator.scale_sets
    }
    for listed in reading.scale_sets[:8]:
        model = bench.services.queries.read_model(listed.id)
        assert counted(reading)[listed.id.key] == observed(bench, listed)
        for name in ("location", "orchestration", "policy_mode", "capacity", "image", "tags"):
            assert getattr(listed, name) == getattr(model, name), name
        assert (listed.etag, listed.raw, listed.model_digest) == (None, {}, "")


def test_an_answer_in_pages_and_in_parts_is_the_same(
    make_bench: BenchFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = make_bench("fleet", throttling=False)
    whole = read_index(bench)
    monkeypatch.setattr(graph_client, "PAGE_ROWS", 12)
    in_parts = read_index(bench)
    assert in_parts.scale_sets == whole.scale_sets
    assert counted(in_parts) == counted(whole)
    assert len(bench.requests("POST", GRAPH)) > 3 + 6


def test_the_quota_is_kept_and_a_throttled_query_is_sent_again(make_bench: BenchFactory) -> None:
    bench = make_bench("web-100")
    for _ in range(8):
        read_index(bench)
    statuses = [request["status"] for request in bench.requests("POST", GRAPH)]
    assert set(statuses) <= {200, 429}
    assert statuses.count(200) == 24
    assert statuses.count(429) <= 3  # of those that were sent at once
    pace = graph_client.QueryPace()
    waits = [pace.reserve(100.0) for _ in range(16)]
    assert waits == [0.0] * 15 + [5.0]
    pace = graph_client.QueryPace()
    pace.note(10.0, {"x-ms-user-quota-remaining": "0", "x-ms-user-quota-resets-after": "00:00:03"})
    assert pace.reserve(11.0) == 2.0


def test_missing_columns_and_tables_cost_only_themselves(make_bench: BenchFactory) -> None:
    bench = make_bench("fleet", throttling=False)
    columns = ["latestModelApplied", "provisioningState", "powerState"]
    whole = counted(read_index(bench))
    bench.control("POST", "index", {"missing": columns})
    by_version = counted(read_index(bench))
    assert all(
        sum(by_version[key].values()) == sum(counts.values()) for key, counts in whole.items()
    )
    assert by_version == whole  # nothing is failed or stopped there, and the versions differ
    bench.control("POST", "index", {"missing": [*columns, "exactVersion"]})
    assert counted(read_index(bench)) == whole  # by the version that an instance was made with
    bench.control("POST", "index", {"absent_tables": ["computeresources"]})
    absent = read_index(bench)
    assert len(absent.scale_sets) == 40
    assert "instances of Uniform scale sets are not counted" in absent.damage[0]
    assert set(absent.counts) == set()


def test_without_the_index_subscriptions_are_listed_and_each_costs_its_own_line(
    make_bench: BenchFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(estate, "LISTED_SUBSCRIPTIONS", 2)
    bench = make_bench("subscriptions")
    indexed = bench.services.estate.read()
    assert indexed.indexed_at is not None
    assert [listed.name for listed in indexed.scale_sets] == ["web-vmss"]
    assert [text.partition(" (")[0] for text in indexed.damage] == [
        "subscription Contoso New",
        "subscription Contoso Restricted",
    ]
    bench.control("POST", "rights", {"refuse": ["Microsoft.ResourceGraph/resources/read"]})
    with pytest.raises(NotAllowed):
        read_index(bench)
    listed = bench.services.estate.read()
    assert (listed.indexed_at, listed.counts) == (None, {})
    assert listed.notes[0].startswith("Azure's index cannot be read, so every subscription was")
    assert listed.damage == indexed.damage
    assert [entry.name for entry in listed.scale_sets] == ["web-vmss"]


def test_a_slow_index_ends_in_time(
    make_bench: BenchFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = make_bench("web-100")
    bench.fault(GRAPH, {"delay": 1.0}, times=3)
    monkeypatch.setattr(estate_index, "DEADLINE", 0.2)
    with pytest.raises(Unreachable, match="did not answer within"):
        read_index(bench)


def test_the_estate_is_read_in_few_requests_and_its_rows_are_found(
    make_bench: BenchFactory,
) -> None:
    bench = make_bench("estate")
    world = bench.simulator.world
    assert len(world.scale_sets) == 300
    assert sum(len(listed.instances) for listed in world.scale_sets.values()) == 20_000
    reading = bench.services.estate.read()
    assert len(bench.control("GET", "ledger")["requests"]) <= 8
    assert reading.damage[0].startswith("subscription Contoso Media Canary")
    assert len(reading.damage) == 1
    rows = reading.rows(bench.services.subscription_names.name_of)
    assert len(rows) == len(reading.counts) == 275
    assert sum(sum(row.versions.values()) for row in rows) == sum(row.capacity or 0 for row in rows)

    def names(text: str) -> list[EstateRow]:
        where = parse_where(text)
        return [row for row in rows if where.matches(row)]

    canaries = names("name:*-canary tag:role=web")
    assert {row.subscription.rpartition(" ")[2] for row in canaries} == {"Canary"}
    assert not names("name:*-canary !tag:stage=canary")
    assert {row.name.partition("-")[0] for row in names("owned")} == {"pool"}
    assert len(names("owned")) == len(names("image=latest")) == 20
    assert {key for key, _ in groupby(sorted(row.orchestration for row in rows))} == {
        "Flexible",
        "Uniform",
    }
    oldest = next(use for use in versions_in_use(rows) if use.version == "22.04.202510010")
    assert len(names("running:22.04.202510010")) == oldest.scale_sets
    assert len(oldest.regions) == 6
    gallery = next(iter(world.library.galleries.values()))
    *_, newest = gallery.images[0].versions
    assert "australiaeast" not in newest.regions
    assert len(newest.regions) == 5


def test_the_index_is_behind_and_the_rows_say_of_when_they_are(make_bench: BenchFactory) -> None:
    bench = make_bench("web-100")
    bench.edit(tags={"role": "other"})
    before = read_index(bench)
    assert before.scale_sets[0].tags == (("env", "production"),)
    assert bench.services.queries.read_model(bench.set_id).tags == (("role", "other"),)
    change = change_from_edit(bench.services.queries.read_model(bench.set_id), Edit(capacity=99))
    bench.gateway.prepare_write()
    with pytest.raises(GatewayError):
        bench.services.model_writer.save(before.scale_sets[0], change)
    assert bench.requests("PATCH") == []  # nothing is written over a row of the index
    bench.simulator.clock.advance(60.0)
    after = read_index(bench)
    assert after.scale_sets[0].tags == (("role", "other"),)
    assert after.read_at - before.read_at == timedelta(seconds=60)

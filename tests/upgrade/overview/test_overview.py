"""A run in numbers: batches as segments, checkpoints, rate, digest of events."""

from msgspec import structs

from tests.support.fake_runs import FakeFollower
from tests.support.fake_session import FakeServices
from tests.support.fleets import web
from vmss_tui.fleet.scale_set import Health, PowerState
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.overview.digest import Meaning, fold_events
from vmss_tui.upgrade.overview.overview import overview, unavailable_of_limit, unfinished_instances
from vmss_tui.upgrade.overview.segments import Checkpoint
from vmss_tui.upgrade.overview.throughput import upgrades_over_time, upgrades_per_minute
from vmss_tui.upgrade.plan.policy import Policy
from vmss_tui.upgrade.plan.selection import Selection


def _run(policy: Policy) -> FakeFollower:
    """A run of 80 instances whose journal has the plan only."""
    services = FakeServices(web(odd=False))
    plan = services.planner.plan(services.snapshot, Selection(), policy)
    return services.run_control.begin("web-vmss-7f3a", plan)


def _request(follower: FakeFollower, number: int, ids: tuple[str, ...]) -> None:
    follower.add(
        ev.BatchIntent(number=number, row="UD 0", instance_ids=ids, client_request_id="a"),
        ev.BatchAccepted(number=number),
    )


def test_a_canary_is_the_first_segment_and_a_checkpoint_falls_where_whole_batches_end() -> None:
    follower = _run(Policy(canary=2, checkpoints=(50,)))
    follower.read_new()
    shown = overview(follower.run, follower.run.t)
    assert [segment.size for segment in shown.segments] == [2, 14, 16, 16, 16, 16]
    assert [segment.is_canary for segment in shown.segments] == [True, *[False] * 5]
    assert shown.checkpoints == (Checkpoint(50, 4, 60, is_approved=False),)
    assert (shown.state, shown.batch, shown.batch_count) == ("Upgrading", 0, 6)
    assert (shown.upgraded, shown.total, shown.untouched) == (0, 80, 80)
    assert (shown.remaining, shown.ends_at) == (None, None)


def test_a_batch_that_is_smaller_than_planned_leaves_its_rest_to_a_later_segment() -> None:
    follower = _run(Policy())
    first = follower.folder.manifest.plan.batches[0].instance_ids
    _request(follower, 1, first[:10])
    follower.add(
        ev.InstancesUpgraded(instance_ids=first[:9]),
        ev.InstancesFailed(instance_ids=first[9:10], message="no"),
        ev.BatchSettled(number=1, upgraded=9, failed=1, gone=0),
    )
    _request(follower, 2, first[10:])
    follower.read_new()
    one, two, three, *_ = overview(follower.run, follower.run.t + 5).segments
    assert (one.number, one.size, one.upgraded, one.failed) == (1, 10, 9, 1)
    assert one.is_complete
    assert one.seconds == 40.0
    assert (two.number, two.size, two.in_progress, two.is_open) == (2, 6, 6, True)
    assert (three.number, three.size, three.is_sent, three.seconds) == (3, 16, False, None)


def test_an_approval_that_is_waited_for_is_no_passed_checkpoint() -> None:
    follower = _run(Policy(checkpoints=(20,)))
    first = follower.folder.manifest.plan.batches[0].instance_ids
    _request(follower, 1, first)
    follower.add(
        ev.InstancesUpgraded(instance_ids=first),
        ev.BatchSettled(number=1, upgraded=16, failed=0, gone=0),
        ev.CheckpointReached(percent=20),
        ev.Paused(reason="checkpoint", message="checkpoint 20 %"),
    )
    follower.read_new()
    shown = overview(follower.run, follower.run.t)
    assert shown.state == "Waiting for approval"
    assert [checkpoint.is_approved for checkpoint in shown.checkpoints] == [False]
    follower.add(ev.Resumed(by="ops"))
    follower.read_new()
    shown = overview(follower.run, follower.run.t)
    assert [checkpoint.is_approved for checkpoint in shown.checkpoints] == [True]
    assert shown.ends_at is not None
    assert shown.remaining == 4 * 40.0


def test_the_rate_counts_the_instances_upgraded_in_the_last_ten_minutes() -> None:
    follower = _run(Policy())
    first, second, *_ = (batch.instance_ids for batch in follower.folder.manifest.plan.batches)
    _request(follower, 1, first)
    follower.add(ev.InstancesUpgraded(instance_ids=first))
    _request(follower, 2, second)
    follower.add(ev.InstancesUpgraded(instance_ids=second[:4]))
    follower.read_new()
    run = follower.run
    began = next(r.t for r in follower.records if isinstance(r.body, ev.BatchAccepted))
    assert upgrades_per_minute(run, began + 200) == 60 * 20 / 200
    assert upgrades_per_minute(run, began + 2000) == 0
    assert upgrades_per_minute(run, began + 10) is None
    assert upgrades_over_time(run, began + 100, 5) == (0, 16, 0, 0, 4)
    assert sum(upgrades_over_time(run, began + 5000, 60)) == 20


def test_routine_events_are_folded_and_upgraded_instances_are_one_line_a_batch() -> None:
    follower = _run(Policy())
    first = follower.folder.manifest.plan.batches[0].instance_ids
    _request(follower, 1, first)
    follower.add(
        ev.InstancesProvisioned(instance_ids=first),
        ev.InstancesReady(instance_ids=first),
        ev.InstancesUpgraded(instance_ids=first[:3]),
        ev.InstancesFailed(instance_ids=first[3:4], message="no"),
        ev.InstancesUpgraded(instance_ids=first[4:6]),
    )
    lines = fold_events(follower.read_new(), follower.run)
    assert lines[-3].text == "batch 1: upgrade requested for 16 instances (UD 0)"
    assert lines[-1].text == f"5 of 16 upgraded: {' '.join((*first[:3], *first[4:6]))}"
    assert [line.meaning for line in lines[-3:]] == [
        Meaning.REQUESTED,
        Meaning.FAILED,
        Meaning.DONE,
    ]
    follower.add(ev.BatchSettled(number=1, upgraded=15, failed=1, gone=0))
    lines = fold_events(follower.records, follower.run)
    assert not any("of 16 upgraded" in line.text for line in lines)
    assert lines[-1].meaning is Meaning.FAILED


def test_what_is_not_complete_begins_with_what_failed_or_is_unhealthy() -> None:
    follower = _run(Policy())
    first = follower.folder.manifest.plan.batches[0].instance_ids
    _request(follower, 1, first)
    follower.add(
        ev.InstancesProvisioned(instance_ids=first[:2]),
        ev.InstancesFailed(instance_ids=first[5:6], message="did not become healthy"),
        ev.InstancesUpgraded(instance_ids=first[6:]),
    )
    follower.read_new()
    snapshot = web(odd=False)
    instances = tuple(
        structs.replace(i, health=Health.UNHEALTHY) if i.instance_id == first[1] else i
        for i in snapshot.instances
    )
    entries = unfinished_instances(follower.run, follower.run.t + 10, instances)
    assert [entry.instance_id for entry in entries[:2]] == [first[5], first[1]]
    assert [entry.meaning for entry in entries[:3]] == [Meaning.FAILED, Meaning.UNHEALTHY, None]
    assert len(entries) == 6
    assert entries[0].text == "did not become healthy"
    assert unavailable_of_limit(follower.run, instances) == (1, 20)
    taken_down = tuple(
        structs.replace(i, power=PowerState.STOPPED) if i.instance_id in first else i
        for i in instances
    )
    assert unavailable_of_limit(follower.run, taken_down) == (len(first), 20)
    assert unavailable_of_limit(follower.run, taken_down[:50]) == (6, 10)
    assert unavailable_of_limit(structs.replace(follower.run, plan=None), instances) is None

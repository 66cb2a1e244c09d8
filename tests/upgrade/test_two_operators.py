"""Two operators on two machines, who know nothing of each other, and one scale set."""

from dataclasses import dataclass

from tests.support.engine_harness import EngineHarness
from tests.support.engine_runs import events_of, sent_batches
from tests.support.engine_world import World, small_set
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.plan.policy import Amount, Policy
from vmss_tui.upgrade.plan.selection import Selection
from vmss_tui.upgrade.run.run import Phase, Stage

FOUR = Policy(
    max_batch_instance_percent=Amount(count=4),
    max_unhealthy_instance_percent=Amount(count=4),
    healthy_deadline=100.0,
    batch_deadline=400.0,
)


@dataclass
class Pair:
    """Two runs of one set, whose workers take turns."""

    ana: EngineHarness
    ben: EngineHarness
    most_down: int = 0

    @property
    def world(self) -> World:
        """The set of both."""
        return self.ana.world

    def cycle(self, gap: float = 3.0) -> None:
        """A turn of each."""
        for harness in (self.ana, self.ben):
            harness.cycle(gap)
            down = sum(not self.world.serves(m) for m in self.world.machines.values())
            self.most_down = max(self.most_down, down)

    def resume_both(self) -> None:
        """Each operator resumes at the same moment, where the run is paused."""
        for harness in (self.ana, self.ben):
            if harness.run.phase is Phase.PAUSED:
                harness.send_intent(ev.IntentKind.RESUME)


def pair_of(ids_of_ben: tuple[str, ...] = (), **world_options: bool) -> Pair:
    """Twenty instances whose views lag by eight seconds."""
    world = small_set(20, domains=1)
    world.lags = {"flag": 8.0, "state": 8.0, "image": 8.0, "health": 8.0}
    world.tells_operations = world_options.get("tells_operations", False)
    ana = EngineHarness(world, FOUR, actor="ana")
    ben = EngineHarness(world, FOUR, Selection(instance_ids=ids_of_ben), actor="ben")
    return Pair(ana, ben)


def last_ids() -> tuple[str, ...]:
    return tuple(str(number) for number in range(10, 20))


def test_a_set_that_says_it_is_updated_is_left_alone_until_the_views_show_by_what() -> None:
    pair = pair_of(last_ids(), tells_operations=True)
    for _ in range(8):
        pair.cycle()
    assert (pair.ben.run.phase, pair.ben.run.reason) == (Phase.PAUSED, "foreign")
    assert sent_batches(pair.ben) == sent_batches(pair.ana)
    assert pair.ben.requested is False
    assert pair.most_down == 4


def test_two_that_asked_at_the_same_moment_see_each_other_and_both_pause() -> None:
    pair = pair_of(last_ids())
    for _ in range(8):
        pair.cycle()
    for harness in (pair.ana, pair.ben):
        assert (harness.run.phase, harness.run.reason) == (Phase.PAUSED, "foreign")
        assert len(events_of(harness, ev.BatchIntent)) == 1
    waits = [event.wait for harness in (pair.ana, pair.ben) for event in pauses(harness)]
    assert len({round(wait, 2) for wait in waits}) == 2
    assert all(0 < wait <= 16 for wait in waits)


def pauses(harness: EngineHarness) -> list[ev.Paused]:
    return [event for event in events_of(harness, ev.Paused) if isinstance(event, ev.Paused)]


def test_the_same_instances_are_not_asked_twice_and_every_one_is_upgraded_once() -> None:
    pair = pair_of()
    for _ in range(400):
        pair.cycle()
        pair.resume_both()
        if pair.ana.run.ended and pair.ben.run.ended:
            break
    assert pair.world.effects == {str(number): 1 for number in range(20)}
    assert pair.most_down == 4
    assert {pair.ana.run.phase, pair.ben.run.phase} == {Phase.COMPLETED}
    assert pair.ana.run.count(Stage.UPGRADED) + pair.ben.run.count(Stage.UPGRADED) == 20


def test_the_wait_after_a_pause_grows_with_each_time_they_meet() -> None:
    world = small_set(20, domains=1)
    harness = EngineHarness(world, FOUR)
    for number in range(3):
        batches = len(world.sent)
        while len(world.sent) == batches:
            harness.cycle()
        world.foreign_work(str(19 - number), 400.0)
        while harness.run.phase is not Phase.PAUSED:
            harness.cycle()
        while harness.run.open_batch is not None or world.machines[str(19 - number)].actor:
            harness.cycle()
        harness.send_intent(ev.IntentKind.RESUME)
        assert (harness.run.retry_at or 0.0) > world.t
    assert harness.run.collisions == 3
    assert [event.wait <= 1 + 15 * 2**n for n, event in enumerate(pauses(harness))] == [True] * 3

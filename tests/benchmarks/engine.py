"""The step of the engine over 1,000 instances: choosing a batch, following one, ending the run.

Values only: a run is folded from events, a reading is made by hand.
"""

from collections.abc import Iterator

from msgspec import structs

from tests.benchmarks.rows import Row, wall
from tests.support.fleets import NOON, thousand
from vmss_tui.fleet.scale_set import Health, PowerState, ProvisioningState
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.engine.observation import Moment, Reading
from vmss_tui.upgrade.engine.step import step
from vmss_tui.upgrade.plan.plan import Plan
from vmss_tui.upgrade.plan.plan_builder import make_plan
from vmss_tui.upgrade.plan.policy import Policy
from vmss_tui.upgrade.plan.selection import Selection
from vmss_tui.upgrade.run.fold import apply, fold
from vmss_tui.upgrade.run.run import Run

STEPS = 20
"""Steps in one measurement, so that the resolution of the clock does not matter."""
TARGET = 5.0


def rows() -> Iterator[Row]:
    """The slowest kinds of step."""
    before, after = (make_reading(current=current) for current in (False, True))
    started = started_run(make_plan(before.snapshot, Selection(), Policy()))
    sent = run_with(started, *step(started, before, moment_of(started)).events)
    ready = run_with(sent, ev.BatchAccepted(number=1))
    ended = run_with(started, ev.InstancesUpgraded(instance_ids=tuple(started.members)))
    cases = {
        "a batch is chosen": (started, before),
        "a batch is followed": (ready, before),
        "a batch becomes ready": (ready, after),
        "the run ends": (ended, after),
    }
    for name, (run, reading) in cases.items():
        now = moment_of(run)

        def steps(run: Run = run, reading: Reading = reading, now: Moment = now) -> None:
            for _ in range(STEPS):
                step(run, reading, now)

        took = wall(9, steps=steps)["steps"] / STEPS
        yield Row(f"engine step over 1,000 instances: {name}", took * 1e3, TARGET, "ms")


def started_run(plan: Plan) -> Run:
    """A run that may choose its first batch."""
    bodies: tuple[ev.AnyEvent, ...] = (
        ev.PlanConfirmed(plan=plan, by="benchmark"),
        ev.WorkerStarted(pid=1, host="here"),
        ev.ModelPinned(digest=plan.model_digest),
    )
    return fold(record(number, body) for number, body in enumerate(bodies, 1))


def record(seq: int, body: ev.AnyEvent) -> ev.Record:
    """A record of the journal with an event."""
    return ev.Record(seq=seq, at=NOON.isoformat(), t=0.0, body=body)


def run_with(run: Run, *bodies: ev.AnyEvent) -> Run:
    for body in bodies:
        run = apply(run, record(run.seq + 1, body))
    return run


def moment_of(run: Run) -> Moment:
    return Moment(t=run.t, real=0.0)


def make_reading(*, current: bool) -> Reading:
    """A reading of 1,000 healthy instances, all of them up to date or none."""
    fleet = thousand()
    instances = tuple(
        structs.replace(
            instance,
            latest_model_applied=current,
            provisioning=ProvisioningState.SUCCEEDED,
            power=PowerState.RUNNING,
            health=Health.HEALTHY,
        )
        for instance in fleet.instances
    )
    snapshot = Snapshot(fleet.scale_set, instances, taken_at=NOON, pages=10)
    return Reading(snapshot, begun_seq=10**6, begun_t=0.0)

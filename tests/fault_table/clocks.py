"""Faults of time: a machine that is suspended, a wall clock that is wrong."""

from collections.abc import Iterable
from datetime import timedelta

from tests.fault_table.fault import Fault, FaultMoment, Injection
from tests.support.bench import Bench

EIGHT_HOURS = 8 * 3600.0


def suspend(bench: Bench) -> None:
    """The machine is suspended for eight hours; Azure goes on."""
    bench.simulator.clock.advance(EIGHT_HOURS)


def shift_wall_clock(hours: int) -> Injection:
    def inject(bench: Bench) -> None:
        bench.clock.skew = timedelta(hours=hours)

    return inject


def clock_faults() -> Iterable[Fault]:
    for when in (
        FaultMoment.AT_ONCE,
        FaultMoment.AT_POST,
        FaultMoment.BATCH_OPEN,
        FaultMoment.BETWEEN,
    ):
        name = f"suspended for eight hours {when.value}"
        yield Fault(name=name, moment=when, inject=suspend, limit=2 * EIGHT_HOURS)
    for when in (FaultMoment.BATCH_OPEN, FaultMoment.BETWEEN):
        for hours in (-1, 1):
            name = f"wall clock wrong by {hours} h {when.value}"
            yield Fault(name=name, moment=when, inject=shift_wall_clock(hours))


FAULTS = (*clock_faults(),)

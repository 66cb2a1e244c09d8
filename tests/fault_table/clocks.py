"""Time: machines that sleep, walls that are wrong."""

from collections.abc import Iterable
from datetime import timedelta

from tests.fault_table.fault import Fault, Strike, When
from tests.support.bench import Bench

EIGHT_HOURS = 8 * 3600.0


def _asleep(bench: Bench) -> None:
    """Nobody looks for so long; Azure goes on."""
    bench.simulator.clock.advance(EIGHT_HOURS)


def _wall(hours: int) -> Strike:
    def strike(bench: Bench) -> None:
        bench.clock.skew = timedelta(hours=hours)

    return strike


def _clocks() -> Iterable[Fault]:
    for when in (When.AT_ONCE, When.AT_POST, When.BATCH_OPEN, When.BETWEEN):
        name = f"suspended for eight hours {when.value}"
        yield Fault(name=name, when=when, strike=_asleep, limit=2 * EIGHT_HOURS)
    for when in (When.BATCH_OPEN, When.BETWEEN):
        for hours in (-1, 1):
            name = f"wall clock wrong by {hours} h {when.value}"
            yield Fault(name=name, when=when, strike=_wall(hours))


FAULTS = (*_clocks(),)

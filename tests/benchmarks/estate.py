"""The list of an estate: 300 rows sorted and filtered, and the board of the scenario `estate`.

The board is read from a simulator over HTTP; beside it, what lists of every subscription and of
every scale set would take in requests.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tests.benchmarks.rows import Row, cpu, wall
from tests.support.bench import make_benches
from tests.support.fleets import NOON, scale_set
from vmss_tui.fleet.estate.row import InstanceCount
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.fleet.state_groups import StateGroup
from vmss_tui.runtime.observe.estate import EstateReading
from vmss_tui.ui.lists.list_columns import ListOrder
from vmss_tui.ui.screens.estate import Estate

SETS = 300
FILTER = "tag:role=web region:eastus,westus name:*-7? !live behind running:22.04.*"


def rows() -> Iterator[Row]:
    """Milliseconds for the rows; requests and seconds for the board."""
    estate = make_estate()
    order = ListOrder("outdated", descending=True)
    seconds = cpu(
        sorting=lambda: estate.arrange("", order), filtering=lambda: estate.arrange(FILTER, order)
    )
    for name, value in seconds.items():
        yield Row(f"{name} {SETS} rows of the list", value * 1000, 50, "ms")
    with tempfile.TemporaryDirectory() as folder, make_benches(Path(folder)) as make:
        bench = make("estate", throttling=False)
        reader = bench.services.estate
        reader.read()
        requests = len(bench.control("GET", "ledger")["requests"])
        reading = wall(rounds=3, index=reader.read)["index"]
        lists = 2 * len(bench.simulator.world.scale_sets)
        note = f"lists: {12 + lists} requests"
        yield Row("requests for the board of an estate", requests, 40, "", note=note)
        yield Row("seconds for the board of an estate", reading, 3, "s")


def make_estate() -> Estate:
    """A list of many sets that the index counts."""
    estate = Estate(lambda subscription: subscription, lambda _: 2, lambda *_: None)
    scale_sets = tuple(
        replace(
            scale_set(f"web-{number}", number % 90),
            id=ScaleSetId(f"{number % 12:08}-0000-0000-0000-000000000000", "rg", f"web-{number}"),
            location=("eastus", "westus", "northeurope")[number % 3],
            tags=(("role", "web" if number % 2 else "api"),),
        )
        for number in range(SETS)
    )
    counts = {
        one.id.key: (
            InstanceCount("22.04.202510010", StateGroup.OUTDATED, number % 50),
            InstanceCount("22.04.202511010", StateGroup.LATEST_MODEL, number % 40),
        )
        for number, one in enumerate(scale_sets)
    }
    estate.set_reading(EstateReading(scale_sets, indexed_at=NOON, counts=counts), NOON)
    return estate

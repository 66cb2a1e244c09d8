"""The scenario `fleet` for campaigns: every scale set is in policy Manual, small and outdated."""

from collections.abc import Collection
from dataclasses import replace
from typing import cast

import pytest

from vmss_tui.simulator.scenarios.catalog import SCENARIOS
from vmss_tui.simulator.scenarios.spec import ScaleSetSpec, Scenario

OTHERS = tuple(
    ScaleSetSpec("vault-rg", f"vault-{stage}", 2, current_share=0.0, tags={"team": "vault"})
    for stage in ("prod", "test", "dr")
)
"""Scale sets that no campaign of a test selects."""
SELECTED = "!tag:team=vault"
"""The filter for all others."""

FLEET_STRATEGY = f"""\
campaign: fleet
select: {{where: "{SELECTED}"}}
policy: {{max_batch: 100%, max_unhealthy: 100%, min_healthy_time: 0s}}
stages:
  - {{name: canary, where: "tag:stage=dr", concurrency: 5, bake: 10m}}
  - {{name: pilot, where: "tag:stage=test", concurrency: 5}}
  - {{name: rest, where: "*", concurrency: 5}}
"""
"""Forty scale sets in three stages, five at a time."""


def use_manual_fleet(patch: pytest.MonkeyPatch, names: Collection[str] = ()) -> tuple[str, ...]:
    """Worlds of the scenario `fleet` that this process serves have one or two instances in each
    scale set, none of which has the latest model; and three scale sets more.

    `names` leaves the others of the forty out. Returns the names that `SELECTED` matches."""
    scenarios = cast(dict[str, Scenario], SCENARIOS)
    fleet = scenarios["fleet"]
    sets = tuple(
        replace(spec, mode="Manual", capacity=1 + number // 4 % 2, current_share=0.0)
        for number, spec in enumerate(fleet.sets)
        if not names or spec.name in names
    )
    patch.setitem(scenarios, "fleet", replace(fleet, sets=(*sets, *OTHERS)))
    return tuple(spec.name for spec in sets)

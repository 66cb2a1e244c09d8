"""The tree of a campaign plan: expected times, groups of reasons and cautions, region pairs."""

from datetime import UTC, datetime

import msgspec
import pytest

from tests.support.run_folders import PLAN
from vmss_tui.campaign.expected_time import ExpectedTime, run_time, stage_time, total_time
from vmss_tui.campaign.plan import CampaignPlan, LeftOutMember, MemberPlan, StagePlan
from vmss_tui.campaign.plan_tree import (
    caution_groups,
    expected_plan_time,
    left_out_groups,
    limit_rows,
    time_text,
    verdict_text,
)
from vmss_tui.fleet.estate.region_pairs import paired_region
from vmss_tui.upgrade.plan.plan import Batch
from vmss_tui.upgrade.plan.policy import Policy
from vmss_tui.upgrade.plan.verdict import parse_verdict
from vmss_tui.upgrade.report.estimate import BatchPace

AT = datetime(2026, 1, 1, tzinfo=UTC)


def member(name: str, seconds: float, *cautions: str, measured: bool = True) -> MemberPlan:
    return MemberPlan(
        plan=msgspec.structs.replace(PLAN, name=name, cautions=cautions),
        region="eastus",
        expected_seconds=seconds,
        is_measured=measured,
    )


def test_places_that_become_free_are_taken_in_order() -> None:
    times = [ExpectedTime(seconds, True) for seconds in (50.0, 10.0, 10.0, 40.0)]
    assert stage_time(times, 1, 5.0) == ExpectedTime(115.0, True)
    assert stage_time(times, 2, 5.0) == ExpectedTime(65.0, True)
    assert stage_time(times, 9, 0.0) == ExpectedTime(50.0, True)
    unmeasured = stage_time([*times, ExpectedTime(1.0, False)], 9, 0.0)
    assert total_time([unmeasured, unmeasured]) == ExpectedTime(100.0, False)
    batches = tuple(Batch("UD 0", (str(number),)) for number in range(3))
    policy = Policy(min_healthy_time=20.0, pause_time_between_batches=5.0)
    plan = msgspec.structs.replace(PLAN, batches=batches, policy=policy)
    assert run_time(plan, None) == ExpectedTime(70.0, False)
    assert run_time(plan, BatchPace(100.0, "r")) == ExpectedTime(310.0, True)


def test_reasons_and_cautions_are_grouped_with_their_scale_sets() -> None:
    def skipped(name: str, kind: str, reason: str) -> LeftOutMember:
        return LeftOutMember(
            subscription_id="s", resource_group="RG", name=name, kind=kind, reason=reason
        )

    first = StagePlan(name="a", members=(member("x", 60.0, "one"),), bake=600.0)
    second = StagePlan(name="b", members=(member("y", 90.0, "two", "one", measured=False),))
    empty = StagePlan(name="c", bake=900.0)
    plan = CampaignPlan(
        name="c",
        stages=(first, second, empty),
        left_out=(
            skipped("d", "unreadable", "no"),
            skipped("b", "current", "has it"),
            skipped("c", "of another version", "?"),
            skipped("a", "current", "has it"),
        ),
        made_at=AT,
    )
    assert [(group.text, group.names) for group in left_out_groups(plan)] == [
        ("has it", ("rg/b", "rg/a")),
        ("no", ("rg/d",)),
        ("?", ("rg/c",)),
    ]
    assert [(group.text, group.names) for group in caution_groups(plan)] == [
        ("one", ("web-rg/x", "web-rg/y")),
        ("two", ("web-rg/y",)),
    ]
    assert time_text(expected_plan_time(plan)) == "at least 12 min"


def test_commands_and_addresses_are_shown_without_secrets() -> None:
    policy = Policy(gate=("/bin/drain", "--token", "hunter2"), bake=60.0)
    rows = limit_rows(policy)
    assert rows[0].text.endswith("min healthy time 10 s, bake 60 s")
    texts = [row.command + row.text for row in rows]
    for verdict in ("./probe --token hunter2", "https://a.example/?sig=hunter2hunter2"):
        texts.append(verdict_text(parse_verdict(verdict)))
    assert "hunter2" not in " ".join(texts)
    metric = parse_verdict("metric:average of Percentage CPU < 80 over 5m")
    assert verdict_text(metric).startswith("average of Percentage CPU < 80 over 5m every 60 s")


@pytest.mark.parametrize(
    ("region", "pair"),
    [
        ("North Europe", "westeurope"),
        ("westeurope", "northeurope"),
        ("westus3", "eastus"),
        ("eastus", "westus"),
        ("brazilsouth", "southcentralus"),
        ("southcentralus", "northcentralus"),
        ("polandcentral", ""),
    ],
)
def test_a_region_has_the_pair_that_azure_documents(region: str, pair: str) -> None:
    assert paired_region(region) == pair

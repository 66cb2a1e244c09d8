"""The filter of scale sets: terms, negation, whole values, mistakes, and its cost."""

from time import process_time

import pytest
from msgspec.structs import replace

from tests.support.fleets import NOON, SUBSCRIPTION
from vmss_tui.fleet.estate.row import EstateRow, InstanceCount, versions_in_use
from vmss_tui.fleet.estate.where import BadWhere, Glob, parse_where
from vmss_tui.fleet.image import Image, ImageKind
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.fleet.state_groups import StateGroup
from vmss_tui.fleet.states import Orchestration, PolicyMode, ProvisioningState

JAMMY = Image(ImageKind.PLATFORM, "Canonical", "ubuntu-jammy", "22_04-lts", "22.04.202601010")
WEB = EstateRow(
    ScaleSetId(SUBSCRIPTION, "Web-RG", "web-canary"),
    "Contoso Production",
    region="eastus",
    policy_mode=PolicyMode.MANUAL,
    image=JAMMY,
    vm_size="Standard_D2s_v5",
    tags=(("role", "web"), ("owner", "Team A, B")),
    counts=(
        InstanceCount("22.04.202510010", StateGroup.OUTDATED, 3),
        InstanceCount("22.04.202601010", StateGroup.LATEST_MODEL, 4),
        InstanceCount("22.04.202601010", StateGroup.FAILED, 1),
    ),
    indexed_at=NOON,
)
JOB = EstateRow(
    ScaleSetId(SUBSCRIPTION, "jobs", "job-vmss"),
    "Lab",
    region="eastus2",
    edge_zone="microsoftmiami1",
    orchestration=Orchestration.FLEXIBLE,
    policy_mode=PolicyMode.ROLLING,
    owner="Azure Batch",
    is_live=True,
)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", "web job"),
        ("*", "web job"),
        ("name:*-canary", "web"),
        ("name:canary", "web"),
        ("name=canary", ""),
        ("!name:CANARY*", "web job"),
        ("eastus", "web job"),
        ("region:eastus", "web job"),
        ("region=eastus", "web"),
        ("region=EASTUS,eastus2", "web job"),
        ("region:*miami?", "job"),
        ("orchestration:Uniform policy:manual", "web"),
        ("policy:r*", "job"),
        ("image:22.04.* image:jammy", "web"),
        ("image:22.04", "web"),
        ("image:04.*", ""),
        ("running:22.04.202510010", "web"),
        ("tag:role=web tag:owner", "web"),
        ('tag:"owner=Team A, B"', "web"),
        ("tag:role", "web"),
        ("tag:rol", ""),
        ("tag:", "web"),
        ('sub:"contoso production"', "web"),
        ("subscription=lab group:job", "job"),
        ("size:d2s", "web"),
        ("behind problem", "web"),
        ("!behind live owned", "job"),
        ("OUTDATED", "web"),
        ("!outdated", "job"),
        ("selected", "job"),
    ],
)
def test_a_scale_set_matches_every_term(text: str, names: str) -> None:
    where = parse_where(text, {"selected": lambda row: row.name == "job-vmss"})
    assert " ".join(row.name[:3] for row in (WEB, JOB) if where.matches(row)) == names


def test_outdated_is_another_word_for_behind() -> None:
    for word in ("outdated", "!Outdated"):
        where = parse_where(word)
        assert [term.name for term in where.terms] == ["behind"]
        assert where.needs_counts
        assert where.needs_versions


@pytest.mark.parametrize(
    ("text", "position", "part"),
    [
        (
            "behind regio:x",
            8,
            "'regio': use behind, problem, live, owned, outdated, name:",
        ),
        ("role=web", 1, "tag:"),
        ("policy:manuel", 1, "no policy 'manuel': use Manual, Automatic, Rolling"),
        ('  tag:"a b', 3, "no closing quote"),
        ("!", 1, "negates nothing"),
        ("x" * 2_001, 2_001, "at most 2,000"),
    ],
)
def test_a_mistake_is_reported_with_its_place(text: str, position: int, part: str) -> None:
    with pytest.raises(BadWhere) as raised:
        parse_where(text)
    assert part in str(raised.value)
    assert raised.value.position == position


def test_wildcards_match_in_linear_time() -> None:
    for pattern, text, expected in (
        ("a*b*c", "a--b--c", True),
        ("a*b*c", "a--c--b", False),
        ("ab*ba", "aba", False),
        ("*?x", "x", False),
        ("*?x*", "yxz", True),
        ("??", "ab", True),
        ("[a]", "a", False),
    ):
        assert Glob(pattern, is_whole=True).matches(text) is expected, pattern
    began = process_time()
    assert not Glob("*a?" * 300 + "b", is_whole=True).matches("a" * 5_000)
    assert process_time() - began < 0.2


def test_counts_are_summed_by_version_and_group_and_unknown_is_not_zero() -> None:
    assert WEB.versions == {"22.04.202510010": 3, "22.04.202601010": 5}
    assert (WEB.outdated, WEB.problems, JOB.outdated) == (3, 1, None)
    assert replace(JOB, counts=()).outdated == 0
    unknown = (InstanceCount("", StateGroup.UNKNOWN, 2),)
    assert replace(JOB, counts=unknown).outdated is None
    assert replace(JOB, provisioning=ProvisioningState.FAILED).is_problem
    other = replace(WEB, region="westus")
    old, new = sorted(versions_in_use((WEB, other, JOB)), key=lambda use: use.version)
    assert (old.instances, old.scale_sets, old.regions) == (6, 2, ("eastus", "westus"))
    assert new.instances == 10

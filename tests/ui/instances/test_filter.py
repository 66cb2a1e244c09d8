"""The filter language: what terms match, and how invalid ones are refused."""

import pytest

from tests.support.fleets import thousand, web
from vmss_tui.fleet.domains import build_grid
from vmss_tui.ui.instances.filter import BadFilter, parse_filter


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("ud:2", 20),
        ("ud:2 !model:latest", 16),
        ("state:failed", 1),
        ("image:22.04.202510*", 80),
        ("!image:22.04.202510*", 20),
        ("zone:none", 100),
        ("health:none", 2),
        ("id:4?", 10),
        ("vmss_99", 1),
        ("UD:2 State:FAILED", 1),
        ("ud:1 ud:2", 40),
        ("ud:1 ud:2 !ud:2", 20),
        ("ud:1 ud:2 state:failed", 1),
        ("pg:none", 100),
        ("", 100),
    ],
)
def test_filters(text: str, count: int) -> None:
    instance_filter = parse_filter(text)
    assert sum(instance_filter.matches(i) for i in web().instances) == count


@pytest.mark.parametrize("text", ["colour:red", "ud:", "!", "state:"])
def test_a_filter_that_means_nothing_says_so(text: str) -> None:
    with pytest.raises(BadFilter):
        parse_filter(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("state:bogus", "no state 'bogus': use failed, unhealthy, updating"),
        ("ud=1", "'ud=1' is not understood: write ud:VALUE"),
        ("!fd>2", "'!fd>2' is not understood: write fd:VALUE"),
        ("fd:>2", "'fd:>2': no comparisons, ranges or lists; write fd:1 fd:2 or fd:1*"),
        ("id:1-5", "'id:1-5': no comparisons, ranges or lists"),
        ("id:1,5", "'id:1,5': no comparisons, ranges or lists"),
        ("ud:two", "'ud:two' is no ud: a number, or none"),
        ("model:old", "no model 'old': use latest, outdated, unknown"),
    ],
)
def test_a_value_that_can_never_be_is_refused_with_those_that_can(text: str, message: str) -> None:
    with pytest.raises(BadFilter) as raised:
        parse_filter(text)
    assert message in str(raised.value)


def test_a_placement_group_is_found_by_the_number_that_its_heading_has() -> None:
    instances = thousand().instances
    heading = build_grid(instances).panels[2].heading
    instance_filter = parse_filter("pg:3", instances)
    groups = {i.placement_group for i in instances if instance_filter.matches(i)}
    assert heading == "placement group 3 2c0ffee0"
    assert groups == {"2c0ffee0-0000-4000-8000-000000000000"}
    by_id = parse_filter("pg:2c0f", instances)
    assert groups == {i.placement_group for i in instances if by_id.matches(i)}

"""A policy that breaks a rule cannot be used, and the sentence says which rule of which field."""

import math

import pytest

from vmss_tui.upgrade.plan.policy import Amount, Policy, PolicyError, parse_amount, validate


def test_azures_defaults_are_the_defaults() -> None:
    policy = validate(Policy())
    assert str(policy.max_batch_instance_percent) == "20%"
    assert str(policy.max_unhealthy_instance_percent) == "20%"
    assert str(policy.max_unhealthy_upgraded_instance_percent) == "20%"
    assert (policy.pause_time_between_batches, policy.max_new_failures) == (0.0, 1)


@pytest.mark.parametrize(
    ("percent", "total", "instances"),
    [(20, 100, 20), (20, 99, 19), (20, 4, 1), (1, 1000, 10), (50, 3, 1), (100, 7, 7), (20, 0, 1)],
)
def test_a_percentage_is_rounded_down_and_is_at_least_one_instance(
    percent: int, total: int, instances: int
) -> None:
    assert Amount(percent=percent).of(total) == instances


def test_a_count_is_a_count_whatever_the_total() -> None:
    assert Amount(count=5).of(3) == 5


@pytest.mark.parametrize("text", ["5", "20%", "1", "1000", "100%"])
def test_an_amount_reads_as_it_is_written(text: str) -> None:
    assert str(parse_amount("max_batch_instance_percent", text)) == text


@pytest.mark.parametrize("text", ["0", "0%", "101%", "1001", "-1", "a", "", "%", "5.5%", "²", " 5"])
def test_an_impossible_amount_is_refused_with_its_field(text: str) -> None:
    with pytest.raises(PolicyError, match="max_batch_instance_percent") as refused:
        parse_amount("max_batch_instance_percent", text)
    assert refused.value.field == "max_batch_instance_percent"


@pytest.mark.parametrize("text", ["0", "0%"])
def test_no_upgraded_instance_at_all_may_be_unhealthy_as_with_azure(text: str) -> None:
    strictest = parse_amount("max_unhealthy_upgraded_instance_percent", text)
    policy = validate(Policy(max_unhealthy_upgraded_instance_percent=strictest))
    amount = policy.max_unhealthy_upgraded_instance_percent
    assert str(amount) == text
    assert amount.exceeded(1, 100)
    assert not amount.exceeded(0, 100)


WRONG: list[tuple[Policy, str]] = [
    (Policy(max_new_failures=0), "max_new_failures"),
    (Policy(pause_time_between_batches=-1), "pause_time_between_batches"),
    (Policy(min_healthy_time=-1), "min_healthy_time"),
    (Policy(min_healthy_time=600), "healthy_deadline"),
    (Policy(healthy_deadline=5400), "batch_deadline"),
    (Policy(batch_deadline=math.nan), "batch_deadline"),
    (Policy(healthy_deadline=math.nan), "healthy_deadline"),
    (Policy(pause_time_between_batches=math.inf), "pause_time_between_batches"),
    (Policy(settle_window=0), "settle_window"),
    (Policy(canary=-1), "canary"),
    (Policy(checkpoints=(0,)), "checkpoints"),
    (Policy(checkpoints=(100,)), "checkpoints"),
    (Policy(checkpoints=(50, 25)), "checkpoints"),
    (Policy(checkpoints=(25, 25)), "checkpoints"),
    (Policy(max_batch_instance_percent=Amount()), "max_batch_instance_percent"),
    (Policy(max_unhealthy_instance_percent=Amount(count=0)), "max_unhealthy_instance_percent"),
    (
        Policy(max_unhealthy_upgraded_instance_percent=Amount(count=1, percent=1)),
        "max_unhealthy_upgraded_instance_percent",
    ),
]


@pytest.mark.parametrize(("policy", "field"), WRONG, ids=[field for _, field in WRONG])
def test_a_broken_rule_names_its_field(policy: Policy, field: str) -> None:
    with pytest.raises(PolicyError) as refused:
        validate(policy)
    assert refused.value.field == field
    assert str(refused.value).startswith(f"{field}: must ")


def test_deadlines_are_checked_from_the_shortest_to_the_longest() -> None:
    with pytest.raises(PolicyError) as refused:
        validate(Policy(min_healthy_time=700, healthy_deadline=600, batch_deadline=500))
    assert refused.value.field == "healthy_deadline"
    with pytest.raises(PolicyError) as refused:
        validate(Policy(min_healthy_time=10, healthy_deadline=600, batch_deadline=600))
    assert refused.value.field == "batch_deadline"

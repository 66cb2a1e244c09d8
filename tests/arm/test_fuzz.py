"""Ten thousand damaged answers of Azure through the whole gateway but for the socket.

Each is built from a recorded exchange with a seed of its own, and must come to a reading that
says what is wrong with it, or to one of the gateway's errors. A second, plain reading of the same
bytes holds the first to the truth: nothing is current, running or healthy that Azure did not call
so literally.
"""

import sys
from collections import Counter
from random import Random
from typing import cast

import pytest

from tests.support.fuzz_judge import LONGEST_MESSAGE
from tests.support.fuzz_routes import ROUTES
from tests.support.json_mutations import JsonMutator
from vmss_tui.gateway import GatewayError
from vmss_tui.text import clean

HOW_MANY = 10_000
PARTS = 4
"""Tests among which they are divided, so that several processes can share them."""


def outcome_of(seed: int) -> str:
    """The outcome of a damaged response; raises for an exception that must not occur."""
    m = JsonMutator(seed)
    routes, weights = zip(*ROUTES, strict=True)
    route = Random(seed).choices(routes, weights)[0]
    try:
        return cast(str, route(m))
    except GatewayError as error:
        message, kind = error.message, type(error).__name__
    assert message
    assert clean(message) == message
    assert len(message) <= LONGEST_MESSAGE, message[:200]
    return f"an error of the gateway: {kind}"


@pytest.mark.parametrize("part", range(PARTS))
def test_a_damaged_answer_is_a_reading_with_its_damage_said_or_an_error_of_the_gateway(
    part: int, capsys: pytest.CaptureFixture[str]
) -> None:
    share = range(part * HOW_MANY // PARTS, (part + 1) * HOW_MANY // PARTS)
    outcomes: Counter[str] = Counter()
    for seed in share:
        try:
            outcomes[outcome_of(seed)] += 1
        except Exception as error:
            raise AssertionError(f"seed {seed}: {type(error).__name__}: {error}") from error
    assert outcomes.total() == len(share)
    assert len(outcomes) > 5, outcomes
    with capsys.disabled():
        summary = ", ".join(f"{count} {what}" for what, count in outcomes.most_common())
        sys.stderr.write(f"\n{outcomes.total()} damaged answers: {summary}\n")

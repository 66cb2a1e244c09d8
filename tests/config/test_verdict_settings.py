"""Settings of the verdict, the bake time and the quarantine."""

from pathlib import Path

import pytest

from tests.config.test_config import complaint, written
from vmss_tui.config import load
from vmss_tui.upgrade.plan.verdict import Inconclusive, OnFailure, Verdict


def test_a_verdict_of_the_file_is_part_of_the_policy(tmp_path: Path) -> None:
    text = """
upgrade: {bake: 600, quarantine: true, max_new_failures: 3}
hooks:
  verdict: https://web.example/health
  verdict_every: 30
  verdict_window: 2/3
  inconclusive: ignore
  on_failure: revert
"""
    policy = load(written(tmp_path, text)).policy
    assert policy is not None
    assert (policy.bake, policy.quarantine) == (600.0, True)
    assert policy.verdict == Verdict(
        url="https://web.example/health",
        every=30.0,
        failures=2,
        samples=3,
        inconclusive=Inconclusive.IGNORE,
        on_failure=OnFailure.REVERT,
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("hooks: {verdict: 'http://web.example/'}", "https://, except for this machine"),
        ("hooks: {verdict: 'metric:CPU'}", "average of Percentage CPU < 80 over 5m"),
        ("hooks: {verdict: 5}", "must be a command line, an address or a metric"),
        ("hooks: {verdict_every: 30}", "needs a verdict"),
        (
            "hooks: {verdict: probe, verdict_window: 3/2}",
            "verdict_window is '3/2': it must be at least 1",
        ),
        ("hooks: {verdict: probe, verdict_window: x}", "such as 1, or 2/5"),
        ("hooks: {verdict: probe, on_failure: explode}", "must be one of halt, revert"),
        ("upgrade: {quarantine: true}", "needs max_new_failures of at least 2"),
        ("upgrade: {bake: -1}", "must be seconds, from 0 to 604800"),
    ],
)
def test_a_mistake_gets_one_sentence_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    assert message in complaint(tmp_path, text)

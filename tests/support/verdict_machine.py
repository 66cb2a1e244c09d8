"""The state machine of runs with a bake time and a verdict."""

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.support.upgrade_machine import UpgradeRuns
from vmss_tui.upgrade.plan.verdict import Inconclusive, OnFailure, SampleResult, Verdict

PROBE = ("probe",)
REVERTS = Verdict(command=PROBE, every=20.0, on_failure=OnFailure.REVERT)
TWO_OF_THREE = Verdict(
    command=PROBE, every=10.0, failures=2, samples=3, inconclusive=Inconclusive.IGNORE
)


class VerdictRuns(UpgradeRuns):
    """One run with a bake time, a verdict, or both; its samples come as the rule says."""

    limits = (
        {"bake": 100.0, "verdict": REVERTS},
        {"bake": 60.0, "verdict": TWO_OF_THREE},
        {"verdict": REVERTS},
        {"bake": 60.0, "quarantine": True, "max_new_failures": 3},
    )

    @rule(answer=st.sampled_from(("no", "lost", "landed", "ignored")))
    def the_next_protection_is(self, answer: str) -> None:
        self.harness.verdict.next_protection = answer

    @rule(results=st.lists(st.sampled_from(SampleResult), min_size=1, max_size=3))
    def the_next_samples_are(self, results: list[SampleResult]) -> None:
        self.harness.verdict.next_results = results

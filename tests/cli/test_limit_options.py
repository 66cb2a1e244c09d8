"""Options that replace limits of the settings, and switch off what they switch on."""

from typing import Any

import click
import pytest
from click.testing import CliRunner

from vmss_tui.cli.options_run import limit_options
from vmss_tui.upgrade.plan.policy import Policy, with_fields
from vmss_tui.upgrade.plan.verdict import Verdict

SETTINGS = Policy(
    canary=2,
    checkpoints=(50,),
    prioritize_unhealthy_instances=True,
    skip_not_running=False,
    gate=("drain",),
    bake=600.0,
    pause_time_between_batches=30.0,
    verdict=Verdict(url="https://shop.example/health", failures=2, samples=3),
    quarantine=True,
    max_new_failures=5,
)


def policy_of(*arguments: str) -> Policy:
    """The policy of a run with these options, over `SETTINGS`."""
    taken: list[dict[str, Any]] = []

    @click.command()
    @limit_options
    def command(limits: dict[str, Any]) -> None:
        taken.append(limits)

    result = CliRunner().invoke(command, arguments)
    assert result.exit_code == 0, result.output
    return with_fields(SETTINGS, taken[0])


@pytest.mark.parametrize("blank", ["", " "])
def test_what_the_settings_switch_on_is_switched_off_for_one_run(blank: str) -> None:
    off = ("--no-quarantine", "--no-unhealthy-first", "--no-include-stopped", "--bake", "0")
    none = ("--canary", "0", "--pause-between", "0s", "--checkpoint", blank, "--gate", blank)
    assert policy_of(*off, *none, "--verdict", blank) == Policy(max_new_failures=5)
    assert policy_of() == SETTINGS


def test_a_flag_and_the_timeout_of_a_verdict_are_taken_from_the_command_line() -> None:
    policy = policy_of("--quarantine", "--unhealthy-first", "--include-stopped")
    assert policy == SETTINGS
    verdict = policy_of("--verdict-timeout", "90s").verdict
    assert SETTINGS.verdict is not None
    assert verdict == Verdict(url=SETTINGS.verdict.url, failures=2, samples=3, timeout=90.0)

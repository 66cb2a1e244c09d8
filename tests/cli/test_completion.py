"""Shell completion, asked for as a shell asks: by its script, and by the script's own question."""

import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from vmss_tui.cli.program import main
from vmss_tui.gateway import AzureContext
from vmss_tui.runtime.storage.run_store import RunStore
from vmss_tui.upgrade.plan.plan import Batch, Plan

NOW = datetime(2026, 11, 22, tzinfo=UTC)
PROGRAM = Path(sys.executable).parent


def completed(home: Path, *words: str, shell: str = "bash") -> list[str]:
    """What the program offers for the last word."""
    asked = {"_VMSS_TUI_COMPLETE": f"{shell}_complete", "COMP_WORDS": " ".join(words)}
    position = {"COMP_CWORD": words[-1] if shell == "fish" else str(len(words) - 1)}
    done = subprocess.run(
        [PROGRAM / "vmss-tui"],
        env=os.environ | asked | position | {"XDG_STATE_HOME": str(home / "state")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout.split()


def made_a_run(home: Path) -> str:
    """A run on this machine, as `run` leaves it."""
    plan = Plan(
        subscription_id="00000000-0000-0000-0000-000000000001",
        resource_group="web-rg",
        name="web-vmss",
        batches=(Batch("UD 0", ("0",)),),
        model_digest="x",
        running_at_start=1,
        made_at=NOW,
    )
    (home / "state").mkdir()
    store = RunStore(home / "state" / "vmss-tui")
    return store.create(plan, AzureContext(endpoint="https://management.azure.com"), NOW).name


@pytest.mark.parametrize(("shell", "line"), [("bash", "plain,resume"), ("zsh", "resume"),
                                             ("fish", "plain,resume")])  # fmt: skip
def test_each_shell_is_offered_the_commands(tmp_path: Path, shell: str, line: str) -> None:
    assert line in [part.split("\t")[0] for part in completed(tmp_path, "vmss-tui", "re",
                                                             shell=shell)]  # fmt: skip


def test_options_values_and_commands_after_global_options_are_offered(tmp_path: Path) -> None:
    assert completed(tmp_path, "vmss-tui", "run", "a/b", "--ord") == ["plain,--order"]
    assert "plain,fault-domain" in completed(tmp_path, "vmss-tui", "run", "a/b", "--order", "f")
    assert completed(tmp_path, "vmss-tui", "--demo", "stat") == ["plain,status"]
    assert completed(tmp_path, "vmss-tui", "--demo", "--scenario", "zon") == ["plain,zonal"]
    assert completed(tmp_path, "vmss-tui", "completion", "z") == ["plain,zsh"]


def test_runs_of_this_machine_are_offered_by_name(tmp_path: Path) -> None:
    assert completed(tmp_path, "vmss-tui", "attach", "") == []
    assert not (tmp_path / "state").exists(), "completing makes no folder"
    name = made_a_run(tmp_path)
    for command in ("attach", "pause", "resume", "abort", "retry", "revert", "report"):
        assert completed(tmp_path, "vmss-tui", command, "web") == [f"plain,{name}"]
    assert completed(tmp_path, "vmss-tui", "attach", "other") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_asks_the_program_that_is_installed(
    capsys: pytest.CaptureFixture[str], shell: str
) -> None:
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert f"_VMSS_TUI_COMPLETE={shell}_complete" in script
    assert "vmss-tui" in script


def test_an_unknown_shell_is_refused_with_those_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["completion", "tcsh"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "'bash', 'zsh', 'fish'" in said.err


def test_bash_itself_runs_the_script() -> None:
    bash = shutil.which("bash")
    assert bash, "the tests need bash"
    program = (
        'eval "$(vmss-tui completion bash)"; COMP_WORDS=(vmss-tui comp); COMP_CWORD=1; '
        '_vmss_tui_completion vmss-tui; echo "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        [bash, "-c", program],
        env=os.environ | {"PATH": f"{PROGRAM}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout.split() == ["completion"], done.stderr

"""Shell completion: the scripts, and the requests that they send to the program."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.run_folders import add_run
from vmss_tui.cli.program import main
from vmss_tui.runtime.storage.run_store import FolderStore

PROGRAM = Path(sys.executable).parent
Completions = Callable[..., list[str]]


@pytest.fixture
def completions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Completions:
    """Returns the completions that the program prints for the last word."""

    def complete(*typed: str, shell: str = "bash") -> list[str]:
        with monkeypatch.context() as patched:
            patched.setenv("_VMSS_TUI_COMPLETE", f"{shell}_complete")
            patched.setenv("COMP_WORDS", " ".join(typed))
            patched.setenv("COMP_CWORD", typed[-1] if shell == "fish" else str(len(typed) - 1))
            patched.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
            with pytest.raises(SystemExit):
                main([])
        printed = capsys.readouterr()
        assert printed.err == ""
        return printed.out.split()

    return complete


def create_run(home: Path) -> str:
    """Creates a run on this machine, as `run` does, and returns its name."""
    (home / "state").mkdir()
    return add_run(FolderStore(home / "state" / "vmss-tui")).name


@pytest.mark.parametrize(("shell", "line"), [("bash", "plain,resume"), ("zsh", "resume"),
                                             ("fish", "plain,resume")])  # fmt: skip
def test_each_shell_is_offered_the_commands(
    completions: Completions, shell: str, line: str
) -> None:
    offered = completions("vmss-tui", "re", shell=shell)
    assert line in [part.split("\t")[0] for part in offered]


def test_options_values_and_commands_after_global_options_are_offered(
    completions: Completions,
) -> None:
    assert completions("vmss-tui", "run", "a/b", "--ord") == ["plain,--order"]
    assert "plain,fault-domain" in completions("vmss-tui", "run", "a/b", "--order", "f")
    assert completions("vmss-tui", "--demo", "stat") == ["plain,status"]
    assert completions("vmss-tui", "--demo", "--scenario", "zon") == ["plain,zonal"]
    assert completions("vmss-tui", "completion", "z") == ["plain,zsh"]


def test_runs_of_this_machine_are_offered_by_name(completions: Completions, tmp_path: Path) -> None:
    assert completions("vmss-tui", "attach", "") == []
    assert not (tmp_path / "state").exists(), "completing makes no folder"
    name = create_run(tmp_path)
    for command in ("attach", "pause", "resume", "abort", "retry", "revert", "report"):
        assert completions("vmss-tui", command, "web") == [f"plain,{name}"]
    assert completions("vmss-tui", "attach", "other") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_calls_the_installed_program(
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
    output = capsys.readouterr()
    assert output.out == ""
    assert "'bash', 'zsh', 'fish'" in output.err


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

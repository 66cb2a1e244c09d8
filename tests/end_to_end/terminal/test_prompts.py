"""Prompts at a terminal: which replies start a run, and which do not."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.local_world import serve_world
from tests.support.prompt_terminal import PromptTerminal
from tests.support.user_home import set_user_home
from vmss_tui.errors import ExitCode

WEB = "web-rg/web-vmss"
NEWER = "22.04.202601010"


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The state folder of a new user; the demo world in it ends with the test."""
    folder = set_user_home(tmp_path, monkeypatch)
    with serve_world(folder):
        yield folder


def runs(state: Path) -> int:
    return len(list((state / "runs").iterdir()))


def test_one_batch_takes_a_y(state: Path) -> None:
    terminal = PromptTerminal("run", WEB, "--domain", "3", "--detach")
    terminal.wait_for_text("Continue? Type y:")
    assert "16 instances in 1 batch" in terminal.output
    terminal.type("y\n")
    assert terminal.wait_for_exit() == ExitCode.DONE
    assert runs(state) == 1


@pytest.mark.parametrize("answer", ["\n", "n\n", "\x04"])
def test_anything_else_declines(state: Path, answer: str) -> None:
    terminal = PromptTerminal("run", WEB, "--domain", "3")
    terminal.wait_for_text("Continue? Type y:")
    terminal.type(answer)
    assert terminal.wait_for_exit() == ExitCode.ABORTED
    assert "nothing was changed" in terminal.output
    assert runs(state) == 0


def test_several_batches_want_the_name_and_a_y_is_not_it(state: Path) -> None:
    terminal = PromptTerminal("run", WEB)
    terminal.wait_for_text("Type the name of the scale set (web-vmss)")
    terminal.type("y\n")
    assert terminal.wait_for_exit() == ExitCode.ABORTED
    assert runs(state) == 0
    terminal = PromptTerminal("run", WEB, "--detach")
    terminal.wait_for_text("Type the name of the scale set (web-vmss)")
    terminal.type("web-vmss\n")
    assert terminal.wait_for_exit() == ExitCode.DONE
    assert runs(state) == 1


def test_an_edit_wants_the_name_and_shows_the_difference_first() -> None:
    terminal = PromptTerminal("model", WEB, "--image-version", NEWER)
    terminal.wait_for_text("Type the name of the scale set (web-vmss)")
    assert f"22.04.202511010 → {NEWER}" in terminal.output
    terminal.type("web-vmss\n")
    assert terminal.wait_for_exit() == ExitCode.DONE
    assert "the model is changed" in terminal.output


def test_what_was_typed_before_the_question_does_not_answer_it(state: Path) -> None:
    terminal = PromptTerminal("run", WEB, "--domain", "3")
    terminal.type("y\ny\ny\n")
    terminal.wait_for_text("Continue? Type y:")
    terminal.type("\n")
    assert terminal.wait_for_exit() == ExitCode.ABORTED
    assert runs(state) == 0


def test_a_protected_set_can_be_written_to_once_its_name_was_typed(
    state: Path, tmp_path: Path
) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("protected: [WEB-*/*]\n")
    terminal = PromptTerminal(
        "run", WEB, "--config", str(path), "--domain", "3", "--yes", "--detach"
    )
    terminal.wait_for_text("Type the name of the scale set (web-vmss)")
    terminal.type("web-vmss\n")
    assert terminal.wait_for_exit() == ExitCode.DONE
    assert runs(state) == 1

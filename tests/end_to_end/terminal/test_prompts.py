"""Questions at a real terminal: what starts a run, and what never does."""

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from vmss_tui import demo
from vmss_tui.cli.exit_codes import Exit

WEB = "web-rg/web-vmss"
NEWER = "22.04.202601010"


class Person:
    """Sits at a terminal in front of one command; its stdout goes elsewhere."""

    def __init__(self, *arguments: str) -> None:
        self._ours, theirs = pty.openpty()
        command = [sys.executable, "-m", "vmss_tui", "--demo", "--speed", "60", *arguments]
        self.process = subprocess.Popen(
            command,
            stdin=theirs,
            stdout=subprocess.DEVNULL,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self.seen = ""

    def sees(self, words: str) -> None:
        """Reads until the words are there."""
        deadline = time.monotonic() + 30
        while words not in self.seen and time.monotonic() < deadline and self._read():
            pass
        assert words in self.seen, self.seen

    def types(self, keys: str) -> None:
        os.write(self._ours, keys.encode())

    def leaves(self) -> int:
        """Reads to the end and gives the exit code."""
        while self._read():
            pass
        os.close(self._ours)
        return self.process.wait(timeout=30)

    def _read(self) -> bool:
        if not select.select([self._ours], [], [], 30)[0]:
            return False
        try:
            found = os.read(self._ours, 65_536)
        except OSError:  # the other side is closed
            return False
        self.seen += found.decode()
        return bool(found)


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A demo world of its own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("VMSS_TUI_CONFIG", raising=False)
    folder = tmp_path / "state" / "vmss-tui"
    yield folder
    demo.leave(folder, demo.World())


def runs(state: Path) -> int:
    return len(list((state / "runs").iterdir()))


def test_one_batch_takes_a_y(state: Path) -> None:
    person = Person("run", WEB, "--domain", "3", "--detach")
    person.sees("Go ahead? Type y:")
    assert "16 instances in 1 batch" in person.seen
    person.types("y\n")
    assert person.leaves() == Exit.DONE
    assert runs(state) == 1


@pytest.mark.parametrize("answer", ["\n", "n\n", "\x04"])
def test_anything_else_declines(state: Path, answer: str) -> None:
    person = Person("run", WEB, "--domain", "3")
    person.sees("Go ahead? Type y:")
    person.types(answer)
    assert person.leaves() == Exit.ABORTED
    assert "nothing was changed" in person.seen
    assert runs(state) == 0


def test_several_batches_want_the_name_and_a_y_is_not_it(state: Path) -> None:
    person = Person("run", WEB)
    person.sees("Type the name of the scale set (web-vmss)")
    person.types("y\n")
    assert person.leaves() == Exit.ABORTED
    assert runs(state) == 0
    person = Person("run", WEB, "--detach")
    person.sees("Type the name of the scale set (web-vmss)")
    person.types("web-vmss\n")
    assert person.leaves() == Exit.DONE
    assert runs(state) == 1


def test_an_edit_wants_the_name_and_shows_the_difference_first() -> None:
    person = Person("model", WEB, "--image-version", NEWER)
    person.sees("Type the name of the scale set (web-vmss)")
    assert f"22.04.202511010 → {NEWER}" in person.seen
    person.types("web-vmss\n")
    assert person.leaves() == Exit.DONE
    assert "the model is changed" in person.seen


def test_what_was_typed_before_the_question_does_not_answer_it(state: Path) -> None:
    person = Person("run", WEB, "--domain", "3")
    person.types("y\ny\ny\n")
    person.sees("Go ahead? Type y:")
    person.types("\n")
    assert person.leaves() == Exit.ABORTED
    assert runs(state) == 0


def test_a_protected_set_can_be_written_to_once_its_name_was_typed(
    state: Path, tmp_path: Path
) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("protected: [WEB-*/*]\n")
    person = Person("run", WEB, "--config", str(path), "--domain", "3", "--yes", "--detach")
    person.sees("Type the name of the scale set (web-vmss)")
    person.types("web-vmss\n")
    assert person.leaves() == Exit.DONE
    assert runs(state) == 1

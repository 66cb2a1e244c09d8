"""Terminals that cannot, or that go away: what is copied, what ends, and what a crash prints."""

import base64
import os
import pty
import signal
import subprocess
import sys
import tty
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.fake_session import FakeServices
from tests.support.paths import ROOT
from tests.support.pilot import run_dashboard
from tests.support.processes import TIMEOUT
from vmss_tui.ui.terminal.output import MAX_COPY_LENGTH, clipboard_sequence

STARTED = """
import sys
from vmss_tui.cli.error_report import report_error
from vmss_tui.gateway import NotSignedIn
from vmss_tui.ui.app import VmssApp

class App(VmssApp):
    CSS_PATH = []
    def on_connection_failed(self, message):
        {then}

def connect():
    raise NotSignedIn("ready")

try:
    sys.exit(App(connect).run())
except Exception as error:
    sys.exit(report_error(error))
"""


SLOW_TERMINAL = """
import signal, sys, threading
from vmss_tui import __main__
from vmss_tui.cli import program

def draw():
    for number in range(60):
        sys.__stderr__.write(f"{number:08}" * 1000)
        sys.__stderr__.flush()

def main():
    signal.signal(signal.SIGWINCH, lambda *_: None)
    writer = threading.Thread(target=draw)
    writer.start()
    while writer.is_alive():
        writer.join(0.01)
    return 0

program.main = main
sys.exit(__main__.main())
"""
"""The start of the program, with a command that fills the terminal."""


def started(
    home: Path, then: str = "super().on_connection_failed(message)", **environment: str
) -> tuple["subprocess.Popen[bytes]", int]:
    """The app on a terminal that is not its controlling one: its process and the other end."""
    master, slave = pty.openpty()
    root = str(ROOT)
    program = home / "program.py"
    program.write_text(STARTED.format(then=then), encoding="utf-8")
    own = {"TERM": "xterm", "XDG_STATE_HOME": str(home), "HOME": str(home), "PYTHONPATH": root}
    process = subprocess.Popen(
        [sys.executable, str(program)],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=os.environ | own | environment,
        start_new_session=True,
    )
    os.close(slave)
    return process, master


def read(master: int, size: int = 65536) -> bytes:
    """What the program writes; empty at its end."""
    try:
        return os.read(master, size)
    except OSError:  # Linux says EIO
        return b""


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_terminal_that_is_closed_ends_the_program_as_a_hangup_does(
    tmp_path: Path, unbuffered: str
) -> None:
    process, master = started(tmp_path, PYTHONUNBUFFERED=unbuffered)
    seen = b""
    while b"ready" not in seen:
        chunk = read(master)
        assert chunk, seen
        seen += chunk
    os.close(master)
    assert process.wait(TIMEOUT) == 129


def test_no_byte_is_lost_where_the_size_of_a_slow_terminal_changes(tmp_path: Path) -> None:
    """Python's streams without a buffer drop the rest of a write that a signal interrupts."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW_TERMINAL],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=os.environ | {"PYTHONUNBUFFERED": "1", "PYTHONPATH": str(ROOT)},
    )
    os.close(slave)
    received = b""
    while data := read(master, 700):
        received += data
        if process.poll() is None:
            process.send_signal(signal.SIGWINCH)
    assert process.wait(TIMEOUT) == 0
    assert received == b"".join(f"{number:08}".encode() * 1000 for number in range(60))
    os.close(master)


RESIZED_TWICE = """(
            shutil := __import__("shutil"), signal := __import__("signal"),
            sizes := [(90, 30), (70, 20)], last := (70, 20),
            take := lambda: sizes.pop(0) if sizes else last,
            read := lambda: (
                size := take(), sizes and signal.raise_signal(signal.SIGWINCH), size
            )[-1],
            setattr(shutil, "get_terminal_size", read),
            signal.raise_signal(signal.SIGWINCH),
            self.set_timer(0.3, lambda: self.exit(message=f"drawn for {tuple(self.size)}")),
        )"""
"""The terminal's size changes, and changes again while the program reads the first one."""


def test_a_size_that_changes_while_the_last_one_is_read_is_the_one_that_is_drawn(
    tmp_path: Path,
) -> None:
    process, master = started(tmp_path, RESIZED_TWICE)
    printed = b""
    while chunk := read(master):
        printed += chunk
    process.wait(TIMEOUT)
    os.close(master)
    assert b"drawn for (70, 20)" in printed


def test_a_defect_is_one_sentence_and_a_file_that_shows_no_values(tmp_path: Path) -> None:
    process, master = started(tmp_path, 'secret = "hunt" + "er2"; raise LookupError("here")')
    printed = b""
    while chunk := read(master):
        printed += chunk
    assert process.wait(TIMEOUT) == 1
    os.close(master)
    message = printed.rpartition(b"\x1b[?1049l")[2]
    assert b"internal error of vmss-tui (LookupError)" in message
    assert b"Traceback" not in message
    (report,) = tmp_path.rglob("crashes/*.txt")
    written = report.read_text("utf-8")
    assert "LookupError" in written
    assert "hunter2" not in written


def test_copying_is_osc_52_and_wrapped_for_tmux_as_well() -> None:
    encoded = base64.b64encode(b"an id").decode()
    assert clipboard_sequence("an id", {"TERM": "xterm"}) == f"\x1b]52;c;{encoded}\a"
    in_tmux = clipboard_sequence("an id", {"TERM": "screen-256color", "TMUX": "/tmp/tmux,1,0"})
    assert in_tmux is not None
    assert in_tmux.endswith(f"\x1bPtmux;\x1b\x1b]52;c;{encoded}\a\x1b\\")


@pytest.mark.parametrize(
    ("text", "environment"),
    [
        ("x" * MAX_COPY_LENGTH, {"TERM": "xterm"}),
        ("x", {"TERM": "linux"}),
        ("x", {"TERM": "xterm-256color", "TERM_PROGRAM": "Apple_Terminal"}),
    ],
)
def test_what_cannot_be_copied_is_known(text: str, environment: dict[str, str]) -> None:
    assert clipboard_sequence(text, environment) is None


SENT = "Sent to the terminal's clipboard; if it is empty, copy it here:"
TERMINAL_VARIABLES = (
    "ALACRITTY_WINDOW_ID", "GHOSTTY_RESOURCES_DIR", "KITTY_WINDOW_ID", "STY", "TERM_PROGRAM",
    "TMUX", "WEZTERM_PANE", "WT_SESSION",
)  # fmt: skip


@pytest.fixture
def terminal_named(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Sets TERM, in an environment that says nothing else about the terminal."""
    for name in TERMINAL_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    return lambda term: monkeypatch.setenv("TERM", term)


async def test_where_nothing_can_be_copied_the_id_is_shown_to_select(
    terminal_named: Callable[[str], None],
) -> None:
    terminal_named("linux")
    async with run_dashboard(FakeServices()) as screen:
        await screen.press("c")
        assert "select and copy this" in screen.text
        assert "virtualMachines/0" in screen.text
        assert "copied" not in screen.text.lower()


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        ("xterm-256color", SENT),
        ("screen-256color", SENT),
        ("xterm-kitty", "Copied"),
        ("foot", "Copied"),
    ],
)
async def test_copying_is_claimed_only_where_the_terminal_is_known_to_do_it(
    term: str, expected: str, terminal_named: Callable[[str], None]
) -> None:
    terminal_named(term)
    async with run_dashboard(FakeServices(), size=(200, 50)) as screen:
        await screen.press("c")
        assert [text for text in (SENT, "Copied") if text in screen.text] == [expected]
        assert "virtualMachines/0" in screen.text


async def test_an_address_is_called_copied_only_where_the_terminal_is_known_to_do_it(
    terminal_named: Callable[[str], None],
) -> None:
    terminal_named("xterm-256color")
    async with run_dashboard(FakeServices()) as screen:
        await screen.press("@", "c")
        assert "sent to the terminal; if nothing arrives, select it: 10.0.0.4" in screen.text

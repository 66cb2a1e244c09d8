"""Hostile text in every field that Azure can fill, and every screen that draws it.

The program runs in a real pseudo-terminal; what it writes is taken apart byte by byte.
"""

import pytest

from tests.support.hostile_relay import CORPUS
from tests.support.hostile_world import SET, StartWorld, check_harmless
from tests.support.processes import Terminal, wait_until

VIEW_KEYS = (
    "?", "\x1b", "l", "l", "l", "l", "l", "j", "j", "j",
    "d", "d", "y", "jjjjjj", "\x1b", "c", "m", "m", "m", "m", "m", "m", "m", "w", "w",
    "s", "s", "s", "n", "N", "f", "f", "i", "\x1b", "e", "jj", "\x1b", "b", "\x1b", "x", "\x1b",
    ":", "up", "\x1b", "/", "name:x", "\x1b", "/", "ud:1\r", "\x1b", "o", ",", ",", ";", "jj", "o",
    "t", "t", "t", "]", "[", "space", "v", "j", "v", "\\", "r",
)  # fmt: skip
CORPUS_SIGNS = (
    "␛",
    "[/red]",
    "vm[/",
    "\\u202E",
    "[@click",
    "[bold $",
    "FORGED",
    "\\u200B",
    "東京",
    "$HOME",
)
"""Parts of the corpus as they are drawn."""
FORM_KEYS = (
    "E",
    "\x1b",
    "C",
    "\x1b",
    "R",
    "\r",
    "\x1b",
    "\x1b",
    "u",
    "U",
    "\x1b",
    "A",
    "F",
    "V",
    "!",
)


@pytest.mark.parametrize(
    ("include_catalogue", "columns", "lines"),
    [(False, 120, 36), (True, 80, 24)],
    ids=["wide", "narrow"],
)
def test_no_screen_lets_a_hostile_word_steer_the_terminal(
    start_world: StartWorld, include_catalogue: bool, columns: int, lines: int
) -> None:
    world = start_world(include_catalogue=include_catalogue, speed=0.0)
    terminal = Terminal(world.machine.command(), world.machine.environment, columns, lines)
    try:
        terminal.wait_for_text("UD 4")  # the only scale set is opened without a key
        terminal.press("q")
        terminal.wait_for_screen(
            lambda text: "UD 4" not in text and "web-vmss" in text, "the list of scale sets"
        )
        world.press(terminal, "/", "web", "\x1b", "?", "\x1b", "b", "\x1b", "\r")
        terminal.wait_for_text("UD 4")
        world.press(terminal, *VIEW_KEYS)
        world.press(terminal, *FORM_KEYS)
        text = check_harmless(bytes(terminal.output))
        assert len(text) > 20_000
        assert len([sign for sign in CORPUS_SIGNS if sign in text]) >= 5, text
        world.press(terminal, "\x1b")
        terminal.press("q", "q", "q", "q")
        assert terminal.wait_for_exit() == 0
    finally:
        terminal.close()


def test_a_run_among_hostile_words_is_drawn_told_and_reported_without_harm(
    start_world: StartWorld,
) -> None:
    world = start_world()
    machine = world.machine
    terminal = Terminal(machine.command(SET), machine.environment, 100, 40)
    try:
        terminal.wait_for_text("UD 4")
        world.press(terminal, "u", "U")
        terminal.wait_for_question("Upgrade 16 instances")
        terminal.press("y")
        folder = machine.single_run()
        wait_until(lambda: folder.read_run()[0].ended, "the run's end")
        world.press(terminal, "e", "\x1b", "b", "\r", "\x1b", "\x1b", "q")
        check_harmless(bytes(terminal.output))
    finally:
        terminal.close()
    for arguments in (["attach", folder.name], ["report", folder.name], ["runs"]):
        result = machine.run(*arguments)
        check_harmless((result.stdout + result.stderr).encode())
        assert result.stdout or result.stderr
    for path in folder.path.iterdir():
        check_harmless(path.read_bytes().replace(b"\\n", b""))


def test_what_azure_refuses_in_hostile_words_is_told_without_harm(start_world: StartWorld) -> None:
    world = start_world()
    machine = world.machine
    terminal = Terminal(machine.command(SET), machine.environment, 100, 40)
    try:
        terminal.wait_for_text("UD 4")
        world.relay.refusal_status = lambda _method, path: (
            403 if path.endswith("/virtualMachines") else None
        )
        world.press(terminal, "r")
        terminal.wait_for_text("Azure refused")
        world.relay.refusal_status = lambda method, _path: (
            409 if method in ("PATCH", "POST") else None
        )
        world.press(terminal, "C", "\x15" + "101", "\r")
        world.press(terminal, SET.rpartition("/")[2], "\r", "\x1b", "\x1b")
        check_harmless(bytes(terminal.output))
    finally:
        terminal.close()


def test_the_corpus_has_what_terminals_and_markup_obey() -> None:
    joined = "".join(CORPUS)
    for bad in ("\x1b]52", "\x1b[6n", "\x9b", "\u202e", "\u200b", "\u0301" * 9, "[/red]", "vm[/"):
        assert bad in joined
    assert max(map(len, CORPUS)) >= 5_000

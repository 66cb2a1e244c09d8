"""The pilot tests are the manual of the keys: each key of the table is pressed by one of them.

A key counts where it stands in a `press(...)` of an async test, in the parameters of a test that
presses them, or in a loop over keys. Keys of the list and of the runs must be pressed by a test
that is there.
"""

import ast
from collections.abc import Iterable, Iterator
from functools import cache

import pytest

from tests.support.paths import TESTS
from vmss_tui.ui.commands.bindings import CommandScope, command_keys, commands_in
from vmss_tui.ui.terminal.textual_private import character_key_name

SCOPE_MARKERS = {
    CommandScope.SCALE_SET_LIST: "list_first=True",
    CommandScope.RUN_LIST: '"b"',
    CommandScope.CAMPAIGN_LIST: '"c"',
    CommandScope.CAMPAIGN: "open_campaign(",
    CommandScope.SCALE_SET: "run_dashboard(",
    CommandScope.INSTANCE: "open_instance(",
    CommandScope.APP: "run_dashboard(",
}
"""Text in the source of every test that opens the screens of a scope."""


@cache
def pilots() -> tuple[tuple[str, frozenset[str]], ...]:
    """The source of each pilot test, and the keys that it presses."""
    tests = []
    for path in sorted(TESTS.rglob("test_*.py")):
        source = path.read_text("utf-8")
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.AsyncFunctionDef) and node.name.startswith("test_"):
                text = "\n".join(
                    ast.get_source_segment(source, part) or ""
                    for part in (*node.decorator_list, node)
                )
                tests.append((text, frozenset(_pressed(node))))
    return tuple(tests)


def _pressed(test: ast.AsyncFunctionDef) -> Iterator[str]:
    presses = [
        call
        for call in ast.walk(test)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "press"
    ]
    sources: list[ast.AST] = [argument for call in presses for argument in call.args]
    names = _names(sources)
    if names:
        sources += test.decorator_list
        loops = [node for node in ast.walk(test) if isinstance(node, ast.For)]
        sources += [loop.iter for loop in loops if names & _names([loop.target])]
    for source in sources:
        for node in ast.walk(source):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def _names(sources: Iterable[ast.AST]) -> set[str]:
    """The names of variables in these parts of a source."""
    nodes = [node for source in sources for node in ast.walk(source)]
    return {node.id for node in nodes if isinstance(node, ast.Name)}


def pilot_key(key: str) -> str:
    """The name of a key for the pilot."""
    return character_key_name(key) if len(key) == 1 else key


ALL_KEYS = [
    (scope, command, key)
    for scope in CommandScope
    for command in commands_in(scope)
    for key in command_keys(command)
]


@pytest.mark.parametrize(
    ("scope", "command", "key"), ALL_KEYS, ids=[f"{p.name}-{c.id}-{k}" for p, c, k in ALL_KEYS]
)
def test_every_key_of_the_table_is_pressed_by_a_pilot_test(
    scope: CommandScope, command: object, key: str
) -> None:
    key_sets = [keys for text, keys in pilots() if SCOPE_MARKERS[scope] in text]
    assert any({key, pilot_key(key)} & keys for keys in key_sets), (
        f"nothing shows what {key} does here"
    )

"""No text for a person has a word that the glossary replaces; machine values are listed here."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from tests.support.paths import PRODUCT
from vmss_tui.cli.program import program

OLD_WORDS = re.compile(
    r"""\b(?:
        stale | sick | marks? | settled? | settles | spent | dice | anew | gone | heard | mend
        | tells? | telling | told | somebody | nobody | asked | withdrawn | declined
        | (?:at|of)\ work | put\ back | puts\ back | left\ out | left\ alone | goes\ on | go\ on
        | a\ person | turn(?:s|ing)?\ back | leads?\ back | only\ looks | looked\ at | look\ at
        | pass(?:es)?\ (?:it|them)\ by | (?:tak(?:es?|ing)|took)\ (?:\S+\ ){0,4}over
        | taken\ over | health\ signal | budget | health\ deadline | healthy\ deadline
        | batch\ deadline | to\ come | by\ hand | whoever | nothing\ of\ this\ is\ real
    )\b""",
    re.IGNORECASE | re.VERBOSE,
)
MACHINE_VALUES = frozenset(
    {
        # states, stages and outcomes as JSON has them
        "stale", "gone", "asked", "at work", "settled", "withdrawn", "to be withdrawn",
        # ids of commands
        "mark", "mark-row", "mark-zone", "mark-all", "mark-range", "clear-marks",
        # tags of the journal, reasons of halts, fields of plans
        "budget",
        "another operation is at work on it",
    }
)  # fmt: skip
ELSEWHERE = ("simulator",)
"""Folders with texts of their own."""
TYPED = PRODUCT / "ui/commands/synonyms.py"
"""Names under which a command is looked for; no screen shows them."""


def texts_of(path: Path) -> Iterator[tuple[int, str]]:
    """(line, text) of the string literals of a module, without docstrings."""
    source = path.read_text()
    if not OLD_WORDS.search(source):
        return  # most modules: parsing is slow
    tree = ast.parse(source)
    docstrings = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or id(node) in docstrings:
            continue
        if isinstance(node.value, str):
            yield node.lineno, node.value


def old_words(text: str) -> list[str]:
    """The words of the text that the glossary replaces."""
    return [] if text in MACHINE_VALUES else OLD_WORDS.findall(text)


def commands() -> Iterator[tuple[str, click.Command, click.Context]]:
    """Every command with a context for its help."""
    root = click.Context(program, info_name="vmss-tui")
    yield "vmss-tui", program, root
    for name in program.list_commands(root):
        command = program.get_command(root, name)
        assert command is not None
        yield name, command, click.Context(command, info_name=name, parent=root)


def test_no_message_has_an_old_word() -> None:
    modules = [
        path
        for path in sorted(PRODUCT.rglob("*.py"))
        if path.relative_to(PRODUCT).parts[0] not in ELSEWHERE and path != TYPED
    ]
    assert len(modules) > 150
    problems = [
        f"{path.relative_to(PRODUCT)}:{line}: {text!r} ({', '.join(matches)})"
        for path in modules
        for line, text in texts_of(path)
        if (matches := old_words(text))
    ]
    assert not problems, "\n".join(problems)


def test_no_help_has_an_old_word() -> None:
    helps = {name: command.get_help(context) for name, command, context in commands()}
    assert len(helps) > 20
    assert {name: matches for name, text in helps.items() if (matches := old_words(text))} == {}


@pytest.mark.parametrize(
    "text",
    [
        "80 stale",
        "batch 3 settled: 16 upgraded",
        "halts at a spent budget",
        "holds for a person at 50%",
        "the first batch will tell",
        "Tell a run",
        "The demo's dice",
        "take the run over",
        "took over from the worker",
    ],
)
def test_an_old_word_is_noticed(text: str) -> None:
    assert old_words(text)

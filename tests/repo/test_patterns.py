"""Every regular expression of the program takes a time in proportion to the text.

Text from Azure, guests and files can be made so that a pattern reads it again from each position.
A search holds the interpreter's lock, so the program would not even notice a signal meanwhile.
"""

import ast
import importlib
import pkgutil
import re
import time
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

import vmss_tui
from tests.support.paths import ROOT
from tests.support.source_tree import modules_of, where

LIMITS = ((1 << 13, 0.02), (1 << 14, 0.03), (1 << 16, 0.06))
"""Characters of the texts, and the CPU time that a pattern may take for each of them. A pattern
that reads a text again from each position takes four times as long for twice the characters."""
ANCHORED = {"match", "fullmatch"}
"""Methods that do not look for a beginning in the text."""
GENERATED = {"vmss_tui/simulator/world/faults.py"}
"""Modules with a pattern that is given while the program runs: by who tests with the simulator."""
_LITERAL = re.compile(r"[A-Za-z0-9 _'/:=,\-]{2,}")
_FILLERS = ("a", "0", " ", "\n", "\\", '"', "'", "(", "[", "{", ".", "-", ":", "/", "=", "a.", "a ")


def patterns_in(value: object) -> Iterator[re.Pattern[Any]]:
    """The compiled patterns in a value of a module, also within tuples, lists and mappings."""
    match value:
        case re.Pattern():
            yield value
        case tuple() | list() | set() | frozenset():
            for entry in value:
                yield from patterns_in(entry)
        case dict():
            for entry in value.values():
                yield from patterns_in(entry)


def compiled_patterns() -> dict[str, re.Pattern[Any]]:
    """All compiled patterns of the program by module and name; each pattern once."""
    patterns: dict[re.Pattern[Any], str] = {}
    for module_info in pkgutil.walk_packages(vmss_tui.__path__, "vmss_tui."):
        if module_info.name.endswith("__main__"):
            continue
        module = importlib.import_module(module_info.name)
        for name, value in vars(module).items():
            for number, pattern in enumerate(patterns_in(value)):
                patterns.setdefault(pattern, f"{module_info.name}.{name}-{number}")
    return {name: pattern for pattern, name in patterns.items()}


@cache
def anchored_names() -> set[str]:
    """Patterns, as `module.name`, that are used with `match` and `fullmatch` only."""
    methods: dict[str, set[str]] = {}
    for module in modules_of(FOLDER):
        if "re.compile" not in module.source:
            continue
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                methods.setdefault(f"{module.name}.{node.value.id}", set()).add(node.attr)
    return {name for name, used in methods.items() if used <= ANCHORED}


def long_texts(pattern: re.Pattern[Any], size: int) -> Iterator[str]:
    """Texts without an end that matches: repeated fillers and literals of the pattern, and its
    literals once before a long run of a filler."""
    source = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode()
    literals = list(dict.fromkeys(_LITERAL.findall(source.replace("\\", ""))))
    together = "".join(literals)
    repeated = [together, *literals, *(literal + f for literal in literals[:4] for f in "a -")]
    for part in filter(None, (*_FILLERS, *repeated)):
        yield (part * (size // len(part) + 1))[:size] + "!"
    for filler in _FILLERS if together else ():
        yield together + filler * size + "!"


def slow_texts(pattern: re.Pattern[Any], *, anchored: bool = False) -> Iterator[str]:
    """Texts that take longer than their limit, each by its beginning: short texts come first."""
    for size, limit in LIMITS:
        for text in long_texts(pattern, size):
            subject: Any = text if isinstance(pattern.pattern, str) else text.encode()
            if min(_seconds(pattern, subject, anchored=anchored, limit=limit)) > limit:
                yield text[:60]


def _seconds(
    pattern: re.Pattern[Any], subject: Any, *, anchored: bool, limit: float
) -> Iterator[float]:
    """The CPU time for one text, and that of two more trials where it is longer than the limit."""
    for _ in range(3):
        start = time.process_time()
        pattern.fullmatch(subject)
        if anchored:
            pattern.match(subject)
        else:
            pattern.subn(subject[:0], subject)
        seconds = time.process_time() - start
        yield seconds
        if seconds <= limit:
            return


FOLDER = ROOT / "vmss_tui"
PATTERNS = compiled_patterns()


@pytest.mark.parametrize("name", PATTERNS)
def test_a_pattern_is_linear(name: str) -> None:
    anchored = name.rpartition("-")[0] in anchored_names()
    assert next(slow_texts(PATTERNS[name], anchored=anchored), None) is None


@pytest.mark.parametrize("source", [r"\\*\"", r"eyJ[\w\-]{8,}\.", r"^\s*key", r"\s+$"])
def test_a_pattern_that_is_not_linear_is_noticed(source: str) -> None:
    pattern = re.compile(source, re.MULTILINE)
    assert next(slow_texts(pattern), None) is not None


def inline_patterns() -> Iterator[str]:
    """Calls of `re` in functions: their patterns are not among the compiled ones."""
    for module in modules_of(FOLDER):
        if "import re\n" not in module.source or where(FOLDER, module) in GENERATED:
            continue
        for function in ast.walk(module.tree):
            if not isinstance(function, ast.FunctionDef | ast.Lambda):
                continue
            for node in ast.walk(function):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and isinstance(node.func.value, ast.Name)
                    and node.func.value.id == "re"
                ):
                    yield where(FOLDER, module, node)


def test_every_pattern_is_compiled_in_its_module() -> None:
    assert list(inline_patterns()) == []


def test_the_patterns_of_the_program_are_found() -> None:
    assert "vmss_tui.fleet.scale_set_id._GROUP" in anchored_names()
    assert "vmss_tui.arm.transport.errors._INACTIVE_IDS" not in anchored_names()
    assert len(PATTERNS) > 50
    assert any(name.startswith("vmss_tui.text.") for name in PATTERNS)
    assert any("error_explanations" in name for name in PATTERNS)

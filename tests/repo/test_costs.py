"""The table of costs in `tests.conftest`: it names files that exist, and `unit` tests are cheap."""

import ast
from pathlib import Path

import pytest

from tests.conftest import COSTS, cost_of
from tests.support.paths import TESTS
from tests.support.source_tree import Module, modules_of

EXPENSIVE = (
    "subprocess",
    "tests.support.bench",
    "tests.support.gateway_harness",
    "tests.support.pilot",
    "tests.support.processes",
    "tests.support.program_forks",
    "tests.support.simulator_client",
    "vmss_tui.simulator.server",
)
"""Modules that start a simulator, a dashboard or a process."""


def expensive_imports(module: Module) -> set[str]:
    """The expensive modules that a test imports."""
    imported = {
        name
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
        )
        if name is not None
    }
    return imported & set(EXPENSIVE)


UNIT_TESTS = [
    module
    for module in modules_of(TESTS)
    if module.path.name.startswith("test_")
    and cost_of(module.path) == "unit"
    and module.path != Path(__file__)
]


@pytest.mark.parametrize("name", COSTS)
def test_every_entry_of_the_table_exists(name: str) -> None:
    assert (TESTS / name).exists()


@pytest.mark.parametrize("module", UNIT_TESTS, ids=lambda module: module.name)
def test_a_unit_test_starts_no_simulator_no_dashboard_and_no_process(module: Module) -> None:
    assert not expensive_imports(module)

"""Import contracts, style and types, checked with the same tools as from a shell."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.paths import ROOT

PACKAGE = ROOT / "vmss_tui"
LONGEST_MODULE = 300
MODULES = sorted(PACKAGE.rglob("*.py"))


def run_tool(*command: str) -> None:
    """Runs a tool of this Python environment over the checkout."""
    tool = Path(sys.executable).parent / command[0]
    result = subprocess.run(
        [str(tool), *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_arrows_only_point_down() -> None:
    run_tool("lint-imports", "--no-cache")


def test_ruff_finds_nothing() -> None:
    run_tool("ruff", "check", "--no-cache", ".")


def test_ruff_would_format_nothing() -> None:
    run_tool("ruff", "format", "--no-cache", "--check", ".")


def test_mypy_believes_every_type() -> None:
    run_tool("mypy")


@pytest.mark.parametrize(
    ("module", "unloaded"),
    [
        ("vmss_tui.ui.app", ("azure", "msgspec", "vmss_tui.runtime", "vmss_tui.simulator")),
        (
            "vmss_tui.wiring",
            ("azure", "textual", "rich", "vmss_tui.simulator", "vmss_tui.fleet.preflight"),
        ),
        (
            "vmss_tui.cli.program",
            ("azure", "textual", "rich", "msgspec", "yaml", "vmss_tui.simulator"),
        ),
        (
            "vmss_tui.arm.connect",
            ("azure.mgmt", "azure.identity", "aiohttp", "vmss_tui.arm.preflight"),
        ),
        ("vmss_tui.upgrade.engine.step", ("azure", "textual", "rich", "yaml", "click")),
        ("vmss_tui.simulator.server", ("azure", "textual", "rich", "vmss_tui.fleet")),
    ],
)
def test_a_fresh_interpreter_loads_no_more_than_it_needs(
    module: str, unloaded: tuple[str, ...]
) -> None:
    program = (
        f"import sys, {module}\n"
        f"found = [m for m in sys.modules for u in {unloaded!r} if (m + '.').startswith(u + '.')]\n"
        "sys.exit(', '.join(sorted(found)[:5]) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{module} loads {done.stderr}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_is_too_long_and_each_says_what_it_is(path: Path) -> None:
    source = path.read_text("utf-8")
    assert len(source.splitlines()) <= LONGEST_MODULE
    assert ast.get_docstring(ast.parse(source))


def test_the_floors_hold_for_imports_that_only_types_need() -> None:
    """Import-linter counts `TYPE_CHECKING` imports too, unless an option switches that off."""
    assert "exclude_type_checking_imports" not in (ROOT / "pyproject.toml").read_text("utf-8")
    assert "ignore_imports" not in (ROOT / "pyproject.toml").read_text("utf-8")


def test_nothing_is_caught_wholesale_but_at_the_top() -> None:
    places = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) in ("Exception", "BaseException"))
    ]
    allowed = ["vmss_tui/cli/program.py", "vmss_tui/simulator/rest/listener.py"]
    """The program's top-level handler, and the simulator's, which answers 500."""
    assert [place.split(":")[0] for place in places] == allowed, places

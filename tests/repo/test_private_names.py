"""Private names of Textual and Rich are used in one module of `vmss_tui.ui` only.

Private is a name that begins with one underscore. Our own classes may define such names and use
them through `self`; they must not be names that a Textual base class already has.
"""

import ast
import inspect
import textwrap
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tests.support.source_tree import tree_of

UI = ROOT / "vmss_tui" / "ui"
ALLOWED = UI / "terminal" / "textual_private.py"
MODULES = [path for path in sorted(UI.rglob("*.py")) if path != ALLOWED]
LIBRARIES = ("textual", "rich")
NAMED_TUPLE_METHODS = {"_replace", "_asdict", "_make", "_fields"}
"""Public in spite of their underscore."""


def is_private(name: str) -> bool:
    """Whether a name is private: one underscore first, and no double underscore."""
    return name.startswith("_") and not name.startswith("__") and name not in NAMED_TUPLE_METHODS


def self_attribute(node: ast.AST) -> str | None:
    """The attribute of `self` or `cls` that a node is, if it is one."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return node.attr if node.value.id in ("self", "cls") else None
    return None


def defined_names(class_node: ast.ClassDef) -> set[str]:
    """The private names that a class defines: methods, class attributes, `self._x = …`."""
    names: set[str] = set()
    for node in class_node.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            names.add(node.name)
        targets: list[object] = (
            [*node.targets] if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        )
        names |= {target.id for target in targets if isinstance(target, ast.Name)}
    for inner in ast.walk(class_node):
        if isinstance(inner, ast.Attribute) and isinstance(inner.ctx, ast.Store):
            names |= {self_attribute(inner) or ""}
    return {name for name in names if is_private(name)}


@cache
def classes() -> dict[str, ast.ClassDef]:
    """Our classes in these modules, by name."""
    trees = map(tree_of, MODULES)
    nodes = (node for tree in trees for node in ast.walk(tree))
    return {node.name: node for node in nodes if isinstance(node, ast.ClassDef)}


def own_names(class_name: str) -> set[str]:
    """The private names that one of our classes and our classes above it define."""
    node = classes().get(class_name)
    if node is None:
        return set()
    bases = (base.value if isinstance(base, ast.Subscript) else base for base in node.bases)
    return defined_names(node).union(*(own_names(ast.unparse(base)) for base in bases))


def library_import(node: ast.AST) -> str | None:
    """The import of a private module or name of a library that a node is, if it is one."""
    match node:
        case ast.ImportFrom(module=str(module), names=names):
            paths = [f"{module}.{alias.name}" for alias in names]
        case ast.Import(names=names):
            paths = [alias.name for alias in names]
        case _:
            return None
    for path in paths:
        first, *rest = path.split(".")
        if first in LIBRARIES and any(map(is_private, rest)):
            return ast.unparse(node)
    return None


def undefined_names(class_node: ast.ClassDef) -> Iterator[tuple[ast.AST, str]]:
    """Private attributes of `self` that neither the class nor ours above it define."""
    names = own_names(class_node.name) | defined_names(class_node)
    for node in ast.walk(class_node):
        name = self_attribute(node)
        if name is not None and is_private(name) and name not in names:
            yield node, f"self.{name}"


def findings(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Private names in a module that are not its own, each with its node."""
    for node in ast.walk(tree):
        if statement := library_import(node):
            yield node, statement
        elif isinstance(node, ast.keyword) and node.arg and is_private(node.arg):
            yield node, f"{node.arg}=…"
        elif isinstance(node, ast.ClassDef):
            yield from undefined_names(node)
        elif (
            isinstance(node, ast.Attribute)
            and is_private(node.attr)
            and self_attribute(node) is None
        ):
            yield node, ast.unparse(node)


def check(source: str) -> list[str]:
    """The findings in a piece of source."""
    return [finding for _, finding in findings(ast.parse(source))]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(UI)))
def test_private_names_of_other_objects_are_used_in_one_module_only(path: Path) -> None:
    used = [
        f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}: {text}"
        for node, text in findings(tree_of(path))
    ]
    assert not used, f"move these into {ALLOWED.relative_to(ROOT)}:\n" + "\n".join(used)


def test_the_check_finds_every_way_to_use_a_private_name() -> None:
    assert check("from textual._context import active_app") != []
    assert check("from textual.keys import _character_to_key") != []
    assert check("import textual._compositor") != []
    assert check("Console(_environ={})") == ["_environ=…"]
    assert check("app._driver.write('x')") == ["app._driver"]
    assert check("super()._on_mount()") == ["super()._on_mount"]
    assert check("class A(App):\n    def run(self): return self._exception") == ["self._exception"]
    assert check("settings._replace(x=1)") == []


@cache
def library_names(cls: type) -> frozenset[str]:
    """The private names in the source of a class of Textual or Rich."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(cls)))
    except (OSError, TypeError):
        return frozenset()
    return frozenset(
        name
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for name in defined_names(node)
    )


def own_classes() -> Iterator[type]:
    """Every class that `vmss_tui.ui` defines."""
    for path in MODULES:
        parts = path.relative_to(ROOT).with_suffix("").parts
        module = import_module(".".join(parts).removesuffix(".__init__"))
        for value in vars(module).values():
            if inspect.isclass(value) and value.__module__ == module.__name__:
                yield value


def test_no_class_of_ours_reuses_a_private_name_of_its_textual_base() -> None:
    reused = [
        f"{cls.__name__}.{name} is already in {base.__module__}.{base.__name__}"
        for cls in own_classes()
        for base in cls.__mro__[1:]
        if base.__module__.split(".")[0] in LIBRARIES
        for name in sorted(own_names(cls.__name__) & library_names(base))
    ]
    assert reused == []

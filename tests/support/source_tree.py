"""The Python modules below a folder, with their names, imports and classes."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class Module:
    """One file; its dotted name begins with the name of the folder that was read."""

    path: Path
    name: str
    package: str
    source: str

    @property
    def tree(self) -> ast.Module:
        """Its syntax tree."""
        return tree_of(self.path)

    @property
    def length(self) -> int:
        """Its number of lines."""
        return len(self.source.splitlines())

    @property
    def is_package(self) -> bool:
        """Is it an `__init__`?"""
        return self.path.name == "__init__.py"

    @property
    def is_empty(self) -> bool:
        """Does it hold a docstring only?"""
        return all(isinstance(node, ast.Expr) for node in self.tree.body)


@cache
def tree_of(path: Path) -> ast.Module:
    """The syntax tree of a file, which is parsed once."""
    return ast.parse(path.read_text("utf-8"))


@cache
def modules_of(folder: Path) -> tuple[Module, ...]:
    """All modules below a folder, sorted by path; each folder is read once."""
    return tuple(_module(folder, path) for path in sorted(folder.rglob("*.py")))


def _module(folder: Path, path: Path) -> Module:
    source = path.read_text("utf-8")
    parts = (folder.name, *path.relative_to(folder).with_suffix("").parts)
    package = ".".join(parts[:-1])
    name = package if path.name == "__init__.py" else ".".join(parts)
    return Module(path, name, package, source)


def where(folder: Path, module: Module, node: ast.AST | None = None) -> str:
    """`path:line`, as seen from the folder above."""
    line = getattr(node, "lineno", None)
    path = module.path.relative_to(folder.parent).as_posix()
    return path if line is None else f"{path}:{line}"


def imports_of(module: Module, names: set[str]) -> set[str]:
    """The modules of a tree that a module imports, deferred and type-only imports included."""
    imported = {name for node in ast.walk(module.tree) for name in _imported(module, node, names)}
    return imported & names - {module.name}


def _imported(module: Module, node: ast.AST, names: set[str]) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = _base(module, node)
        for alias in node.names:
            member = f"{base}.{alias.name}"
            yield member if member in names else base


def _base(module: Module, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    above = module.package.split(".")[: len(module.package.split(".")) - node.level + 1]
    return ".".join([*above, *([node.module] if node.module else [])])


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Groups of modules that import each other, directly or through others."""
    rest = _without_leaves(graph)
    reach = {name: _reachable(rest, name) for name in rest}
    groups = {
        tuple(sorted(other for other in reach[name] if name in reach[other]))
        for name in rest
        if name in reach[name]
    }
    return [list(group) for group in sorted(groups)]


def _without_leaves(graph: dict[str, set[str]]) -> dict[str, set[str]]:
    """The part of a graph that is left when modules that import nothing are removed, repeatedly."""
    rest = dict(graph)
    while leaves := [name for name, imported in rest.items() if not imported & rest.keys()]:
        for name in leaves:
            del rest[name]
    return {name: imported & rest.keys() for name, imported in rest.items()}


def _reachable(graph: dict[str, set[str]], start: str) -> set[str]:
    seen: set[str] = set()
    waiting = list(graph[start])
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += graph[name]
    return seen


@dataclass(frozen=True)
class ClassDefinition:
    """A class and the names of its bases."""

    name: str
    module: Module
    node: ast.ClassDef
    bases: tuple[str, ...]


def classes_of(modules: tuple[Module, ...]) -> list[ClassDefinition]:
    """Every class, nested ones too."""
    return [
        ClassDefinition(node.name, module, node, tuple(_base_names(node)))
        for module in modules
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef)
    ]


def _base_names(node: ast.ClassDef) -> Iterator[str]:
    for base in node.bases:
        target = base.value if isinstance(base, ast.Subscript) else base
        if isinstance(target, ast.Name):
            yield target.id
        elif isinstance(target, ast.Attribute):
            yield target.attr


@dataclass(frozen=True)
class ClassTree:
    """Classes by name, with those above and below each."""

    by_name: dict[str, ClassDefinition]
    below: dict[str, list[str]]

    def above(self, name: str) -> set[str]:
        """All own classes above one."""
        seen: set[str] = set()
        waiting = [name]
        while waiting:
            for base in self.by_name[waiting.pop()].bases:
                if base in self.by_name and base not in seen:
                    seen.add(base)
                    waiting.append(base)
        return seen - {name}


def class_tree(modules: tuple[Module, ...]) -> ClassTree:
    """The own classes of a tree and how they inherit from each other."""
    by_name = {definition.name: definition for definition in classes_of(modules)}
    below: dict[str, list[str]] = defaultdict(list)
    for definition in by_name.values():
        for base in definition.bases:
            if base in by_name:
                below[base].append(definition.name)
    return ClassTree(by_name, dict(below))

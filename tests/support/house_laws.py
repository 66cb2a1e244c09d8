"""The laws of the source tree. Each takes a folder and returns what breaks it, one line each."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from tests.support.source_tree import (
    Module,
    circles,
    class_tree,
    classes_of,
    imports_of,
    modules_of,
    where,
)

LONGEST_MODULE = 300
LONGEST_README = 180
LARGEST_FOLDER = 14
MOST_CLASSES_ABOVE = 3

NOUNS_IN_ING = {
    "bindings", "encoding", "listings", "long_running", "networking", "paging",
    "rolling", "scaling", "upgrade_settings", "wiring",
}  # fmt: skip
"""Module names that end like a participle and are nouns of the field."""
SHARED_FILE_NAMES = {
    "catalogue", "errors", "event_log", "images", "instances", "maintenance", "plan",
}  # fmt: skip
"""File names that mean the same concept in each of their packages."""
VAGUE_NAMES = {"words", "found", "each", "told", "said", "wanted"}
"""Names of values that do not say what the value is."""


def module_names(folder: Path) -> list[str]:
    """No module is named by a participle or gerund."""
    return [
        where(folder, module)
        for module in modules_of(folder)
        if re.search(r"ings?$", module.path.stem) and module.path.stem not in NOUNS_IN_ING
    ]


def file_names(folder: Path) -> list[str]:
    """No file name is used in more than two packages, unless it is one concept."""
    packages: dict[str, set[str]] = defaultdict(set)
    for module in _outside_simulator(folder):
        if not module.is_package and module.path.stem not in SHARED_FILE_NAMES:
            packages[module.path.stem].add(module.package)
    return [f"{stem}: {sorted(names)}" for stem, names in packages.items() if len(names) > 2]


def class_names(folder: Path) -> list[str]:
    """No public class name is defined in two modules."""
    modules: dict[str, set[str]] = defaultdict(set)
    for definition in classes_of(tuple(_outside_simulator(folder))):
        if not definition.name.startswith("_"):
            modules[definition.name].add(definition.module.name)
    return [f"{name}: {sorted(names)}" for name, names in modules.items() if len(names) > 1]


def folder_sizes(folder: Path) -> list[str]:
    """No folder holds more than 14 modules."""
    sizes: dict[str, int] = defaultdict(int)
    for module in modules_of(folder):
        sizes[module.package] += not module.is_package
    return [f"{name}: {size}" for name, size in sizes.items() if size > LARGEST_FOLDER]


def module_lengths(folder: Path) -> list[str]:
    """No module has more than 300 lines."""
    return [
        f"{where(folder, module)}: {module.length} lines"
        for module in modules_of(folder)
        if module.length > LONGEST_MODULE
    ]


def docstrings(folder: Path) -> list[str]:
    """Every module has a docstring."""
    modules = modules_of(folder)
    return [where(folder, module) for module in modules if not ast.get_docstring(module.tree)]


def import_circles(folder: Path) -> list[str]:
    """No modules import each other in a circle, deferred and type-only imports included.

    Packages whose `__init__` holds a docstring only take part in no circle.
    """
    modules = [module for module in modules_of(folder) if not module.is_empty]
    names = {module.name for module in modules}
    graph = {module.name: imports_of(module, names) for module in modules}
    return [", ".join(group) for group in circles(graph)]


def classes_above(folder: Path) -> list[str]:
    """No class has more than three of our own classes above it."""
    tree = class_tree(modules_of(folder))
    counted = {name: tree.above(name) for name in tree.by_name}
    return [
        f"{name}: {sorted(above)}"
        for name, above in counted.items()
        if len(above) > MOST_CLASSES_ABOVE
    ]


def classes_over_files(folder: Path) -> list[str]:
    """No class is spread over files by inheritance.

    It is, where a base and the base of that base are each in a file of their own and have no
    other class below them.
    """
    tree = class_tree(modules_of(folder))

    def parts(name: str) -> list[str]:
        definition = tree.by_name[name]
        return [
            base
            for base in definition.bases
            if tree.below.get(base) == [name]
            and tree.by_name[base].module.path != definition.module.path
        ]

    return [
        f"{name} ← {part} ← {parts(part)[0]}"
        for name in tree.by_name
        for part in parts(name)
        if parts(part)
    ]


def value_names(folder: Path) -> list[str]:
    """No local, parameter or field has one of the names that say nothing of the value."""
    return [
        f"{where(folder, module, node)}: {name}"
        for module in modules_of(folder)
        for node, name in _bound_names(module.tree)
        if name in VAGUE_NAMES
    ]


def _bound_names(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    for node in ast.walk(tree):
        match node:
            case ast.arg(arg=name):
                yield node, name
            case ast.Name(id=name, ctx=ast.Store()):
                yield node, name
            case ast.ExceptHandler(name=str(name)):
                yield node, name
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                yield node, name


def _outside_simulator(folder: Path) -> Iterator[Module]:
    for module in modules_of(folder):
        if "simulator" not in module.path.relative_to(folder).parts:
            yield module


def guide_paths(guide: Path) -> set[str]:
    """The paths in backticks of a guide: folders and files, as seen from its folder or above."""
    pattern = r"`((?:[\w.-]+/)+[\w.-]*|[\w-]+\.(?:py|md|toml|yaml))`"
    return {path.rstrip("/") for path in re.findall(pattern, guide.read_text("utf-8"))}


def dead_paths(folder: Path) -> list[str]:
    """Every path in backticks of the guide of a folder, its README.md, exists."""
    guide = folder / "README.md"
    return [
        path
        for path in sorted(guide_paths(guide))
        if not any((base / path).exists() for base in (folder, folder.parent))
    ]


def readme_length(folder: Path) -> list[str]:
    """The README has at most 180 lines, without the parts that are folded."""
    text = (folder / "README.md").read_text("utf-8")
    length = len(re.sub(r"<details>.*?</details>", "", text, flags=re.DOTALL).splitlines())
    return [f"README.md: {length} lines"] if length > LONGEST_README else []

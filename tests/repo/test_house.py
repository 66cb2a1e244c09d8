"""The laws of the source tree, kept by the product and the tests, and broken by made-up trees."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import house_laws as laws
from tests.support.paths import PRODUCT, ROOT, TESTS

Law = Callable[[Path], list[str]]

KEPT: tuple[tuple[Law, Path], ...] = (
    (laws.module_names, PRODUCT),
    (laws.file_names, PRODUCT),
    (laws.class_names, PRODUCT),
    (laws.folder_sizes, PRODUCT),
    (laws.module_lengths, PRODUCT),
    (laws.module_lengths, TESTS),
    (laws.docstrings, PRODUCT),
    (laws.docstrings, TESTS),
    (laws.import_circles, PRODUCT),
    (laws.classes_above, PRODUCT),
    (laws.classes_over_files, PRODUCT),
    (laws.value_names, PRODUCT),
    (laws.value_names, TESTS),
    (laws.dead_paths, PRODUCT),
    (laws.dead_paths, TESTS),
    (laws.readme_length, ROOT),
)

CLASS = "class {}({}): pass\n"
BROKEN: tuple[tuple[Law, dict[str, str]], ...] = (
    (laws.module_names, {"moving.py": ""}),
    (laws.file_names, {"a/door.py": "", "b/door.py": "", "c/door.py": ""}),
    (laws.class_names, {"a.py": "class Door: pass", "b.py": "class Door: pass"}),
    (laws.folder_sizes, {f"m{number}.py": "" for number in range(15)}),
    (laws.module_lengths, {"a.py": "x = 1\n" * 301}),
    (laws.docstrings, {"a.py": "x = 1"}),
    (laws.import_circles, {"a.py": "from house.b import x", "b.py": "import house.a"}),
    (
        laws.import_circles,
        {
            "a.py": "def f():\n    from .b import x",
            "b.py": "if TYPE_CHECKING:\n    from . import a",
        },
    ),
    (laws.classes_above, {"a.py": "".join(map(CLASS.format, "ABCDE", " ABCD"))}),
    (
        laws.classes_over_files,
        {"a.py": CLASS.format("A", ""), "b.py": CLASS.format("B", "A"), "c.py": "class C(B): pass"},
    ),
    (laws.value_names, {"a.py": "def f(words): pass"}),
    (laws.value_names, {"a.py": "x = [each for each in y]"}),
    (laws.value_names, {"a.py": "if found := f(): pass"}),
    (laws.value_names, {"a.py": "class A:\n    told: str"}),
    (laws.dead_paths, {"README.md": "see `rooms/attic.py`"}),
    (laws.readme_length, {"README.md": "line\n" * 181}),
)
SOUND: dict[str, str] = {
    "README.md": "see `a.py` and `rooms/`\n<details>\n" + "line\n" * 200 + "</details>\n",
    "a.py": '"""A."""\nfrom house.rooms import b\nclass A(b.B): pass\nwidth = 1\n',
    "rooms/__init__.py": '"""Rooms."""\n',
    "rooms/b.py": '"""B."""\nclass B: pass\nclass C(B): pass\n',
}


def build(folder: Path, files: dict[str, str]) -> Path:
    """Writes a made-up source tree; returns its folder."""
    for name, source in files.items():
        path = folder / "house" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    return folder / "house"


def names(cases: tuple[tuple[Law, object], ...]) -> list[str]:
    """The test ids of cases: their laws."""
    return [law.__name__ for law, _ in cases]


@pytest.mark.parametrize(
    ("law", "folder"), KEPT, ids=[f"{law.__name__}-{folder.name}" for law, folder in KEPT]
)
def test_the_law_is_kept(law: Law, folder: Path) -> None:
    broken = law(folder)
    assert not broken, f"{law.__doc__}\n" + "\n".join(broken)


@pytest.mark.parametrize(("law", "files"), BROKEN, ids=names(BROKEN))
def test_a_broken_law_is_reported(law: Law, files: dict[str, str], tmp_path: Path) -> None:
    assert law(build(tmp_path, files))


@pytest.mark.parametrize("law", dict.fromkeys(law for law, _ in KEPT), ids=lambda law: law.__name__)
def test_a_sound_tree_breaks_no_law(law: Law, tmp_path: Path) -> None:
    assert law(build(tmp_path, SOUND)) == []


@pytest.mark.parametrize(("guide", "least"), [(PRODUCT, 20), (TESTS, 10)], ids=["product", "tests"])
def test_the_guides_lead_somewhere(guide: Path, least: int) -> None:
    assert len(laws.guide_paths(guide / "README.md")) >= least

"""Checks in the syntax tree that no text from outside is parsed as markup or code.

Textual and rich parse `[…]` in plain strings in many places. Text is therefore drawn as `Content`
or `Text`, and widgets that accept strings have `markup=False` as well. No code evaluates or
unpickles text or gives it to a shell, and only a few modules write to the terminal themselves.
"""

import ast
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tests.support.source_tree import tree_of

MODULES = sorted((ROOT / "vmss_tui").rglob("*.py"))
MADE_UP: dict[Path, ast.Module] = {}
"""Syntax trees of modules that do not exist."""
UI = [path for path in MODULES if path.relative_to(ROOT).parts[:2] == ("vmss_tui", "ui")]

SAFE = ("Content", "Text")
"""Classes that may be drawn."""
DRAWS = {
    "Static": 0, "Label": 0, "Button": 0, "Option": 0, "Checkbox": 0, "RadioButton": 0, "Link": 0,
    "Collapsible": 0, "TabPane": 0, "Tab": 0, "Digits": 0, "Placeholder": 0, "Rule": 0,
    "Hit": 1, "DiscoveryHit": 0,
}  # fmt: skip
"""Widgets, and the position of the argument that they draw."""
NEEDS_FLAG = ("Static", "Label", "RichLog")
"""Widgets whose later `update` or `write` would parse markup again."""
MARKED_WIDGETS = (
    "Markdown",
    "MarkdownViewer",
    "Pretty",
    "SelectionList",
    "Select",
    "Tree",
    "Welcome",
)
"""Widgets that parse markup or code, with no way to switch it off."""
TITLES = ("border_title", "border_subtitle", "tooltip", "title", "sub_title", "label")
WRITES_OUT = {
    "vmss_tui/__main__.py",
    "vmss_tui/cli/output.py",
    "vmss_tui/cli/prompts.py",
    "vmss_tui/cli/error_report.py",
    "vmss_tui/cli/program.py",
    "vmss_tui/runtime/runs/gates.py",
}
"""The modules that write to stdout or stderr; each cleans its text."""
NEVER_CALLED = re.compile(
    r"(builtins\.)?(eval|exec|compile|__import__|print|breakpoint)$|os\.(system|popen|exec\w*|spawn\w*)$"
    r"|yaml\.(load|load_all|unsafe_\w+|full_\w+)$|pickle\.|marshal\.|shelve\.|subprocess\.getoutput"
    r"|(\w+\.)*(from_markup|from_ansi|render_markup|tempfile\.mktemp)$"
)
NEVER_IMPORTED = {"pickle", "marshal", "shelve", "dill", "telnetlib", "imp"}


def nodes(path: Path) -> tuple[ast.AST, ...]:
    """Every node of a module."""
    return nodes_in(MADE_UP[path] if path in MADE_UP else tree_of(path))


@cache
def nodes_in(tree: ast.Module) -> tuple[ast.AST, ...]:
    """Every node of a tree, which is walked once."""
    return tuple(ast.walk(tree))


def calls(path: Path) -> tuple[tuple[ast.Call, str], ...]:
    """Every call of a module, with the dotted name of what is called."""
    return calls_among(nodes(path))


@cache
def calls_among(among: tuple[ast.AST, ...]) -> tuple[tuple[ast.Call, str], ...]:
    """Every call among nodes, with the dotted name of what is called."""
    return tuple((node, ast.unparse(node.func)) for node in among if isinstance(node, ast.Call))


def where(path: Path, node: ast.expr | ast.stmt) -> str:
    """`file:line: code`, for the list of findings."""
    return f"{path.relative_to(ROOT)}:{node.lineno}: {ast.unparse(node)[:100]}"


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    """A keyword argument of a call."""
    return next((argument.value for argument in call.keywords if argument.arg == name), None)


def is_false(node: ast.expr | None) -> bool:
    """Is it a literal False?"""
    return isinstance(node, ast.Constant) and node.value is False


def is_drawn_safely(node: ast.expr) -> bool:
    """Is this built as `Content` or `Text`, or a constant without a bracket?"""
    if isinstance(node, ast.Constant):
        return node.value is None or "[" not in str(node.value)
    if isinstance(node, ast.Call):
        name = ast.unparse(node.func)
        return name in SAFE or (name.split(".")[0] in SAFE and "markup" not in name)
    return False


def unsafe_draws(path: Path) -> Iterator[str]:
    """Widgets that draw plain strings."""
    for call, name in calls(path):
        widget = name.rpartition(".")[2]
        if widget in MARKED_WIDGETS:
            yield where(path, call)
        if widget in DRAWS:
            flagged = is_false(keyword(call, "markup"))
            for argument in call.args[DRAWS[widget] : DRAWS[widget] + 1]:
                if not flagged and not is_drawn_safely(argument):
                    yield where(path, call)
        if widget in NEEDS_FLAG and not is_false(keyword(call, "markup")):
            yield where(path, call)


def unsafe_notices(path: Path) -> Iterator[str]:
    """Notices without `markup=False`, or with a title, which is always parsed as markup."""
    for call, name in calls(path):
        if name.rpartition(".")[2] == "notify" and path in UI:
            titled = keyword(call, "title")
            if not is_false(keyword(call, "markup")) or titled is not None:
                yield where(path, call)


def unsafe_titles(path: Path) -> Iterator[str]:
    """Titles, labels and tooltips of widgets that are plain strings."""
    if path not in UI:
        return
    for node in nodes(path):
        if not isinstance(node, ast.Assign):
            continue
        for target in node.targets:
            if isinstance(target, ast.Attribute) and target.attr in TITLES:
                own = isinstance(target.value, ast.Name) and target.value.id == "self"
                if not is_drawn_safely(node.value) and not (own and target.attr == "title"):
                    yield where(path, node)


def unsafe_tables(path: Path) -> Iterator[str]:
    """Tables whose cells or columns may be plain strings."""
    for node in nodes(path):
        if isinstance(node, ast.AnnAssign | ast.FunctionDef):
            node_annotation = node.annotation if isinstance(node, ast.AnnAssign) else node.returns
            annotation = (
                "" if node_annotation is None else ast.unparse(node_annotation).strip("'\"")
            )
            if "DataTable" in annotation and annotation != "DataTable[Text]":
                yield where(path, node)
    if path in UI:
        for call, name in calls(path):
            if name.endswith(".add_column") and not is_drawn_safely(call.args[0]):
                yield where(path, call)


def unsafe_consoles(path: Path) -> Iterator[str]:
    """Consoles of rich that would parse markup and emoji, or highlight numbers."""
    for call, name in calls(path):
        if name.rpartition(".")[2] == "Console" and name != "self.Console":
            detects = keyword(call, "force_terminal") is not None
            flags = [is_false(keyword(call, flag)) for flag in ("markup", "highlight", "emoji")]
            if not all(flags) and not detects:
                yield where(path, call)


def evaluations(path: Path) -> Iterator[str]:
    """Text that is evaluated, unpickled, unmarshalled, or given to a shell."""
    for call, name in calls(path):
        if NEVER_CALLED.match(name) and name != "re.compile":
            yield where(path, call)
        shell = keyword(call, "shell")
        if shell is not None and not is_false(shell):
            yield where(path, call)
        verify = keyword(call, "verify") or keyword(call, "connection_verify")
        if is_false(verify):
            yield where(path, call)
    for node in nodes(path):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names]
            module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
            if NEVER_IMPORTED & {imported.split(".")[0] for imported in [*names, module]}:
                yield where(path, node)


def stray_writes(path: Path) -> Iterator[str]:
    """Writes to the terminal outside the modules that clean their text."""
    if str(path.relative_to(ROOT)) in WRITES_OUT or "simulator" in path.relative_to(ROOT).parts:
        return
    for call, name in calls(path):
        wrote = re.match(r"(click|sys\.(stdout|stderr|__stdout__|__stderr__))(\.buffer)?\.", name)
        if wrote and re.search(r"\.(echo|secho|prompt|confirm|write|writelines|pager)$", name):
            yield where(path, call)


def yaml_loaders(path: Path) -> Iterator[str]:
    """YAML that is parsed with another loader than the safe one."""
    for call, name in calls(path):
        loader = keyword(call, "Loader")
        unsafe = loader is not None and ast.unparse(loader) != "yaml.SafeLoader"
        if name.startswith("yaml.") and unsafe:
            yield where(path, call)


RULES: tuple[Callable[[Path], Iterator[str]], ...] = (
    unsafe_draws,
    unsafe_notices,
    unsafe_titles,
    unsafe_tables,
    unsafe_consoles,
    evaluations,
    stray_writes,
    yaml_loaders,
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_no_module_draws_or_runs_what_others_wrote(rule: Callable[[Path], Iterator[str]]) -> None:
    findings = [finding for path in MODULES for finding in rule(path)]
    assert not findings, f"{rule.__doc__}\n" + "\n".join(findings)


BAD = {
    unsafe_draws: (
        "Static(name, markup=False) or Static(Content(x))",
        "Label(f'{x}')",
        "Button(words)",
        "Button('[b]x[/b]')",
        "DiscoveryHit(title, run)",
        "Hit(1, title, run)",
        "Static(Content.from_markup(x))",
        "Tree(x)",
    ),
    unsafe_notices: ("self.notify(words)", "app.notify(w, markup=True)", "a.notify(w, title=t)"),
    unsafe_titles: ("self.border_title = name", "panel.tooltip = f'{x}'", "tab.label = x"),
    unsafe_tables: ("t: DataTable[str] = DataTable()", "self.t.add_column(name)"),
    unsafe_consoles: ("Console()", "Console(markup=False)"),
    evaluations: (
        "eval(x)",
        "os.system(x)",
        "subprocess.run(x, shell=True)",
        "yaml.load(x, Loader=yaml.SafeLoader)",
        "import pickle",
        "Text.from_markup(x)",
        "Text.from_ansi(x)",
        "client.get(x, verify=False)",
        "print(x)",
    ),
    stray_writes: ("sys.stderr.write(x)", "click.echo(x)", "sys.stdout.buffer.write(x)"),
    yaml_loaders: ("yaml.compose(x, Loader=yaml.Loader)",),
}


@pytest.mark.parametrize(
    ("rule", "code"), [(rule, code) for rule, codes in BAD.items() for code in codes]
)
def test_the_walk_finds_what_it_looks_for(
    rule: Callable[[Path], Iterator[str]], code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_up = ROOT / "vmss_tui" / "ui" / "made_up.py"
    monkeypatch.setitem(MADE_UP, made_up, ast.parse(code))
    monkeypatch.setattr(__name__ + ".UI", [made_up])
    assert list(rule(made_up))

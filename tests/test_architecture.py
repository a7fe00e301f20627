"""The house rules: which part may import which, what loads torch, what every module and function says of itself."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import repro

ROOT = Path(repro.__file__).parent
FLOORS = [
    "statistics",
    "models",
    "data",
    "weights",
    "decoding",
    "scoring",
    "inspection",
    "training",
    "ledger",
    "console",
    "cli",
]
"""From the lowest: a module imports its own floor and those below."""
GROUND = {
    "errors",
    "files",
    "progress",
    "outcome",
    "metric_declaration",
    "cell_directory",
    "presets",
    "paths",
    "plain_yaml",
    "dataclass_config",
    "json_file",
    "table",
    "streams",
    "templates",
    "texts",
    "launchers",
    "home_folder",
    "__version__",
}
"""Modules under all floors, which may be imported by every other one."""
MODULES = {
    ".".join(("repro", *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__"): path
    for path in sorted(ROOT.rglob("*.py"))
}


@cache
def tree(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text(encoding="utf-8"))


def imported(module: str) -> Iterator[str]:
    """The modules of the project that a module imports anywhere, inside functions too."""
    yield from _imported(module, ast.walk(tree(module)))


def imported_at_once(module: str) -> Iterator[str]:
    """Those that it imports while it is itself being imported, other than for type checking."""
    todo: list[ast.AST] = list(tree(module).body)
    nodes = []
    while todo:
        node = todo.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        nodes.append(node)
        todo += ast.iter_child_nodes(node)
    yield from _imported(module, iter(nodes))


def _imported(module: str, nodes: Iterator[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] == "repro")
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} has a relative import in line {node.lineno}"
            if node.module and node.module.split(".")[0] == "repro":
                for alias in node.names:
                    name = f"{node.module}.{alias.name}"
                    yield name if name in MODULES or node.module == "repro" else node.module


def floor(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


@pytest.mark.parametrize("module", [name for name in MODULES if floor(name) in FLOORS])
def test_a_module_imports_its_own_floor_and_those_below(module: str) -> None:
    allowed = {*GROUND, *FLOORS[: FLOORS.index(floor(module)) + 1]}
    assert {name for name in imported(module) if floor(name) not in allowed} == set()


@pytest.mark.parametrize("module", [name for name in MODULES if floor(name) in GROUND])
def test_ground_modules_stand_on_nothing_else(module: str) -> None:
    assert {name for name in imported(module) if floor(name) not in GROUND} == set()


def test_every_module_belongs_to_a_floor() -> None:
    assert {floor(name) for name in MODULES} == {"", "__main__", *FLOORS, *GROUND} - {"__version__"}


def test_models_know_no_data() -> None:
    assert {name for module in MODULES if floor(module) == "models" for name in imported(module)} & {
        name for name in MODULES if floor(name) == "data"
    } == set()


def test_no_circles() -> None:
    """Depth first through the imports that happen on import; a package counts as its `__init__`."""
    state: dict[str, str] = {}

    def visit(module: str, way: tuple[str, ...]) -> None:
        assert state.get(module) != "open", " -> ".join((*way[way.index(module) :], module))
        if module in state or module not in MODULES:
            return
        state[module] = "open"
        for name in imported_at_once(module):
            visit(name, (*way, module))
        state[module] = "closed"

    for module in MODULES:
        visit(module, ())
    assert set(state.values()) == {"closed"}


@pytest.mark.parametrize("module", MODULES)
def test_the_engine_knows_no_experiments_and_no_reports(module: str) -> None:
    """Neither imports nor names, comments and docstrings left aside: the engine is told, by entry points."""
    documentation = {id(text) for text in _documentation(tree(module))}
    found = []
    for node in ast.walk(tree(module)):
        words = []
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            words = [node.value]
        elif isinstance(node, ast.Import):
            words = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            words = [node.module or ""]
        elif isinstance(node, ast.Name):
            words = [node.id]
        found += [word for word in words for name in ("ablations", "reports") if name in word]
    assert found == []


def _documentation(module: ast.Module) -> Iterator[ast.Constant]:
    """Strings that stand as statements: docstrings, and those under a constant."""
    for node in ast.walk(module):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value


@pytest.mark.parametrize("module", MODULES)
def test_every_module_says_what_it_is(module: str) -> None:
    has_code = bool(tree(module).body)
    assert not has_code or ast.get_docstring(tree(module))
    assert MODULES[module].stem not in {"utils", "util", "helpers", "common", "misc"}


@pytest.mark.parametrize("module", MODULES)
def test_public_functions_and_classes_have_docstrings(module: str) -> None:
    """A method may leave it to the class of the same module that it takes the method from."""
    classes = {node.name: node for node in tree(module).body if isinstance(node, ast.ClassDef)}
    missing = [name for name, node in _public(tree(module)) if not ast.get_docstring(node)]
    assert [name for name in missing if not _said_by_a_base(name, classes)] == []


Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def _public(node: ast.Module | ast.ClassDef, inside: str = "") -> Iterator[tuple[str, Definition]]:
    for child in node.body:
        if isinstance(child, Definition) and not child.name.startswith("_") and not _is_setter(child):
            yield f"{inside}{child.name}", child
            if isinstance(child, ast.ClassDef):
                yield from _public(child, f"{child.name}.")


def _is_setter(node: Definition) -> bool:
    return any(isinstance(it, ast.Attribute) and it.attr == "setter" for it in node.decorator_list)


def _said_by_a_base(name: str, classes: dict[str, ast.ClassDef]) -> bool:
    owner, _, method = name.rpartition(".")
    if owner not in classes:
        return False
    for base in (classes.get(base.id) for base in classes[owner].bases if isinstance(base, ast.Name)):
        for child in base.body if base else []:
            if isinstance(child, Definition) and child.name == method and ast.get_docstring(child):
                return True
    return False


LIGHT = {
    "repro.cli.main": ["torch", "pytorch_lightning", "numpy", "scipy", "sentencepiece"],
    "repro.cli.suite": ["torch", "pytorch_lightning"],
    "repro.ledger.run": ["torch", "pytorch_lightning"],
    "repro.ledger.attempts": ["torch", "pytorch_lightning"],
    "repro.presets": ["torch", "pytorch_lightning"],
    "repro.inspection": ["torch", "pytorch_lightning"],
    **{name: ["torch", "pytorch_lightning"] for name in MODULES if floor(name) in ("data", "statistics")},
}
"""What must be quick to import, and what would make it slow."""


def test_light_modules_load_nothing_heavy() -> None:
    """In one fresh process, the strictest first, since what is loaded stays loaded."""
    script = """
import importlib, sys
for module, heavy in eval(sys.stdin.read()).items():
    importlib.import_module(module)
    loaded = [name for name in heavy if name in sys.modules]
    if loaded:
        sys.exit(f"{module} loads {loaded}")
"""
    ordered = dict(sorted(LIGHT.items(), key=lambda item: item[0] != "repro.cli.main"))
    done = subprocess.run(
        [sys.executable, "-c", script], input=repr(ordered), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr

"""The rules of the house: what each part may import, what loads torch, what modules and functions say of themselves."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import repro

TOP = Path(repro.__file__).parent.parent
PACKAGES = ("repro", "ablations", "reports")
MODULES = {
    ".".join(path.relative_to(TOP).with_suffix("").parts).removesuffix(".__init__"): path
    for package in PACKAGES
    for path in sorted((TOP / package).rglob("*.py"))
}
FLOORS = [
    "statistics",
    "models",
    "trees",
    "data",
    "weights",
    "decoding",
    "scoring",
    "inspection",
    "training",
    "ledger",
    "comparison",
    "console",
    "verification",
    "cli",
    "interface",
]
"""Of the engine, from the lowest: a module imports its own floor and those below."""
GROUND = {
    "__version__",
    "called_function",
    "cell_directory",
    "cores",
    "dataclass_config",
    "duration",
    "errors",
    "files",
    "home_folder",
    "json_file",
    "learning_curve",
    "launchers",
    "lazy_attributes",
    "locks",
    "metric_declaration",
    "outcome",
    "parent_process",
    "paths",
    "plain_yaml",
    "presets",
    "progress",
    "regular_file",
    "streams",
    "table",
    "templates",
    "texts",
    "tidy_table",
    "trainer_devices",
}
"""Modules of the engine under all floors, which may be imported by every other one."""
READ_BY_REPORTS = {*GROUND, "statistics", "trees", "ledger", "inspection", "console"} - {"launchers", "outcome"}
"""What reports use of the engine: records and what reads them, statistics, inspections, and what commands share."""
LEDGER_FLOORS = ("grids", "records", "comparing", "running")
"""Of the ledger, from the lowest."""
REPORT_FLOORS = ("claims", "checking", "verdicts", "comparison", "figures", "page")
"""Of reports, from the lowest."""
HEAVY = ("torch", "pytorch_lightning")


@cache
def tree(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text(encoding="utf-8"))


@cache
def imported(module: str) -> frozenset[str]:
    """All that a module imports, wherever in it: modules of the project by their whole names, others as written."""
    found = set()
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} has a relative import in line {node.lineno}"
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                whole = name in MODULES or node.module == "repro"
                found.add(name if whole else node.module or "")
    return frozenset(found)


def package(name: str) -> str:
    return name.split(".")[0]


def floor(name: str) -> str:
    parts = name.split(".")
    return parts[1] if len(parts) > 1 else ""


ENGINE = [name for name in MODULES if package(name) == "repro"]


def broken(modules: list[str], allowed: set[str]) -> list[str]:
    """What these modules import of the engine that does not lie on an allowed floor."""
    return [
        f"{module} imports {name}"
        for module in modules
        for name in sorted(imported(module))
        if package(name) == "repro" and floor(name) not in allowed
    ]


@pytest.mark.parametrize("name", FLOORS)
def test_a_floor_of_the_engine_imports_only_itself_and_those_below(name: str) -> None:
    modules = [module for module in ENGINE if floor(module) == name]
    assert modules
    assert broken(modules, {*GROUND, *FLOORS[: FLOORS.index(name) + 1]}) == []


def test_ground_modules_stand_on_nothing_else() -> None:
    assert broken([module for module in ENGINE if floor(module) in GROUND], GROUND) == []


def test_every_module_of_the_engine_belongs_to_a_floor() -> None:
    assert {floor(name) for name in ENGINE} == {"", "__main__", *FLOORS, *GROUND} - {"__version__"}


def test_models_know_no_data() -> None:
    models = [module for module in ENGINE if floor(module) == "models"]
    assert [name for module in models for name in imported(module) if floor(name) == "data"] == []


def test_ablations_know_no_reports() -> None:
    modules = [name for name in MODULES if package(name) == "ablations"]
    assert [module for module in modules if any(package(name) == "reports" for name in imported(module))] == []


def test_reports_know_records_alone() -> None:
    modules = [name for name in MODULES if package(name) == "reports"]
    foreign = ("ablations", *HEAVY)
    assert [module for module in modules if any(package(name) in foreign for name in imported(module))] == []
    assert broken(modules, READ_BY_REPORTS) == []


@pytest.mark.parametrize(
    ("house", "floors", "name"),
    [
        *(("repro.ledger", LEDGER_FLOORS, name) for name in LEDGER_FLOORS),
        *(("reports", REPORT_FLOORS, name) for name in REPORT_FLOORS),
    ],
)
def test_a_floor_of_a_package_imports_only_itself_and_those_below(
    house: str, floors: tuple[str, ...], name: str
) -> None:
    modules = [module for module in MODULES if module.startswith(f"{house}.{name}.")]
    assert modules
    above = tuple(f"{house}.{floor}." for floor in floors[floors.index(name) + 1 :])
    assert [
        f"{module} imports {other}"
        for module in modules
        for other in sorted(imported(module))
        if f"{other}.".startswith(above)
    ] == []


def test_the_engine_knows_no_experiments_and_no_reports() -> None:
    """Neither imports nor names, comments and docstrings left aside: the engine is told, by entry points."""
    found = []
    for module in ENGINE:
        documentation = {id(text) for text in _documentation(tree(module))}
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
            found += [f"{module}: {word}" for word in words for name in ("ablations", "reports") if name in word]
    assert found == []


def _documentation(module: ast.Module) -> Iterator[ast.Constant]:
    """Strings that stand as statements: docstrings, and those under a constant."""
    for node in ast.walk(module):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value


def test_no_files_know_each_other_in_a_circle() -> None:
    """Annotations count too: two files that need each other's names are one, or want a third."""
    graph = {module: {name for name in imported(module) if name in MODULES and name != module} for module in MODULES}
    TopologicalSorter(graph).prepare()  # raises CycleError, which names the files


def test_a_circle_would_be_seen() -> None:
    with pytest.raises(CycleError):
        TopologicalSorter({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}).prepare()


def test_every_string_that_stands_alone_documents_something() -> None:
    """It is a docstring, or stands under a constant or an attribute."""
    loose = []
    for module in MODULES:
        for node in ast.walk(tree(module)):
            body = node.body if isinstance(node, ast.Module | Definition) else []
            before = [None, *body]
            for statement, above in zip(body, before, strict=False):
                value = statement.value if isinstance(statement, ast.Expr) else None
                is_text = isinstance(value, ast.Constant) and isinstance(value.value, str)
                if is_text and not isinstance(above, ast.Assign | ast.AnnAssign | ast.AugAssign | None):
                    loose.append(f"{module}, line {statement.lineno}")
    assert loose == []


def test_every_module_says_what_it_is() -> None:
    """A file without code, such as most `__init__.py`, has nothing to say."""
    assert [name for name in MODULES if tree(name).body and not ast.get_docstring(tree(name))] == []
    vague = {"utils", "util", "helpers", "misc"}
    assert [name for name, path in MODULES.items() if path.stem in vague] == []


def test_public_functions_and_classes_have_docstrings() -> None:
    """A method may leave it to the class of the same module that it takes the method from."""
    missing = []
    for module in MODULES:
        classes = {node.name: node for node in tree(module).body if isinstance(node, ast.ClassDef)}
        silent = [name for name, node in _public(tree(module)) if not ast.get_docstring(node)]
        missing += [f"{module}.{name}" for name in silent if not _said_by_a_base(name, classes)]
    assert missing == []


Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def _public(node: ast.Module | ast.ClassDef, inside: str = "") -> Iterator[tuple[str, Definition]]:
    for child in node.body:
        if isinstance(child, Definition) and not child.name.startswith("_") and not _speaks_for_another(child):
            yield f"{inside}{child.name}", child
            if isinstance(child, ast.ClassDef):
                yield from _public(child, f"{child.name}.")


def _speaks_for_another(node: Definition) -> bool:
    """A setter or an overload, whose docstring is that of its property or of what it overloads."""
    names = {it.attr if isinstance(it, ast.Attribute) else getattr(it, "id", "") for it in node.decorator_list}
    return bool(names & {"setter", "overload"})


def _said_by_a_base(name: str, classes: dict[str, ast.ClassDef]) -> bool:
    owner, _, method = name.rpartition(".")
    if owner not in classes:
        return False
    for base in (classes.get(base.id) for base in classes[owner].bases if isinstance(base, ast.Name)):
        for child in base.body if base else []:
            if isinstance(child, Definition) and child.name == method and ast.get_docstring(child):
                return True
    return False


LIGHT: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(PACKAGES, (*HEAVY, "numpy", "yaml", "argparse")),
    "repro.cli.main": (*HEAVY, "numpy", "scipy", "sentencepiece"),
    "repro.cli.suite": HEAVY,
    "repro.cli.weights": HEAVY,
    "repro.ledger.running.run": HEAVY,
    "repro.ledger.records.attempts": HEAVY,
    "repro.presets": HEAVY,
    "repro.inspection": HEAVY,
    "repro.interface.records": HEAVY,
    "reports.build": (*HEAVY, "matplotlib", "jsonschema"),
    **{name: HEAVY for name in ENGINE if floor(name) in ("data", "statistics")},
    "repro.inspection.sentence": ("torch._dynamo", "pytorch_lightning", "matplotlib"),
}
"""What must be quick to import, and what would make it slow."""


def test_light_modules_load_nothing_heavy() -> None:
    """In one fresh process, what needs torch last and the strictest first, since what is loaded stays loaded."""
    script = """
import importlib, sys
for module, heavy in eval(sys.stdin.read()).items():
    importlib.import_module(module)
    loaded = [name for name in heavy if name in sys.modules]
    if loaded:
        sys.exit(f"{module} loads {loaded}")
"""
    ordered = dict(sorted(LIGHT.items(), key=lambda item: ("torch" not in item[1], -len(item[1]))))
    done = subprocess.run(
        [sys.executable, "-c", script], input=repr(ordered), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr

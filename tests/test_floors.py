"""The import graph points down, and activation stays lazy."""

import ast
from pathlib import Path

import pytest

import lazypatch

ROOT = Path(lazypatch.__file__).parent
FLOORS = {"base": 0, "runtime": 1, "cooperative": 2, "patching": 3, "activation": 4}
FILES = sorted(ROOT.rglob("*.py"))


def floor(module):
    parts = module.split(".")
    return FLOORS.get(parts[1], 5) if len(parts) > 1 else 6


def module_name(path):
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(node):
    """The lazypatch modules that an import statement names."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names if alias.name.startswith("lazypatch")]
    if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("lazypatch"):
        if node.module == "lazypatch" or (ROOT.parent / node.module.replace(".", "/")).is_dir():
            return [f"{node.module}.{alias.name}" for alias in node.names]
        return [node.module]
    return []


def is_type_checking(node):
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def walk(tree):
    """All nodes but those of ``if TYPE_CHECKING``."""
    for node in ast.iter_child_nodes(tree):
        if not is_type_checking(node):
            yield node
            yield from walk(node)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_down(path):
    name = module_name(path)
    for node in walk(ast.parse(path.read_text())):
        for imported in imports(node):
            same_floor = floor(imported) == floor(name)
            assert floor(imported) < floor(name) or same_floor, f"{name} imports {imported}, which is above it"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_an_import_inside_a_function_says_why(path):
    if path.name == "demo.py":  # a program that shows how modules are imported after activation
        return
    text = path.read_text()
    lines = text.splitlines()
    for function in ast.walk(ast.parse(text)):
        if isinstance(function, ast.FunctionDef):
            for node in ast.walk(function):
                if isinstance(node, (ast.Import, ast.ImportFrom)):
                    assert "# lazy: " in lines[node.lineno - 1], f"{path.name}:{node.lineno}"


def test_there_is_no_cycle_of_imports():
    graph = {}
    for path in FILES:
        tree = ast.parse(path.read_text())
        graph[module_name(path)] = [name for node in tree.body if not is_type_checking(node) for name in imports(node)]
    done, path = set(), []

    def visit(name):
        assert name not in path, " -> ".join([*path[path.index(name) :], name])
        if name not in done and name in graph:
            path.append(name)
            for imported in graph[name]:
                visit(imported)
            path.pop()
            done.add(name)

    for name in graph:
        visit(name)


def test_files_stay_short():
    for path in FILES:
        assert len(path.read_text().splitlines()) <= 400, path


@pytest.mark.fresh(auto=False)
def test_importing_the_package_imports_nothing_else():
    import sys

    before = set(sys.modules)
    import lazypatch

    added = set(sys.modules) - before - {"__future__"}
    assert added == {"lazypatch"}, added
    assert lazypatch.__version__


@pytest.mark.fresh(auto=False)
def test_auto_loads_lazypatchs_own_few_files_and_no_target():
    import sys

    before = set(sys.modules)
    import lazypatch.auto

    assert lazypatch.auto
    added = set(sys.modules) - before
    forbidden = [
        "socket",
        "ssl",
        "select",
        "selectors",
        "threading",
        "subprocess",
        "queue",
        "logging",
        "asyncio",
        "signal",
        "enum",
        "re",
        "typing",
    ]
    forbidden += ["dataclasses", "importlib.metadata", "wrapt", "greenlet"]
    assert not added & set(forbidden), added & set(forbidden)
    others = {name for name in added if not name.startswith("lazypatch")}
    assert others <= {"__future__", "_operator"}, others
    own = added - others - {"lazypatch.cooperative.fcntl"}
    assert len(own) <= 30, sorted(own)

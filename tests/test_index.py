"""Rows of the index, files of the floor and test files belong together."""

import ast
from pathlib import Path

import pytest

from lazypatch import cooperative
from lazypatch.base import settings
from lazypatch.patching import apply

FOLDER = Path(cooperative.__file__).parent
FILES = {
    ".".join(path.relative_to(FOLDER).with_suffix("").parts): path
    for path in FOLDER.rglob("*.py")
    if path.stem != "__init__"
}


def test_each_row_has_a_file_and_each_file_a_row():
    assert set(cooperative.INDEX) == set(FILES)


def test_each_file_has_a_test_file():
    tests = {path.stem.removeprefix("test_") for path in (Path(__file__).parent / "cooperative").glob("test_*.py")}
    assert {name.lstrip("_").split(".")[0] for name in FILES} <= {name.lstrip("_") for name in tests}


def test_each_rows_flag_is_a_setting():
    known = {setting.name for setting in (*settings.SETTINGS, *settings.PARTS)}
    assert {flag for row in cooperative.INDEX.values() for flag in row.flags} <= known
    for name, row in cooperative.INDEX.items():
        assert set(apply.cooperative(name).PATCH.under) <= known
        assert row.flags


@pytest.mark.parametrize("name", FILES)
def test_a_file_has_its_parts_in_order(name):
    tree = ast.parse(FILES[name].read_text())
    assert ast.get_docstring(tree).startswith(f"``{name}``"), "the docstring begins with the module's name"
    names = []
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.append(node.name)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            names.append(node.targets[0].id)
    assert "PATCH" in names
    before = names[: names.index("PATCH")]
    assert set(before) <= {"TYPE_CHECKING", "SimpleQueue", "_COPIES"}, f"{before} stand before PATCH"
    last = [name for name in ("repair", "undo") if name in names]
    assert names[len(names) - len(last) :] == last


@pytest.mark.fresh(auto=False)
def test_early_targets_are_those_that_the_interpreter_loads():
    import sys

    loaded = set(sys.modules)
    from lazypatch.cooperative import INDEX

    early = {row.target for row in INDEX.values() if row.is_early}
    assert loaded & set(INDEX) <= early
    assert early - loaded <= {"fcntl"}

"""The command line against the interpreter itself."""

import re
import zipfile

import pytest
from helpers import python

SHOWS = """
import sys
print(sys.argv, sys.path[:2], __name__, __file__, __package__, sorted(globals()))
print(__spec__ and __spec__.name, type(__loader__).__name__, sys.modules["__main__"].__dict__ is globals())
import threading, time
threading.Thread(target=lambda: (time.sleep(0.01), print("thread"))).start()
"""


def same(cwd, plain, *ours, before=()):
    """Assert that both ways of running it show the same; returns the output."""
    native = python(*plain, cwd=cwd)
    patched = python("-m", "lazypatch", *before, *(ours or plain), cwd=cwd)
    assert patched.returncode == native.returncode
    assert tidy(patched.stdout) == tidy(native.stdout)
    assert tidy(patched.stderr) == tidy(native.stderr)
    return native


def tidy(text):
    return re.sub(r"0x[0-9a-f]+", "0x", text)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "script.py").write_text(SHOWS)
    (tmp_path / "inner" / "__main__.py").write_text(SHOWS)
    (tmp_path / "inner" / "__init__.py").write_text("")
    with zipfile.ZipFile(tmp_path / "app.zip", "w") as archive:
        archive.writestr("__main__.py", SHOWS)
    return tmp_path


@pytest.mark.parametrize(
    "arguments",
    [
        ("inner/script.py", "a", "-b", "--no-ssl"),
        ("-m", "inner.script", "a", "-b"),
        ("-m", "inner", "-x"),
        ("inner", "a"),
        ("app.zip", "a"),
        ("missing.py",),
        ("-m", "missing"),
    ],
    ids=" ".join,
)
def test_a_program_finds_what_the_interpreter_would_give_it(folder, arguments):
    same(folder, arguments)


def test_a_command_finds_what_the_interpreter_would_give_it(folder):
    done = same(folder, ("-c", "import sys; print(sys.argv, sys.path[0], __name__, sorted(globals()))", "a", "-m"))
    assert done.stdout


@pytest.mark.parametrize(
    "ending",
    ["1 / 0", "raise SystemExit(7)", "raise SystemExit('text')", "raise KeyboardInterrupt", "import os; os._exit(5)",
     "import sys; sys.excepthook = lambda *a: print('hook', a[0].__name__); 1 / 0", "def f(:"],
)  # fmt: skip
def test_it_ends_as_under_the_interpreter(tmp_path, ending):
    (tmp_path / "script.py").write_text(f"print('begin')\n{ending}\n")
    same(tmp_path, ("script.py",))
    same(tmp_path, ("-c", ending))


@pytest.mark.parametrize(
    ("options", "patched"),
    [
        ((), {"time", "socket", "ssl", "queue"}),
        (("--no-ssl",), {"time", "socket", "queue"}),
        (("--time",), {"time"}),
        (("--socket", "--queue"), {"socket", "queue"}),
        (("--no-ssl", "--"), {"time", "socket", "queue"}),
    ],
)
def test_options_decide_what_is_patched(tmp_path, options, patched):
    (tmp_path / "script.py").write_text(
        "import lazypatch\nprint(*[n for n in ('time', 'socket', 'ssl', 'queue') if lazypatch.is_module_patched(n)])"
    )
    done = python("-m", "lazypatch", *options, "script.py", cwd=tmp_path)
    assert set(done.stdout.split()) == patched, done.stderr


@pytest.mark.parametrize("arguments", [(), ("--nonsense", "x.py")])
def test_what_makes_no_sense_is_refused_with_the_usage(arguments):
    done = python("-m", "lazypatch", *arguments)
    assert done.returncode == 2
    assert "usage: python -m lazypatch" in done.stderr


def test_help_names_every_option():
    from lazypatch.base.settings import SETTINGS

    text = python("-m", "lazypatch", "--help").stdout
    for setting in SETTINGS:
        assert f"--{setting.name}" in text
        assert f"--no-{setting.name}" in text

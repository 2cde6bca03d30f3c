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


def test_verbose_tells_what_is_patched_and_by_which_import(tmp_path):
    (tmp_path / "script.py").write_text("print('begin')\nimport queue\n")
    done = python("-m", "lazypatch", "--verbose", "--no-ssl", "script.py", cwd=tmp_path)
    assert done.stdout == "begin\n"
    lines = done.stderr.splitlines()
    assert "lazypatch: time patched, 1 names, by the command line" in lines
    assert f"lazypatch: queue patched, 6 names, by {tmp_path / 'script.py'}:2" in lines
    table = lines[lines.index("lazypatch: at exit") + 1 :]
    assert re.search(r"^socket +armed +the command line$", "\n".join(table), re.MULTILINE)
    assert re.search(r"^ssl +off$", "\n".join(table), re.MULTILINE)
    assert re.search(r"^queue +patched +6 +.*script\.py:2$", "\n".join(table), re.MULTILINE)


def test_plan_prints_names_flags_and_files_and_runs_nothing(tmp_path):
    done = python("-m", "lazypatch", "--plan", "--socket", "--dns", "-c", "print('ran')")
    rows = [line.split() for line in done.stdout.splitlines()]
    assert {row[0].split(".")[0] for row in rows} == {"socket"}
    assert ["socket.getaddrinfo", "dns", "lazypatch/cooperative/socket.py"] in rows
    assert ["socket.socket.recv", "socket", "lazypatch/cooperative/socket.py"] in rows
    assert "ran" not in done.stdout


def test_version_is_printed():
    import lazypatch

    assert python("-m", "lazypatch", "--version").stdout.startswith(f"lazypatch {lazypatch.__version__} (Python 3.")


def test_the_console_script_is_the_same_command(tmp_path):
    from importlib.metadata import entry_points

    (point,) = [point for point in entry_points(group="console_scripts") if point.name == "lazypatch"]
    from lazypatch.activation.cli import main

    assert point.load() is main
    (tmp_path / "script.py").write_text(SHOWS)
    code = f"import sys; sys.argv[:] = {['lazypatch', 'script.py', 'a']!r}; from lazypatch.activation.cli import main; main()"
    ours = python("-c", code, cwd=tmp_path)
    assert tidy(ours.stdout) == tidy(python("script.py", "a", cwd=tmp_path).stdout)


@pytest.mark.parametrize(
    ("options", "on"),
    [(("--no-Event",), False), ((), True), (("--thread",), True), (("--thread", "--no-Event"), False)],
)
def test_parts_of_a_flag_can_be_left_out(options, on):
    code = "import threading, lazypatch; print(lazypatch.get_original('threading', 'Event') and "
    code += "'lazypatch' in threading.Event.wait.__code__.co_filename)"
    assert python("-m", "lazypatch", *options, "-c", code).stdout == f"{on}\n"


def test_verbose_tells_of_the_modules_of_patch_module_too(tmp_path):
    (tmp_path / "mine.py").write_text("a = 1\n")
    (tmp_path / "coop.py").write_text("a = 2\n")
    (tmp_path / "script.py").write_text(
        "import lazypatch\nlazypatch.patch_module('mine', 'coop', ['a'])\nimport mine\n"
    )
    done = python("-m", "lazypatch", "--verbose", "script.py", cwd=tmp_path)
    assert f"lazypatch: mine patched, 1 names, by {tmp_path / 'script.py'}:3" in done.stderr.splitlines()

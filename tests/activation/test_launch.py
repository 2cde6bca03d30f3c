"""``lazypatch run CMD``: any program that ends up in Python, by its environment alone."""

import os
import stat

import pytest
from installed import CLEAN

STATE = (
    "import lazypatch.activation.requests as r, lazypatch, os; print(len(r.active), lazypatch.is_module_patched('ssl'))"
)


@pytest.fixture
def script(installed, tmp_path):
    """A console script, as an installer writes it."""
    path = tmp_path / "bin" / "state"
    path.parent.mkdir()
    path.write_text(f"#!{installed.python}\nimport sys\n{STATE}\nprint(*sys.argv[1:])\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def launch(environment, *arguments, env=None, **options):
    """The installed command."""
    return environment.run(environment.folder / "bin" / "lazypatch", *arguments, env=env, **options)


def test_a_console_script_is_found_on_the_path_and_switched_on(installed, script):
    env = {"PATH": f"{script.parent}{os.pathsep}{os.environ['PATH']}"}
    done = launch(installed, "run", "state", "--verbose", "-m", "x", env=env)
    assert (done.stdout, done.stderr) == ("1 True\n--verbose -m x\n", "")


@pytest.mark.parametrize(
    ("options", "value"),
    [
        ((), "all"),
        (("--no-ssl",), "all,-ssl"),
        (("--socket", "--dns"), "socket,dns"),
        (("--no-children",), "all,-children"),
        (("--sys", "--no-queue", "--no-children"), "sys,-queue,-children"),
    ],
)
def test_options_become_the_variable(installed, options, value):
    done = launch(installed, *options, "run", "sh", "-c", "echo $LAZYPATCH $PYTHONPATH")
    assert (done.stdout, done.stderr) == (f"{value}\n", "")


def test_children_of_the_program_are_left_alone_if_asked(installed, tmp_path):
    code = "import subprocess, sys; print('lazypatch' in sys.modules, flush=True); subprocess.run([sys.executable, *sys.argv[1:]])"
    child = ("-c", "import sys; print('lazypatch' in sys.modules)")
    assert launch(installed, "run", installed.python, "-c", code, *child).stdout == "True\nTrue\n"
    assert launch(installed, "--no-children", "run", installed.python, "-c", code, *child).stdout == "True\nFalse\n"


def test_without_a_pth_file_the_folder_comes_onto_pythonpath(environment, script):
    (environment.site / "lazypatch.pth").unlink()
    done = launch(environment, "run", environment.python, "-c", f"{STATE}; print(os.environ['PYTHONPATH'])")
    folder = environment.site / "lazypatch" / "activation" / "bootstrap"
    assert (done.stdout, done.stderr) == (f"1 True\n{folder}\n", "")
    done = launch(environment, "run", "sh", "-c", "echo $PYTHONPATH", env={"PYTHONPATH": "/mine"})
    assert done.stdout == f"{folder}:/mine\n"


def test_the_exit_status_and_signals_are_the_programs(installed):
    assert launch(installed, "run", "sh", "-c", "exit 7").returncode == 7
    assert launch(installed, "run", "sh", "-c", "kill -TERM $$").returncode == -15


def test_what_is_no_command(installed, tmp_path):
    done = launch(installed, "run", "no-such-command")
    assert (done.returncode, done.stderr) == (127, "lazypatch run: there is no command 'no-such-command' on the PATH\n")
    (tmp_path / "data").write_text("")
    done = launch(installed, "run", tmp_path / "data")
    assert (done.returncode, "cannot be executed: Permission denied" in done.stderr) == (126, True)
    done = launch(installed, "run")
    assert (done.returncode, "what is to run?" in done.stderr) == (2, True)


def test_a_script_called_run(installed, tmp_path):
    (tmp_path / "run").write_text("import sys; print('script', *sys.argv[1:])")
    assert launch(installed, "--", "run", "1", cwd=tmp_path).stdout == "script 1\n"
    assert launch(installed, "./run", "2", cwd=tmp_path).stdout == "script 2\n"
    assert "LAZYPATCH" not in CLEAN

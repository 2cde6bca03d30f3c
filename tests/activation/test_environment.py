"""``LAZYPATCH=...`` in front of any Python program, through ``lazypatch.pth``."""

import os
import shutil
import sys
import time
import zipfile

import pytest
from helpers import python
from installed import CLEAN, ROOT

from lazypatch import PatchError
from lazypatch.activation.environment import parse, spell
from lazypatch.base.settings import alone, known

ON = {"LAZYPATCH": "1"}
STATE = (
    "import lazypatch.activation.requests as requests, lazypatch\n"
    "print(len(requests.active), *[m for m in ('socket', 'ssl', 'queue', 'time') if lazypatch.is_module_patched(m)])"
)


@pytest.mark.parametrize(
    ("value", "flags"),
    [
        ("0", None),
        ("", None),
        ("1", {}),
        ("all", {}),
        ("ALL", {}),
        ("all,-queue", {"queue": False}),
        ("-queue, -ssl", {"queue": False, "ssl": False}),
        ("all,sys", {"sys": True}),
        ("1,-children", {"children": False}),
        ("TIME", {name: name in ("time", "aggressive", "Event") for name in known()}),
        ("socket,ssl,thread", {name: name in ("socket", "ssl", "thread", "aggressive", "Event") for name in known()}),
    ],
)
def test_a_value_means_flags(value, flags):
    assert parse(value) == flags


@pytest.mark.parametrize("given", [{}, {"ssl": False}, {"socket": True}, {"socket": True, "dns": True}, {"sys": True}])
@pytest.mark.parametrize("children", [True, False])
def test_spelling_is_the_inverse(given, children):
    expected = alone(given) if children else {**alone(given), "children": False}
    assert parse(spell(given, children)) == expected


@pytest.mark.parametrize("value", ["sockt", "1,2", "all,-sock", "socket;ssl", "children", "yes"])
def test_a_wrong_value_is_an_error_that_names_the_words(value):
    with pytest.raises(PatchError) as caught:
        parse(value)
    for word in ("LAZYPATCH", repr(value), "all", "socket", "queue", "-children"):
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("options", "value", "state"),
    [
        ("-c", "1", "1 socket ssl queue time\n"),
        ("-c", "all,-queue", "1 socket ssl time\n"),
        ("-c", "time", "1 time\n"),
        ("-c", "0", "0\n"),
        ("-c", "", "0\n"),
        ("-I -c", "1", "1 socket ssl queue time\n"),
        ("-E -c", "1", "1 socket ssl queue time\n"),
        ("-X dev -c", "1", "1 socket ssl queue time\n"),
        ("-I -c", "0", "0\n"),
    ],
)
def test_the_variable_switches_on_once_before_the_program(installed, options, value, state):
    assert installed.out(*options.split(), STATE, env={"LAZYPATCH": value}) == state


def test_without_the_variable_nothing_of_ours_is_loaded(installed):
    code = "import sys; print([name for name in sys.modules if name.startswith('lazypatch')])"
    assert installed.out("-c", code) == "[]\n"


def test_without_the_variable_the_line_costs_next_to_nothing(installed):
    """In a test a clock shows no more than that it does not do what it need not: half a millisecond is an import."""
    (line,) = (installed.site / "lazypatch.pth").read_text().splitlines()
    scope = {}
    exec("import os", scope)
    os.environ.pop("LAZYPATCH", None)
    costs = []
    for _ in range(20):
        begin = time.perf_counter()
        exec(line, scope)
        costs.append(time.perf_counter() - begin)
    assert min(costs) < 0.0005


def test_without_site_the_variable_is_not_read(installed):
    assert installed.out("-S", "-c", "import sys; print('lazypatch' in sys.modules)", env=ON) == "False\n"


@pytest.mark.parametrize("command", [("-c", "print('ran')"), ("-m", "this"), ("-I", "-c", "print('ran')")])
def test_a_wrong_value_ends_the_program_before_it_begins(installed, command):
    done = installed.run(*command, env={"LAZYPATCH": "sockets"})
    assert (done.returncode, done.stdout) == (2, "")
    assert "the environment variable LAZYPATCH is 'sockets'" in done.stderr
    assert "Traceback" not in done.stderr


def test_what_cannot_be_done_ends_the_program_too(environment):
    info = environment.site / "breaks-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: breaks\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[lazypatch.plugins.will_patch_all]\nmine = breaks:hear\n")
    (environment.site / "breaks.py").write_text("def hear(event): 1 / 0")
    done = environment.run("-c", "print('ran')", env=ON)
    assert (done.returncode, done.stdout) == (2, "")
    assert "plugin mine = breaks:hear" in done.stderr
    assert "what the environment variable LAZYPATCH asks for cannot be done" in done.stderr


def test_a_program_that_imports_auto_as_well_is_fine(installed):
    code = "import lazypatch.auto, socket; print(lazypatch.is_module_patched('socket'))"
    assert installed.out("-W", "error", "-c", code, env=ON) == "True\n"


def test_who_asked_is_named(installed):
    code = "import lazypatch; from lazypatch.activation.requests import active; print(*active)"
    assert installed.out("-c", code, env=ON) == "<lazypatch.patch_all at the environment variable LAZYPATCH>\n"


def test_a_warning_names_the_variable(installed):
    done = installed.run("-c", STATE, env={"LAZYPATCH": "all,-socket"})
    assert done.stdout == "1 socket ssl queue time\n"
    assert done.stderr.startswith("the environment variable LAZYPATCH:1: PatchWarning: ssl without socket")


CHILDREN = """
import multiprocessing, os, subprocess, sys

def state():
    return str("lazypatch.activation.activate" in sys.modules)

def tell(queue):
    queue.put(state())

if __name__ == "__main__":
    code = "import sys; print('lazypatch.activation.activate' in sys.modules)"
    states = [state(), subprocess.check_output([sys.executable, "-c", code], text=True).strip()]
    for method in ("fork", "spawn", "forkserver"):
        context = multiprocessing.get_context(method)
        queue = context.Queue()
        process = context.Process(target=tell, args=[queue])
        process.start()
        states.append(queue.get())
        process.join()
    plain = {**os.environ, "LAZYPATCH": "0"}
    states.append(subprocess.check_output([sys.executable, "-c", code], text=True, env=plain).strip())
    print(*states)
"""


@pytest.mark.parametrize(
    ("command", "value", "states"),
    [
        ((), "1", "True True True True True False"),
        ((), "all,-children", "True False True False False False"),
        (("-m", "lazypatch"), "", "True True True True True False"),
        (("-m", "lazypatch", "--no-children"), "", "True False True False False False"),
        (("-m", "lazypatch", "--no-children"), "1", "True False True False False False"),
    ],
)
def test_children_inherit_it_or_not(installed, tmp_path, command, value, states):
    (tmp_path / "program.py").write_text(CHILDREN)
    out = installed.out(*command, "program.py", cwd=tmp_path, env={"LAZYPATCH": value})
    assert out.split() == states.split()


def test_the_user_folder(environment, tmp_path):
    """``pip install --user``: a base interpreter that looks through a folder of the user's."""
    lib = tmp_path / "user" / "lib" / environment.site.parent.name / "site-packages"
    lib.parent.mkdir(parents=True)
    environment.site.rename(lib)
    base = os.path.realpath(environment.python)
    code = "import lazypatch, sys; print(lazypatch.is_module_patched('socket'), sys.modules['lazypatch'].__file__)"
    done = python("-c", code, executable=base, env={**CLEAN, **ON, "PYTHONUSERBASE": str(tmp_path / "user")})
    assert done.stdout == f"True {lib / 'lazypatch' / '__init__.py'}\n", done.stderr


def test_a_target_folder_that_is_made_a_site_folder(environment, tmp_path):
    """``pip install --target`` makes no site folder of it; ``site.addsitedir`` does."""
    target = tmp_path / "target"
    environment.site.rename(target)
    environment.site.mkdir()
    code = f"import site; site.addsitedir({str(target)!r})\n{STATE}"
    assert environment.out("-c", code, env=ON) == "1 socket ssl queue time\n"


@pytest.mark.limit(60)
def test_an_editable_install_has_the_file_too(environment, tmp_path):
    environment.pip("uninstall", "--quiet", "--yes", "lazypatch")
    source = tmp_path / "source"
    shutil.copytree(ROOT / "lazypatch", source / "lazypatch", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("setup.py", "setup.cfg", "README.rst", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    environment.pip("install", "--quiet", "--no-deps", "--editable", source)
    code = "import lazypatch; print(lazypatch.is_module_patched('socket'), lazypatch.__file__)"
    assert environment.out("-c", code, env=ON) == f"True {source / 'lazypatch' / '__init__.py'}\n"
    environment.pip("uninstall", "--quiet", "--yes", "lazypatch")
    assert not (environment.site / "lazypatch.pth").exists()


def test_uninstalling_the_wheel_leaves_nothing_behind(environment):
    assert environment.files() > environment.before
    assert environment.out("-c", STATE, env=ON)
    environment.pip("uninstall", "--quiet", "--yes", "lazypatch")
    assert environment.files() == environment.before
    assert environment.out("-c", "print('ran')", env=ON) == "ran\n"


def test_the_wheel_has_both_files(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert "lazypatch.pth" in names
    assert "lazypatch/activation/lazypatch.start" in names


@pytest.mark.skipif(sys.version_info >= (3, 15), reason="read there")
def test_a_start_file_is_refused_where_it_is_not_read(installed):
    done = installed.run("-m", "lazypatch.install", "--start")
    assert done.returncode == 2
    assert "does not read .start files" in done.stderr


@pytest.mark.skipif(sys.version_info < (3, 15), reason="PEP 829 is of 3.15")
def test_a_start_file_takes_the_place_of_the_pth_file(environment):
    before = environment.files()
    assert environment.out("-m", "lazypatch.install", "--start", "--dry-run").startswith("would write ")
    assert environment.files() - before <= {each for each in environment.files() if each.endswith(".pyc")}
    target = environment.site / "lazypatch.start"
    assert environment.out("-m", "lazypatch.install", "--start") == f"write {target}\n"
    assert environment.out("-m", "lazypatch.install", "--start") == f"{target} is there already\n"
    (environment.site / "lazypatch.pth").write_text("import nothing_of_that_name\n")  # would be complained of
    assert environment.out("-c", STATE, env=ON) == "1 socket ssl queue time\n"
    assert environment.run("-c", "print('ran')", env={"LAZYPATCH": "no"}).returncode == 2
    assert environment.out("-m", "lazypatch.install", "--start", "--uninstall") == f"remove {target}\n"
    assert not target.exists()

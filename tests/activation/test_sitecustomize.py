"""A ``sitecustomize`` of ours: installed beside or above another one, and on PYTHONPATH."""

import ctypes
import os
import shutil

import pytest
from installed import CLEAN

STATE = (
    "import lazypatch.activation.requests as requests, lazypatch, sys\n"
    "print(len(requests.active), lazypatch.is_module_patched('socket'), getattr(sys, 'ran', []))"
)
THEIRS = '"""Theirs."""\nfrom __future__ import annotations\nimport sys, time\n'
NOTE = "sys.ran = getattr(sys, 'ran', []) + [({!r}, 'lazypatch.activation.activate' in sys.modules)]\n"
INSTALL = ("-m", "lazypatch.install", "--sitecustomize")
BOOTSTRAP = ("lazypatch", "activation", "bootstrap")


def write(folder, name, text=""):
    """A sitecustomize that notes in which order things ran, and whether lazypatch was on."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sitecustomize.py").write_text(THEIRS + NOTE.format(name) + text)
    return folder


def test_it_is_written_once_and_switches_on_before_the_program(environment):
    target = environment.site / "sitecustomize.py"
    assert environment.out(*INSTALL, "--dry-run") == f"would write {target}\n"
    assert not target.exists()
    assert environment.out(*INSTALL) == f"write {target}\n"
    text = target.read_bytes()
    assert environment.out(*INSTALL) == f"{target} is there already\n"
    assert target.read_bytes() == text
    assert environment.out("-c", STATE) == "1 True []\n"
    assert environment.out("-c", STATE, env={"LAZYPATCH": "1"}) == "1 True []\n"
    assert environment.out("-c", STATE, env={"LAZYPATCH": "time"}) == "1 False []\n"
    assert environment.out("-c", STATE, env={"LAZYPATCH": "0"}) == "0 False []\n"


def test_uninstalling_leaves_nothing(environment):
    environment.out(*INSTALL)
    environment.out("-c", STATE)
    assert environment.out(*INSTALL, "--uninstall").startswith("remove ")
    assert not [name for name in environment.files() if "sitecustomize" in name and "bootstrap" not in name]
    assert environment.out(*INSTALL, "--uninstall").startswith("there is no sitecustomize.py of lazypatch's")


def test_one_that_exists_runs_afterwards_and_comes_back_byte_for_byte(environment):
    write(environment.site, "theirs")
    target = environment.site / "sitecustomize.py"
    before = target.read_bytes(), target.stat().st_mtime_ns
    steps = environment.out(*INSTALL, "--dry-run").splitlines()
    assert [step.split()[1] for step in steps] == ["keep", "write"]
    environment.out(*INSTALL)
    environment.out(*INSTALL)
    assert environment.out("-c", STATE) == "1 True [('theirs', True)]\n"
    code = "import sitecustomize; print(sitecustomize.__doc__, sitecustomize.annotations.compiler_flag > 0)"
    assert environment.out("-c", code) == "Theirs. True\n"
    environment.out(*INSTALL, "--uninstall")
    assert (target.read_bytes(), target.stat().st_mtime_ns) == before
    assert environment.out("-c", STATE) == "0 False [('theirs', False)]\n"


def test_its_errors_are_its_own(environment):
    write(environment.site, "theirs", "raise LookupError('of theirs')\n")
    plain = environment.run("-c", "print('ran')")
    assert environment.run(*INSTALL).returncode == 0
    done = environment.run("-c", STATE)
    assert (done.returncode, done.stdout) == (0, "1 True [('theirs', True)]\n")
    assert done.stderr == plain.stderr
    assert "LookupError: of theirs" in done.stderr


def test_after_lazypatch_has_been_uninstalled_the_other_one_still_runs(environment):
    write(environment.site, "theirs")
    environment.out(*INSTALL)
    environment.pip("uninstall", "--quiet", "--yes", "lazypatch")
    assert environment.out("-c", "import sys; print(sys.ran)") == "[('theirs', False)]\n"


def test_the_next_one_on_the_path_runs_too(environment, tmp_path):
    last = write(tmp_path / "last", "last")
    (environment.site / "last.pth").write_text(f"{last}\n")
    environment.out(*INSTALL)
    assert environment.out("-c", STATE) == "1 True [('last', True)]\n"


def test_one_that_would_come_first_is_named(environment, tmp_path):
    first = write(tmp_path / "first", "first")
    done = environment.run(*INSTALL, env={"PYTHONPATH": str(first)})
    assert done.returncode == 2
    assert f"{first / 'sitecustomize.py'} comes first" in done.stderr
    assert "LAZYPATCH=1" in done.stderr


def test_a_package_of_that_name_would_come_first(environment):
    (environment.site / "sitecustomize").mkdir()
    (environment.site / "sitecustomize" / "__init__.py").write_text("")
    done = environment.run(*INSTALL)
    assert done.returncode == 2
    assert "comes first" in done.stderr
    assert not (environment.site / "sitecustomize.py").exists()


def obey_modes():
    """For root too (prctl(2): PR_CAPBSET_DROP, CAP_DAC_OVERRIDE)."""
    ctypes.CDLL(None).prctl(24, 1, 0, 0, 0)


def test_a_folder_that_cannot_be_written_to_is_refused(environment):
    write(environment.site, "theirs")
    before = environment.files()
    os.chmod(environment.site, 0o555)
    done = environment.run("-B", *INSTALL, preexec_fn=obey_modes)
    os.chmod(environment.site, 0o755)
    assert done.returncode == 2, done.stdout
    assert "cannot be written to: set the environment variable LAZYPATCH=1" in done.stderr
    assert {each for each in environment.files() if not each.endswith(".pyc")} == {
        each for each in before if not each.endswith(".pyc")
    }


def test_the_systems_python_is_refused(environment, tmp_path):
    """PEP 668: a marker in the folder of the standard library, and no virtual environment."""
    fake = "import sysconfig, sys; sys.prefix = sys.base_prefix\n"
    fake += f"path = sysconfig.get_path; sysconfig.get_path = lambda name: {str(tmp_path)!r} if name == 'stdlib' else path(name)\n"
    fake += "from lazypatch.activation.install import main; sys.exit(main(['--sitecustomize']))"
    (tmp_path / "EXTERNALLY-MANAGED").write_text("")
    done = environment.run("-c", fake)
    assert done.returncode == 2
    assert "operating system's Python" in done.stderr
    assert "LAZYPATCH=1" in done.stderr


def test_another_interpreter_is_told_to_do_it(environment, installed):
    written = environment.site / "sitecustomize.py"
    assert installed.out(*INSTALL, "--python", environment.python) == f"write {written}\n"
    assert environment.out("-c", STATE) == "1 True []\n"
    assert installed.out(*INSTALL, "--uninstall", f"--python={environment.python}") == f"remove {written}\n"
    environment.pip("uninstall", "--quiet", "--yes", "lazypatch")
    done = installed.run(*INSTALL, "--python", environment.python)
    assert done.returncode == 2
    assert f"{environment.python} has no lazypatch; first say {environment.python} -m pip install" in done.stderr
    done = installed.run(*INSTALL, "--python", "/nowhere/python")
    assert (done.returncode, "/nowhere/python cannot be run" in done.stderr) == (2, True)


@pytest.fixture
def bootstrap(environment):
    """The folder for PYTHONPATH, and no ``lazypatch.pth``."""
    (environment.site / "lazypatch.pth").unlink()
    return environment.site.joinpath(*BOOTSTRAP)


def test_the_folder_on_pythonpath_switches_on_and_chains(environment, bootstrap, tmp_path):
    path = [bootstrap, write(tmp_path / "one", "one"), write(tmp_path / "two", "two")]
    out = environment.out("-c", STATE, env={"PYTHONPATH": os.pathsep.join(map(str, path))})
    assert out == "1 True [('one', True)]\n", "the next one runs; whether one more does is its affair"
    assert environment.out("-c", STATE, env={"PYTHONPATH": f"{bootstrap}", "LAZYPATCH": "0"}) == "0 False []\n"


def test_the_folder_alone_on_pythonpath_finds_lazypatch(environment, tmp_path):
    apart = tmp_path / "apart"
    shutil.copytree(environment.site / "lazypatch", apart / "lazypatch")
    environment.pip("uninstall", "--quiet", "--yes", "lazypatch")
    folder = apart.joinpath(*BOOTSTRAP)
    code = f"{STATE}\nprint(lazypatch.__file__)"
    assert environment.out("-c", code, env={"PYTHONPATH": str(folder)}) == (
        f"1 True []\n{apart / 'lazypatch' / '__init__.py'}\n"
    )


IMPORTS_AGAIN = """
import os
here = os.path.dirname(__file__)
sys.path.remove(here)
del sys.modules["sitecustomize"]
try:
    import sitecustomize
except ImportError:
    pass
sys.path.insert(0, here)
"""
LOADS_BY_SPEC = """
import os
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
spec = PathFinder.find_spec("sitecustomize", [each for each in sys.path if each != os.path.dirname(__file__)])
if spec is not None:
    spec.loader.exec_module(module_from_spec(spec))
"""


@pytest.mark.parametrize("how", [IMPORTS_AGAIN, LOADS_BY_SPEC], ids=["imports again", "loads by spec"])
@pytest.mark.parametrize("order", [[0, 1, 2], [1, 0, 2], [1, 2, 0]])
def test_agents_that_chain_in_their_own_way(environment, bootstrap, tmp_path, how, order):
    """As Datadog's and New Relic's do: wherever we stand among them, each runs once."""
    agent, last = write(tmp_path / "agent", "agent", how), write(tmp_path / "last", "last")
    path = [[bootstrap, agent, last][index] for index in order]
    out = environment.out("-c", STATE, env={"PYTHONPATH": os.pathsep.join(map(str, path))})
    number, state, ran = out.split(" ", 2)
    names = [name for name, _ in eval(ran)]
    if order == [1, 2, 0]:  # the last of theirs does not chain, and so keeps ours from running, as any other
        assert (number, state, names) == ("0", "False", ["agent", "last"])
    else:
        assert (number, state, names) == ("1", "True", ["agent", "last"])


def test_usercustomize_runs_too(environment, bootstrap, tmp_path):
    user = tmp_path / "user" / "lib" / environment.site.parent.name / "site-packages"
    user.mkdir(parents=True)
    (user / "usercustomize.py").write_text("import sys\n" + NOTE.format("user"))
    (environment.folder / "pyvenv.cfg").write_text(
        (environment.folder / "pyvenv.cfg").read_text().replace("= false", "= true")
    )
    env = {"PYTHONPATH": str(bootstrap), "PYTHONUSERBASE": str(tmp_path / "user")}
    assert environment.out("-c", STATE, env=env) == "1 True [('user', True)]\n"


def test_the_check_tells_what_is_in_force(environment, bootstrap, tmp_path):
    out = environment.out("-m", "lazypatch.install", "--check")
    assert "LAZYPATCH: not set, which is off; read by nothing here" in out
    assert "sitecustomize: there is none" in out
    assert "no lazypatch.pth in site-packages" in out
    assert out.endswith("This process: not switched on\n")
    out = environment.out("-m", "lazypatch.install", "--check", env={"PYTHONPATH": str(bootstrap)})
    assert f"sitecustomize: in force, on PYTHONPATH: {os.path.realpath(bootstrap)}" in out
    assert f"This process: switched on by {bootstrap}" in out
    environment.out(*INSTALL)
    (environment.site / "aaa.pth").write_text(
        "import sys; sys.meta_path.insert(0, type('Theirs', (), {'find_spec': None}))\n"
    )
    (environment.site / "aaa.pth").write_text("import logging\n")
    shutil.copy(bootstrap.parent / "lazypatch.pth", environment.site)
    startup = environment.out("-m", "lazypatch.install", "--startup-file").strip()
    out = environment.out("-m", "lazypatch.install", "--check", env={"LAZYPATCH": "all,-ssl", "PYTHONSTARTUP": startup})
    assert f"'all,-ssl', which is in force; read by {environment.site / 'lazypatch.pth'}" in out
    assert "sitecustomize: in force, in site-packages" in out
    assert "PYTHONSTARTUP, for interactive sessions: in force" in out
    assert str(environment.site / "aaa.pth") in out
    assert "whoever imported threading" in out
    assert "In the way:\n  nothing\n" in out
    assert out.endswith("This process: switched on by the environment variable LAZYPATCH\n")
    assert (
        "-S: no .pth file"
        in environment.run("-S", "-m", "lazypatch.install", "--check", env={"PYTHONPATH": str(environment.site)}).stdout
    )
    assert CLEAN.keys().isdisjoint({"LAZYPATCH", "PYTHONSTARTUP"})

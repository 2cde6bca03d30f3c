"""Others that are there at the start too: .pth files, finders, coverage, lazy imports."""

import shutil
import sys
import sysconfig
from pathlib import Path

import pytest

ON = {"LAZYPATCH": "1"}
SITE = Path(sysconfig.get_path("purelib"))
WORKS = """
import threading, time
from time import sleep
natives, lock = set(), threading.Lock()
def work():
    sleep(0.02)
    with lock:
        natives.add(threading.get_native_id())
threads = [threading.Thread(target=work) for _ in range(5)]
for thread in threads: thread.start()
for thread in threads: thread.join()
import lazypatch
print(natives == {threading.get_native_id()}, lazypatch.is_module_patched("threading"))
"""


@pytest.mark.parametrize("name", ["aaa.pth", "zzz.pth"])
@pytest.mark.parametrize("imports", ["threading", "socket, ssl, queue", "wrapt", "logging, concurrent.futures.thread"])
def test_pth_files_that_import_targets_before_or_after(environment, name, imports):
    (environment.site / name).write_text(f"import {imports}\n")
    assert environment.out("-c", WORKS, env=ON) == "True True\n"


def test_a_pth_file_that_wraps_the_customization_hooks_of_site(environment):
    """As autowrapt's does, so that its own start comes last."""
    (environment.site / "wrapper.py").write_text(
        "import site, sys\n"
        "def bootstrap():\n"
        "    original = site.execsitecustomize\n"
        "    def wrapped():\n"
        "        original()\n"
        "        import wrapt\n"
        "        wrapt.when_imported('socket')(lambda module: sys.__dict__.setdefault('seen', []).append(module.__name__))\n"
        "    site.execsitecustomize = wrapped\n"
    )
    (environment.site / "aaa.pth").write_text("import wrapper; wrapper.bootstrap()\n")
    out = environment.out(
        "-c", f"{WORKS}\nimport socket, sys; print(set(sys.seen), lazypatch.is_module_patched('socket'))", env=ON
    )
    assert out == "True True\n{'socket'} True\n"


def test_a_finder_that_was_installed_first(environment):
    """An agent's, which wraps the loader of what it finds."""
    (environment.site / "agent.py").write_text(
        "import sys\n"
        "from importlib.machinery import PathFinder\n"
        "class Finder:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        return PathFinder.find_spec(name, path) if name in ('socket', 'queue') else None\n"
        "finder = Finder()\n"
        "sys.meta_path.insert(0, finder)\n"
    )
    (environment.site / "aaa.pth").write_text("import agent\n")
    code = f"{WORKS}\nimport socket, queue; print(lazypatch.is_object_patched('socket', 'socket.recv'))"
    assert environment.out("-c", code, env=ON) == "True True\nTrue\n"
    (environment.site / "zzz.pth").write_text("import agent; agent.sys.meta_path.insert(0, agent.finder)\n")
    code = f"{WORKS}\nimport socket, queue; lazypatch.status(); print(lazypatch.is_object_patched('socket', 'socket.recv'))"
    assert environment.out("-c", code, env=ON) == "True True\nTrue\n"


def test_an_editable_install_of_something_else(environment, tmp_path):
    """setuptools' own finder, which is installed by a .pth file, for a package with a mapping."""
    package = tmp_path / "project" / "code"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("from threading import Lock\nfrom socket import socket\n")
    (package.parent / "setup.py").write_text(
        "from setuptools import setup; setup(name='mapped', packages=['mapped'], package_dir={'mapped': 'code'})"
    )
    environment.pip("install", "--quiet", "--no-deps", "--editable", package.parent)
    assert list(environment.site.glob("__editable___mapped*finder.py"))
    code = f"{WORKS}\nimport mapped, socket, threading; print(mapped.socket is socket.socket, mapped.Lock is threading.Lock)"
    assert environment.out("-c", code, env=ON) == "True True\nTrue True\n"


def test_coverage_of_a_program_and_of_its_children(environment, tmp_path):
    """Its own .pth file comes first, and has loaded threading when ours is read."""
    assert shutil.copy(SITE / "a1_coverage.pth", environment.site)
    (tmp_path / "child.py").write_text("import time\ntime.sleep(0.01)\nprint('child')\n")
    (tmp_path / "program.py").write_text(
        f"{WORKS}\nimport subprocess, sys\nprint(subprocess.check_output([sys.executable, 'child.py'], text=True).strip())\n"
    )
    (tmp_path / ".coveragerc").write_text("[run]\nparallel = true\npatch = subprocess\ndata_file = ${PWD}/data\n")
    options = {"cwd": tmp_path, "env": {**ON, "PWD": str(tmp_path)}}
    assert environment.out("-m", "coverage", "run", "program.py", **options) == "True True\nchild\n"
    environment.out("-m", "coverage", "combine", "--quiet", **options)
    report = environment.out("-m", "coverage", "report", **options)
    assert "program.py" in report
    assert "child.py" in report


def test_pytest_with_pytest_cov(installed, tmp_path):
    (tmp_path / "test_program.py").write_text(
        f"def test():\n    exec({WORKS!r}, globals())\n    assert len(natives) == 1\n"
    )
    out = installed.out("-m", "pytest", "-q", "-p", "no:cacheprovider", "--cov=.", cwd=tmp_path, env=ON)
    assert "1 passed" in out
    assert "test_program.py" in out


def test_a_lazy_loader_of_importlib(installed):
    code = """
import importlib.util, sys
spec = importlib.util.find_spec("queue")
spec.loader = importlib.util.LazyLoader(spec.loader)
module = importlib.util.module_from_spec(spec)
sys.modules["queue"] = module
spec.loader.exec_module(module)
import lazypatch, socket
print(object.__getattribute__(module, "__class__").__name__)
module.Queue
print(lazypatch.is_object_patched("queue", "Queue.get"))
"""
    assert installed.out("-c", code, env=ON) == "_LazyModule\nTrue\n"


LAZY = """
import sys
lazy import socket
lazy from queue import Queue
print("socket" in sys.modules, "queue" in sys.modules)
socket.socket
import lazypatch
print(lazypatch.is_object_patched("socket", "socket.recv"), "queue" in sys.modules)
Queue()
print(lazypatch.is_object_patched("queue", "Queue.get"), type(Queue().get.__func__.__globals__["__name__"]).__name__)
"""
MODES = """
import sys
import socket
import queue, threading, time
print("queue" in sys.modules)
threads = [threading.Thread(target=time.sleep, args=[0.01]) for _ in range(3)]
for thread in threads: thread.start()
for thread in threads: thread.join()
import lazypatch
print(lazypatch.is_object_patched("queue", "Queue.get"), lazypatch.is_object_patched("socket", "socket.recv"))
print(lazypatch.is_module_patched("threading"), bool(lazypatch.status()))
left, right = socket.socketpair()
threading.Timer(0.01, right.send, [b"data"]).start()
print(left.recv(10))
"""


@pytest.mark.skipif(sys.version_info < (3, 15), reason="PEP 810 is of 3.15")
def test_lazy_imports_are_patched_when_they_are_loaded(installed, tmp_path):
    (tmp_path / "program.py").write_text(LAZY)
    assert installed.out("program.py", cwd=tmp_path, env=ON) == "False False\nTrue False\nTrue str\n"
    (tmp_path / "late.py").write_text(LAZY.replace("socket.socket\n", "import lazypatch.auto\nsocket.socket\n"))
    assert installed.out("late.py", cwd=tmp_path) == "False False\nTrue False\nTrue str\n"


@pytest.mark.skipif(sys.version_info < (3, 15), reason="PEP 810 is of 3.15")
@pytest.mark.parametrize("mode", ["normal", "all"])
def test_every_mode_of_lazy_imports(installed, tmp_path, mode):
    (tmp_path / "program.py").write_text(MODES)
    lines = installed.out("-X", f"lazy_imports={mode}", "program.py", cwd=tmp_path, env=ON).splitlines()
    assert lines == [str(mode != "all"), "True True", "True True", "b'data'"]
    (tmp_path / "first.py").write_text(f"import lazypatch\nlazypatch.patch_all()\n{MODES}")
    assert installed.out("-X", f"lazy_imports={mode}", "first.py", cwd=tmp_path).splitlines() == lines
    (tmp_path / "late.py").write_text(f"{MODES.replace('import lazypatch', 'import lazypatch; lazypatch.patch_all()')}")
    assert installed.out("-X", f"lazy_imports={mode}", "late.py", cwd=tmp_path).splitlines() == lines


@pytest.mark.skipif(sys.version_info < (3, 15), reason="PEP 810 is of 3.15")
def test_a_filter_of_somebody_elses_is_asked_too(installed):
    code = """
import sys
asked = []
sys.set_lazy_imports_filter(lambda importer, name, names: not asked.append(name))
import lazypatch
lazypatch.patch_all()
assert "colorsys" not in sys.modules
lazy import colorsys
print("colorsys" in sys.modules, "colorsys" in asked)
"""
    assert installed.out("-c", code) == "False True\n"

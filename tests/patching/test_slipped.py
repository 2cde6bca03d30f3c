"""Targets that come past the hook are found."""

import pytest


@pytest.mark.fresh
def test_a_target_that_another_finder_brings_is_found_at_the_next_import_and_by_status():
    import importlib.machinery
    import sys

    import lazypatch

    class Bypasses:
        def find_spec(self, name, path=None, target=None):
            return importlib.machinery.PathFinder.find_spec(name) if name in ("queue", "socket") else None

    sys.meta_path.insert(0, Bypasses())
    import queue

    assert "lazypatch" not in queue.Queue.get.__code__.co_filename
    import fcntl
    import select

    assert "lazypatch" in queue.Queue.get.__code__.co_filename, "found at the import of another target"
    import socket

    assert not hasattr(socket.socket.recv, "__code__"), "the native method, a C function"
    assert lazypatch.status()["socket"] == "late"
    assert "lazypatch" in socket.socket.recv.__code__.co_filename
    assert fcntl
    assert select


@pytest.mark.fresh
def test_a_target_that_is_put_into_sys_modules_by_hand_is_found():
    import importlib.machinery
    import importlib.util
    import queue
    import sys

    import lazypatch

    spec = importlib.machinery.PathFinder.find_spec("queue")
    fresh = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(fresh)
    sys.modules["queue"] = fresh
    assert "lazypatch" not in fresh.Queue.get.__code__.co_filename
    assert lazypatch.status()["queue"] == "late"
    assert "lazypatch" in fresh.Queue.get.__code__.co_filename
    assert queue is not fresh


def lazy(name):
    return f"""
import importlib.util, sys
spec = importlib.util.find_spec({name!r})
spec.loader = importlib.util.LazyLoader(spec.loader)
module = importlib.util.module_from_spec(spec)
sys.modules[{name!r}] = module
spec.loader.exec_module(module)
"""


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_target_that_is_loaded_lazily_is_patched_when_it_is_loaded(when):
    from helpers import python

    parts = ["import lazypatch.auto", lazy("queue")]
    if when == "before":
        parts.reverse()
    code = "\n".join(
        [
            *parts,
            "import lazypatch",
            "assert type(sys.modules['queue']).__name__ == '_LazyModule', 'loaded too early'",
            "import queue",
            "import os; print(os.path.basename(os.path.dirname(queue.Queue.get.__code__.co_filename)))",
            "print(lazypatch.status()['queue'], type(queue).__name__)",
        ]
    )
    done = python("-c", code)
    assert (done.stdout, done.stderr) == ("cooperative\npatched module\n", "")


def package(folder, **files):
    (folder / "package").mkdir()
    for name, text in files.items():
        (folder / "package" / f"{name}.py").write_text(text)


THREADS = (
    "threads = [threading.Thread(target=work) for _ in range(3)]\n"
    "for thread in threads: thread.start()\n"
    "time.sleep(0.02)\n"
)


def test_activation_inside_a_package_with_import_locks_held(tmp_path):
    from helpers import python

    begin = (
        "import threading, time\n"
        "native = threading.Thread(target=time.sleep, args=(0.2,)); native.start()\n"
        "import lazypatch.auto\n"
        "from . import part\n"
        "seen = []\n"
        "def work(): import package.other; seen.append(package.other.value)\n"
    )
    package(tmp_path, __init__=f"{begin}{THREADS}early = list(seen)\n", part="value = 1\n", other="value = 2\n")
    code = "import package\nfor thread in package.threads: thread.join(5)\nprint(package.early, package.seen)\npackage.native.join()"
    done = python("-c", code, cwd=tmp_path)
    plain = python("-c", "import lazypatch.auto, sys\n" + code, cwd=tmp_path)
    assert (done.stdout, done.stderr) == (plain.stdout, "")
    assert done.stdout == "[] [2, 2, 2]\n"


def test_activation_as_the_first_import_of_a_package(tmp_path):
    from helpers import python

    begin = (
        "import lazypatch.auto\nimport threading, time\nseen = []\n"
        "def work():\n    from package import last\n    seen.append(last)\n"
    )
    package(tmp_path, __init__=f"{begin}{THREADS}last = 1\n")
    done = python(
        "-c", "import package\nfor thread in package.threads: thread.join(5)\nprint(package.seen)", cwd=tmp_path
    )
    assert (done.stdout, done.stderr) == ("[1, 1, 1]\n", "")


def test_activation_while_another_native_thread_is_amid_an_import(tmp_path):
    from helpers import python

    (tmp_path / "slow.py").write_text("import time\ntime.sleep(0.3)\nvalue = 3\n")
    code = (
        "import threading, time\nthread = threading.Thread(target=lambda: __import__('slow')); thread.start()\n"
        "time.sleep(0.1)\nimport lazypatch.auto\nticks = []\n"
        "threading.Thread(target=lambda: [ticks.append(time.sleep(0.01)) for _ in range(10)]).start()\n"
        "import slow\nprint(slow.value, len(ticks) > 3)\nthread.join()"
    )
    done = python("-c", code, cwd=tmp_path)
    assert (done.stdout, done.stderr) == ("3 True\n", "")


def test_activation_from_another_thread_warns_and_works():
    from helpers import python

    code = (
        "import threading, time\nthread = threading.Thread(target=lambda: __import__('lazypatch.auto'))\n"
        "thread.start(); thread.join()\nidents = []\n"
        "threads = [threading.Thread(target=lambda: (time.sleep(0.01), idents.append(threading.get_native_id()))) for _ in range(2)]\n"
        "for each in threads: each.start()\nfor each in threads: each.join()\n"
        "print(set(idents) == {threading.get_native_id()}, threading.main_thread() is threading.current_thread())"
    )
    done = python("-c", code)
    assert done.stdout == "True True\n"
    assert "PatchWarning: switched on in a thread that is not the main one" in done.stderr

import pytest


@pytest.mark.fresh
def test_spec_loader_and_source_look_as_ever():
    import importlib.machinery
    import inspect
    import queue
    import select
    import socket

    assert type(socket.__loader__) is type(socket.__spec__.loader) is importlib.machinery.SourceFileLoader
    assert socket.__spec__.name == socket.__name__ == "socket"
    assert socket.__file__ == socket.__spec__.origin
    assert "class socket(_socket.socket)" in inspect.getsource(socket)
    assert inspect.getsource(queue.Queue).startswith("class Queue:")
    assert select.__spec__.loader is select.__loader__
    assert not type(select.__loader__).__module__.startswith("lazypatch")


@pytest.mark.fresh
def test_nobody_sees_a_target_before_it_is_patched():
    import sys

    import lazypatch

    seen = []

    class Watches:
        """Stands in front: its loader runs code as soon as the real one is done."""

        def find_spec(self, name, path=None, target=None):
            if name != "select":
                return None
            sys.meta_path.remove(self)
            import importlib.util

            spec = importlib.util.find_spec(name)
            execute = spec.loader.exec_module

            class Loads:
                create_module = spec.loader.create_module

                def exec_module(self, module):
                    execute(module)
                    seen.append(module.select)

            spec.loader = Loads()
            return spec

    sys.meta_path.insert(0, Watches())
    import select

    assert seen == [select.select]
    assert lazypatch.get_original("select", "select") is not select.select


@pytest.mark.fresh
def test_finders_behind_keep_working():
    import importlib.util
    import sys

    asked = []

    class Behind:
        def find_spec(self, name, path=None, target=None):
            asked.append(name)
            return importlib.util.find_spec(name) if name == "queue" and asked.count(name) == 1 else None

    sys.meta_path.insert(1, Behind())
    import queue

    import lazypatch

    assert "queue" in asked
    assert lazypatch.is_object_patched("queue", "Queue.get")
    assert queue.Queue.get.__module__ == "queue"


@pytest.mark.fresh
def test_reload_is_patched_again():
    import importlib
    import queue
    import socket

    for module, names in ((socket, ("socket.recv", "getaddrinfo")), (queue, ("Queue.get",))):
        for name in names:
            parts = name.split(".")

            def current():
                value = module
                for part in parts:
                    value = getattr(value, part)
                return value

            importlib.reload(module)
            assert "lazypatch" in current().__code__.co_filename, name
    items = queue.Queue()
    try:
        items.get(False)
    except queue.Empty:
        pass


@pytest.mark.fresh
def test_a_fresh_import_is_patched_again():
    import queue as first
    import sys

    del sys.modules["queue"]
    import queue as second

    assert first is not second
    for module in (first, second):
        try:
            module.Queue().get(timeout=0.001)
        except module.Empty:
            continue
        raise AssertionError
    assert "lazypatch" in second.Queue.get.__code__.co_filename


@pytest.mark.fresh
def test_several_threads_import_at_once():
    import threading

    from lazypatch import get_original

    errors, finished = [], threading.Semaphore(0)

    def work():
        try:
            import socket
            import ssl

            assert "lazypatch" in socket.socket.recv.__code__.co_filename
            assert "lazypatch" in ssl.SSLSocket.read.__code__.co_filename
        except BaseException as error:
            errors.append(error)
        finished.release()

    for _ in range(4):
        get_original("_thread", "start_new_thread")(work, ())
        threading.Thread(target=work).start()
    for _ in range(8):
        finished.acquire()
    assert errors == []


@pytest.mark.fresh
def test_find_spec_does_not_import():
    import importlib.util
    import sys

    spec = importlib.util.find_spec("socket")
    assert spec.name == "socket"
    assert spec.loader.get_source("socket").startswith("#")
    assert "socket" not in sys.modules


@pytest.mark.fresh
def test_modules_that_are_no_targets_are_left_to_others():
    import sys

    finder = sys.meta_path[0]
    assert finder.find_spec("json") is None
    assert finder.find_spec("socket") is not None
    finder.uninstall()
    assert finder not in sys.meta_path


@pytest.mark.fresh
def test_a_target_from_a_zip_file_is_patched():
    import os
    import sys
    import tempfile
    import zipfile

    import lazypatch

    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "modules.zip")
        with zipfile.ZipFile(path, "w") as archive:
            source = lazypatch.get_original("importlib.util", "find_spec")("queue").loader.get_source("queue")
            archive.writestr("queue.py", source)
        sys.path.insert(0, path)
        sys.modules.pop("queue", None)
        import queue

        assert queue.__file__.startswith(path)
        assert "lazypatch" in queue.Queue.get.__code__.co_filename


@pytest.fixture
def later(tmp_path, monkeypatch):
    import sys

    (tmp_path / "later_module.py").write_text("import sys\nstate = ['executed']\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    sys.modules.pop("later_module", None)


def test_when_imported_calls_at_each_execution_before_others_see_the_module(later):
    import importlib

    import lazypatch

    seen = []
    lazypatch.when_imported("later_module", lambda module: seen.append(list(module.state)))
    lazypatch.when_imported("later_module", lambda module: module.state.append("hooked"))
    assert seen == []
    import later_module

    assert later_module.state == ["executed", "hooked"]
    importlib.reload(later_module)
    assert later_module.state == ["executed", "hooked"]
    assert seen == [["executed"]] * 2
    lazypatch.when_imported("later_module", lambda module: seen.append("now"))
    assert seen[2:] == ["now"]


def test_what_a_function_raises_comes_out_of_the_import_with_a_note(later):
    import sys

    import lazypatch

    failing = [True]

    def fail(module):
        if failing:
            raise ValueError("not today")

    lazypatch.when_imported("later_module", fail)
    with pytest.raises(ValueError, match="not today") as caught:
        import later_module
    assert "fail" in caught.value.__notes__[0]
    assert "when_imported('later_module')" in caught.value.__notes__[0]
    assert "later_module" not in sys.modules
    failing.clear()
    import later_module

    assert later_module.state


def test_when_imported_of_a_module_that_is_being_imported_waits_for_the_end(tmp_path, monkeypatch):
    import sys

    (tmp_path / "in_progress.py").write_text(
        "import lazypatch\nseen = []\nlazypatch.when_imported('in_progress', lambda module: seen.append(module.last))\n"
        "assert seen == []\nimport colorsys\nlast = 1\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    sys.modules.pop("colorsys", None)
    import in_progress

    assert in_progress.seen == []
    sys.modules.pop("chunk", None)
    sys.modules.pop("colorsys", None)
    import colorsys

    assert colorsys
    assert in_progress.seen == [1]
    del sys.modules["in_progress"]


@pytest.mark.parametrize("arguments", [(1, print), ("name", "print"), (None, None)])
def test_when_imported_refuses_what_makes_no_sense(arguments):
    import lazypatch

    with pytest.raises(TypeError, match="takes a module's name and a function"):
        lazypatch.when_imported(*arguments)


@pytest.mark.parametrize("first", ["wrapt", "lazypatch"])
@pytest.mark.parametrize("name", ["later_module", "queue"])
def test_post_import_hooks_of_wrapt_work_beside_it_in_both_orders(tmp_path, first, name):
    from helpers import python

    (tmp_path / "later_module.py").write_text("state = ['executed']\n")
    registrations = {
        "wrapt": f"import wrapt; wrapt.register_post_import_hook(lambda module: seen.append('wrapt'), {name!r})",
        "lazypatch": "import lazypatch.auto, lazypatch\n"
        f"lazypatch.when_imported({name!r}, lambda module: seen.append('lazypatch'))",
    }
    order = [first, *(set(registrations) - {first})]
    lines = ["import sys", "seen = []", *[registrations[each] for each in order], f"sys.modules.pop({name!r}, None)"]
    lines += ["seen.clear()", f"import {name}", "print(*sorted(seen))", f"print(type({name}.__loader__).__name__)"]
    if name == "queue":
        lines.append("import lazypatch; print(lazypatch.is_object_patched('queue', 'Queue.get'))")
    done = python("-c", "\n".join(lines), cwd=tmp_path)
    assert done.stdout.splitlines()[:2] == ["lazypatch wrapt", "SourceFileLoader"], done.stderr
    assert done.stdout.splitlines()[2:] == (["True"] if name == "queue" else [])

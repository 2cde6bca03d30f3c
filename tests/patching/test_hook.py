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

"""Undoing: afterwards the interpreter is native again, whatever ran in between."""

import socket
import threading
import time

import pytest

import lazypatch

forked = pytest.mark.forked


def natives():
    """Every name that lazypatch replaces, and what stands there now."""
    import sys

    from lazypatch.cooperative import INDEX
    from lazypatch.patching.apply import cooperative
    from lazypatch.patching.replace import current, holder_of

    found = {}
    for target in INDEX:
        names = cooperative(target).PATCH.names({})
        found |= {(target, name): current(*holder_of(sys.modules[target], name)) for name in names if target != "sys"}
    return found


def is_native():
    """Whether two threads are two native ones."""
    idents = []
    threads = [threading.Thread(target=lambda: idents.append(threading.get_native_id())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return threading.get_native_id() not in idents


@forked
def test_every_name_is_the_original_again():
    before = natives()
    ids = {key: id(value) for key, value in before.items()}  # the dictionary is a copy of names, and patched too
    handle = lazypatch.patch_all()
    assert handle
    patched = natives()
    assert sum(id(patched[key]) != value for key, value in ids.items()) > 100
    handle.undo()
    assert {key: id(value) for key, value in natives().items()} == ids
    assert len(before) == len(ids)
    assert set(lazypatch.status().values()) == {"off"}
    assert lazypatch.is_module_patched("socket") is False
    assert not lazypatch.is_object_patched("socket", "socket")
    handle.undo()
    assert "undone" in repr(handle)


@forked
def test_threads_sockets_and_signals_are_native_afterwards_and_can_be_patched_again():
    import signal

    def handler(number, frame):
        seen.append(number)

    seen = []
    for _ in range(3):
        with lazypatch.patched():
            assert not is_native()
            left, right = socket.socketpair()
            left.settimeout(5)
            threading.Timer(0.01, right.send, [b"x"]).start()
            assert left.recv(1) == b"x"
            signal.signal(signal.SIGUSR1, handler)
        assert is_native()
        assert signal.getsignal(signal.SIGUSR1) is handler
        signal.raise_signal(signal.SIGUSR1)
        assert seen.pop() == signal.SIGUSR1
        assert (left.gettimeout(), right.gettimeout()) == (5, None)
        threading.Timer(0.05, right.send, [b"y"]).start()
        assert left.recv(1) == b"y"
        threading.Timer(0.05, left.send, [b"z"]).start()
        assert right.recv(1) == b"z"
        left.close()
        right.close()


@forked
def test_a_thread_that_is_alive_is_named_and_nothing_is_undone():
    handle = lazypatch.patch_all()
    event = threading.Event()
    thread = threading.Thread(target=event.wait, name="consumer")
    thread.start()
    time.sleep(0)
    with pytest.raises(lazypatch.PatchError, match=r"(?s)depends on it:\n.*thread consumer is alive .*join it"):
        handle.undo()
    assert not is_native()
    event.set()
    thread.join()
    handle.undo()
    assert is_native()


@forked
def test_a_name_that_somebody_has_replaced_is_named(monkeypatch):
    handle = lazypatch.patch_all()
    with monkeypatch.context() as patch:
        patch.setattr(time, "sleep", print)
        with pytest.raises(lazypatch.PatchError, match=r"time\.sleep has been replaced by something else since"):
            handle.undo()
        assert not is_native()
    handle.undo()
    assert is_native()


@forked
def test_what_another_one_wants_stays():
    first = lazypatch.patch_time()
    with lazypatch.patched(time=True, queue=True):
        assert lazypatch.is_object_patched("queue", "SimpleQueue")
    assert lazypatch.is_module_patched("time")
    assert not lazypatch.is_module_patched("queue")
    second = lazypatch.patch_all()
    first.undo()
    assert lazypatch.is_module_patched("time")
    third = lazypatch.patch_all()
    second.undo()
    assert lazypatch.is_module_patched("time")
    third.undo()
    assert not lazypatch.is_module_patched("time")


@forked
def test_flags_of_patched_mean_these_alone():
    with lazypatch.patched(socket=True):
        assert [name for name, state in lazypatch.status().items() if state != "off"] == ["socket"]
        assert not lazypatch.is_object_patched("socket", "getaddrinfo")
    with lazypatch.patched(ssl=False):
        assert not lazypatch.is_module_patched("ssl")
        assert lazypatch.is_module_patched("socket")
    with pytest.raises(TypeError, match="no flag sockets"):
        lazypatch.patched(sockets=True)


@forked
def test_an_error_inside_the_block_comes_out_and_all_is_undone():
    with pytest.raises(ZeroDivisionError), lazypatch.patched():
        1 / 0
    assert is_native()


@pytest.mark.fresh(auto=False)
def test_what_was_imported_in_between_is_native_afterwards():
    import sys

    import lazypatch

    before = list(sys.meta_path)
    with lazypatch.patched():
        import asyncio
        import logging
        import queue
        import socket
        import subprocess
        import threading

        assert subprocess.run(["true"]).returncode == 0
        asyncio.run(asyncio.sleep(0.001))
        logging.warning("hello")
        queue.Queue().put(1)
    assert sys.meta_path == before
    assert "lazypatch" not in socket.socket.recv.__qualname__
    assert type(threading.Lock()) is lazypatch.get_original("_thread", "LockType")
    idents = []
    thread = threading.Thread(target=lambda: idents.append(threading.get_native_id()))
    thread.start()
    thread.join()
    assert idents != [threading.get_native_id()]
    asyncio.run(asyncio.sleep(0.001))
    assert subprocess.run(["true"]).returncode == 0
    with lazypatch.patched(), socket.create_server(("127.0.0.1", 0)) as server:
        client = socket.create_connection(server.getsockname())
        thread = threading.Thread(target=lambda: server.accept()[0].close())
        thread.start()
        assert client.recv(1) == b""
        thread.join()
        client.close()


@pytest.mark.fresh(auto=False)
def test_a_module_that_is_executed_after_an_undo_can_be_patched_again():
    import importlib
    import socket

    import lazypatch

    for _ in range(2):
        with lazypatch.patched():
            left, right = socket.socketpair()
            right.send(b"x")
            assert left.recv(1) == b"x"
            left.close()
            right.close()
        importlib.reload(socket)

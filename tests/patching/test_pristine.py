import pytest


@pytest.mark.fresh
def test_replaced_attributes_answer_with_the_very_object():
    import _thread
    import time
    import types

    from lazypatch import get_original

    assert isinstance(get_original("time", "sleep"), types.BuiltinFunctionType)
    assert get_original("time", "sleep") is not time.sleep
    assert get_original("_thread", "RLock")().__class__ is not _thread.RLock().__class__
    assert get_original("socket", "socket.recv").__objclass__.__module__ == "_socket"
    sleep, now = get_original("time", ["sleep", "monotonic"])
    assert now is time.monotonic
    assert sleep is get_original("time", "sleep")


@pytest.mark.fresh
def test_python_level_objects_are_pristine_and_block_natively():
    import threading
    import time

    from lazypatch import get_original

    ticks = []

    def tick():
        ticks.append(1)

    event, thread_type = get_original("threading", ["Event", "Thread"])
    assert event is not threading.Event
    native_sleep = get_original("time", "sleep")
    blocker = event()
    thread_type(target=lambda: (native_sleep(0.05), blocker.set())).start()
    threading.Thread(target=tick).start()
    time.sleep(0)
    ticks.clear()
    threading.Timer(0.001, tick).start()
    time.sleep(0)
    assert blocker.wait(5)
    assert ticks == []  # nothing else ran: it really blocked
    time.sleep(0.01)
    assert ticks == [1]


@pytest.mark.fresh
def test_pristine_objects_of_every_kind_work():
    import threading

    from lazypatch import get_original

    items = get_original("queue", "Queue")()
    get_original("threading", "Thread")(target=items.put, args=(1,)).start()
    assert items.get(timeout=5) == 1
    left, right = get_original("socket", "socketpair")()
    right.send(b"x")
    assert left.recv(1) == b"x"
    assert type(left).recv is get_original("socket", "socket.recv")
    lock = get_original("threading", "Lock")()
    assert type(lock) is not type(threading.Lock())
    for name in ("Condition", "Semaphore", "Barrier", "RLock", "Timer"):
        assert "lazypatch.runtime" not in str(vars(get_original("threading", name)(*([1, int] if name == "Timer" else
                                              [1] if name == "Barrier" else []))) if name != "RLock" else "")  # fmt: skip


@pytest.mark.fresh
def test_exceptions_and_enums_are_shared():
    import queue
    import socket
    import ssl

    from lazypatch import get_original

    assert get_original("queue", "Empty") is queue.Empty
    assert get_original("socket", "AddressFamily") is socket.AddressFamily
    assert get_original("ssl", "SSLError") is ssl.SSLError
    try:
        get_original("queue", "Queue")().get(False)
    except queue.Empty:
        pass
    assert socket.AF_INET is socket.AddressFamily.AF_INET
    assert get_original("socket", "socket")().family is socket.AF_INET


@pytest.mark.fresh
def test_a_target_that_is_merely_armed_counts_as_patched():
    import sys

    import lazypatch

    assert "socket" not in sys.modules
    assert lazypatch.is_module_patched("socket")
    assert "socket" not in sys.modules
    assert not lazypatch.is_module_patched("json")
    assert lazypatch.get_original("select", "select") is not sys.modules["select"].select
    assert lazypatch.is_object_patched("socket", "socket")
    assert lazypatch.is_object_patched("socket", "socket.recv")
    assert not lazypatch.is_object_patched("socket", "AF_INET")
    assert not lazypatch.is_object_patched("json", "loads")


@pytest.mark.fresh
def test_a_module_may_be_a_sequence_of_alternates():
    import queue

    import lazypatch

    assert lazypatch.get_original(("Queue", "queue"), "Empty") is queue.Empty
    for module, item, error in ((("a", "b"), "x", ImportError), ("queue", "x", AttributeError)):
        try:
            lazypatch.get_original(module, item)
        except error:
            continue
        raise AssertionError(error)


@pytest.mark.fresh
def test_what_was_never_patched_is_returned_as_it_is():
    import json

    import lazypatch

    assert lazypatch.get_original("json", "loads") is json.loads
    assert lazypatch.get_original("json", "JSONDecoder.decode") is json.JSONDecoder.decode

"""Activation after everything else: what was there is put right."""

import pytest


@pytest.mark.fresh(auto=False)
def test_copied_names_are_exchanged_wherever_they_are():
    import collections
    import functools
    import os
    import socket
    import time
    from os import read
    from time import sleep

    def default(seconds, sleep=sleep, *, also=sleep):
        also(seconds)

    def closure():
        inner = sleep
        return lambda: inner(0)

    class Attribute:
        nap = sleep
        calls = {"nap": sleep}

    class Slots:
        __slots__ = ("nap",)

    class Instance:
        def __init__(self):
            self.nap = sleep

    def generator():
        held = sleep
        yield
        yield held

    Named = collections.namedtuple("Named", "nap")
    slots, instance, closed, suspended = Slots(), Instance(), closure(), generator()
    slots.nap = sleep
    next(suspended)
    places = {
        "list": [sleep],
        "tuple": (sleep, (1, sleep)),
        "set": {sleep},
        "frozenset": frozenset([sleep, 1]),
        "deque": collections.deque([sleep]),
        "default dict": collections.defaultdict(list, nap=sleep),
        "ordered": collections.OrderedDict(a=1, nap=sleep, b=2),
        "key": {sleep: 1},
        "named": Named(sleep),
        "partial": functools.partial(sleep, 0),
        "wrapped": functools.wraps(sleep)(lambda seconds: None),
        "read": [read],
        "resolve": socket.gethostbyname,
    }
    native = [sleep, read, socket.gethostbyname]
    import lazypatch

    lazypatch.patch_all()
    now = time.sleep
    assert native == [now, os.read, socket.gethostbyname], "this list is a place too"
    assert sleep is now
    assert read is os.read
    assert default.__defaults__ == (now,)
    assert default.__kwdefaults__ == {"also": now}
    assert closed.__closure__[0].cell_contents is now
    assert (Attribute.nap, Attribute.calls) == (now, {"nap": now})
    assert (slots.nap, instance.nap) == (now, now)
    assert next(suspended) is now
    assert places["list"] == [now]
    assert places["tuple"] == (now, (1, now))
    assert places["set"] == {now}
    assert places["frozenset"] == {now, 1}
    assert list(places["deque"]) == [now]
    assert dict(places["default dict"]) == {"nap": now}
    assert list(places["ordered"].items()) == [("a", 1), ("nap", now), ("b", 2)]
    assert places["key"] == {now: 1}
    assert places["named"] == Named(now)
    assert type(places["named"]) is Named
    assert places["partial"].func is now
    assert places["wrapped"].__wrapped__ is now
    assert places["read"] == [read]
    assert places["resolve"] is socket.gethostbyname
    assert lazypatch.get_original("time", "sleep") is not now


@pytest.mark.fresh(auto=False)
def test_a_local_variable_of_a_running_function_is_exchanged():
    import threading
    import time

    def inner():
        import lazypatch

        lazypatch.patch_all()

    def outer(sleep, lock):
        inner()
        return sleep, lock

    lock = threading.Lock()
    sleep, lock = outer(time.sleep, lock)
    import lazypatch

    assert sleep is time.sleep
    assert type(lock) is not lazypatch.get_original("_thread", "LockType")


@pytest.mark.fresh(auto=False)
def test_early_locks_of_every_kind_exclude_and_do_not_freeze():
    import queue
    import threading
    import time

    class Slots:
        __slots__ = ("lock",)

    class Attribute:
        lock = threading.Lock()

    slots = Slots()
    slots.lock = threading.Lock()
    free = threading.Lock()
    bound = threading.Lock()
    acquire, release = bound.acquire, bound.release

    class Bound:
        def __enter__(self):
            acquire()

        def __exit__(self, *exc):
            release()

    def closure():
        lock = threading.RLock()
        return lambda: lock

    items = queue.Queue()
    locks = [
        threading.RLock(),
        threading._PyRLock(),
        threading.Condition(),
        threading.Semaphore(),
        threading.BoundedSemaphore(),
        slots.lock,
        Attribute.lock,
        free,
        Bound(),
        items.mutex,
    ]
    table = {"lock": closure()}
    import lazypatch

    lazypatch.patch_all()
    locks += [slots.lock, Attribute.lock, table["lock"]()]
    assert slots.lock is locks[5]
    assert Attribute.lock is locks[6]

    for lock in locks:
        inside, most, done = [], [], []

        def work():
            with lock:
                inside.append(1)
                most.append(len(inside))
                time.sleep(0.002)
                inside.pop()
            done.append(1)

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(5)
        assert (len(done), max(most)) == (4, 1), lock
    threading.Timer(0.01, items.put, ["item"]).start()
    assert items.get(timeout=5) == "item"


@pytest.mark.fresh(auto=False)
def test_held_locks_stay_held_and_their_owner_releases_them():
    import threading
    import time

    lock, recursive, condition = threading.Lock(), threading.RLock(), threading.Condition()
    order = []

    def work(name, lock):
        with lock:
            order.append(name)

    with condition:
        lock.acquire()
        with recursive, recursive:
            import lazypatch

            lazypatch.patch_all()
            assert lock.locked()
            assert recursive._is_owned()
            threads = [
                threading.Thread(target=work, args=args)
                for args in (("lock", lock), ("recursive", recursive), ("condition", condition))
            ]
            for thread in threads:
                thread.start()
            time.sleep(0.01)
            assert order == []
            with recursive:
                pass
            assert recursive.acquire(False), "by its owner once more"
            recursive.release()
            time.sleep(0.01)
            assert order == []
        threads[1].join(5)
        assert order == ["recursive"]
        lock.release()
        threads[0].join(5)
        assert order == ["recursive", "lock"]
        threading.Timer(0.01, lambda: work("notify", condition) or notify()).start()

        def notify():
            with condition:
                condition.notify()

        assert condition.wait(5)
    threads[2].join(5)
    assert sorted(order) == ["condition", "lock", "notify", "recursive"]


@pytest.mark.fresh(auto=False)
def test_native_threads_that_wait_or_hold_go_on():
    import _thread
    import queue
    import threading
    import time

    lock, event, items, simple = threading.Lock(), threading.Event(), queue.Queue(), queue.SimpleQueue()
    held, leave = _thread.allocate_lock(), threading.Event()
    done = []

    def wait_for(what, call):
        def run():
            call()
            done.append(what)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        return thread

    lock.acquire()

    def hold():
        with held:
            done.append("holds")
            leave.wait()
        done.append("left")

    threads = [
        wait_for("lock", lock.acquire),
        wait_for("event", event.wait),
        wait_for("queue", items.get),
        wait_for("simple", simple.get),
        wait_for("holder", hold),
    ]
    while "holds" not in done:
        time.sleep(0.001)
    time.sleep(0.05)  # for the native threads to be in their waits: nobody can ask them
    import lazypatch

    lazypatch.patch_all()
    ticks = []
    ticker = threading.Thread(target=lambda: [ticks.append(time.sleep(0.005)) for _ in range(10)])
    ticker.start()
    assert not held.acquire(timeout=0.05)
    ticker.join()
    assert len(ticks) == 10
    lock.release()
    event.set()
    items.put(1)
    simple.put(2)
    leave.set()
    for thread in threads:
        thread.join(5)
        assert not thread.is_alive()
    assert sorted(done) == sorted(["holds", "lock", "event", "queue", "simple", "left", "holder"])
    assert held.acquire(timeout=5)
    assert lock.locked()


@pytest.mark.fresh(auto=False)
def test_locals_keep_the_values_of_their_threads_and_tasks_get_their_own():
    import threading

    class Request(threading.local):
        kind = "request"

        def __init__(self, user="nobody", *, depth=0):
            self.user = user
            self.depth = depth

        def describe(self):
            return f"{self.kind} {self.user} {self.depth}"

        @property
        def upper(self):
            return self.user.upper()

    class Deep(Request):
        pass

    plain, request, deep = threading.local(), Request("guest", depth=1), Deep("deep")
    plain.user, request.user = "alice", "alice"
    seen, go, ready = [], threading.Event(), threading.Event()

    def native():
        plain.user = request.user = "native"
        ready.set()
        go.wait()
        seen.append((plain.user, request.user, request.depth))

    thread = threading.Thread(target=native)
    thread.start()
    ready.wait()
    import lazypatch

    lazypatch.patch_all()

    def task(name):
        seen.append((getattr(plain, "user", None), request.describe(), request.upper, deep.user, vars(plain) == {}))
        plain.user = request.user = name
        go.wait(0.01)
        seen.append((plain.user, request.user, request.__dict__))
        del request.user
        seen.append(hasattr(request, "user"))

    tasks = [threading.Thread(target=task, args=(name,)) for name in ("bob", "carol")]
    for each in tasks:
        each.start()
    for each in tasks:
        each.join()
    assert seen[:2] == [(None, "request guest 1", "GUEST", "deep", True)] * 2, seen
    assert {entry[:2] for entry in seen[2:] if isinstance(entry, tuple)} == {("bob", "bob"), ("carol", "carol")}
    assert seen.count(False) == 2
    assert (plain.user, request.user, request.describe()) == ("alice", "alice", "request alice 1")
    seen.clear()
    go.set()
    thread.join()
    assert seen == [("native", "native", 1)]


@pytest.mark.fresh(auto=False)
def test_objects_that_wait_go_on_cooperatively():
    import os
    import select
    import selectors
    import socket
    import ssl
    import subprocess
    import threading
    import time

    left, right = socket.socketpair()
    poll, selector = select.poll(), selectors.DefaultSelector()
    poll.register(left, select.POLLIN)
    selector.register(left, selectors.EVENT_READ)
    context = ssl.create_default_context()
    process = subprocess.Popen(["sleep", "0.1"])
    timer_ran, ticks = threading.Event(), []
    timer = threading.Timer(0.05, timer_ran.set)
    timer.start()
    reader, writer = os.pipe()
    import lazypatch

    lazypatch.patch_all()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False

    def tick():
        while True:
            ticks.append(1)
            time.sleep(0.005)

    threading.Thread(target=tick, daemon=True).start()

    def overlaps(call):
        del ticks[:]
        result = call()
        assert len(ticks) > 5, call
        return result

    def later(call, *args):
        threading.Timer(0.06, call, args).start()

    later(right.send, b"x")
    assert overlaps(poll.poll) == [(left.fileno(), select.POLLIN)]
    assert left.recv(1) == b"x"
    assert overlaps(lambda: poll.poll(60)) == []
    later(right.send, b"y")
    assert [key.fileobj for key, _ in overlaps(selector.select)] == [left]
    assert left.recv(1) == b"y"
    later(right.send, b"z")
    assert overlaps(lambda: left.recv(1)) == b"z"
    assert timer_ran.wait(5)
    assert process.wait(5) == 0
    later(os.write, writer, b"p")
    assert overlaps(lambda: os.read(reader, 1)) == b"p"


@pytest.mark.fresh(auto=False)
def test_an_executor_with_live_workers_goes_on():
    import concurrent.futures
    import threading
    import time

    executor = concurrent.futures.ThreadPoolExecutor(2)
    assert list(executor.map(len, ["a", "bb"])) == [1, 2]
    import lazypatch

    lazypatch.patch_all()
    ticks = []
    threading.Thread(target=lambda: [ticks.append(time.sleep(0.005)) for _ in range(20)], daemon=True).start()
    assert list(executor.map(lambda seconds: time.sleep(seconds) or seconds, [0.05] * 4)) == [0.05] * 4
    assert len(ticks) > 3
    executor.shutdown()


@pytest.mark.fresh(auto=False)
def test_a_thread_class_that_was_defined_first_joins():
    import threading

    class Worker(threading.Thread):
        def run(self):
            self.result = threading.get_native_id()

    import lazypatch

    lazypatch.patch_all()
    worker = Worker()
    worker.start()
    worker.join(5)
    assert worker.result == threading.get_native_id()


@pytest.mark.fresh(auto=False)
def test_native_threads_that_end_later_leave_cleanly():
    import sys
    import threading

    unraisable = []
    sys.unraisablehook = unraisable.append
    go = threading.Event()
    threads = [threading.Thread(target=go.wait) for _ in range(2)]
    for thread in threads:
        thread.start()
    import lazypatch

    lazypatch.patch_all()
    go.set()
    for thread in threads:
        thread.join(5)
    assert threading.enumerate() == [threading.main_thread()]
    assert threading.main_thread().is_alive()
    assert unraisable == []


@pytest.mark.fresh(auto=False)
def test_what_cannot_be_exchanged_is_named_in_one_warning_with_importer_and_remedy():
    import functools
    import sys
    import time
    import types
    import warnings
    from _thread import RLock

    importer = types.ModuleType("importer")
    importer.Kept = type("Kept", (RLock,), {"__module__": "importer"})
    importer.__spec__ = None
    sys.modules["importer"] = importer
    cached = functools.lru_cache(time.sleep)
    assert cached
    import lazypatch

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        lazypatch.patch_all()
        import threading
    assert [each.category for each in caught] == [lazypatch.LatePatchWarning], caught
    text = str(caught[0].message)
    assert "_thread.RLock, referred to by class importer.Kept" in text
    assert "switch lazypatch on before that" in text
    assert caught[0].filename == "<string>"
    assert threading


@pytest.mark.fresh(auto=False)
def test_nothing_to_say_nothing_said():
    import asyncio
    import concurrent.futures
    import http.client
    import logging
    import multiprocessing.connection
    import queue
    import socketserver
    import sqlite3
    import ssl
    import subprocess
    import tempfile
    import unittest
    import urllib.request
    import warnings

    import lazypatch

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        lazypatch.patch_all()
    modules = asyncio, concurrent, http, logging, multiprocessing, queue, socketserver, sqlite3, ssl, subprocess
    assert all((*modules, tempfile, unittest, urllib))


@pytest.mark.fresh(auto=False)
def test_natives_that_the_stdlib_keeps_are_exchanged():
    import functools
    import reprlib
    import tempfile
    import threading

    import lazypatch

    lazypatch.patch_all()
    assert functools.RLock is threading._CRLock
    assert reprlib.get_ident is threading.get_ident
    assert tempfile._allocate_lock is threading._allocate_lock
    assert type(tempfile._once_lock) is type(threading.Lock())
    assert (
        type(threading._shutdown_locks_lock) is type(threading.Lock())
        if hasattr(threading, "_shutdown_locks_lock")
        else 1
    )


@pytest.mark.fresh(auto=False)
def test_without_existing_locks_they_stay_native():
    import threading

    lock = threading.Lock()
    import lazypatch

    lazypatch.patch_thread(existing_locks=False)
    native = lazypatch.get_original("_thread", "LockType")
    assert type(lock) is native
    assert type(threading.Lock()) is not native


@pytest.mark.fresh(auto=False)
def test_without_logging_its_locks_stay_native():
    import logging
    import threading

    other = threading.RLock()
    handler = logging.StreamHandler()
    import lazypatch

    lazypatch.patch_thread(logging=False)
    native = lazypatch.get_original("_thread", "RLock")
    assert type(logging._lock) is type(handler.lock) is native
    assert type(other) is not native


@pytest.mark.fresh(auto=False)
def test_nothing_is_looked_for_when_activation_came_first():
    import gc

    looked = []
    gc.get_objects = lambda *args: looked.append("objects") or []
    gc.get_referrers = lambda *args: looked.append("referrers") or []
    import lazypatch.auto

    assert lazypatch.auto
    import ssl
    import subprocess

    assert looked == []
    assert ssl
    assert subprocess


@pytest.mark.fresh(auto=False)
def test_objects_that_refuse_every_question_are_left_in_peace():
    import threading
    import warnings
    from time import sleep

    class Refuses:
        __slots__ = ("_lock", "_sleep")

        def __init__(self):
            object.__setattr__(self, "_lock", threading.Lock())
            object.__setattr__(self, "_sleep", sleep)

        def __getattribute__(self, name):
            raise RuntimeError(f"asked for {name}")

        __setattr__ = __delattr__ = __repr__ = __eq__ = __hash__ = __bool__ = __getattribute__

    refuses = Refuses()
    import lazypatch

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        lazypatch.patch_all()
    assert object.__getattribute__(refuses, "_sleep") is sleep
    assert object.__getattribute__(refuses, "_lock").acquire()


@pytest.mark.fresh(auto=False)
def test_what_is_frozen_is_exchanged_too_and_stays_frozen():
    import gc
    import threading
    import time

    class Holder:
        pass

    holder = Holder()
    holder.lock, holder.sleep = threading.Lock(), [time.sleep]
    gc.freeze()
    import lazypatch

    lazypatch.patch_all()
    assert holder.sleep == [time.sleep]
    assert type(holder.lock) is not lazypatch.get_original("_thread", "LockType")
    assert gc.get_freeze_count() > 1000

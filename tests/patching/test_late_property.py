"""Random programs that make things before and after activation: whatever the order, they work.

Each example runs in a forked child. ``LAZYPATCH_EXAMPLES`` says how many there are.
"""

import faulthandler
import functools
import multiprocessing
import os
import queue
import signal
import socket
import sys
import threading
import time
import traceback

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

EXAMPLES = int(os.environ.get("LAZYPATCH_EXAMPLES", "120"))


class Holder:
    """With an attribute in ``__dict__``."""


class Slotted:
    __slots__ = ("value",)


def in_closure(value):
    return lambda: value


def as_default(value):
    def function(value=value):
        return value

    return function


def in_class(value):
    return type("Made", (), {"value": value})


def in_instance(value):
    holder = Holder()
    holder.value = value
    return holder


def in_slot(value):
    holder = Slotted()
    holder.value = value
    return holder


def identity(value):
    return value


def pipe_files():
    reader, writer = os.pipe()
    return os.fdopen(reader, "rb"), os.fdopen(writer, "wb")


# how to put a value into something, and how to get it back
CONTAINERS = {
    "list": (lambda value: [0, value], lambda outer: outer[1]),
    "dict": (lambda value: {"value": value}, lambda outer: outer["value"]),
    "tuple": (lambda value: (0, value), lambda outer: outer[1]),
    "closure": (in_closure, lambda outer: outer()),
    "default": (as_default, lambda outer: outer()),
    "class": (in_class, lambda outer: vars(outer)["value"]),
    "instance": (in_instance, lambda outer: outer.value),
    "slot": (in_slot, lambda outer: outer.value),
    "partial": (lambda value: functools.partial(identity, value), lambda outer: outer()),
}

MAKERS = {
    "lock": lambda: threading.Lock(),
    "rlock": lambda: threading.RLock(),
    "python rlock": lambda: threading._PyRLock(),
    "condition": lambda: threading.Condition(),
    "semaphore": lambda: threading.Semaphore(),
    "acquire": lambda: threading.Lock().acquire,
    "event": lambda: threading.Event(),
    "queue": lambda: queue.Queue(),
    "simple queue": lambda: queue.SimpleQueue(),
    "local": lambda: threading.local(),
    "sockets": lambda: socket.socketpair(),
    "sleep": lambda: time.sleep,
    "files": lambda: pipe_files(),
    "lock of processes": lambda: multiprocessing.Lock(),
    "rlock of processes": lambda: multiprocessing.RLock(),
}

things = st.tuples(
    st.sampled_from(sorted(MAKERS)),
    st.lists(st.sampled_from(sorted(CONTAINERS)), max_size=3),
    st.booleans(),  # made before activation
    st.booleans(),  # held meanwhile
)


def build(kind, path, held):
    value = MAKERS[kind]()
    if kind == "local":
        value.name = "main"
    elif held and kind == "acquire":
        value()
    elif held and hasattr(value, "acquire"):
        value.acquire()
    for name in path:
        value = CONTAINERS[name][0](value)
    return value


def find(value, path):
    for name in reversed(path):
        value = CONTAINERS[name][1](value)
    return value


def all_end(functions):
    """Run each in a thread of its own, to its end."""
    threads = [threading.Thread(target=function) for function in functions]
    for thread in threads:
        thread.start()
    return threads


def join(threads):
    for thread in threads:
        thread.join(5)
        assert not thread.is_alive(), "a thread does not get on"


def check_exclusion(lock, held):
    inside, most = [], []

    def work():
        with lock:
            inside.append(1)
            most.append(len(inside))
            time.sleep(0.001)
            inside.pop()

    threads = all_end([work] * 3)
    if held:
        time.sleep(0.004)
        assert most == [], "a held lock lets others in"
        lock.release()
    join(threads)
    assert most == [1] * 3, "a lock lets several in"


class Bound:
    """What a program does that has kept ``acquire``."""

    def __init__(self, acquire):
        self.acquire = acquire

    def release(self):
        self.acquire.__self__.release()

    def __enter__(self):
        self.acquire()

    def __exit__(self, *exc):
        self.release()


def check_event(event, held):
    threads = all_end([event.wait] * 2)
    time.sleep(0.001)
    event.set()
    join(threads)


def check_queue(items, held):
    got = []
    threads = all_end([lambda: got.append(items.get())] * 2)
    time.sleep(0.001)
    items.put(1)
    items.put(2)
    join(threads)
    assert sorted(got) == [1, 2]


def check_local(local, held):
    seen = []

    def work(name):
        seen.append(hasattr(local, "name"))
        local.name = name
        time.sleep(0.001)
        seen.append(local.name == name)

    join(all_end([functools.partial(work, name) for name in "ab"]))
    assert seen == [False, False, True, True], seen
    assert local.name == "main"


def check_sockets(pair, held):
    left, right = pair
    got = []
    threads = all_end([lambda: got.append(left.recv(10))])
    time.sleep(0.001)
    right.send(b"data")
    join(threads)
    assert got == [b"data"]


def check_files(pair, held):
    reading, writing = pair
    got = []
    threads = all_end([lambda: got.append(reading.readline())] * 2)
    time.sleep(0.001)
    for line in (b"one\n", b"two\n"):
        writing.write(line)
        writing.flush()
    join(threads)
    assert sorted(got) == [b"one\n", b"two\n"]


def check_sleep(sleep, held):
    begin = time.monotonic()
    join(all_end([functools.partial(sleep, 0.02)] * 10))
    assert time.monotonic() - begin < 0.15, "sleeps one after the other"


CHECKS = {
    "acquire": lambda acquire, held: check_exclusion(Bound(acquire), held),
    "event": check_event,
    "queue": check_queue,
    "simple queue": check_queue,
    "local": check_local,
    "sockets": check_sockets,
    "sleep": check_sleep,
    "files": check_files,
}


def program(specs):
    """What the child does."""
    import lazypatch

    made = {index: build(kind, path, held) for index, (kind, path, early, held) in enumerate(specs) if early}
    lazypatch.patch_all()
    for index, (kind, path, early, held) in enumerate(specs):
        if not early:
            made[index] = build(kind, path, held)
    ticks = []
    threading.Thread(target=lambda: [ticks.append(time.sleep(0.001)) for _ in range(10**6)], daemon=True).start()
    for index, (kind, path, _, held) in enumerate(specs):
        before = len(ticks)
        CHECKS.get(kind, check_exclusion)(find(made[index], path), held)
        time.sleep(0.003)
        assert len(ticks) > before, "nothing else runs"


@pytest.mark.limit(1500)
@settings(max_examples=EXAMPLES, deadline=None, print_blob=True, suppress_health_check=list(HealthCheck))
@given(st.lists(things, min_size=1, max_size=8))
def test_whatever_was_made_before_or_after_works(specs):
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            os.dup2(writer, 2)
            faulthandler.register(signal.SIGALRM, file=sys.__stderr__, chain=True)
            signal.alarm(5)
            program(specs)
            status = 0
        except BaseException:
            os.write(2, traceback.format_exc().encode())
        finally:
            os._exit(status)
    os.close(writer)
    with os.fdopen(reader, "rb") as output:
        said = output.read().decode()
    _, status = os.waitpid(pid, 0)
    note(said)
    assert status == 0, said

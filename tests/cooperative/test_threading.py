import pytest
from helpers import python


@pytest.mark.patched
def test_waits_overlap_on_everything_that_waits():
    import threading

    from helpers import assert_overlaps

    lock, event, condition = threading.Lock(), threading.Event(), threading.Condition()
    lock.acquire()
    semaphore = threading.Semaphore(0)

    def wait_condition():
        with condition:
            condition.wait(0.05)

    for wait in (
        lambda: lock.acquire(timeout=0.05),
        lambda: event.wait(0.05),
        wait_condition,
        lambda: semaphore.acquire(timeout=0.05),
        lambda: threading.main_thread().join(0.05),
    ):
        assert_overlaps(wait, 0.05)


@pytest.mark.fresh
def test_one_native_thread_carries_all():
    import os
    import threading

    before = os.listdir("/proc/self/task")  # with the watchdog's
    event = threading.Event()
    threads = [threading.Thread(target=event.wait) for _ in range(100)]
    for thread in threads:
        thread.start()
    assert os.listdir("/proc/self/task") == before
    event.set()
    for thread in threads:
        thread.join()


@pytest.mark.fresh
def test_names_idents_and_counts():
    import threading

    event, seen = threading.Event(), []

    def work():
        me = threading.current_thread()
        seen.append((me.name, me.ident == threading.get_ident(), me.is_alive()))
        event.wait()

    threads = [threading.Thread(target=work, name=f"worker {n}") for n in range(3)]
    for thread in threads:
        thread.start()
    assert threading.active_count() == 4
    assert set(threading.enumerate()) == {threading.main_thread(), *threads}
    assert len({thread.ident for thread in threading.enumerate()}) == 4
    event.set()
    for thread in threads:
        thread.join()
        assert not thread.is_alive()
    assert seen == [(f"worker {n}", True, True) for n in range(3)]
    assert threading.enumerate() == [threading.main_thread()]


@pytest.mark.fresh
def test_an_exception_goes_to_excepthook_and_system_exit_is_silent():
    import sys
    import threading

    seen = []
    threading.excepthook = lambda args: seen.append((args.exc_type, args.thread.name))
    for target in (lambda: 1 / 0, sys.exit):
        thread = threading.Thread(target=target, name="fails")
        thread.start()
        thread.join()
    assert seen == [(ZeroDivisionError, "fails"), (SystemExit, "fails")]


@pytest.mark.fresh
def test_a_timer_runs_and_can_be_cancelled():
    import threading
    import time

    seen = []
    timers = [threading.Timer(0.01, seen.append, [name]) for name in "ab"]
    for timer in timers:
        timer.start()
    timers[1].cancel()
    for timer in timers:
        timer.join()
    time.sleep(0.02)
    assert seen == ["a"]


@pytest.mark.fresh
def test_a_barrier_lets_all_go_and_breaks():
    import threading

    barrier, order = threading.Barrier(3), []

    def work():
        order.append(barrier.wait(5))
        try:
            barrier.wait(0.01) if order[-1] == 0 else None
        except threading.BrokenBarrierError:
            order.append("broken")

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, order)) == ["0", "1", "2", "broken"]


@pytest.mark.fresh
def test_condition_notifies_in_order_and_times_out():
    import threading
    import time

    condition, woken = threading.Condition(), []

    def work(name):
        with condition:
            assert condition.wait(5)
            woken.append(name)

    threads = [threading.Thread(target=work, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for count in (1, 2):
        with condition:
            condition.notify(count)
        time.sleep(0.01)
    for thread in threads:
        thread.join()
    assert woken == ["a", "b", "c"]
    with condition:
        begin = time.monotonic()
        assert not condition.wait(0.01)
        assert time.monotonic() - begin >= 0.01
        assert not condition.wait(0)
        assert not condition._waiters
    try:
        condition.wait()
    except RuntimeError as error:
        assert str(error) == "cannot wait on un-acquired lock"
    else:
        raise AssertionError


@pytest.mark.fresh
def test_a_notification_is_not_lost_on_a_waiter_that_timed_out_just_before():
    import threading
    import time

    condition, results = threading.Condition(), []

    def work(timeout):
        with condition:
            results.append((timeout, condition.wait(timeout)))

    threads = [threading.Thread(target=work, args=(timeout,)) for timeout in (0.01, 5)]
    for thread in threads:
        thread.start()
    with condition:  # the first one times out, but cannot leave while we hold the lock
        time.sleep(0.05)
        condition.notify()
    for thread in threads:
        thread.join()
    assert sorted(results) == [(0.01, False), (5, True)]


@pytest.mark.fresh
def test_semaphores_count():
    import threading

    semaphore = threading.Semaphore(2)
    assert semaphore.acquire()
    with semaphore:
        assert not semaphore.acquire(blocking=False)
        assert not semaphore.acquire(timeout=0.01)
    assert semaphore.acquire(blocking=False)
    for wrong in (lambda: semaphore.acquire(False, 1), lambda: semaphore.release(0)):
        try:
            wrong()
        except ValueError:
            continue
        raise AssertionError
    threads = [threading.Thread(target=semaphore.acquire) for _ in range(3)]
    for thread in threads:
        thread.start()
    semaphore.release()
    semaphore.release(2)
    for thread in threads:
        thread.join()
    assert semaphore._value == 0
    bounded = threading.BoundedSemaphore(1)
    try:
        bounded.release()
    except ValueError:
        pass
    else:
        raise AssertionError("released too many times")


@pytest.mark.fresh
def test_a_local_subclass_is_initialised_in_each_thread():
    import threading

    class Data(threading.local):
        def __init__(self):
            self.items = []

    data, seen = Data(), []

    def work(n):
        data.items.append(n)
        seen.append(list(data.items))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen) == [[0], [1], [2]]
    assert data.items == []


@pytest.mark.fresh
def test_each_thread_has_trace_and_profile_functions_of_its_own():
    import sys
    import threading
    import time

    events = {}

    def hook_for(kind):
        def hook(frame, event, arg):
            if frame.f_code.co_name == "traced":
                events.setdefault(kind, set()).add(threading.current_thread().name)
            return hook

        return hook

    def traced():
        time.sleep(0.01)

    threading.settrace(hook_for("trace"))
    threading.setprofile(hook_for("profile"))
    threads = [threading.Thread(target=traced, name=name) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    assert sys.gettrace() is None
    assert sys.getprofile() is None
    traced()
    for thread in threads:
        thread.join()
    assert events == {"trace": {"a", "b"}, "profile": {"a", "b"}}
    assert sys.gettrace() is None


@pytest.mark.parametrize(
    "program",
    [
        "import threading, time\nthreading.Thread(target=lambda: (time.sleep(0.05), print('late'))).start()\nprint('main')",
        "import threading, time\nthreading.Thread(target=lambda: (time.sleep(9), print('never')), daemon=True).start()\n",
        "import threading, time\ndef f():\n try: time.sleep(9)\n finally: print('never')\n"
        "threading.Thread(target=f, daemon=True).start()\ntime.sleep(0.01)",
        "import threading\nthreading.Thread(target=lambda: 1 / 0, name='fails').start()",
        "import threading, sys\nthreading.Thread(target=sys.exit, args=(3,)).start()\nsys.exit(4)",
        "import threading, time, atexit\natexit.register(print, 'atexit')\n"
        "threading.Thread(target=lambda: (time.sleep(0.02), print('thread'))).start()",
        "import threading, time\nthreading.Thread(target=lambda: (time.sleep(0.02), print('thread'))).start()\n1 / 0",
        "from concurrent.futures import ThreadPoolExecutor as T\nimport time\n"
        "T(2).submit(lambda: (time.sleep(0.02), print('done')))",
        "import threading\nt = threading.Thread(target=lambda: threading.main_thread().join())\nt.start()",
        "raise KeyboardInterrupt",
        "raise SystemExit('a message')",
    ],
    ids=["non-daemon", "daemon", "finally of a daemon", "exception", "exits", "atexit", "main fails", "executor",
         "joins main", "ctrl-c", "message"],
)  # fmt: skip
def test_exit_status_and_output_are_those_of_the_plain_interpreter(program):
    import re

    plain, patched = (python("-c", code, limit=15) for code in (program, f"import lazypatch.auto; {program}"))
    assert patched.returncode == plain.returncode
    assert patched.stdout == plain.stdout

    def errors(done):
        text = re.sub(r"(?m)^ *File .*\n(    .*\n)*", "", done.stderr)  # the places differ by the first line
        return [line for line in text.splitlines() if not set(line.strip()) <= set("^~")]

    assert errors(patched) == errors(plain)


@pytest.mark.fresh
def test_ctrl_c_reaches_the_main_thread_in_each_kind_of_wait():
    import _thread
    import queue
    import socket
    import threading
    import time

    def held():
        lock = threading.Lock()
        lock.acquire()
        return lock

    listener = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()
    sleeper = threading.Thread(target=stop.wait)
    sleeper.start()
    waits = [held().acquire, sleeper.join, listener.accept, queue.Queue().get, queue.SimpleQueue().get, stop.wait]
    for wait in waits:

        def interrupt():
            time.sleep(0.01)
            _thread.interrupt_main()

        threading.Thread(target=interrupt).start()
        try:
            wait()
        except KeyboardInterrupt:
            continue
        raise AssertionError(f"{wait} was not interrupted")
    stop.set()


@pytest.mark.patched
def test_threading_that_was_there_first_is_repaired():
    import threading

    from lazypatch.runtime.locks import Lock, RLock

    assert isinstance(threading.Lock(), Lock)
    assert isinstance(threading.RLock(), RLock)
    assert isinstance(threading._active_limbo_lock, RLock)
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()
    assert not thread.is_alive()


@pytest.mark.patched
def test_a_thread_class_that_was_defined_first_starts_and_joins():
    import threading
    import time

    begin = time.monotonic()
    threads = [early_class()(0.05) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - begin < 0.2
    assert isinstance(threads[0], threading.Thread)


def early_class():
    return Early


import threading  # noqa: E402
import time  # noqa: E402


class Early(threading.Thread):
    def __init__(self, seconds):
        super().__init__()
        self.seconds = seconds

    def run(self):
        time.sleep(self.seconds)


LATER = "import queue, threading, time\ndef later(call, *args): threading.Timer(0.02, call, args).start()\n"
POLLS = {
    "Event.is_set": "event = threading.Event(); later(event.set); look = event.is_set",
    "Thread.is_alive": "t = threading.Thread(target=time.sleep, args=(0.02,)); t.start(); look = lambda: not t.is_alive()",
    "Queue.empty": "q = queue.Queue(); later(q.put, 1); look = lambda: not q.empty()",
    "Queue.qsize": "q = queue.Queue(); later(q.put, 1); look = q.qsize",
    "Queue.full": "q = queue.Queue(1); later(q.put, 1); look = q.full",
    "SimpleQueue.empty": "q = queue.SimpleQueue(); later(q.put, 1); look = lambda: not q.empty()",
    "SimpleQueue.qsize": "q = queue.SimpleQueue(); later(q.put, 1); look = q.qsize",
    "Lock.acquire": "l = threading.Lock(); l.acquire(); later(l.release); look = lambda: l.acquire(False)",
}


@pytest.mark.parametrize("name", POLLS)
def test_a_loop_that_asks_and_asks_starves_nobody(name):
    done = python("-c", f"import lazypatch.auto\n{LATER}{POLLS[name]}\nwhile not look(): pass", limit=5)
    assert done.returncode == 0, done.stderr


@pytest.mark.fresh(auto=False)
def test_the_end_of_a_thread_started_before_activation_is_awaited():
    import _thread
    import threading
    import time

    gate = _thread.allocate_lock()  # a native one, on which the thread waits natively
    gate.acquire()
    native = threading.Thread(target=gate.acquire)
    native.start()

    import lazypatch.auto

    ticks = []

    def tick():
        while True:
            ticks.append(1)
            time.sleep(0.01)

    threading.Thread(target=tick, daemon=True).start()
    native.join(0.05)
    assert native.is_alive()
    assert ticks
    ticks.clear()
    threading.Timer(0.1, gate.release).start()
    native.join()
    assert not native.is_alive()
    assert native not in threading.enumerate()
    assert ticks
    assert lazypatch.auto

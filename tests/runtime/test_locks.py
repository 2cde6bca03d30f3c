import threading
import time

import pytest

from lazypatch.runtime.locks import Lock, RLock
from lazypatch.runtime.tasks import spawn
from lazypatch.runtime.timeout import Timeout
from lazypatch.runtime.waiters import Waiter


def pause():
    Waiter("pause").wait(time.monotonic() + 0.005)


def outcome(function, *args):
    try:
        return function(*args)
    except Exception as error:
        return type(error), str(error)


@pytest.mark.parametrize(
    "args",
    [(), (True,), (True, -1), (True, 0), (False,), (False, -1), (False, 1), (True, -2), (True, 1e20), (True, 0.001)],
    ids=str,
)
@pytest.mark.parametrize("held", [False, True], ids=["free", "held"])
def test_acquire_answers_like_the_original(args, held):
    if held and args in ((), (True,), (True, -1)):
        return  # would wait for ever
    ours, native = Lock(), threading.Lock()
    if held:
        ours.acquire()
        native.acquire()
    assert outcome(ours.acquire, *args) == outcome(native.acquire, *args)
    assert ours.locked() == native.locked()


def test_releasing_a_free_lock_is_an_error():
    assert outcome(Lock().release) == outcome(threading.Lock().release)


def test_a_lock_excludes():
    lock, inside, most = Lock(), [], []

    def work():
        with lock:
            inside.append(1)
            most.append(len(inside))
            pause()
            inside.pop()

    for task in [spawn(work) for _ in range(5)]:
        task.get(10)
    assert most == [1] * 5


def test_waiters_get_the_lock_in_order():
    lock, order = Lock(), []
    lock.acquire()

    def work(name):
        with lock:
            order.append(name)

    tasks = [spawn(work, name) for name in "abc"]
    pause()
    lock.release()
    for task in tasks:
        task.get(10)
    assert "".join(order) == "abc"


def test_a_loop_that_takes_and_releases_does_not_starve_who_waits():
    lock, stop = Lock(), []

    def hog():
        rounds = 0
        while not stop:
            with lock:
                rounds += 1
                pause() if rounds == 1 else None
            if rounds > 10_000:
                raise AssertionError("the other task never got the lock")

    def other():
        with lock:
            stop.append(True)

    tasks = [spawn(hog), spawn(other)]
    for task in tasks:
        task.get(10)


def test_a_lock_is_free_after_its_release_even_if_somebody_waits():
    lock = Lock()
    lock.acquire()
    task = spawn(lock.acquire)
    pause()
    lock.release()
    assert not lock.locked()
    assert lock.acquire(False)
    lock.release()  # the second time it is handed over
    assert lock.locked()
    assert task.get(10)


def test_a_timeout_leaves_the_lock_to_others():
    lock = Lock()
    lock.acquire()
    assert not spawn(lock.acquire, True, 0.005).get(10)
    lock.release()
    assert lock.acquire(False)


@pytest.mark.parametrize("kind", [Lock, RLock])
def test_a_task_killed_while_it_waits_leaves_the_lock_to_others(kind):
    lock = kind()
    lock.acquire()
    victim, heir = spawn(lock.acquire), spawn(lock.acquire)
    pause()
    lock.release()  # tells the victim, which does not run before it is killed
    victim.kill()
    assert heir.get(10)


def test_a_limit_ends_a_wait_for_a_lock():
    lock = Lock()
    lock.acquire()
    with pytest.raises(TimeoutError), Timeout(0.005):
        lock.acquire()
    lock.release()
    assert lock.acquire(False)


@pytest.mark.parametrize("kind", [Lock, RLock])
def test_native_threads_and_tasks_share_a_lock_without_a_lost_wake_up(kind):
    lock, count = kind(), [0]

    def work():
        for _ in range(300):
            with lock:
                value = count[0]
                if value % 50 == 0:
                    pause()
                count[0] = value + 1

    def native():
        for task in [spawn(work) for _ in range(2)]:
            task.join()

    threads = [threading.Thread(target=native) for _ in range(3)]
    for thread in threads:
        thread.start()
    native()
    while any(thread.is_alive() for thread in threads):
        pause()
    assert count == [300 * 8]


def test_an_rlock_is_reentrant_for_its_owner_only():
    lock = RLock()
    assert lock.acquire()
    assert lock.acquire()
    assert not spawn(lock.acquire, False).get(10)
    lock.release()
    assert not spawn(lock.acquire, False).get(10)
    lock.release()
    assert spawn(lock.acquire, False).get(10)


def test_only_the_owner_releases_an_rlock():
    lock = RLock()
    lock.acquire()
    with pytest.raises(RuntimeError, match="cannot release un-acquired lock"):
        spawn(lock.release).get(10)


def test_an_rlock_saves_and_restores_its_state():
    lock = RLock()
    lock.acquire()
    lock.acquire()
    state = lock._release_save()
    assert not lock._is_owned()
    lock._acquire_restore(state)
    assert lock._recursion_count() == 2


def test_reprs_look_like_the_originals():
    assert repr(Lock()).split(" at ")[0] == repr(threading.Lock()).split(" at ")[0]


@pytest.mark.fresh
def test_waiting_for_a_lock_of_the_import_system_imports_nothing():
    import _thread
    import sys
    from importlib.machinery import ModuleSpec

    import lazypatch

    start, sleep = lazypatch.get_original("_thread", "start_new_thread"), lazypatch.get_original("time", "sleep")

    class Slow:
        def find_spec(self, name, path=None, target=None):
            return ModuleSpec(name, self) if name == "slow" else None

        def create_module(self, spec):
            return None

        def exec_module(self, module):
            begun.append(1)
            sleep(0.1)

    def native():
        try:
            done.append(__import__("slow").__name__)
        except BaseException as error:
            done.append(error)

    begun, done = [], []
    sys.meta_path.insert(0, Slow())
    start(native, ())
    while not begun:
        sleep(0.001)
    start(native, ())
    while len(done) < 2:
        sleep(0.001)
    assert done == ["slow", "slow"]
    assert "lazypatch.runtime.waiters" not in sys.modules
    assert _thread.allocate_lock().acquire()

import pytest
from helpers import python

START = """
import multiprocessing, os, threading, time
from multiprocessing import shared_memory
mp = multiprocessing.get_context("fork")
def child(target, *args):
    process = mp.Process(target=target, args=args)
    process.start()
    return process
def later(call, *args):
    def run():
        time.sleep(0.1)
        call(*args)
    return child(run)
"""
WAITS = {
    "Process.join": "p = child(time.sleep, 0.1); p.join(); assert p.exitcode == 0",
    "Process.join with timeout": "p = child(time.sleep, 0.1); p.join(5); assert p.exitcode == 0",
    "Queue.get": "q = mp.Queue(); p = later(q.put, 'x'); assert q.get() == 'x'; p.join()",
    "Queue.get with timeout": "q = mp.Queue(); p = later(q.put, 'x'); assert q.get(timeout=5) == 'x'; p.join()",
    "Queue.put of a full queue": "q = mp.Queue(1); q.put(1); p = later(q.get); q.put(2); assert q.get() == 2; p.join()",
    "SimpleQueue.get": "q = mp.SimpleQueue(); p = later(q.put, 'x'); assert q.get() == 'x'; p.join()",
    "JoinableQueue.join": "q = mp.JoinableQueue(); q.put(1); p = later(q.task_done); q.join(); p.join()",
    "Connection.recv": "a, b = mp.Pipe(); p = later(b.send, 'x' * 100000); assert a.recv() == 'x' * 100000; p.join()",
    "Connection.recv of a simple pipe": "a, b = mp.Pipe(False); p = later(b.send, 'x'); assert a.recv() == 'x'; p.join()",
    "Connection.send": "a, b = mp.Pipe(); p = later(b.recv_bytes); a.send_bytes(bytes(1 << 20)); p.join()",
    "Connection.poll": "a, b = mp.Pipe(); p = later(b.send, 'x'); assert a.poll(5); p.join()",
    "Lock.acquire": "l = mp.Lock(); l.acquire(); p = later(l.release); assert l.acquire(); p.join()",
    "Lock.acquire with timeout": "l = mp.Lock(); l.acquire(); assert not l.acquire(timeout=0.1)",
    "RLock.acquire": (
        "l = mp.RLock(); e = mp.Event()\n"
        "    def hold():\n        with l: e.set(); time.sleep(0.1)\n"
        "    p = child(hold); e.wait(); assert l.acquire(); p.join()"
    ),
    "Semaphore.acquire": "s = mp.Semaphore(0); p = later(s.release); assert s.acquire(); p.join()",
    "BoundedSemaphore.acquire": "s = mp.BoundedSemaphore(1); s.acquire(); p = later(s.release); assert s.acquire(); p.join()",
    "Event.wait": "e = mp.Event(); p = later(e.set); assert e.wait(); p.join()",
    "Condition.wait": (
        "c = mp.Condition()\n    def notify():\n        time.sleep(0.1)\n        with c: c.notify()\n"
        "    with c: p = child(notify); assert c.wait(5)\n    p.join()"
    ),
    "Barrier.wait": "b = mp.Barrier(2); p = later(b.wait); b.wait(); p.join()",
    "Pool.map": "\n    with mp.Pool(1) as pool: assert pool.map(time.sleep, [0.1]) == [None]",
    "Listener.accept": (
        "from multiprocessing.connection import Client, Listener; l = Listener()\n"
        "    p = later(lambda: Client(l.address).send('x')); assert l.accept().recv() == 'x'; p.join()"
    ),
    "connection.wait": (
        "from multiprocessing.connection import wait as any_of; a, b = mp.Pipe(); p = later(b.send, 1)\n"
        "    assert any_of([a, p.sentinel]) == [a]; p.join()"
    ),
    "ProcessPoolExecutor": (
        "from concurrent.futures import ProcessPoolExecutor\n"
        "    with ProcessPoolExecutor(1, mp) as e: assert e.submit(time.sleep, 0.1).result() is None"
    ),
}


@pytest.mark.parametrize("name", WAITS)
def test_two_waits_overlap(name):
    _overlap(f"{START}\ndef wait():\n    {WAITS[name]}")


def _overlap(body):
    """Two waits and a ticker at once; processes take their time to start, so no clock judges."""
    program = (
        body
        + """
ticks = []
def tick():
    while True: ticks.append(1); time.sleep(0.005)
threading.Thread(target=tick, daemon=True).start()
threads = [threading.Thread(target=wait) for _ in range(2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert len(ticks) > 8, ticks
"""
    )
    done = python("-c", "import lazypatch.auto, faulthandler; faulthandler.enable()\n" + program)
    assert done.returncode == 0, f"exit status {done.returncode}\n{done.stdout}{done.stderr}"


MAIN = """
{activate}
import multiprocessing, os, queue, sys, threading, time
from multiprocessing import shared_memory

def work(number, lock, results, event, connection):
    event.wait(9)
    with lock:
        results.put((number, number * number))
    connection.send(number)

def square(number):
    return number * number

def fill(name):
    block = shared_memory.SharedMemory(name)
    block.buf[:3] = b"abc"
    block.close()

def main(method):
    mp = multiprocessing.get_context(method)
    lock, results, event = mp.RLock(), mp.Queue(), mp.Event()
    ours, theirs = mp.Pipe()
    processes = [mp.Process(target=work, args=(n, lock, results, event, theirs)) for n in range(3)]
    for process in processes:
        process.start()
    event.set()
    print(sorted(results.get() for _ in processes), sorted(ours.recv() for _ in processes))
    for process in processes:
        process.join()
    print([process.exitcode for process in processes], multiprocessing.active_children())
    with mp.Pool(2) as pool:
        print(pool.map(square, range(5)), pool.apply_async(square, (7,)).get(9), list(pool.imap_unordered(square, [3])))
    with mp.Manager() as manager:
        shared, counter = manager.dict(), manager.Value("i", 0)
        shared["x"] = 1
        counter.value += 2
        print(shared.copy(), counter.value, manager.list([1, 2])[:])
    block = shared_memory.SharedMemory(create=True, size=8)
    process = mp.Process(target=fill, args=(block.name,))
    process.start()
    process.join()
    print(bytes(block.buf[:3]))
    block.close()
    block.unlink()
    from concurrent.futures import ProcessPoolExecutor
    with ProcessPoolExecutor(2, mp) as executor:
        print(list(executor.map(square, range(5))))
    try:
        results.get(timeout=0.01)
    except queue.Empty:
        print("empty")
    killed = mp.Process(target=time.sleep, args=(99,))
    killed.start()
    killed.terminate()
    killed.join()
    print(killed.exitcode)

if __name__ == "__main__":
    main(sys.argv[1])
"""


@pytest.mark.limit(60)
@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_everything_works_with_each_start_method(method, tmp_path):
    outputs = []
    for activate in ("", "import lazypatch.auto"):
        (tmp_path / "program.py").write_text(MAIN.format(activate=activate))
        done = python(str(tmp_path / "program.py"), method, limit=25)
        assert done.returncode == 0, f"{activate}: exit status {done.returncode}\n{done.stdout}{done.stderr}"
        assert "Traceback" not in done.stderr, done.stderr
        outputs.append(done.stdout)
    assert outputs[0] == outputs[1]


@pytest.mark.fresh
def test_a_recursive_lock_belongs_to_a_task():
    import multiprocessing
    import threading

    lock = multiprocessing.get_context("fork").RLock()
    inside = []

    def work():
        with lock, lock:
            inside.append(1)
            assert len(inside) == 1
            import time

            time.sleep(0.005)
            inside.pop()

    threads = [threading.Thread(target=work) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not inside
    try:
        lock.release()
    except AssertionError as error:
        assert "not owned by thread" in str(error)
    else:
        raise SystemExit("released by somebody who does not own it")


@pytest.mark.fresh
def test_semaphores_answer_like_the_originals():
    import _multiprocessing
    import multiprocessing

    import lazypatch

    mp = multiprocessing.get_context("fork")
    native = lazypatch.get_original("_multiprocessing", "SemLock")
    assert _multiprocessing.SemLock is not native
    assert native.SEM_VALUE_MAX == _multiprocessing.SemLock.SEM_VALUE_MAX
    lock, semaphore = mp.Lock(), mp.BoundedSemaphore(2)
    assert repr(lock) == "<Lock(owner=None)>"
    with lock:
        assert repr(lock) == "<Lock(owner=MainProcess)>"
        assert not lock.acquire(False)
        assert lock._semlock._is_zero()
    assert semaphore.get_value() == 2
    for release in (lock.release, semaphore.release):
        try:
            release()
        except ValueError as error:
            assert "released too many times" in str(error)
        else:
            raise AssertionError(release)


@pytest.mark.fresh
def test_a_task_killed_while_it_waits_for_a_semaphore_leaves_it_to_others():
    import multiprocessing
    import time

    import lazypatch

    lock = multiprocessing.get_context("fork").Lock()
    lock.acquire()
    victim, heir = lazypatch.spawn(lock.acquire), lazypatch.spawn(lock.acquire)
    time.sleep(0.01)
    victim.kill()
    time.sleep(0)
    lock.release()
    assert heir.get(5)
    assert not lock.acquire(timeout=0.01)


@pytest.mark.fresh(auto=False)
def test_connections_made_before_activation():
    import multiprocessing
    import multiprocessing.connection
    import os
    import threading
    import time

    import lazypatch.auto

    a, b = multiprocessing.Pipe(False)
    ticks = []
    threading.Thread(target=lambda: [(time.sleep(0.01), ticks.append(1)) for _ in range(9)], daemon=True).start()
    threading.Timer(0.1, b.send, ("x",)).start()
    assert a.recv() == "x"
    assert len(ticks) > 5
    assert multiprocessing.connection.Connection._recv.__defaults__ == (os.read,)
    assert lazypatch.auto

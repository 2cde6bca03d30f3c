"""Fork: only the forking task lives on, everything is fresh before any hook runs, and ``threading`` agrees."""

import pytest


@pytest.mark.fresh
def test_only_the_forking_task_lives_on_in_the_child():
    import os
    import threading
    import time

    ran = []

    def tick():
        while True:
            ran.append(os.getpid())
            time.sleep(0.005)

    for _ in range(5):
        threading.Thread(target=tick, daemon=True).start()
    time.sleep(0.02)
    reader, writer = os.pipe()
    pid = os.fork()
    if not pid:
        ran.clear()
        time.sleep(0.05)
        os.write(writer, f"{len(ran)} {threading.active_count()}".encode())
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
    assert os.read(reader, 99) == b"0 1"
    assert os.getpid() in ran


@pytest.mark.fresh
def test_threading_knows_one_main_thread_by_its_name():
    import os
    import threading
    import time

    def names_in_child():
        reader, writer = os.pipe()
        pid = os.fork()
        if not pid:
            main = threading.main_thread()
            kinds = [type(thread).__name__ for thread in threading.enumerate()]
            facts = [
                threading.current_thread() is main,
                main.ident == threading.get_ident(),
                main.is_alive(),
                [thread.name for thread in threading.enumerate()],
                len(kinds),
            ]
            os.write(writer, repr(facts).encode())
            os._exit(0)
        assert os.waitpid(pid, 0)[1] == 0
        return os.read(reader, 999).decode()

    threading.Thread(target=time.sleep, args=(9,), daemon=True).start()
    assert names_in_child() == "[True, True, True, ['MainThread'], 1]"
    found = []
    thread = threading.Thread(target=lambda: found.append(names_in_child()), name="worker")
    thread.start()
    thread.join()
    assert found == ["[True, True, True, ['worker'], 1]"]


@pytest.mark.fresh(auto=False)
def test_hooks_registered_before_activation_find_everything_fresh():
    import os
    import threading
    import time

    def hook():
        begin = time.monotonic()
        time.sleep(0.01)
        with lock:
            ran.append(time.monotonic() - begin)
        thread = threading.Thread(target=ran.append, args=("thread",))
        thread.start()
        thread.join()
        ran.append(os.getpid() in ticked)

    def tick():
        while True:
            ticked.add(os.getpid())
            time.sleep(0.001)

    ran, ticked = [], set()
    os.register_at_fork(after_in_child=hook)

    import lazypatch.auto

    assert lazypatch.auto
    lock = threading.Lock()
    others = [threading.Thread(target=tick, daemon=True) for _ in range(3)]
    for other in others:
        other.start()
    pid = os.fork()
    if not pid:
        os._exit(0 if ran[0] >= 0.01 and ran[1:] == ["thread", False] else 1)
    assert os.waitpid(pid, 0)[1] == 0


@pytest.mark.fresh
def test_a_lock_held_by_another_task_stays_held_and_one_of_ours_is_ours():
    import os
    import threading
    import time

    theirs, ours, free = threading.Lock(), threading.RLock(), threading.Lock()

    def hold():
        with theirs:
            time.sleep(0.2)

    holder = threading.Thread(target=hold)
    holder.start()
    with ours:
        pid = os.fork()
        if not pid:
            assert not theirs.acquire(timeout=0.3)
            assert free.acquire(False)
            ours.release()
            os._exit(0)
        assert os.waitpid(pid, 0)[1] == 0
    holder.join()
    assert theirs.acquire(False)


@pytest.mark.fresh
def test_a_lock_for_which_the_parents_tasks_wait_is_not_handed_over_to_them():
    import os
    import threading
    import time

    lock = threading.Lock()
    lock.acquire()
    for _ in range(3):
        threading.Thread(target=lock.acquire, daemon=True).start()
    time.sleep(0.01)
    pid = os.fork()
    if not pid:
        for _ in range(5):
            lock.release()
            assert lock.acquire(timeout=1)
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0


@pytest.mark.fresh
def test_the_childs_other_stacks_are_not_unwound():
    import os
    import subprocess
    import sys
    import threading
    import time

    reader, writer = os.pipe()

    def work():
        try:
            time.sleep(0.3)
        finally:
            os.write(writer, f"{os.getpid()}\n".encode())

    thread = threading.Thread(target=work)
    thread.start()
    time.sleep(0.01)
    pid = os.fork()
    if not pid:
        import gc

        gc.collect()
        time.sleep(0.5)
        sys.exit(0)
    assert os.waitpid(pid, 0)[1] == 0
    thread.join()
    assert os.read(reader, 99) == f"{os.getpid()}\n".encode()
    assert subprocess.run(["true"]).returncode == 0


@pytest.mark.fresh
def test_a_hundred_children_at_once_each_with_threads_of_its_own():
    import os
    import socket
    import threading
    import time

    def child():
        a, b = socket.socketpair()
        got = []
        threads = [
            threading.Thread(target=lambda: got.append(a.recv(1))),
            threading.Thread(target=b.send, args=(b"x",)),
        ]
        for thread in threads:
            thread.start()
        time.sleep(0.01)
        for thread in threads:
            thread.join()
        return 0 if got == [b"x"] else 1

    status = []

    def parent():
        pid = os.fork()
        if not pid:
            os._exit(child())
        status.append(os.waitpid(pid, 0)[1])

    threads = [threading.Thread(target=parent) for _ in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert status == [0] * 100


@pytest.mark.fresh
def test_children_of_children():
    import os
    import threading
    import time

    depth = 0
    while depth < 5:
        threading.Thread(target=time.sleep, args=(0.01,)).start()
        time.sleep(0)
        pid = os.fork()
        if pid:
            status = os.waitpid(pid, 0)[1]
            break
        depth += 1
    else:
        status = 0
    if depth:
        os._exit(os.waitstatus_to_exitcode(status) + 1 if depth < 5 else 1)
    assert os.waitstatus_to_exitcode(status) == 5


@pytest.mark.fresh
def test_a_fork_in_a_native_thread():
    import os
    import threading
    import time

    from lazypatch import get_original

    start, lock = get_original("_thread", "start_new_thread"), get_original("_thread", "allocate_lock")()
    statuses = []

    def native():
        time.sleep(0.01)
        pid = os.fork()
        if not pid:
            time.sleep(0.01)
            thread = threading.Thread(target=time.sleep, args=(0.01,))
            thread.start()
            thread.join()
            os._exit(0 if threading.active_count() == 1 else 1)
        statuses.append(os.waitpid(pid, 0)[1])
        lock.release()

    lock.acquire()
    start(native, ())
    while not statuses:
        time.sleep(0.01)
    assert statuses == [0]


@pytest.mark.fresh
def test_a_fork_in_a_signal_handler_while_the_main_task_waits():
    import os
    import signal
    import threading
    import time

    reader, writer = os.pipe()
    children = []

    def handler(number, frame):
        pid = os.fork()
        if pid:
            children.append(pid)
        else:
            time.sleep(0.01)

    signal.signal(signal.SIGUSR1, handler)
    parent = os.getpid()
    threading.Timer(0.02, os.kill, (parent, signal.SIGUSR1)).start()
    begin = time.monotonic()
    time.sleep(0.2)  # goes on in both
    took = time.monotonic() - begin
    if os.getpid() != parent:
        os.write(writer, b"slept" if 0.19 < took < 0.5 else b"%f" % took)
        os._exit(0)
    assert 0.19 < took < 0.5
    assert os.waitpid(children[0], 0)[1] == 0
    assert os.read(reader, 99) == b"slept"


@pytest.mark.fresh
def test_a_thread_that_forks_ends_its_child_when_it_ends():
    import os
    import threading

    pids = []

    def work():
        pids.append(os.fork())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert os.waitpid(pids[0], 0) == (pids[0], 0)


@pytest.mark.fresh
def test_the_child_exits_like_a_program():
    import os
    import sys
    import threading
    import time

    threading.Thread(target=time.sleep, args=(0.2,)).start()
    time.sleep(0.01)
    pid = os.fork()
    if not pid:
        extra = threading.Thread(target=time.sleep, args=(0.01,))
        extra.start()
        sys.exit(7)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7


@pytest.mark.fresh
def test_sockets_and_timers_go_on_in_the_child():
    import contextlib
    import os
    import socket
    import threading
    import time

    import lazypatch

    a, b = socket.socketpair()
    got = []
    reader = threading.Thread(target=lambda: got.append(a.recv(9)), daemon=True)
    reader.start()
    time.sleep(0.01)
    c, d = socket.socketpair()
    pid = 0
    with contextlib.suppress(TimeoutError), lazypatch.Timeout(0.1):
        pid = os.fork()
        if not pid:
            time.sleep(9)
    if not pid:
        threading.Timer(0.01, d.send, (b"to child",)).start()
        os._exit(0 if c.recv(9) == b"to child" else 1)
    assert os.waitpid(pid, 0)[1] == 0
    b.send(b"to parent")
    reader.join()
    assert got == [b"to parent"]

"""File objects on pipes, and semaphores of processes, that were made before activation."""

import pytest


@pytest.mark.fresh(auto=False)
def test_pipes_from_children_cooperate_and_lose_nothing():
    import os
    import subprocess
    import sys

    text = (
        "import time; print('one'); print('two'); time.sleep(0.2); print('\\u00fc', end=''); time.sleep(0.1); print(3)"
    )
    command = [sys.executable, "-u", "-X", "utf8", "-c", text]
    options = [{}, {"text": True, "encoding": "utf-8"}, {"bufsize": 0}]
    children = [subprocess.Popen(command, stdout=subprocess.PIPE, **each) for each in options]
    assert [child.stdout.readline() for child in children] == [b"one\n", "one\n", b"one\n"]
    import lazypatch

    lazypatch.patch_all()
    import threading
    import time

    got, ticks = {}, []
    threading.Thread(target=lambda: [ticks.append(time.sleep(0.01)) for _ in range(10**6)], daemon=True).start()

    def read(child):
        got[child] = child.stdout.read()

    threads = [threading.Thread(target=read, args=[child]) for child in children]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rest = "two\n\u00fc3\n"
    assert [got[child] for child in children] == [rest.encode(), rest, rest.encode()]
    assert len(ticks) > 10
    for child in children:
        fd = child.stdout.fileno()
        os.fstat(fd)
        child.stdout.close()
        assert child.stdout.closed
        assert child.wait() == 0
        try:
            os.fstat(fd)
        except OSError:
            continue
        raise AssertionError(f"descriptor {fd} is open still")


@pytest.mark.fresh(auto=False)
def test_pipes_to_children_cooperate_and_lose_nothing():
    import subprocess

    binary = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    text = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")
    binary.stdin.write(b"early ")
    text.stdin.write("\u00fcrly ")
    import lazypatch

    lazypatch.patch_all()
    import threading

    much = b"x" * 500_000  # more than the pipes hold: who writes has to wait for who reads

    def write():
        binary.stdin.write(much)
        binary.stdin.close()

    thread = threading.Thread(target=write)
    thread.start()
    assert binary.stdout.read() == b"early " + much
    thread.join()
    assert text.communicate("late") == ("\u00fcrly late", None)
    assert binary.wait() == 0


@pytest.mark.fresh(auto=False)
def test_two_tasks_may_use_one_early_file():
    import os
    import subprocess  # noqa: F401, loads what makes activation late
    import threading

    reader, writer = os.pipe()
    reading, writing = os.fdopen(reader, "rb"), os.fdopen(writer, "wb")
    import lazypatch

    lazypatch.patch_all()
    lines = []
    threads = [threading.Thread(target=lambda: lines.append(reading.readline())) for _ in range(3)]
    for thread in threads:
        thread.start()
    for line in (b"one\n", b"two\n", b"three\n"):
        threading.Event().wait(0.01)
        writing.write(line)
        writing.flush()
    for thread in threads:
        thread.join()
    assert sorted(lines) == [b"one\n", b"three\n", b"two\n"]


@pytest.mark.fresh(auto=False)
def test_a_file_that_a_native_thread_reads_stays_its_and_is_named():
    import os
    import threading
    import time
    import warnings

    reader, writer = os.pipe()
    reading, lines = os.fdopen(reader, "rb"), []
    free_reader, free_writer = os.pipe()
    free = os.fdopen(free_reader, "rb")

    def pump():
        for line in reading:
            lines.append(line)

    thread = threading.Thread(target=pump)
    thread.start()
    os.write(writer, b"zero\n")
    while not lines:
        time.sleep(0.001)
    time.sleep(0.05)  # for the thread to be in its next read: nobody can ask it
    import lazypatch

    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        lazypatch.patch_all()
    os.write(writer, b"one\ntwo\n")
    os.close(writer)
    thread.join()
    assert lines == [b"zero\n", b"one\n", b"two\n"]
    (warning,) = [each for each in said if issubclass(each.category, lazypatch.LatePatchWarning)]
    assert f"name={reader} " in str(warning.message)
    assert f"name={free_reader} " not in str(warning.message)
    threading.Timer(0.05, os.write, [free_writer, b"data\n"]).start()
    assert free.readline() == b"data\n"


@pytest.mark.fresh(auto=False)
def test_semaphores_of_processes_that_exist_cooperate():
    import multiprocessing
    import threading
    import time

    context = multiprocessing.get_context("fork")
    recursive, lock, semaphore = context.RLock(), context.Lock(), context.Semaphore(1)
    condition, event, items = context.Condition(), context.Event(), context.Queue()
    lock.acquire()
    recursive.acquire()
    import lazypatch

    lazypatch.patch_all()
    ticks, order = [], []
    threading.Thread(target=lambda: [ticks.append(time.sleep(0.01)) for _ in range(10**6)], daemon=True).start()

    def work(name, lock):
        with lock:
            order.append(name)
            time.sleep(0.01)
            order.append(name)

    for name, held in (("lock", lock), ("recursive", recursive)):
        threads = [threading.Thread(target=work, args=(f"{name} {index}", held)) for index in range(3)]
        for thread in threads:
            thread.start()
        time.sleep(0.05)
        assert order == []
        if held is recursive:
            with held:
                pass
            assert order == []
        held.release()
        for thread in threads:
            thread.join(5)
        assert order[0::2] == order[1::2], "a lock lets several in"
        assert len(order) == 6
        order.clear()
    process = context.Process(target=work, args=("child", semaphore))
    with semaphore:
        process.start()
        before = len(ticks)
        process.join(0.2)
        assert process.exitcode is None
        assert len(ticks) - before > 5
    process.join()
    assert process.exitcode == 0
    threading.Timer(0.05, event.set).start()
    assert event.wait(5)
    threading.Timer(0.05, items.put, ["item"]).start()
    assert items.get(timeout=5) == "item"
    with condition:
        assert not condition.wait(0.05)
    try:
        recursive.release()
    except AssertionError:
        pass
    else:
        raise AssertionError("released by one who does not own it")


@pytest.mark.fresh(auto=False)
def test_an_early_file_that_is_dropped_is_closed_with_a_warning():
    import gc
    import os
    import subprocess  # noqa: F401, loads what makes activation late
    import warnings

    reader, writer = os.pipe()
    reading = os.fdopen(reader, "rb")
    import lazypatch

    lazypatch.patch_all()
    gc.collect()
    os.write(writer, b"data")
    assert reading.read(4) == b"data"
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        del reading
        gc.collect()
    assert [each.category for each in said] == [ResourceWarning]
    try:
        os.fstat(reader)
    except OSError:
        pass
    else:
        raise AssertionError("it is open still")

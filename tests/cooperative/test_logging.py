import pytest
from helpers import same_as_plain


@pytest.mark.fresh(auto=False)
def test_locks_made_before_activation_are_replaced():
    import logging
    import threading

    handler = logging.StreamHandler()
    free = logging.StreamHandler()
    handler.acquire()
    logging._lock.acquire()

    import lazypatch.auto

    cooperative = type(threading.RLock())
    assert all(issubclass(type(lock), cooperative) for lock in (handler.lock, free.lock, logging._lock))
    assert type(free.lock) is cooperative, "nobody has the native one any longer"
    taken = []
    threads = [
        threading.Thread(target=lambda h=h: (taken.append(h.lock.acquire()), h.release())) for h in (handler, free)
    ]
    for thread in threads:
        thread.start()
    threads[1].join()
    assert taken == [True]
    handler.release()  # by its owner, who took it before
    threads[0].join()
    assert taken == [True, True]
    logging._lock.release()
    assert lazypatch.auto


@pytest.mark.fresh(auto=False)
def test_a_handler_that_waits_keeps_others_out():
    import logging
    import threading
    import time

    class Slow(logging.Handler):
        inside = 0

        def emit(self, record):
            self.inside += 1
            assert self.inside == 1
            time.sleep(0.005)
            lines.append(record.getMessage())
            self.inside -= 1

    lines = []
    log = logging.getLogger("x")
    log.addHandler(Slow())

    import lazypatch.auto

    threads = [threading.Thread(target=log.warning, args=("line %d", n)) for n in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(lines) == [f"line {n}" for n in range(5)]
    assert lazypatch.auto


@pytest.mark.fresh
def test_a_queue_listener():
    import logging
    import logging.handlers
    import queue
    import threading

    got, records = [], queue.Queue()

    class Keep(logging.Handler):
        def emit(self, record):
            got.append(record.getMessage())

    listener = logging.handlers.QueueListener(records, Keep())
    listener.start()
    log = logging.getLogger("x")
    log.addHandler(logging.handlers.QueueHandler(records))
    threads = [threading.Thread(target=log.warning, args=("line %d", n)) for n in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    listener.stop()
    assert sorted(got) == [f"line {n}" for n in range(5)]


@pytest.mark.fresh
def test_logging_from_finalizers_and_signal_handlers():
    import gc
    import logging
    import os
    import signal
    import threading
    import time

    class Slow(logging.Handler):
        def emit(self, record):
            time.sleep(0.002)
            lines.append((record.getMessage(), record.threadName))

    class Finalized:
        def __init__(self):
            self.me = self

        def __del__(self):
            log.warning("finalizer")

    lines, log = [], logging.getLogger("x")
    log.addHandler(Slow())
    signal.signal(signal.SIGUSR1, lambda number, frame: log.warning("handler"))

    def work():
        for _ in range(5):
            Finalized()
            gc.collect()
            os.kill(os.getpid(), signal.SIGUSR1)
            log.warning("thread")

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    time.sleep(0.05)
    said = [text for text, _ in lines]
    assert said.count("thread") == said.count("finalizer") == 15
    assert {name for text, name in lines if text == "handler"} == {"MainThread"}


def test_results_and_errors_are_the_stdlibs():
    same_as_plain("""
        import logging, logging.handlers, queue, sys, threading
        logging.basicConfig(stream=sys.stdout, format="%(levelname)s %(threadName)s %(message)s", level=logging.INFO)
        def work():
            logging.info("from %s", "a thread")
            try:
                1 / 0
            except ZeroDivisionError:
                logging.exception("failed")
        thread = threading.Thread(target=work, name="worker")
        thread.start()
        thread.join()
        handler = logging.handlers.MemoryHandler(10, target=logging.StreamHandler(sys.stdout))
        log = logging.getLogger("memory")
        log.addHandler(handler)
        log.propagate = False
        show(log.warning, "kept"), show(handler.flush), show(handler.acquire), show(handler.release)
        show(handler.release), show(logging.getLevelName, 30), show(log.setLevel, "no such")
        show(logging.handlers.QueueListener(queue.Queue()).start)
        logging.shutdown()
    """)

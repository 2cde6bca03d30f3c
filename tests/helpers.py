"""What several test files need."""

import contextlib
import socket
import subprocess
import sys
import threading
import time


def assert_overlaps(wait, seconds=0.1):
    """Two threads that each call ``wait()``, which takes ``seconds``, take less than two waits' time together.

    Also asserts that a third thread goes on meanwhile.
    """
    ticks = []
    over = threading.Event()

    def tick():
        while not over.is_set():
            ticks.append(1)
            time.sleep(seconds / 10)

    ticker = threading.Thread(target=tick)
    threads = [threading.Thread(target=wait) for _ in range(2)]
    begin = time.monotonic()
    for thread in [ticker, *threads]:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.monotonic() - begin
    over.set()
    ticker.join()
    assert seconds * 0.9 <= took < seconds * 1.9, f"two waits of {seconds} s took {took:.3f} s"
    assert len(ticks) >= 3, "nothing else ran during the waits"


def until_parked(count, reason):
    """Let the other tasks run until ``count`` of them wait for something whose name contains ``reason``."""
    import lazypatch

    for _ in range(10_000):
        waits = [report.waits_for or "" for report in lazypatch.tasks()]
        if sum(reason in wait for wait in waits) >= count:
            return
        time.sleep(0)
    raise AssertionError(f"{count} tasks should wait for {reason!r}; the tasks wait for {waits}")


@contextlib.contextmanager
def echo_server(family=socket.AF_INET, address=("127.0.0.1", 0)):
    """A server in a thread that sends back what it gets; yields its address."""
    with socket.socket(family) as listener:
        listener.bind(address)
        listener.listen(128)

        def serve():
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    threading.Thread(target=echo, args=(connection,), daemon=True).start()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()
        listener.close()
        thread.join()


def echo(connection):
    with connection:
        while data := connection.recv(65536):
            connection.sendall(data)


def python(*arguments, **options):
    """Run this interpreter; returns the completed process with its output as text."""
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, **options)

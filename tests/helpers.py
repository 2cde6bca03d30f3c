"""What several test files need."""

import contextlib
import difflib
import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
import types
from pathlib import Path


def assert_overlaps(wait, seconds=0.1):
    """Two threads that each call ``wait()``, which takes ``seconds``, end at about the same time, and not earlier.

    One after the other they would end ``seconds`` apart. Also asserts that a third thread goes on meanwhile.
    """
    ticks, ends = [], []
    over = threading.Event()

    def tick():
        while not over.is_set():
            ticks.append(1)
            time.sleep(seconds / 10)

    def timed():
        wait()
        ends.append(time.monotonic())

    ticker = threading.Thread(target=tick)
    threads = [threading.Thread(target=timed) for _ in range(2)]
    begin = time.monotonic()
    for thread in [ticker, *threads]:
        thread.start()
    for thread in threads:
        thread.join()
    over.set()
    ticker.join()
    first, last = (end - begin for end in ends)
    assert first >= seconds * 0.9, f"a wait of {seconds} s took {first:.3f} s"
    assert last - first < seconds * 0.7, f"waits of {seconds} s ended after {first:.3f} and {last:.3f} s"
    assert len(ticks) >= 3, "nothing else ran during the waits"


def module(name, **names):
    """A module of that name with these attributes."""
    made = types.ModuleType(name)
    vars(made).update(names)
    return made


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


def python(*arguments, limit=17, input=None, executable=sys.executable, **options):
    """Run this interpreter, or another; returns the completed process with its output as text.

    After ``limit`` seconds it is killed, with all its children; with ``faulthandler.enable()`` they show their stacks.
    """
    options = {
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
        "stdin": subprocess.DEVNULL if input is None else subprocess.PIPE,
        **options,
    }
    process = subprocess.Popen([executable, *arguments], text=True, start_new_session=True, **options)
    try:
        output = process.communicate(input, timeout=limit)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGABRT)
        time.sleep(0.5)  # for the stacks
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        output = process.communicate()
    return subprocess.CompletedProcess(process.args, process.returncode, *output)


def overlapping(code, seconds=0.1, first="import lazypatch.auto"):
    """Run ``code``, which defines ``wait()``, in a new interpreter; two of its waits must overlap."""
    program = f"{first}\nimport sys, faulthandler\nfaulthandler.enable()\n"
    program += f"sys.path.insert(0, {str(Path(__file__).parent)!r})\n{textwrap.dedent(code)}\n"
    program += f"from helpers import assert_overlaps\nassert_overlaps(wait, {seconds})\n"
    done = python("-c", program)
    assert done.returncode == 0, f"exit status {done.returncode}\n{done.stdout}{done.stderr}"


def same_as_plain(code, **options):
    """Run ``code`` in a plain and in a patched interpreter; output, last error and exit status must be the same.

    Whatever it prints counts: ``show(call, *args)`` prints the result of a call, or the error.
    """
    watch = "import faulthandler; faulthandler.enable()\n"
    show = "def show(call, *args, **kwargs):\n    try:\n        print(call(*args, **kwargs))\n"
    show += "    except BaseException as error:\n        print(type(error).__name__, error)\n"
    outcomes = []
    for first in ("\n", "import lazypatch.auto\n"):
        done = python("-c", first + watch + show + textwrap.dedent(code), **options)
        outcomes.append((done.returncode, done.stdout, *done.stderr.splitlines()[-1:]))
    plain, patched = ["\n".join(map(str, outcome)).splitlines() for outcome in outcomes]
    assert plain == patched, "\n".join(difflib.unified_diff(plain, patched, "plain", "patched", lineterm=""))
    assert outcomes[0][1], "the code printed nothing to compare"


TICKER = """
import threading, time
ticks = []
def tick():
    while True:
        ticks.append(1)
        time.sleep(0.01)
threading.Thread(target=tick, daemon=True).start()
"""
TICK = f"import lazypatch\nlazypatch.patch_all(sys=True)\n{TICKER}"


def late(write, *parts):
    """Write the parts, a fifth of a second apart."""
    for part in parts:
        time.sleep(0.2)
        write(part)


def run_with_pipe(code, *parts):
    """Run ``code`` after ``TICK``, write the parts to its standard input one by one, and return its output."""
    command = [sys.executable, "-c", f"{TICK}print('ready', flush=True)\n{code}"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:

        def write(part):
            process.stdin.write(part)
            process.stdin.flush()

        assert process.stdout.readline() == "ready\n"
        late(write, *parts)
        process.stdin.close()
        return process.stdout.read()

"""Programs in which users of patching libraries report hangs and wrong results, each as small as it gets.

Each ends with status 0 if it does what it does with real threads. ``python tests/reported.py`` runs all of them under
lazypatch; with an argument, the line that switches another library on, under that one::

    python tests/reported.py "from gevent import monkey; monkey.patch_all()"

``{activate}`` stands where a program switches it on.
"""

import sys

from helpers import TICKER, python

PROGRAMS = {
    "8 multiprocessing.Queue.get": f"""
{{activate}}
{TICKER}
import multiprocessing
mp = multiprocessing.get_context("fork")
def work(queue):
    time.sleep(0.2)
    queue.put("x")
queue = mp.Queue()
process = mp.Process(target=work, args=(queue,))
process.start()
assert queue.get() == "x"
assert len(ticks) > 8, ticks
process.join()
""",
    "8 multiprocessing.Event.wait": f"""
{{activate}}
{TICKER}
import multiprocessing
mp = multiprocessing.get_context("fork")
event = mp.Event()
def work():
    time.sleep(0.2)
    event.set()
process = mp.Process(target=work)
process.start()
assert event.wait()
assert len(ticks) > 8, ticks
process.join()
""",
    "8 multiprocessing.RLock between threads": """
{activate}
import multiprocessing, threading, time
lock, inside = multiprocessing.get_context("fork").RLock(), []
def work():
    with lock:
        inside.append(1)
        assert len(inside) == 1
        time.sleep(0.01)
        inside.pop()
failed = []
threading.excepthook = failed.append
threads = [threading.Thread(target=work) for _ in range(3)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert not failed
""",
    "9 asyncio.run in two threads": """
{activate}
import asyncio, threading
done, failed = [], []
threading.excepthook = failed.append
async def main():
    await asyncio.sleep(0.05)
    done.append(1)
threads = [threading.Thread(target=lambda: asyncio.run(main())) for _ in range(2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert len(done) == 2, failed
""",
    "9 no loop in the thread beside": """
{activate}
import asyncio, threading, time
found = []
def look():
    try:
        found.append(asyncio.get_running_loop())
    except RuntimeError:
        found.append(None)
async def main():
    thread = threading.Thread(target=look)
    thread.start()
    await asyncio.sleep(0.05)
asyncio.run(main())
assert found == [None]
""",
    "10 asyncio.to_thread resumes at once": """
{activate}
import asyncio, time
async def main():
    asyncio.get_running_loop().call_later(3, int)
    begin = time.monotonic()
    await asyncio.to_thread(time.sleep, 0.05)
    return time.monotonic() - begin
assert asyncio.run(main()) < 2
""",
    "18 threads end in a forked child": """
{activate}
import os, threading, time
ran = []
def tick():
    while True:
        ran.append(os.getpid())
        time.sleep(0.01)
threading.Thread(target=tick, daemon=True).start()
time.sleep(0.05)
pid = os.fork()
if not pid:
    time.sleep(0.1)
    os._exit(os.getpid() in ran)
assert os.waitpid(pid, 0)[1] == 0
""",
    "19 one main thread in a forked child": """
{activate}
import os, threading, time
statuses = []
def work():
    pid = os.fork()
    if not pid:
        names = [thread.name for thread in threading.enumerate()]
        os._exit(0 if names == ["worker"] and threading.main_thread() is threading.current_thread() else 1)
    statuses.append(os.waitpid(pid, 0)[1])
thread = threading.Thread(target=work, name="worker")
thread.start()
thread.join()
pid = os.fork()
if not pid:
    os._exit(0 if [thread.name for thread in threading.enumerate()] == ["MainThread"] else 1)
assert os.waitpid(pid, 0)[1] == 0 and statuses == [0]
""",
    "20 a fork hook that waits": """
{activate}
import os, socket, threading, time
socket.getaddrinfo("localhost", 80)
def hook():
    socket.getaddrinfo("localhost", 80)
    thread = threading.Thread(target=time.sleep, args=(0.01,))
    thread.start()
    thread.join()
os.register_at_fork(after_in_child=hook)
threading.Thread(target=time.sleep, args=(9,), daemon=True).start()
time.sleep(0.01)
pid = os.fork()
if not pid:
    os._exit(0)
deadline = time.monotonic() + 3
while time.monotonic() < deadline:
    found, status = os.waitpid(pid, os.WNOHANG)
    if found:
        break
    time.sleep(0.01)
assert found and status == 0
os._exit(0)
""",
    "21 Popen in an executor beside a native thread": """
import threading, time
stop = []
def native():
    while not stop: time.sleep(0.05)
threading.Thread(target=native, daemon=True).start()
from concurrent.futures import ThreadPoolExecutor
{activate}
import subprocess
with ThreadPoolExecutor(4) as executor:
    codes = list(executor.map(lambda n: subprocess.run(["sh", "-c", f"exit {{n}}"], preexec_fn=int).returncode, range(8)))
assert codes == list(range(8))
stop.append(1)
""",
    "22 a native thread ends after activation": """
import io, sys, threading, time
sys.stderr = io.StringIO()
go = threading.Event()
ended = []
def native():
    time.sleep(0.1)
    ended.append(1)
thread = threading.Thread(target=native)
thread.start()
{activate}
thread.join()
time.sleep(0.05)
assert ended and not thread.is_alive() and thread not in threading.enumerate()
assert threading.main_thread().is_alive()
assert not sys.stderr.getvalue(), sys.stderr.getvalue()
""",
    "23 an event that a signal handler sets": """
{activate}
import signal, threading
event = threading.Event()
signal.signal(signal.SIGALRM, lambda number, frame: event.set())
signal.setitimer(signal.ITIMER_REAL, 0.1)
assert event.wait()
""",
    "23 a signal handler that joins": """
{activate}
import os, signal, threading, time
did = []
def handler(number, frame):
    thread = threading.Thread(target=time.sleep, args=(0.05,))
    thread.start()
    thread.join()
    did.append(1)
signal.signal(signal.SIGALRM, handler)
signal.setitimer(signal.ITIMER_REAL, 0.1)
time.sleep(0.5)
assert did
""",
    "24 the end of a pipe closed by os.close": """
{activate}
import os, time
time.sleep(0)
reader, writer = os.pipe()
os.close(writer)
assert os.read(reader, 1) == b""
""",
    "25 select.epoll is there": f"""
{{activate}}
{TICKER}
import select, selectors, socket
a, b = socket.socketpair()
epoll = select.epoll()
epoll.register(a, select.EPOLLIN)
threading.Timer(0.2, b.send, (b"x",)).start()
assert epoll.poll() == [(a.fileno(), select.EPOLLIN)]
assert len(ticks) > 8
assert selectors.EpollSelector
""",
    "25 poll reports a hang-up": """
{activate}
import os, select
reader, writer = os.pipe()
os.close(writer)
poll = select.poll()
poll.register(reader, select.POLLIN)
assert poll.poll() == [(reader, select.POLLHUP)]
""",
    "32 os.wait lets others run": f"""
{{activate}}
{TICKER}
import os
os.posix_spawn("/bin/sleep", ["sleep", "0.2"], os.environ)
assert os.wait()[1] == 0
assert len(ticks) > 8
""",
    "32 os.waitid lets others run": f"""
{{activate}}
{TICKER}
import os
pid = os.posix_spawn("/bin/sleep", ["sleep", "0.2"], os.environ)
assert os.waitid(os.P_PID, pid, os.WEXITED).si_pid == pid
assert len(ticks) > 8
""",
    "32 the user's SIGCHLD handler is called": """
{activate}
import os, signal, subprocess, time
calls = []
signal.signal(signal.SIGCHLD, signal.SIG_DFL)
assert subprocess.run(["sh", "-c", "exit 3"]).returncode == 3
signal.signal(signal.SIGCHLD, lambda number, frame: calls.append(os.waitpid(-1, os.WNOHANG)))
pid = os.posix_spawn("/bin/sh", ["sh", "-c", "exit 5"], os.environ)
time.sleep(0.3)
assert calls == [(pid, 5 << 8)], calls
""",
}


def run(name, activate="import lazypatch.auto"):
    """Run a program; returns the completed process, killed after some seconds if it hangs."""
    return python("-c", PROGRAMS[name].format(activate=activate), limit=8)


if __name__ == "__main__":
    for program in PROGRAMS:
        done = run(program, *sys.argv[1:])
        last = (done.stderr.strip().splitlines() or [""])[-1]
        print(
            f"{'ok' if done.returncode == 0 else 'hangs' if done.returncode < 0 else 'fails':6} {program:50} {last[:90]}"
        )

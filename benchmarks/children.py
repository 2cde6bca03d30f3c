"""2,000 short children, started and reaped by 200 threads; what is left of them is counted."""

import os
import subprocess
import sys
import threading
import time

from measure import cpu

CHILDREN, THREADS = 2_000, 200


def work():
    for _ in range(CHILDREN // THREADS):
        assert subprocess.run(["/bin/true"], stdout=subprocess.PIPE).returncode == 0


def run():
    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


subprocess.run(["/bin/true"])
before = len(os.listdir("/proc/self/fd"))
cpu("child started and reaped", CHILDREN, run, repeat=2)
time.sleep(1)  # gevent reaps later
if len(os.listdir("/proc/self/fd")) > before + 2:
    print("descriptors have leaked", file=sys.stderr)
try:
    os.waitpid(-1, os.WNOHANG)
except ChildProcessError:
    pass
else:
    print("a zombie is left", file=sys.stderr)

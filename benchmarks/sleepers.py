"""Ten thousand threads that sleep at the same time."""

import threading
import time

from measure import cpu

THREADS = 10_000


def run():
    threads = [threading.Thread(target=time.sleep, args=(1.0,)) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


cpu("10,000 sleeping threads", THREADS, run, repeat=2)

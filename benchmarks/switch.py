"""Two threads that give way to each other with ``time.sleep(0)``."""

import threading
import time

from measure import cpu

SWITCHES = 60_000


def give_way():
    for _ in range(SWITCHES // 2):
        time.sleep(0)


def run():
    threads = [threading.Thread(target=give_way) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


cpu("time.sleep(0)", SWITCHES, run)

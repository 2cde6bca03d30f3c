"""Starting and joining threads, one after the other."""

import threading

from measure import cpu

THREADS = 1_500


def run():
    for _ in range(THREADS):
        thread = threading.Thread(target=int)
        thread.start()
        thread.join()


cpu("Thread start and join", THREADS, run)

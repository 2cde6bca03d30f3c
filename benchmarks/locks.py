"""Taking and releasing locks that nobody else wants."""

import threading

from measure import cpu

ROUNDS = 60_000


def pairs(lock):
    def run():
        acquire, release = lock.acquire, lock.release
        for _ in range(ROUNDS):
            acquire()
            release()

    return run


for name, lock in (("Lock", threading.Lock()), ("RLock", threading.RLock()), ("Semaphore", threading.Semaphore(1))):
    cpu(f"{name} acquire and release", ROUNDS, pairs(lock))

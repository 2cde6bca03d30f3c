"""Ping-pong between two threads over two queues."""

import queue
import threading

from measure import cpu

ROUNDS = 10_000


def run():
    there, back = queue.Queue(), queue.Queue()

    def answer():
        for _ in range(ROUNDS):
            back.put(there.get())

    thread = threading.Thread(target=answer)
    thread.start()
    for number in range(ROUNDS):
        there.put(number)
        back.get()
    thread.join()


cpu("queue.Queue ping-pong", ROUNDS, run)

"""What activation costs when everything was imported first, over a heap of 500,000 objects."""

import json
import sys
import time

HEAP = 500_000
LOCKS = 20


class Node:
    def __init__(self, number):
        self.number = number
        self.children = [number]
        self.table = {"number": number}


def main(size=HEAP):
    import asyncio
    import functools
    import gc
    import http.client
    import logging
    import queue
    import ssl
    import subprocess
    import threading
    from time import sleep

    assert all((asyncio, http, logging, queue, ssl, subprocess))
    heap = [Node(number) for number in range(int(size) // 2)]
    locks = [threading.Lock() for _ in range(LOCKS)]
    held = [functools.partial(sleep, 1), threading.RLock(), threading.local(), threading.Condition()]
    gc.collect()
    objects = len(gc.get_objects())
    import lazypatch

    begin = time.process_time()
    handle = lazypatch.patch_all()
    seconds = time.process_time() - begin
    print(json.dumps({"name": f"late activation, {round(objects, -4)} objects", "seconds": seconds}))
    assert handle
    assert len(heap) + len(locks) + len(held) < objects


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

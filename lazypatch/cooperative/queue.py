"""``queue``: the stdlib's own ``Queue`` with all its internals, and a cooperative ``SimpleQueue``.

``put`` and ``get`` take the shorter way when they need not wait for the mutex, and fall back to the stdlib's code
for everything that is not plain. They keep to its protocol: the mutex is held, and the conditions' waiters are the
conditions' own.
"""

from __future__ import annotations

import queue as _module

from lazypatch.base.patch import Patch
from lazypatch.runtime.hub import spend
from lazypatch.runtime.locks import Lock
from lazypatch.runtime.waiters import Waiter, withdraw

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

try:
    from lazypatch.cooperative._queue import SimpleQueue
except ImportError:  # a Python without _queue: the stdlib's own is built on threading
    SimpleQueue = _module.SimpleQueue  # type: ignore[assignment, misc]

PATCH = Patch(
    "queue",
    ["Queue.empty", "Queue.full", "Queue.get", "Queue.put", "Queue.qsize", "SimpleQueue"],
    follows=["LifoQueue", "PriorityQueue"],
    copies={"SimpleQueue": ("_queue", "SimpleQueue")},
)

_Queue: Any = _module.Queue
_empty: Any = _module.Queue.empty
_full: Any = _module.Queue.full
_qsize: Any = _module.Queue.qsize
_SHUTS = hasattr(_module, "ShutDown")  # 3.13
_get: Any = _module.Queue.get
_put: Any = _module.Queue.put


class Queue:
    """The methods that ``queue.Queue`` gets; its subclasses keep their ``_qsize``, ``_get`` and ``_put``."""

    def empty(self: Any) -> bool:
        spend()
        return _empty(self)  # type: ignore[no-any-return]

    def full(self: Any) -> bool:
        spend()
        return _full(self)  # type: ignore[no-any-return]

    def qsize(self: Any) -> int:
        spend()
        return _qsize(self)  # type: ignore[no-any-return]

    def put(self: Any, item: Any, block: bool = True, timeout: float | None = None) -> None:
        mutex = self.mutex
        if type(mutex) is not Lock or self.maxsize > 0 or (_SHUTS and self.is_shutdown) or not mutex._take():
            return _put(self, item, block, timeout)  # type: ignore[no-any-return]
        try:
            if type(self) is _Queue:
                self.queue.append(item)
            else:
                self._put(item)
            self.unfinished_tasks += 1
            waiters = self.not_empty._waiters
            if waiters:
                if type(waiters[0]) is Waiter and not waiters[0].done:
                    waiters.popleft().wake()
                else:
                    self.not_empty.notify()
        finally:
            mutex._token.append(None)
            if mutex._queue:
                mutex._pass_on()
        if not waiters:
            spend()
        return None

    def get(self: Any, block: bool = True, timeout: float | None = None) -> Any:
        mutex = self.mutex
        while type(mutex) is Lock and mutex._take():
            waiter = None
            try:
                if type(self) is _Queue and self.queue or self._qsize():
                    item = self.queue.popleft() if type(self) is _Queue else self._get()
                    if self.not_full._waiters:
                        self.not_full.notify()
                    return item
                if block and timeout is None and not (_SHUTS and self.is_shutdown):
                    waiter = Waiter("queue")
                    self.not_empty._waiters.append(waiter)
            finally:
                mutex._token.append(None)
                if mutex._queue:
                    mutex._pass_on()
            if waiter is None:
                break
            try:
                waiter.wait()
            except BaseException:
                _give_up(self.not_empty, waiter)
                raise
        spend()
        return _get(self, block, timeout)


def _give_up(condition: Any, waiter: Waiter) -> None:
    """The wait has ended by an exception: a notification that has come already goes to the next one."""
    if not withdraw(condition._waiters, waiter):
        with condition:
            condition.notify()

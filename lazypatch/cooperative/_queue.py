"""``_queue``: SimpleQueue, written in C, with a cooperative ``get``."""

from __future__ import annotations

from _collections import deque
from _queue import Empty
from time import monotonic

from lazypatch.base import originals
from lazypatch.base.patch import Patch
from lazypatch.runtime.adopted import LONGEST, SHORTEST
from lazypatch.runtime.hub import spend
from lazypatch.runtime.waiters import Waiter, moment, withdraw

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PATCH = Patch("_queue", ["SimpleQueue"])


class SimpleQueue:
    """An unbounded queue; ``put`` never waits and may be called from finalizers and signal handlers."""

    __slots__ = ("__weakref__", "_items", "_waiters")
    __module__ = "_queue"

    def __init__(self) -> None:
        self._items: deque[Any] = deque()
        self._waiters: list[Waiter] = []

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        self._items.append(item)
        self._wake_one()

    def put_nowait(self, item: Any) -> None:
        self.put(item)

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        if block and timeout is not None and timeout < 0:
            raise ValueError("'timeout' must be a non-negative number")
        spend()
        try:
            return self._items.popleft()
        except IndexError:
            if not block:
                raise Empty from None
        return self._get(None if timeout is None else monotonic() + timeout)

    def get_nowait(self) -> Any:
        return self.get(False)

    def _get(self, deadline: float | None) -> Any:
        while True:
            waiter = Waiter("queue")
            self._waiters.append(waiter)
            try:
                if self._items:  # put by another native thread just now
                    withdraw(self._waiters, waiter)
                elif not waiter.wait(deadline) and withdraw(self._waiters, waiter):
                    raise Empty
            except Empty:
                raise
            except BaseException:
                if not withdraw(self._waiters, waiter) and self._items:
                    self._wake_one()
                raise
            try:
                return self._items.popleft()
            except IndexError:
                pass

    def _wake_one(self) -> None:
        try:
            waiter = self._waiters.pop(0)
        except IndexError:
            return
        waiter.wake()

    def empty(self) -> bool:
        spend()
        return not self._items

    def qsize(self) -> int:
        spend()
        return len(self._items)

    def __class_getitem__(cls, item: Any) -> Any:
        return _alias(cls, item)


_alias: Any = type(list[int])


class _NativeItems:
    """Stands in the place of a queue's items: they are in a native queue."""

    __slots__ = ("_native",)

    def __init__(self, native: Any) -> None:
        self._native = native

    def append(self, item: Any) -> None:
        self._native.put(item)

    def popleft(self) -> Any:
        try:
            return self._native.get_nowait()
        except Empty:
            raise IndexError from None

    def __len__(self) -> int:
        return self._native.qsize()  # type: ignore[no-any-return]


class _Adopted(SimpleQueue):
    """A queue that was made before activation. Native threads may use the native one; look again now and then."""

    __slots__ = ()
    __module__ = "_queue"

    def __init__(self, native: Any) -> None:
        super().__init__()
        self._items: Any = _NativeItems(native)

    def _get(self, deadline: float | None) -> Any:
        pause = SHORTEST
        while True:
            until = moment(pause, deadline)
            try:
                return super()._get(until)
            except Empty:
                if until == deadline:
                    raise
            pause = min(pause * 2, LONGEST)


def adopts() -> dict[Any, Any]:
    """Queues that exist."""
    return {originals.get("_queue", "SimpleQueue"): lambda natives: map(_Adopted, natives)}

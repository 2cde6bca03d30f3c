"""Lock and RLock: a token that is there or not, and a wait queue.

Taking the token is ``list.pop``, which is atomic across native threads and costs less than half of what trying a
native lock does. ``release`` frees the lock and tells the first in the queue. If that finds the lock taken again when
it runs, the next release hands the lock over to it: the token stays taken and changes its owner. So a loop that takes
and releases one lock starves nobody.
"""

from __future__ import annotations

import sys
from _thread import allocate_lock
from time import monotonic

from lazypatch.base import forking, originals
from lazypatch.base.lazy import LazyModule
from lazypatch.runtime import identity
from lazypatch.runtime.identity import get_ident

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from lazypatch.runtime.waiters import Candidate

native_sleep = originals.get("time", "sleep")
waiters = LazyModule("lazypatch.runtime.waiters")
_NOBODY: Any = ()  # the queue of a lock for which nobody has waited yet
_registering: Any = originals.native_lock()  # held for two steps, by whoever waits first
_loading: Any = originals.native_lock()
forking.in_child(_registering._at_fork_reinit)
forking.in_child(_loading._at_fork_reinit)


def _is_runtime_loaded() -> bool:
    """Load what waiting needs; False while that is going on, or would go on inside the import system.

    Loading it takes locks of the import system, which are such locks as this: a native thread that finds one of
    them taken meanwhile has to wait natively, and must not import anything before it has it.
    """
    if "spend" in vars(waiters):
        return True
    if not _is_loaded("lazypatch.runtime.waiters") and _is_import_lock():
        return False
    if not _loading.acquire(False):
        return False
    try:
        _ = waiters.Candidate, waiters.withdraw, waiters.spend
    finally:
        _loading.release()
    return True


def _is_loaded(name: str) -> bool:
    module = sys.modules.get(name)
    return module is not None and not getattr(module.__spec__, "_initializing", False)


def _is_import_lock() -> bool:
    """Whether it is the import system that waits, a few frames up."""
    frame = sys._getframe(2)
    for _ in range(4):
        if frame is None or frame.f_globals.get("__name__") == "importlib._bootstrap":
            return frame is not None
        frame = frame.f_back  # type: ignore[assignment]
    return False


class Lock:
    """Cooperative ``_thread.lock``: the same methods, results and errors."""

    __slots__ = ("__weakref__", "_queue", "_token")

    def __init__(self) -> None:
        self._token = [None]
        self._queue: list[Candidate] = _NOBODY

    def __init_subclass__(cls, ours: bool = False) -> None:
        if not ours:
            raise TypeError("type '_thread.lock' is not an acceptable base type")

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        if timeout == -1 and self._token:
            try:
                self._token.pop()
                return True
            except IndexError:  # another native thread was faster
                pass
        return self._acquire(blocking, timeout)

    def release(self) -> None:
        if self._token:
            raise RuntimeError("release unlocked lock")
        self._token.append(None)
        if self._queue:
            self._pass_on()

    def _take(self) -> bool:
        """Take the lock if it is free."""
        try:
            self._token.pop()
            return True
        except IndexError:
            return False

    def _pass_on(self) -> None:
        """Tell the first who waits that the lock is free; if somebody was faster since the last time, hand it over."""
        try:
            first = self._queue[0]
            while first.hub.gone:  # a forked child does not hand locks over to the parent's tasks
                waiters.withdraw(self._queue, first)
                first = self._queue[0]
        except IndexError:
            return
        if not first.told:
            first.told = True
            first.wake()
        elif self._take():
            if waiters.withdraw(self._queue, first):
                first.granted = True
                first.wake()
            else:
                self.release()

    def _acquire(self, blocking: bool, timeout: float) -> bool:
        check_timeout(blocking, timeout)
        if self._take():
            return True
        if not blocking or timeout == 0:
            spend = getattr(sys.modules.get("lazypatch.runtime.hub"), "spend", None)
            if spend is not None:
                spend()
            return False
        if not _is_runtime_loaded():
            return self._acquire_natively(deadline_of(timeout))
        waiter = waiters.Candidate("lock")
        with _registering:
            if self._queue is _NOBODY:
                self._queue = []
        self._queue.append(waiter)
        try:
            if self._compete(waiter, deadline_of(timeout)):
                return True
        except BaseException:
            if not waiters.withdraw(self._queue, waiter):
                self.release()
            self._pass_on_unless_locked(waiter)
            raise
        if not waiters.withdraw(self._queue, waiter):  # handed over at the last moment
            return True
        self._pass_on_unless_locked(waiter)
        return False

    def _acquire_natively(self, deadline: float | None) -> bool:
        """Wait while the runtime is being loaded, which is when there are no tasks that could run meanwhile."""
        while not self._take():
            if deadline is not None and monotonic() > deadline:
                return False
            native_sleep(0.001)
        return True

    def _compete(self, waiter: Candidate, deadline: float | None) -> bool:
        while True:
            waiter.done = waiter.told = False
            if self._take():
                waiters.withdraw(self._queue, waiter)
                return True
            if waiter.granted:
                return True
            if not waiter.wait(deadline):
                return False
            if waiter.granted:
                return True

    def _pass_on_unless_locked(self, waiter: Candidate) -> None:
        """``waiter`` has given up: if it had been told that the lock is free, the next one must be."""
        if waiter.told and self._queue and self._token:
            self._pass_on()

    def locked(self) -> bool:
        return not self._token

    def __enter__(self) -> bool:
        if self._token:
            try:
                self._token.pop()
                return True
            except IndexError:
                pass
        return self._acquire(True, -1)

    def __exit__(self, *exc: object) -> None:
        if self._token:
            raise RuntimeError("release unlocked lock")
        self._token.append(None)
        if self._queue:
            self._pass_on()

    def _at_fork_reinit(self) -> None:
        self._token = [None]
        self._queue = _NOBODY

    acquire_lock = acquire
    release_lock = release
    locked_lock = locked

    def __repr__(self) -> str:
        return f"<{'locked' if self.locked() else 'unlocked'} _thread.lock object at {id(self):#x}>"


class RLock:
    """Cooperative ``_thread.RLock``; its owner is a task, or the main greenlet of a native thread."""

    __slots__ = ("__dict__", "__weakref__", "_block", "_count", "_owner")
    if TYPE_CHECKING:
        _block: Lock
        _count: int
        _owner: int

    def __new__(cls, *args: Any, **kwargs: Any) -> RLock:
        self = super().__new__(cls)
        self._block = Lock()
        self._owner = 0
        self._count = 0
        return self

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        try:
            me = identity.getcurrent().ident
        except (AttributeError, RuntimeError):
            me = identity.bearers_ident()
        if self._owner == me:
            check_timeout(blocking, timeout)
            self._count += 1
            return True
        if timeout == -1 and self._block._take() or self._block._acquire(blocking, timeout):
            self._owner = me
            self._count = 1
            return True
        return False

    def release(self) -> None:
        try:
            me = identity.getcurrent().ident
        except (AttributeError, RuntimeError):
            me = identity.bearers_ident()
        if self._owner != me:
            raise RuntimeError("cannot release un-acquired lock")
        if self._count > 1:
            self._count -= 1
            return
        self._count = self._owner = 0
        block = self._block
        block._token.append(None)
        if block._queue:
            block._pass_on()

    __enter__ = acquire

    def __exit__(self, *exc: object) -> None:
        self.release()

    def locked(self) -> bool:
        return self._block.locked()

    def _is_owned(self) -> bool:
        return self._owner == get_ident()

    def _recursion_count(self) -> int:
        return self._count if self._owner == get_ident() else 0

    def _release_save(self) -> tuple[int, int]:
        if self._count == 0:
            raise RuntimeError("cannot release un-acquired lock")
        state = (self._count, self._owner)
        self._count = self._owner = 0
        self._block.release()
        return state

    def _acquire_restore(self, state: tuple[int, int]) -> None:
        self._block.acquire()
        self._count, self._owner = state

    def _at_fork_reinit(self) -> None:
        self._block._at_fork_reinit()
        self._count = self._owner = 0

    def __repr__(self) -> str:
        state = "locked" if self._count else "unlocked"
        kind = type(self)
        name = f"{kind.__module__}.{kind.__qualname__}"
        return f"<{state} {name} object owner={self._owner} count={self._count} at {id(self):#x}>"


def deadline_of(timeout: float) -> float | None:
    """The moment ``timeout`` seconds from now; -1 means never."""
    return None if timeout == -1 else monotonic() + timeout


def check_timeout(blocking: bool, timeout: float) -> None:
    """Raise what ``lock.acquire(blocking, timeout)`` raises for arguments that do not fit: a native lock knows."""
    if timeout != -1:
        allocate_lock().acquire(blocking, timeout)

"""``_multiprocessing``: semaphores between processes, owned by tasks, and waited for in a native thread.

A POSIX semaphore has no descriptor. While tasks wait for one, a native thread takes it on behalf of the first of them;
a process in which nothing else goes on waits natively.
"""

from __future__ import annotations

import _multiprocessing as _module
from time import monotonic

from lazypatch.base import originals
from lazypatch.base.patch import Patch
from lazypatch.runtime.hub import get_hub, getcurrent, spend
from lazypatch.runtime.identity import get_ident, native_ident
from lazypatch.runtime.offload import start_native
from lazypatch.runtime.waiters import Waiter, withdraw

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PATCH = Patch("_multiprocessing", optional=["SemLock"])

RECURSIVE_MUTEX, SEMAPHORE = 0, 1  # Modules/_multiprocessing/multiprocessing.h
_LOOK = 1.0  # seconds after which one who waits natively looks whether it still may
_guard: Any = originals.native_lock()
_native: Any = getattr(_module, "SemLock", None)


class SemLock:
    """A semaphore, or a recursive mutex, with the methods and errors of the original."""

    SEM_VALUE_MAX = getattr(_native, "SEM_VALUE_MAX", 0)
    __module__ = "_multiprocessing"

    def __init__(self, kind: int, value: int, maxvalue: int, name: str, unlink: bool) -> None:
        self._set_up(_native(SEMAPHORE, value, maxvalue, name, unlink), kind)

    @classmethod
    def _rebuild(cls, handle: int, kind: int, maxvalue: int, name: str | None) -> SemLock:
        self = cls.__new__(cls)
        self._set_up(_native._rebuild(handle, SEMAPHORE, maxvalue, name), kind)
        return self

    def _set_up(self, native: Any, kind: int) -> None:
        self._native = native
        self.kind = kind
        self._after_fork()

    def _after_fork(self) -> None:
        self._native._after_fork()
        self._reset()

    def _reset(self) -> None:
        self._depth = self._owner = 0
        self._queue: list[Waiter] = []
        self._is_served = False

    handle = property(lambda self: self._native.handle)
    maxvalue = property(lambda self: self._native.maxvalue)
    name = property(lambda self: self._native.name)

    def acquire(self, block: bool = True, timeout: float | None = None) -> bool:
        me = get_ident()
        if self.kind == RECURSIVE_MUTEX and self._is_mine():
            self._depth += 1
            return True
        if not self._native.acquire(False):
            if not block or timeout is not None and timeout <= 0:
                spend()
                return False
            if not self._await(None if timeout is None else monotonic() + timeout):
                return False
        self._depth += 1
        self._owner = me
        return True

    def release(self) -> None:
        if self.kind == RECURSIVE_MUTEX:
            if not self._is_mine():
                raise AssertionError("attempt to release recursive lock not owned by thread")
            if self._depth > 1:
                self._depth -= 1
                return
        self._native.release()
        self._depth -= 1

    def _await(self, deadline: float | None) -> bool:
        while _is_alone():
            pause = _LOOK if deadline is None else min(_LOOK, deadline - monotonic())
            if pause <= 0 or self._native.acquire(True, pause):
                return pause > 0
        waiter = Waiter("semaphore")
        self._enlist(waiter)
        try:
            return waiter.wait(deadline) or not withdraw(self._queue, waiter)
        except BaseException:
            if not withdraw(self._queue, waiter):  # it is ours already
                self._native.release()
            raise

    def _enlist(self, waiter: Waiter) -> None:
        with _guard:
            self._queue.append(waiter)
            is_served, self._is_served = self._is_served, True
        if not is_served:
            start_native(self._serve)

    def _serve(self) -> None:
        """Runs in a native thread for as long as somebody waits."""
        while True:
            with _guard:
                if not self._queue:
                    self._is_served = False
                    return
            if self._native.acquire(True, _LOOK):
                try:
                    waiter = self._queue.pop(0)
                except IndexError:  # given up meanwhile
                    self._native.release()
                else:
                    waiter.wake()

    def _is_mine(self) -> bool:
        return self._depth > 0 and self._owner == get_ident()

    def _count(self) -> int:
        return self._depth

    def _get_value(self) -> int:
        return self._native._get_value()  # type: ignore[no-any-return]

    def _is_zero(self) -> bool:
        return self._native._is_zero()  # type: ignore[no-any-return]

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *exc: object) -> None:
        self.release()


def _is_alone() -> bool:
    """Whether nothing else can go on in this native thread."""
    hub = get_hub()
    return not hub.ready and not hub.timers and hub.tasks.keys() <= {getcurrent()} and getcurrent() is not hub.loop


_kept: list[Any] = []  # second objects for one semaphore; the first will close it


class _Adopted(SemLock):
    """One that was made before activation, and may be held natively."""

    __module__ = "_multiprocessing"

    def __init__(self, early: Any) -> None:
        self._early = self._native = early
        self.kind = early.kind
        self._reset()
        if early.kind == RECURSIVE_MUTEX:
            self._native = _native._rebuild(early.handle, SEMAPHORE, early.maxvalue, None)
            _kept.append(self._native)
        else:
            self._depth = early._count()

    name = property(lambda self: self._early.name)

    def acquire(self, block: bool = True, timeout: float | None = None) -> bool:
        if self._is_held_natively():
            return self._early.acquire()  # type: ignore[no-any-return]
        return super().acquire(block, timeout)

    def release(self) -> None:
        if self._is_held_natively():
            self._early.release()
        else:
            super().release()

    __enter__ = acquire

    def _is_held_natively(self) -> bool:
        """Whether the calling thread has had it since before, which the native one counts."""
        return self.kind == RECURSIVE_MUTEX and self._early._is_mine() and get_ident() == native_ident()

    def _is_mine(self) -> bool:
        return self._is_held_natively() or super()._is_mine()

    def _count(self) -> int:
        return self._early._count() if self._is_held_natively() else self._depth

    def _after_fork(self) -> None:
        self._early._after_fork()
        super()._after_fork()


def adopts() -> dict[Any, Any]:
    """Semaphores that exist."""
    return {} if _native is None else {_native: lambda natives: map(_Adopted, natives)}

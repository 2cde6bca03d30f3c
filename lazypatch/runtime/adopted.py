"""Locks that were made natively before activation and may still be in use natively: held, waited for, referred to.

The truth about such a lock stays in the native one, so whoever still has that excludes the others and is excluded by
them. A native release tells nobody; who waits looks again after a while, ``LONGEST`` seconds at most.
"""

from __future__ import annotations

from time import monotonic

from lazypatch.base.lazy import LazyModule
from lazypatch.runtime.identity import get_ident, native_ident
from lazypatch.runtime.locks import Lock, RLock, check_timeout, deadline_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from lazypatch.runtime.waiters import Candidate

waiters = LazyModule("lazypatch.runtime.waiters")
SHORTEST, LONGEST = 0.0005, 0.02  # seconds between two looks at the native lock


class _NativeToken:
    """Stands in the place of a lock's token: it is there if the native lock is free."""

    __slots__ = ("native",)

    def __init__(self, native: Any) -> None:
        self.native = native

    def __bool__(self) -> bool:
        return not self.native.locked()

    def pop(self) -> None:
        if not self.native.acquire(False):
            raise IndexError

    def append(self, _: None) -> None:
        self.native.release()


class AdoptedLock(Lock, ours=True):
    """A native ``_thread.lock``, waited for cooperatively."""

    __slots__ = ()

    def __init__(self, native: Any) -> None:
        super().__init__()
        self._token: Any = _NativeToken(native)

    def _compete(self, waiter: Candidate, deadline: float | None) -> bool:
        pause = SHORTEST
        while True:
            waiter.done = waiter.told = waiter.expired = False
            if self._take():
                waiters.withdraw(self._queue, waiter)
                return True
            if waiter.granted or deadline is not None and monotonic() >= deadline:
                return waiter.granted
            waiter.wait(waiters.moment(pause, deadline))
            if waiter.granted:
                return True
            pause = min(pause * 2, LONGEST)

    def emancipate(self) -> None:
        """Nobody has the native lock any longer: become a lock like others."""
        self._token = [None]
        self.__class__ = Lock  # type: ignore[assignment]


AdoptedLock.__module__, AdoptedLock.__name__, AdoptedLock.__qualname__ = "_thread", "lock", "lock"


class AdoptedRLock(RLock):
    """A native ``_thread.RLock``, which knows native threads only, with tasks as owners.

    Each acquisition is one of the native lock too. What the native lock counts beyond ours has been acquired by way of
    the native lock itself, and belongs to the main task of the native thread that has it.
    """

    __slots__ = ()

    def __new__(cls, native: Any) -> AdoptedRLock:
        self: Any = super().__new__(cls)
        self.__dict__["held"] = _NativeToken(native)
        self.__dict__["waiting"] = []
        return self  # type: ignore[no-any-return]

    @property
    def _native(self) -> Any:
        return self.__dict__["held"].native

    def emancipate(self) -> None:
        """Nobody has the native lock any longer: become a lock like others."""
        self.__dict__.clear()
        self.__class__ = RLock  # type: ignore[assignment]

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        check_timeout(blocking, timeout)
        if self._attempt():
            return True
        if not blocking or timeout == 0:
            return False
        deadline, pause = deadline_of(timeout), SHORTEST
        while not self._attempt():
            if deadline is not None and monotonic() >= deadline:
                return False
            self._wait(waiters.moment(pause, deadline))
            pause = min(pause * 2, LONGEST)
        return True

    __enter__ = acquire

    def _attempt(self) -> bool:
        me = get_ident()
        native = self._native
        if self._owner not in (0, me) or not native.acquire(False):
            return False
        if self._owner == 0 and me != native_ident() and self._native_count() > 1:
            native.release()
            return False
        self._owner = me
        self._count += 1
        return True

    def _native_count(self) -> int:
        """How often the native lock has been acquired; there is no other way to ask than its repr."""
        return int(repr(self._native).partition("count=")[2].partition(" ")[0])

    def _wait(self, until: float) -> None:
        waiter = waiters.Waiter("lock")
        waiting = self.__dict__["waiting"]
        waiting.append(waiter)
        try:
            waiter.wait(until)
        finally:
            waiters.withdraw(waiting, waiter)

    def _wake(self) -> None:
        if self._owner:
            return
        try:
            waiter = self.__dict__["waiting"].pop(0)
        except IndexError:
            return
        waiter.wake()

    def release(self) -> None:
        if self._owner == get_ident():
            self._count -= 1
            if not self._count:
                self._owner = 0
        elif self._owner or get_ident() != native_ident():
            raise RuntimeError("cannot release un-acquired lock")
        self._native.release()
        self._wake()

    def __exit__(self, *exc: object) -> None:
        self.release()

    def locked(self) -> bool:
        return self._native_count() > 0

    def _is_owned(self) -> bool:
        me = get_ident()
        if self._owner:
            return self._owner == me
        return me == native_ident() and self._native._is_owned()  # type: ignore[no-any-return]

    def _recursion_count(self) -> int:
        return self._native_count() if self._is_owned() else 0

    def _release_save(self) -> Any:
        if not self._is_owned():
            raise RuntimeError("cannot release un-acquired lock")
        state = self._owner, self._count, self._native._release_save()
        self._owner = self._count = 0
        self._wake()
        return state

    def _acquire_restore(self, state: Any) -> None:
        if len(state) == 2:  # saved by the native lock, before it was adopted
            state = 0, 0, state
        owner, count, native_state = state
        self.acquire()
        native = self._native
        native.release()
        native._acquire_restore(native_state)
        self._owner, self._count = owner, count

    def _at_fork_reinit(self) -> None:
        self._native._at_fork_reinit()
        super()._at_fork_reinit()
        self.__dict__["waiting"] = []

    def __repr__(self) -> str:
        return repr(self._native)


AdoptedRLock.__module__, AdoptedRLock.__name__, AdoptedRLock.__qualname__ = "_thread", "RLock", "RLock"
